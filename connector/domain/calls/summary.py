"""The daily summary: each employee's calls, talk time, connected, missed, and missed that nobody called back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from connector.domain.call import CallStatus, CallType, Direction

CALL_BACK_DAYS = 7
"""Days after a missed call in which a call back is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFact:
    """What the summary needs of a call. `peer` is its key."""

    owner: str
    peer: str
    started_at: datetime
    direction: Direction
    type: CallType
    status: CallStatus
    duration_s: int


@dataclass(slots=True, kw_only=True)
class DaySummary:
    """One employee's day, in the zone that was asked for. `talk_seconds` is of connected calls alone."""

    user: str
    day: date
    calls: int = 0
    inbound: int = 0
    outbound: int = 0
    connected: int = 0
    talk_seconds: int = 0
    missed: int = 0
    missed_not_called_back: int = 0


class Summary:
    """Adds calls up in the order of their starts.

    A missed call counts as called back once anybody of the workspace calls that number, or takes a call from it,
    afterwards. Hidden numbers cannot be called back and are counted as missed only.
    """

    def __init__(self, zone: ZoneInfo, first: date, last: date) -> None:
        self._zone = zone
        self._first = first
        self._last = last
        self._days: dict[tuple[date, str], DaySummary] = {}
        self._open: dict[str, list[DaySummary]] = {}

    def add(self, facts: Iterable[CallFact]) -> None:
        """Add calls, none earlier than those before."""
        for fact in facts:
            self._answered(fact)
            day = fact.started_at.astimezone(self._zone).date()
            if self._first <= day <= self._last:
                self._count(fact, day)

    def _answered(self, fact: CallFact) -> None:
        """Close what was open for this number."""
        if fact.direction == "outbound" or (fact.direction == "inbound" and fact.status == "answered"):
            self._open.pop(fact.peer, None)

    def _count(self, fact: CallFact, day: date) -> None:
        one = self._days.get((day, fact.owner))
        if one is None:
            one = self._days[day, fact.owner] = DaySummary(user=fact.owner, day=day)
        one.calls += 1
        one.inbound += fact.direction == "inbound"
        one.outbound += fact.direction == "outbound"
        if fact.status == "answered":
            one.connected += 1
            one.talk_seconds += fact.duration_s
        if fact.type == "missed":
            one.missed += 1
            if not fact.peer.startswith("presentation:"):
                self._open.setdefault(fact.peer, []).append(one)

    def days(self) -> Sequence[DaySummary]:
        """Return the days with calls, the latest first, then by employee."""
        for one in self._days.values():
            one.missed_not_called_back = 0
        for waiting in self._open.values():
            for one in waiting:
                one.missed_not_called_back += 1
        return sorted(self._days.values(), key=lambda one: (-one.day.toordinal(), one.user))
