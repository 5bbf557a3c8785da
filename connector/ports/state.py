"""Durable state as the pipelines see it. Every await returns only after the change is on disk."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from connector.domain.access import ApiCaller, FeedEntry
from connector.domain.alert import Alert
from connector.domain.connection import ConnectionId, FacebookConnection, PageGrant
from connector.domain.consenting import ConsentAttempt
from connector.domain.delivery import Settlement
from connector.domain.lead import FormId, LeadId, PageId, WorkspaceId
from connector.domain.notice import Notification
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

    async def hold(self, batch: FetchBatch, trouble: PageTrouble) -> int:
        """Mark the Page and let all its leads wait; return how many wait. No attempt is spent."""

    async def postpone(
        self, batch: FetchBatch, *, until_ms: int, reason: str, trouble: PageTrouble | None = None
    ) -> int:
        """Give the batch back and let every lead of the Page wait until `until_ms`; no attempt is spent.

        `trouble` marks the Page as well. Returns how many leads wait.
        """

    async def page_reads(self, batch: FetchBatch) -> None:
        """Say that the Page's leads are readable again: trouble ends, held leads are due."""

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

    async def hasten(self) -> int:
        """Make every delivery that waits for a retry due now: the destination is back."""

    async def stop(self, reason: str) -> None:
        """Send nothing more to the destination until an operator resumes it."""

    async def stopped(self) -> str | None:
        """Return why sending is stopped, or None."""

    async def next_due_ms(self) -> int | None:
        """Return when the earliest waiting delivery is due."""


class Connections(Protocol):
    """Connected accounts and their Pages."""

    async def save(self, connection: FacebookConnection, pages: Sequence[PageGrant]) -> int:
        """Store a consent and its chosen Pages; held leads and quarantined notices of them become due.

        Returns how many leads that set free. Ids, history and queue of a known account are kept.
        """

    async def existing(self, workspace_id: WorkspaceId, account_id: str) -> ConnectionId | None:
        """Return the id under which this account is already connected."""


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


class Alerts(Protocol):
    """Conditions a person must know: raised once per episode, resolved once."""

    async def raise_once(self, alert: Alert) -> bool:
        """Raise unless already open; True when this call opened it."""

    async def resolve(self, key: str) -> bool:
        """Resolve when open; True when this call resolved it."""


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
