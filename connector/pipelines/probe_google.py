"""One look at a Google account: its grant is refreshed, its folder and space are asked for."""

from connector.domain.connection import Check
from connector.domain.errors import AuthLostError, ConnectorError, MisconfiguredError, SuspendedError
from connector.domain.probing import ProbeWork, Verdict
from connector.domain.signals import Forecast, Probed, Signal, TokenDied, signal_of
from connector.pipelines.google_proofs import DriveProofs, prove_drive
from connector.pipelines.refresh import Refresh
from connector.ports import Clock, DriveHome, GoogleConnections


class ProbeGoogle:
    """Implements the look at one provider that `pipelines.health` asks for."""

    def __init__(
        self, refresh: Refresh, home: DriveHome, connections: GoogleConnections, clock: Clock
    ) -> None:
        self._refresh = refresh
        self._home = home
        self._connections = connections
        self._clock = clock

    async def __call__(self, work: ProbeWork) -> Verdict:
        """Look once. A grant that is dead or frozen was told to the connection's health by the refresh itself."""
        try:
            access_token = await self._refresh.prove(work.connection_id)
        except (AuthLostError, SuspendedError) as error:
            failed = Check(name="token", outcome="failed", detail=str(error), remedy=error.remedy)
            return Verdict(checks=(failed,), signals=self._tokenless(work, error))
        except ConnectorError as error:
            unknown = Check(name="token", outcome="unknown", detail=str(error))
            # our client being refused is no reason to look sooner: the refresh asks hourly
            return Verdict(checks=(unknown,), is_reached=isinstance(error, MisconfiguredError))
        known_id = await self._connections.folder(work.connection_id)
        proofs = await prove_drive(self._home, access_token, work.workspace_id, known_id=known_id)
        if proofs.folder_id is not None and proofs.folder_id != known_id:
            await self._connections.keep_folder(work.connection_id, proofs.folder_id, instead_of=known_id)
        return Verdict(
            checks=tuple(proofs.checks), signals=self._signals(work, proofs), is_reached=proofs.is_reached
        )

    def _tokenless(self, work: ProbeWork, error: AuthLostError | SuspendedError) -> tuple[Signal, ...]:
        """Tell what no refresh could: where there is no token to refresh, none was refused."""
        if work.token is not None or isinstance(error, SuspendedError):
            return ()
        return (TokenDied(at=self._clock.now(), reason=str(error), remedy=error.remedy),)

    def _signals(self, work: ProbeWork, proofs: DriveProofs) -> tuple[Signal, ...]:
        if proofs.trouble is not None:
            return (signal_of(proofs.trouble, at=self._clock.now()),)
        forecast = Forecast(now=self._clock.now(), ends_at=work.expires_at)
        return (Probed(checks=tuple(proofs.checks)), forecast) if proofs.is_reached else (forecast,)
