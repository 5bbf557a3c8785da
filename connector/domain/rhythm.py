"""How often a Page gets leads, hour by hour of the week, and from when on silence is longer than it usually is. Pure.

Silence is measured in leads that would have come by now: a night counts little, a Monday morning much. What is usual
is learnt from the Page's own gaps, so that a Page whose leads come in bursts is given more time than an even one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil

HOUR_MS = 3_600_000
WEEK_H = 168
HISTORY_H = 8 * WEEK_H
"""How far before a Page's last lead its rhythm looks back."""

LEADS_MIN, SPAN_MIN_H = 10, WEEK_H
"""Fewer leads, or all of them within less than a week, tell no rhythm."""
PRIOR_H = 2.0
"""Hours at the Page's mean rate that every hour of the week starts with: with few data the week is flat."""
MISSED_MIN = 8.0
"""Leads that must have failed to come, at least: by pure chance that happens once in three thousand gaps."""
USUAL_SHARE, USUAL_TIMES = 0.95, 3.0
"""Silence is long at this many times the gap under which this share of all gaps stays. A campaign's pause is one gap
among them, which the share leaves out."""
QUIET_MIN_MS = 3 * HOUR_MS
PATIENCE_MAX_MS = 26 * WEEK_H * HOUR_MS
"""A silence of half a year is the end of a Page, and nobody has to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Leads to be expected up to each hour of a week (`sums`: 169 of them, from 0), and what silence is usual.

    `patience` is in leads that did not come; the week begins with the epoch's, on a Thursday at midnight UTC.
    """

    sums: tuple[float, ...]
    patience: float

    def expected(self, since_ms: int, until_ms: int) -> float:
        """Return how many leads would usually come in this time."""
        return self._up_to(until_ms) - self._up_to(since_ms)

    def overdue_at_ms(self, last_ms: int, *, times: float = 1.0) -> int | None:
        """Return from when on silence since `last_ms` is longer than usual; None: not within half a year."""
        wanted = self.patience * times
        weeks = int(wanted / self.sums[-1])
        at_ms = last_ms + weeks * WEEK_H * HOUR_MS
        while self.expected(last_ms, at_ms) < wanted:
            at_ms += HOUR_MS
            if at_ms - last_ms > PATIENCE_MAX_MS:
                return None
        at_ms = max(at_ms, last_ms + int(QUIET_MIN_MS * times))
        return at_ms if at_ms - last_ms <= PATIENCE_MAX_MS else None

    def _up_to(self, at_ms: int) -> float:
        hours = at_ms / HOUR_MS
        weeks, within = divmod(hours, WEEK_H)
        whole = min(int(within), WEEK_H - 1)
        rate = self.sums[whole + 1] - self.sums[whole]
        return weeks * self.sums[-1] + self.sums[whole] + rate * (within - whole)


def rhythm_of(hours: Mapping[int, int]) -> Rhythm | None:
    """Return the rhythm that leads by hour (hours since the epoch) show; None: too few to tell."""
    busy = sorted(hour for hour, leads in hours.items() if leads > 0)
    total = sum(hours[hour] for hour in busy)
    if total < LEADS_MIN or busy[-1] - busy[0] < SPAN_MIN_H:
        return None
    sums = (0.0, *accumulate(_rates(hours, busy, total)))
    flat = Rhythm(sums=sums, patience=MISSED_MIN)
    gaps = sorted(flat.expected(early * HOUR_MS, late * HOUR_MS) for early, late in pairwise(busy))
    usual = gaps[ceil(USUAL_SHARE * len(gaps)) - 1]
    return Rhythm(sums=sums, patience=max(MISSED_MIN, USUAL_TIMES * usual))


def _rates(hours: Mapping[int, int], busy: list[int], total: int) -> list[float]:
    """Return leads an hour for each hour of the week: its own and its two neighbours', drawn to the mean."""
    first, last = busy[0], busy[-1]
    span_h = last - first + 1
    leads, seen = [0] * WEEK_H, [0] * WEEK_H
    for hour in range(WEEK_H):
        seen[hour] = (last - hour) // WEEK_H - (first - 1 - hour) // WEEK_H
    for hour in busy:
        leads[hour % WEEK_H] += hours[hour]
    mean = total / span_h
    rates: list[float] = []
    for hour in range(WEEK_H):
        near = (hour - 1, hour, (hour + 1) % WEEK_H)
        rates.append(
            (sum(leads[one] for one in near) + PRIOR_H * mean) / (sum(seen[one] for one in near) + PRIOR_H)
        )
    return rates
