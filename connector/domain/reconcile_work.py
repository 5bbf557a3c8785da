"""Reading again as work that waits: what a claim hands out, and what settling it says."""

from dataclasses import dataclass
from typing import Literal

from connector.domain.connection import PageAccess
from connector.domain.lead import FormId, PageId, WorkspaceId
from connector.domain.reconciling import Budget, FormListing, Window

CONNECT = "connect"
"""Who asks for the import of a newly connected Page's history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchWork:
    """The app's own webhook subscription is to be looked at. `failures` counts looks in a row that found it amiss."""

    claim_id: str
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWork:
    """What every job at one Page has. `id` names its row; `failures` those in a row before this try."""

    id: str
    claim_id: str
    workspace_id: WorkspaceId
    page_id: PageId
    failures: int
    access: PageAccess
    budget: Budget
    forms: int  # live ones of the Page


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundWork(PageWork):
    """A Page's round: is it subscribed, and (`lists`) which forms has it. `is_first`: they were never listed."""

    lists: bool
    is_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FormWork(PageWork):
    """One form is to be read from its watermark on."""

    form_id: FormId
    is_live: bool
    floor_ms: int
    created_ms: int | None
    watermark_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillWork(PageWork):
    """One page of a form's history is to be read, behind `after`. `began_ms`: when the first one was."""

    form_id: FormId
    window: Window
    after: str | None
    began_ms: int | None


ReconcileWork = WatchWork | RoundWork | FormWork | BackfillWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """What a round found of the Page's subscription. `healed`: it was gone and is made again.

    `trouble` says why it could not be made; `remedy` what a person does about it.
    """

    healed: bool = False
    trouble: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundDone:
    """A round that came to its end. `listing` None: it was not due, or the budget did not carry it."""

    subscribed: Subscribed
    listing: FormListing | None
    due_at_ms: int
    list_due_at_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a look at the app's subscription found. `trouble` None: webhooks come; `healed`: since just now."""

    due_at_ms: int
    healed: bool = False
    trouble: str | None = None
    remedy: str | None = None


BackfillState = Literal["waiting", "done", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillOrder:
    """A person asks for history: of a Page or of one form, in this time."""

    page_id: PageId | None
    form_id: FormId | None
    workspace_id: WorkspaceId | None
    window: Window
    requested_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillPlan:
    """What an order would read: one form, Meta's count of its leads, and how many of it are here already."""

    workspace_id: WorkspaceId
    page_id: PageId
    form_id: FormId
    name: str | None = None
    leads: int | None = None
    known: int = 0
    calls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillProgress:
    """How far an import of history is. `total` is Meta's count of the form's leads, an upper bound."""

    id: str
    workspace_id: WorkspaceId
    page_id: PageId
    form_id: FormId
    state: BackfillState
    requested_by: str
    found: int
    new: int
    calls: int
    total: int | None
    reason: str | None
    due_at_ms: int | None
    created_at_ms: int
    settled_at_ms: int | None
