"""Durable state as the pipelines see it. Every await returns only after the change is on disk."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from connector.domain.access import ApiCaller, FeedEntry
from connector.domain.alert import Alert
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
from connector.domain.delivery import Settlement
from connector.domain.errors import ConnectorError
from connector.domain.lead import FormId, LeadId, PageId, WorkspaceId
from connector.domain.mail import MailFacts, MailSettlement, MailWork
from connector.domain.notice import Notification
from connector.domain.probing import PageVerdict, ProbeWork, Verdict
from connector.domain.signals import Signal
from connector.domain.token_refresh import StoredTokens
from connector.domain.work import (
    AttemptRecord,
    DeliveryWork,
    FetchBatch,
    FetchOutcome,
    PageTrouble,
    ResolveOutcome,
    ResolveWork,
)


class Inbox(Protocol):
    """Where notices become leads that wait."""

    async def record(self, notification: Notification) -> None:
        """Store every notice and every quarantined piece. Raises StateUnavailableError: nothing stored."""


class LeadQueue(Protocol):
    """Leads waiting to be read from the provider."""

    async def claim(self, *, limit: int) -> FetchBatch | None:
        """Lease up to `limit` due leads of one Page; None when nothing is due."""

    async def settle(self, batch: FetchBatch, outcomes: Mapping[LeadId, FetchOutcome]) -> int:
        """Write the outcomes of a batch we still hold; return how many rows were ours."""

    async def hold(self, batch: FetchBatch, trouble: PageTrouble) -> int | None:
        """Mark the Page, raise its alert and let all its leads wait; return how many wait. No attempt is spent.

        None when the Page has another token than the batch was read with: that says nothing about the Page, and
        only the batch is given back, due now.
        """

    async def postpone(
        self, batch: FetchBatch, *, until_ms: int, reason: str, trouble: PageTrouble | None = None
    ) -> int | None:
        """Give the batch back and let every lead of the Page wait until `until_ms`; no attempt is spent.

        A longer pause stands. `trouble` marks the Page as well; then it returns None as `hold` does. Returns how
        many leads wait.
        """

    async def page_reads(self, batch: FetchBatch) -> None:
        """Say that the Page's leads are readable again: trouble and alert end, what waited for it is due.

        Nothing happens when the Page has another token than the batch was read with.
        """

    async def others_read(self, batch: FetchBatch, *, since_ms: int) -> bool:
        """Tell whether a lead of the Page other than the batch's only one was read since then."""

    async def next_due_ms(self) -> int | None:
        """Return when the earliest waiting lead is due."""


class Forms(Protocol):
    """Form definitions, cached: published forms do not change."""

    async def known(self, form_ids: Sequence[FormId]) -> Mapping[FormId, tuple[str, int]]:
        """Return JSON text and fetch time (ms) of the forms we have."""

    async def store(self, page_id: PageId, form_id: FormId, definition: str) -> None:
        """Keep a definition."""


class Resolver(Protocol):
    """Fetched leads becoming contacts, each with its event, in one transaction."""

    async def claim(self, *, limit: int) -> Sequence[ResolveWork]:
        """Lease fetched leads; empty when none is due."""

    async def commit(self, outcomes: Sequence[tuple[ResolveWork, ResolveOutcome]]) -> int:
        """Match, merge, append the events, queue the deliveries; return how many leads were still ours."""

    async def retry(self, work: ResolveWork, *, due_at_ms: int, reason: str) -> None:
        """Give one lead back for later."""

    async def next_due_ms(self) -> int | None:
        """Return when the earliest fetched lead is due."""


class Deliveries(Protocol):
    """Events on their way to the CRM."""

    async def claim(self, *, limit: int) -> Sequence[DeliveryWork]:
        """Lease due deliveries, at most one a contact and never ahead of an earlier revision."""

    async def settle(self, work: DeliveryWork, settlement: Settlement, attempt: AttemptRecord) -> bool:
        """Write what became of an attempt; False when the lease was lost meanwhile."""

    async def release(self, works: Sequence[DeliveryWork]) -> None:
        """Give claims back untried; no attempt is spent."""

    async def recovered(self, *, was_out: bool) -> int | None:
        """End the outage's alert; when it stood or `was_out`, make every retry due now and return how many."""

    async def stop(self, reason: str, alert: Alert | None = None) -> None:
        """Send nothing more to the destination until an operator resumes it; raise `alert` with it."""

    async def stopped(self) -> str | None:
        """Return why sending is stopped, or None."""

    async def next_due_ms(self) -> int | None:
        """Return when the earliest waiting delivery is due."""


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


class Alerts(Protocol):
    """Conditions a person must know: raised once per episode, resolved once."""

    async def raise_once(self, alert: Alert) -> bool:
        """Raise unless already open; True when this call opened it."""

    async def resolve(self, key: str) -> bool:
        """Resolve when open; True when this call resolved it."""


class Replays(Protocol):
    """Putting work back in line."""

    async def replay_leads(
        self,
        filters: Mapping[str, str | int | float | bytes | None],
        *,
        limit: int | None,
        reread: bool,
        dry_run: bool,
    ) -> int:
        """Put leads back in line, the newest `limit` or all; return how many."""

    async def replay_deliveries(
        self, filters: Mapping[str, str | int | float | bytes | None], *, limit: int | None, dry_run: bool
    ) -> int:
        """Send events again, the same bytes under the same id; return how many."""


class Mails(Protocol):
    """Mails about alerts that wait; queued by the transaction that raised the alert."""

    async def claim(self, *, limit: int) -> Sequence[MailWork]:
        """Lease due mails; empty when none is due."""

    async def facts(self, work: MailWork) -> MailFacts | None:
        """Return what is true now of what the mail tells; None when the lease was lost."""

    async def settle(self, work: MailWork, settlement: MailSettlement) -> bool:
        """Write what became of it; False when the lease was lost meanwhile."""

    async def next_due_ms(self) -> int | None:
        """Return when the earliest waiting mail is due."""


class Feed(Protocol):
    """The ordered events of a workspace."""

    async def after(self, workspace_id: WorkspaceId, sequence: int, *, limit: int) -> Sequence[FeedEntry]:
        """Return the events that follow `sequence`, in order and without a gap."""

    async def exists(self, workspace_id: WorkspaceId) -> bool:
        """Tell whether there is such a workspace."""


class ApiTokens(Protocol):
    """The CRM backend's tokens."""

    async def find(self, token: str) -> ApiCaller | None:
        """Return whose token this is, or None when nobody's."""
