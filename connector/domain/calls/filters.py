"""Which calls are nobody's business: private numbers and calls outside work hours. They are never stored."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache

from connector.domain.call import Call
from connector.domain.calls.identity import peer_key
from connector.domain.calls.times import zone_named
from connector.domain.errors import BadInputError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(
    r"(?P<days>[a-z]{3}(?:-[a-z]{3})?(?:,[a-z]{3}(?:-[a-z]{3})?)*)\s+"
    r"(?P<h1>\d{1,2}):(?P<m1>\d{2})\s*-\s*(?P<h2>\d{1,2}):(?P<m2>\d{2})"
)
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkHours:
    """When calls are work: days (0 is Monday), minutes of the day, a zone. `until` below `since`: over night."""

    days: frozenset[int]
    since: int
    until: int
    zone: str
    text: str = ""

    def covers(self, call: Call) -> bool:
        """Tell whether the call began in work hours; a night shift is of the day on which it began."""
        local = call.started_at.astimezone(zone_named(self.zone))
        minute = local.hour * 60 + local.minute
        if self.since < self.until:
            return local.weekday() in self.days and self.since <= minute < self.until
        if minute >= self.since:
            return local.weekday() in self.days
        return minute < self.until and (local - timedelta(days=1)).weekday() in self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a workspace keeps out. Private numbers are known by their prints only: the list is no phone book."""

    private: frozenset[str] = frozenset()
    work_hours: WorkHours | None = None

    def keeps(self, call: Call, *, workspace_id: str) -> bool:
        """Tell whether a call may be stored."""
        if self.private and number_print(workspace_id, peer_key(call.peer)) in self.private:
            return False
        return self.work_hours is None or self.work_hours.covers(call)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSettings:
    """How a workspace takes calls. `region` is alpha-2; `owners` as in `Rules`."""

    tracking: bool
    region: str | None = None
    timezone: str = "UTC"
    filters: Filters = field(default_factory=Filters)
    owners: Mapping[str, str] = field(default_factory=dict, repr=False)


@lru_cache(maxsize=4096)
def number_print(workspace_id: str, key: str) -> str:
    """Return what a private number is remembered by."""
    return hashlib.sha256(f"private|{workspace_id}|{key}".encode()).hexdigest()


def work_hours(text: str, *, zone: str) -> WorkHours:
    """Read `Mon-Fri 09:00-18:00` (or `Mon,Wed-Sat 22:00-06:00`). Raises BadInputError."""
    found = _HOURS.fullmatch(text.strip().lower())
    zone_named(zone)
    days = _days(found["days"]) if found else None
    if found is None or days is None:
        raise BadInputError("Work hours are written like `Mon-Fri 09:00-18:00`.")
    since, until = (int(found[f"h{n}"]) * 60 + int(found[f"m{n}"]) for n in (1, 2))
    if not (since < _DAY_MINUTES and until <= _DAY_MINUTES and since != until):
        raise BadInputError("Work hours are from 00:00 to 24:00, and not empty.")
    return WorkHours(days=days, since=since, until=until, zone=zone, text=text.strip())


def _days(text: str) -> frozenset[int] | None:
    days = set[int]()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in _DAYS or (last and last not in _DAYS):
            return None
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        days.update(day % 7 for day in range(start, (end if end >= start else end + 7) + 1))
    return frozenset(days)
