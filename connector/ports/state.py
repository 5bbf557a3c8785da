"""Durable state as the pipelines see it. Every await returns only after the change is on disk."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from connector.domain.access import ApiCaller, FeedEntry
from connector.domain.alert import Alert
from connector.domain.delivery import Settlement
from connector.domain.lead import FormId, LeadId, PageId, WorkspaceId
from connector.domain.mail import MailFacts, MailSettlement, MailWork
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
