"""Reading again: how each Page does, what it may cost, and imports of history."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from connector.domain.reading_pace import Why
from connector.domain.silence import Hearing
from connector.web.dashboard.views.leads import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """One Page. `used_percent`: of Facebook's own budget, told `used_at`; None: not told within a day.

    `spent` of `allowed` calls of the day went into reading again. `every_s`: seconds between two reads of a form;
    `waits_until`: none before it. `hearing` None: not judged yet. `overdue_at`: from when on silence is unusual.
    """

    id: str
    name: str
    forms: int
    live_forms: int
    why: Why
    every_s: float
    spent: int
    allowed: int
    is_readable: bool = True
    hearing: Hearing | None = None
    last_lead_at: datetime | None = None
    overdue_at: datetime | None = None
    used_percent: float | None = None
    used_at: datetime | None = None
    read_at: datetime | None = None
    next_at: datetime | None = None
    waits_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLine:
    """One form of an import; `total` is Facebook's count of its leads, an upper bound."""

    form_id: str
    form_name: str
    state: str  # waiting, done, stopped
    found: int
    total: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportGroup:
    """What was asked for at once of one Page. `percent` None: Facebook did not tell how many leads there are."""

    page_id: str
    page_name: str
    asked_by: str
    asked_at: datetime
    since: date
    until: date | None
    lines: tuple[ImportLine, ...]
    forms_done: int
    found: int
    new: int
    calls: int
    is_running: bool
    percent: float | None = None
    per_minute: float | None = None
    ended_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What an import would read, and cost at most; POST `{root}/reading/import` with the same fields starts it."""

    what: str
    label: str
    since: date
    until: date | None
    forms: int
    leads: int | None
    known: int
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """GET `{root}/reading` with what, since, until and `plan` shows a plan; POST `{root}/reading/stop` stops."""

    template: ClassVar[str] = "reading.html"
    pages: tuple[ReadPage, ...] = ()
    running: tuple[ImportGroup, ...] = ()
    ended: tuple[ImportGroup, ...] = ()
    choices: tuple[Option, ...] = ()
    since: date | None = None
    until: date | None = None
    oldest: date | None = None
    today: date | None = None
    plan: ImportPlan | None = None
