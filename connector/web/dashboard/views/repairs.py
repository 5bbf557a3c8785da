"""What rests until a person mends it: events that the CRM refused, leads that became no contact."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from connector.web.dashboard.views.leads import Paging


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairInput:
    """One value of a contact. `messages`: what the CRM says of it; `error`: why what was typed cannot be used.

    `has_lines`: several answers, one a line.
    """

    name: str
    label: str
    value: str = field(repr=False)
    messages: tuple[str, ...] = ()
    error: str | None = None
    has_lines: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairCard:
    """One refused event: POST `{root}/repairs/<event_id>` with `revision` and the inputs by name corrects it.

    `named` are the values that something is said about, `rest` the others. `complaints` name no value of ours.
    `newer_accepted`: the CRM took a later revision of the contact. POST `{root}/deliveries/<event_id>/replay` sends
    the event again as it is.
    """

    event_id: str
    lead_id: str | None
    revision: int
    name: str | None = field(default=None, repr=False)
    form_name: str | None = None
    page_name: str | None = None
    reason: str | None = None
    refused_at: datetime
    named: tuple[RepairInput, ...] = ()
    rest: tuple[RepairInput, ...] = ()
    complaints: tuple[str, ...] = ()
    newer_accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedRow:
    """One lead that became no contact. `may_replay`: trying again can help."""

    lead_id: str
    reason: str
    next_step: str
    form_name: str | None = None
    page_name: str
    received_at: datetime
    may_replay: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairs:
    """The repair inbox: cards newest first, and parked leads."""

    template: ClassVar[str] = "repairs.html"
    cards: tuple[RepairCard, ...] = ()
    parked: tuple[ParkedRow, ...] = ()
    paging: Paging = field(default_factory=Paging)
