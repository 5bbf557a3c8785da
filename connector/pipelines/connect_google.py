"""Connecting a Google account: from the code to a Drive that provably takes backups."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from connector.domain.connection import (
    AccessToken,
    Check,
    ConnectionId,
    GoogleAccount,
    GoogleConnection,
    TokenPrints,
)
from connector.domain.errors import AuthLostError, BadInputError, ConnectorError, NotPermittedError
from connector.domain.google_consent import DRIVE_BOX, DRIVE_FILE, SCOPES, missing
from connector.domain.lead import WorkspaceId
from connector.pipelines.consent import ConsentAsk
from connector.pipelines.google_proofs import DriveProofs, prove_drive
from connector.ports import DriveHome, GoogleConnections, GoogleConsent

OTHER_ACCOUNT = (
    "You consented with another Google account than the one to be mended; what it holds cannot be reached from "
    "there. Choose the same account, or connect the other one as a new account."
)
NO_LASTING_ACCESS = (
    "Google gave no lasting access. Connect the account again; if this comes back, remove this app at "
    "https://myaccount.google.com/connections first."
)

log = structlog.stdlib.get_logger()


class BoxNotTickedError(NotPermittedError):
    """The person left a box of the consent page unticked; `scopes` are what it stands for."""

    def __init__(self, scopes: tuple[str, ...]) -> None:
        super().__init__(f'The box "{DRIVE_BOX}" was not ticked: without it no backup can be written.')
        self.scopes = scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleConnected:
    """What connecting a Google account did."""

    connection_id: ConnectionId
    account_name: str = field(repr=False)
    checks: tuple[Check, ...]


class ConnectGoogle:
    """Implements `ConsentProvider` for Google, and stores what was consented to."""

    def __init__(
        self,
        consent: GoogleConsent,
        home: DriveHome,
        connections: GoogleConnections,
        new_id: Callable[[], str],
        prints_of: Callable[[str], TokenPrints],
    ) -> None:
        self._consent = consent
        self._home = home
        self._connections = connections
        self._new_id = new_id
        self._prints_of = prints_of

    async def consent_url(self, ask: ConsentAsk) -> str:
        """Return the address of the consent page; an account that is to be mended is proposed."""
        hint = await self._connections.account_hint(ask.connection_id) if ask.connection_id else None
        return self._consent.dialog_url(
            state=ask.state,
            redirect_uri=ask.redirect_uri,
            code_challenge=ask.code_challenge,
            login_hint=hint,
        )

    def is_own_issuer(self, issuer: str | None) -> bool:
        """Tell whether the `iss` that came back is Google's."""
        return self._consent.is_own_issuer(issuer)

    async def offered(self, code: str, *, redirect_uri: str, verifier: str) -> str:
        """Exchange the code and ask who consented. Raises BoxNotTickedError, ConnectorError kinds."""
        grant = await self._consent.exchange(code, redirect_uri=redirect_uri, code_verifier=verifier)
        account = await self._consent.account(grant.access.value)
        lacking = missing(grant.access.scopes)
        if lacking:
            await self._take_back(account.sub, grant.refresh_token or grant.access.value)
            raise BoxNotTickedError(lacking)
        ends = grant.refresh_expires_at
        return json.dumps(
            {
                "sub": account.sub,
                "email": account.email,
                "access_token": grant.access.value,
                "access_expires_at": grant.access.expires_at.isoformat(),
                "refresh_token": grant.refresh_token,
                "refresh_expires_at": ends.isoformat() if ends is not None else None,
                "scopes": grant.access.scopes if grant.access.scopes is not None else SCOPES,
            }
        )

    async def accept(
        self,
        workspace_id: WorkspaceId,
        offer: str,
        *,
        connected_by: str | None = None,
        mends: ConnectionId | None = None,
    ) -> GoogleConnected:
        """Prove the account, then store it with what was found.

        Raises BoxNotTickedError, NotPermittedError (another account than the one to be mended), BadInputError
        (no lasting access): nothing is stored, and a consent of no use is taken back.
        """
        given = json.loads(offer)
        known = await self._connections.existing_google(workspace_id, given["sub"])
        await self._check_use(given, known=known, mends=mends)
        connection = _connection(given, workspace_id, known or ConnectionId(f"con_{self._new_id()}"))
        proofs = await self._proofs(given, connection, known)
        prints = self._prints_of(connection.refresh_token) if connection.refresh_token else None
        connection_id = await self._connections.save_google(
            connection,
            prints=prints,
            folder_id=proofs.folder_id,
            checks=proofs.checks,
            trouble=proofs.trouble,
            connected_by=connected_by,
        )
        log.info(
            "connection.saved",
            connection_id=connection_id,
            workspace_id=workspace_id,
            problems=sum(check.outcome == "failed" for check in proofs.checks),
        )
        return GoogleConnected(
            connection_id=connection_id,
            account_name=connection.account.email or connection.account.sub,
            checks=tuple(proofs.checks),
        )

    async def _check_use(
        self, given: Mapping[str, Any], *, known: ConnectionId | None, mends: ConnectionId | None
    ) -> None:
        if mends is not None and known != mends:
            await self._take_back_offer(given)
            raise NotPermittedError(OTHER_ACCOUNT)
        if given["refresh_token"] is None and not (known and await self._connections.has_token(known)):
            await self._take_back_offer(given)
            raise BadInputError(NO_LASTING_ACCESS)

    async def _proofs(
        self, given: Mapping[str, Any], connection: GoogleConnection, known: ConnectionId | None
    ) -> DriveProofs:
        """Ask Drive. A server that names no scopes leaves it to Drive to say that the box was not ticked."""
        proofs = await prove_drive(
            self._home,
            connection.access.value,
            connection.workspace_id,
            known_id=await self._connections.folder(known) if known is not None else None,
            account_name=connection.account.email,
        )
        if isinstance(proofs.trouble, AuthLostError):
            await self._take_back_offer(given)
            raise BoxNotTickedError((DRIVE_FILE,))
        return proofs

    async def _take_back_offer(self, given: Mapping[str, Any]) -> None:
        await self._take_back(given["sub"], given["refresh_token"] or given["access_token"])

    async def _take_back(self, sub: str, token: str) -> None:
        """Revoke a consent that is of no use, unless that would end another connection of the same person."""
        if await self._connections.uses_of(sub):
            return
        try:
            await self._consent.revoke(token)
        except ConnectorError as error:
            log.warning("consent.not_taken_back", reason=str(error))


def _connection(
    given: Mapping[str, Any], workspace_id: WorkspaceId, connection_id: ConnectionId
) -> GoogleConnection:
    ends = given["refresh_expires_at"]
    return GoogleConnection(
        id=connection_id,
        workspace_id=workspace_id,
        account=GoogleAccount(sub=given["sub"], email=given["email"]),
        access=AccessToken(
            value=given["access_token"], expires_at=datetime.fromisoformat(given["access_expires_at"])
        ),
        refresh_token=given["refresh_token"],
        refresh_expires_at=datetime.fromisoformat(ends) if ends else None,
        scopes=tuple(given["scopes"]),
    )
