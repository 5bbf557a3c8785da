"""Calls: each employee's days, added up."""

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCounts:
    """Calls added up. `talk`: time of the connected ones, in words; `open`: missed that nobody called back."""

    calls: int = 0
    connected: int = 0
    missed: int = 0
    open: int = 0
    talk: str = "0 min"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDay:
    """A day of all employees; days without calls too."""

    day: date
    counts: CallCounts

    @property
    def other(self) -> int:
        """Return the calls that are neither connected nor missed: unanswered ones out, rejected ones in."""
        return self.counts.calls - self.counts.connected - self.counts.missed


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """What an employee did, on a day or in the whole range (`day` None)."""

    user: str = field(repr=False)
    counts: CallCounts
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """GET `{root}/calls` with since, until and zone. `per_day` is oldest first, `rows` newest; `left_out` rows more.

    `error`: what is wrong with what was asked; the last week is shown instead.
    """

    template: ClassVar[str] = "calls.html"
    is_tracking: bool = True
    since: date
    until: date
    zone: str
    zones: tuple[str, ...] = ()
    error: str | None = None
    total: CallCounts = CallCounts()
    per_day: tuple[CallDay, ...] = ()
    per_user: tuple[CallRow, ...] = ()
    rows: tuple[CallRow, ...] = ()
    left_out: int = 0

    @property
    def peak(self) -> int:
        """Return the most calls of a day, at least 1 so that it can divide."""
        return max((one.counts.calls for one in self.per_day), default=1) or 1
