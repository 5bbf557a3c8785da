"""Leads, each one's whole trace, and the deliveries to the CRM."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from connector.web.dashboard.views.words import DeliveryState, LeadState, Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRow:
    """One lead in a list. `name` None: it was not read yet, or gave none. `reason` explains a state that rests.

    `drops_at`: when Meta deletes it, while it is not read yet; None where it is read, or its time is not known.
    """

    id: str
    received_at: datetime
    name: str | None = field(default=None, repr=False)
    form_name: str | None = None
    page_name: str
    state: LeadState
    reason: str | None = None
    drops_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One entry of a choice. `value` "" stands for all."""

    value: str
    label: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Cursor paging: `older_href` and `newest_href` are None where there is no such page."""

    older_href: str | None = None
    newest_href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leads:
    """Leads, newest first, with filters that go by GET as `state`, `page`, `form`.

    There is no search by name: addresses end up in logs and histories. `is_filtered` decides what an empty list
    says.
    """

    template: ClassVar[str] = "leads.html"
    rows: tuple[LeadRow, ...] = ()
    states: tuple[Option, ...] = ()
    pages: tuple[Option, ...] = ()
    forms: tuple[Option, ...] = ()
    is_filtered: bool = False
    paging: Paging = field(default_factory=Paging)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A name and a value."""

    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceStep:
    """One thing that happened, oldest first. `at` None: still to come.

    `icon`: bell (notice), download (read), form, person (matched), send (delivery attempt), check, pause, cross.
    """

    at: datetime | None
    title: str
    text: str | None = None
    tone: Tone = "neutral"
    icon: Literal["bell", "download", "form", "person", "send", "check", "pause", "cross", "clock"] = "clock"
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTrace:
    """One lead: its way through us, what the person answered (`answers`), the contact that it became (`contact`).

    POST `{root}/leads/<id>/replay` puts it back in line when `may_replay`. `ids` are Meta's: form, ad, campaign.
    POST `{root}/leads/<id>/corrections/<undo_id>/undo` takes the last correction back.
    """

    template: ClassVar[str] = "lead_trace.html"
    lead: LeadRow
    steps: tuple[TraceStep, ...] = ()
    answers: tuple[Fact, ...] = field(default=(), repr=False)
    contact: tuple[Fact, ...] = field(default=(), repr=False)
    ids: tuple[Fact, ...] = ()
    crm_id: str | None = None
    next_step: str | None = None
    may_replay: bool = False
    undo_id: str | None = None
    repair_href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """The effort to bring one event to the CRM. `due_at` is the next attempt, `settled_at` when it ended."""

    event_id: str
    sequence: int
    type: str
    lead_id: str | None = None
    state: DeliveryState
    attempts: int
    last_status: int | None = None
    reason: str | None = None
    due_at: datetime | None = None
    settled_at: datetime | None = None
    is_replay: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where events go: `label` is the CRM's host, `text` how it does (answers, waits, stopped and why)."""

    label: str
    text: str
    tone: Tone = "good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """Deliveries, newest first; filter `state` by GET.

    POST `{root}/deliveries/<event_id>/replay` sends one again: offered for parked ones.
    """

    template: ClassVar[str] = "deliveries.html"
    rows: tuple[DeliveryRow, ...] = ()
    states: tuple[Option, ...] = ()
    destination: Destination | None = None
    is_filtered: bool = False
    paging: Paging = field(default_factory=Paging)
