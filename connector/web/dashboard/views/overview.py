"""The first page: is everything well, and what came in."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from connector.web.dashboard.views.backups import ScheduleCard
from connector.web.dashboard.views.connections import ConnectionCard
from connector.web.dashboard.views.leads import LeadRow
from connector.web.dashboard.views.records import AlertRow


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """Leads received on one day (UTC)."""

    day: date
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupStep:
    """One of the first steps of a new workspace; the first that is not done is the one to take."""

    label: str
    text: str
    href: str
    action: str
    is_done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Seconds from webhook to CRM, and whether the objective was met: 95 of 100 within 10 s."""

    p50_s: float
    p95_s: float
    within_percent: float
    is_kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Counts over the workspace, its accounts in short, what is wrong, what came in last.

    `waiting` are leads that are not yet at the CRM, the oldest since `waiting_since`; `held` of them wait for an
    account; `parked` need a person. `delivered_7_days` counts accepted deliveries.

    `per_day`: 14 or 30 days, oldest first, days without leads too. `setup` is shown until all is done.
    `backups`: schedules; `has_google`: an account waits for one.
    """

    template: ClassVar[str] = "overview.html"
    leads_today: int = 0
    leads_7_days: int = 0
    waiting: int = 0
    waiting_since: datetime | None = None
    held: int = 0
    parked: int = 0
    delivered_7_days: int = 0
    speed_day: Speed | None = None
    speed_week: Speed | None = None
    connections: tuple[ConnectionCard, ...] = ()
    alerts: tuple[AlertRow, ...] = ()
    latest: tuple[LeadRow, ...] = ()
    per_day: tuple[DayCount, ...] = ()
    setup: tuple[SetupStep, ...] = ()
    backups: tuple[ScheduleCard, ...] = ()
    has_google: bool = False

    @property
    def peak(self) -> int:
        """Return the highest count of a day, at least 1 so that it can divide."""
        return max((day.count for day in self.per_day), default=1) or 1
