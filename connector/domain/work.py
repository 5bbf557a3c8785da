"""Work that waits, as values: what a claim hands out and what settling it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from connector.domain.connection import PageAccess, PageState
from connector.domain.contact import Contact
from connector.domain.lead import FormId, LeadId, PageId, ReceivedVia, WorkspaceId

Stage = Literal["fetch", "held", "resolve", "contact", "test", "parked"]
"""Where a lead stands. fetch, held and resolve wait; contact, test and parked rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadWork:
    """One lead that waits to be read. `attempts` counts this one."""

    lead_id: LeadId
    attempts: int
    received_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchBatch:
    """Up to 50 leads of one Page under one claim."""

    claim_id: str
    workspace_id: WorkspaceId
    page_id: PageId
    page_state: PageState
    access: PageAccess
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
    """Due again at `due_at_ms`. `spent` False gives the attempt back."""

    due_at_ms: int
    reason: str
    spent: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedLead:
    """Rests until a person acts; `reason` is a sentence the person understands."""

    reason: str


FetchOutcome = Fetched | RetryLater | ParkedLead


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTrouble:
    """Why a Page's leads cannot be read now, and what a person does about it."""

    state: PageState
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveWork:
    """One fetched lead that waits to become a contact. `raw` and `form` are JSON texts."""

    claim_id: str
    workspace_id: WorkspaceId
    lead_id: LeadId
    page_id: PageId
    page_name: str | None
    country_hint: str | None
    received_via: ReceivedVia
    received_at_ms: int
    attempts: int
    raw: str = field(repr=False)
    form: str | None = field(default=None, repr=False)


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
    """One claimed delivery. `attempt` counts this one; `accepted_at_ms` is when the webhook was answered."""

    claim_id: str
    event_id: str
    workspace_id: WorkspaceId
    sequence: int
    attempt: int
    contact_id: str | None
    is_replay: bool
    accepted_at_ms: int | None
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One try of one delivery, for the trace. `status` is None when no answer came."""

    at_ms: int
    duration_ms: int
    status: int | None
    reason: str | None
