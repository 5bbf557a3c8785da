"""Work that waits, as values: what a claim hands out and what settling it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from connector.domain.alert import Alert
from connector.domain.connection import PageAccess, PageState
from connector.domain.contact import Contact
from connector.domain.errors import LossCause
from connector.domain.lead import FormId, LeadId, PageId, ReceivedVia, WorkspaceId

Stage = Literal["fetch", "held", "resolve", "contact", "test", "parked"]
"""Where a lead stands. fetch, held and resolve wait; contact, test and parked rest."""

Ladder = Literal["outage", "lead", "fault"]
"""Why a lead waits to be read again: the provider or its Page, the lead itself, or a fault of our own.

When a Page reads again, what waited for an outage is due at once. What met a fault of ours is read alone.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadWork:
    """One lead that waits to be read. `attempts` counts this one and those before it on the same `ladder`."""

    lead_id: LeadId
    attempts: int
    received_at_ms: int
    ladder: Ladder | None = None

    def tries(self, ladder: Ladder) -> int:
        """Return the number of this try on that ladder: a change of ladder begins anew."""
        return self.attempts if self.ladder in {None, ladder} else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchBatch:
    """Up to 50 leads of one Page under one claim.

    `sealed_token` is the Page's token as stored: what a read says about the Page counts while it is the same.
    """

    claim_id: str
    workspace_id: WorkspaceId
    page_id: PageId
    page_state: PageState
    access: PageAccess
    sealed_token: str = field(repr=False)
    leads: tuple[LeadWork, ...]

    def only(self, leads: tuple[LeadWork, ...]) -> "FetchBatch":
        """Return the batch with these of its leads."""
        return replace(self, leads=leads)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The lead as the provider told it: compact ASCII JSON, verbatim."""

    raw: str = field(repr=False)
    form_id: FormId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryLater:
    """Due again at `due_at_ms`. `spent` False gives the attempt back; without `ladder` it stays on its own."""

    due_at_ms: int
    reason: str
    spent: bool = True
    ladder: Ladder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedLead:
    """Rests until a person acts; `reason` is a sentence the person understands. `alert` is raised with it.

    `by_mapping`: its form's mapping wants it so, and another version of that lets it go on.
    """

    reason: str
    alert: Alert | None = None
    by_mapping: bool = False


FetchOutcome = Fetched | RetryLater | ParkedLead


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTrouble:
    """Why a Page's leads cannot be read now, and what a person does about it. `cause`: why its token is dead."""

    state: PageState
    reason: str
    remedy: str
    cause: LossCause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveWork:
    """One fetched lead that waits to become a contact. `raw`, `form` and `mapping` are JSON texts.

    One that has a contact already is read as it was then: a newer mapping gets to it by being applied to past leads.
    """

    claim_id: str
    workspace_id: WorkspaceId
    lead_id: LeadId
    page_id: PageId
    form_id: FormId | None
    page_name: str | None
    country_hint: str | None
    received_via: ReceivedVia
    received_at_ms: int
    attempts: int
    raw: str = field(repr=False)
    form: str | None = field(default=None, repr=False)
    mapping: str | None = field(default=None, repr=False)
    mapping_version: int | None = None
    has_contact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The contact this lead alone would make, and the lead as the CRM will see it."""

    contact: Contact
    lead: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSubmission:
    """Meta's testing tool made it: kept, shown, never a contact unless asked."""

    __test__ = False  # pytest: not a test class


ResolveOutcome = Draft | TestSubmission | ParkedLead


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryWork:
    """One claimed delivery. `attempt` counts this one.

    `accepted_at_ms` is when the webhook was answered; None for imported history, which nobody waited for.
    Past `lease_until_ms` somebody else may send it.
    """

    claim_id: str
    event_id: str
    workspace_id: WorkspaceId
    sequence: int
    attempt: int
    contact_id: str | None
    is_replay: bool
    accepted_at_ms: int | None
    lease_until_ms: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One try of one delivery, for the trace. `status` is None when no answer came."""

    at_ms: int
    duration_ms: int
    status: int | None
    reason: str | None
