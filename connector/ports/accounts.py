"""Connected accounts in the state: consents and tokens. Every await returns only after the change is on disk."""

from collections.abc import Sequence
from typing import Protocol

from connector.domain.connection import (
    AccessToken,
    Check,
    ConnectionId,
    FacebookConnection,
    GoogleConnection,
    PageGrant,
    SavedConsent,
    TokenPrints,
)
from connector.domain.consenting import ConsentAttempt
from connector.domain.errors import ConnectorError
from connector.domain.lead import PageId, WorkspaceId
from connector.domain.probing import PageVerdict, ProbeWork, Verdict
from connector.domain.signals import Signal
from connector.domain.token_refresh import StoredTokens


class Connections(Protocol):
    """Connected accounts and their Pages."""

    async def save(self, connection: FacebookConnection, pages: Sequence[PageGrant]) -> SavedConsent:
        """Store a consent and its chosen Pages; held leads and quarantined notices of them become due.

        A Page that another living consent of the workspace reads goes on so, and this one stands by. Id, history
        and queue of a known account are kept, whatever id `connection` brings.
        """

    async def proved(
        self,
        saved: SavedConsent,
        checks: Sequence[Check],
        pages: Sequence[PageVerdict],
        signals: Sequence[Signal],
    ) -> int:
        """Write what proving a stored consent found, and adopt what went to quarantine meanwhile.

        Returns how many leads that made; nothing is written when the consent was replaced or ended meanwhile.
        """

    async def existing(self, workspace_id: WorkspaceId, account_id: str) -> ConnectionId | None:
        """Return the id under which this account is already connected."""

    async def covered(self, connection_id: ConnectionId) -> Sequence[PageId]:
        """Return the Pages that a connection covers, read or standing by."""


class Probing(Protocol):
    """Accounts that wait to be looked at."""

    async def claim(self, connection_id: ConnectionId | None = None) -> ProbeWork | None:
        """Lease the account that is due first, or the named one whether due or not; None: there is none."""

    async def settle(self, work: ProbeWork, verdict: Verdict, *, chance: float) -> bool:
        """Write what was found and all that follows; False when the lease was lost, and nothing was written.

        `chance`, in [0, 1), spreads the next look.
        """

    async def hear(self, connection_id: ConnectionId, *signals: Signal) -> bool:
        """Judge what was heard of an account and write what follows; True when its health changed."""

    async def next_due_ms(self) -> int | None:
        """Return when the earliest look is due."""


class Consents(Protocol):
    """Consents under way."""

    async def begin(self, attempt: ConsentAttempt, *, state: str) -> None:
        """Store an attempt under a fresh random state."""

    async def take(self, provider: str, *, state: str, session: str) -> ConsentAttempt:
        """Use an attempt up. Raises NotPermittedError: unknown, used, too old, or of another session."""

    async def keep_offer(self, attempt: ConsentAttempt, offer: str) -> None:
        """Keep what the consent gave until the person has chosen."""

    async def offered(self, attempt_id: str, *, session: str) -> tuple[ConsentAttempt, str]:
        """Return a used attempt and what it gave. Raises NotPermittedError as `take` does."""

    async def finish(self, attempt: ConsentAttempt) -> None:
        """Forget the attempt and what it gave."""


class GoogleConnections(Protocol):
    """Connected Google accounts."""

    async def existing_google(self, workspace_id: WorkspaceId, sub: str) -> ConnectionId | None:
        """Return the id under which this account is known to the workspace."""

    async def has_token(self, connection_id: ConnectionId) -> bool:
        """Tell whether a refresh token of it is stored that is not known to be dead."""

    async def folder(self, connection_id: ConnectionId) -> str | None:
        """Return the id of the Drive folder that was used last."""

    async def keep_folder(
        self, connection_id: ConnectionId, folder_id: str, *, instead_of: str | None
    ) -> bool:
        """Use another folder from now on; False when it was replaced meanwhile. A lost one is logged as a deed."""

    async def account_hint(self, connection_id: ConnectionId) -> str | None:
        """Return the address to propose on the consent page."""

    async def uses_of(self, sub: str) -> int:
        """Return how many connections of any workspace live by this person's grant."""

    async def save_google(
        self,
        connection: GoogleConnection,
        *,
        prints: TokenPrints | None,
        folder_id: str | None,
        checks: Sequence[Check],
        trouble: ConnectorError | None,
        connected_by: str | None,
    ) -> ConnectionId:
        """Store a consent; its alerts end, its work goes on. A stored refresh token is kept when none came.

        `trouble` is what Drive said against the account as a whole. Returns the id of the account where it is
        known already, else the connection's.
        """


class GoogleTokenStore(Protocol):
    """Google tokens at rest, and the lease under which one worker of all machines refreshes them."""

    async def stored(self, connection_id: ConnectionId) -> StoredTokens | None:
        """Return what is stored of a connection; None when there is no such one."""

    async def claim(self, seen: StoredTokens) -> StoredTokens | None:
        """Take the lease, unless somebody has it or the tokens are no longer those that were seen."""

    async def store(self, held: StoredTokens, fresh: AccessToken) -> bool:
        """Store fresh tokens and end the lease; False when it was lost meanwhile."""

    async def fail(self, held: StoredTokens, error: ConnectorError, *, due_at_ms: int) -> bool:
        """End the lease after a failed try, to be tried again at `due_at_ms`, and tell the connection's health.

        False when the lease was lost meanwhile: what failed says nothing of the tokens that are stored now.
        """

    async def retry_now(self) -> None:
        """Let every refresh that failed last be due now."""

    async def due(self, *, limit: int) -> Sequence[ConnectionId]:
        """Return connections whose access token is to be replaced now."""

    async def next_due_ms(self) -> int | None:
        """Return when the next one is."""
