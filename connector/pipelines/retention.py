"""What nobody needs any more is deleted: secrets within the minute of their end, records once a day."""

from math import inf
from typing import Protocol

import structlog

from connector.ports import Clock

DAY_S = 86_400.0
IDLE_S = 30.0
"""Seconds between looks for consents that nobody finished: sealed tokens lie in them."""

log = structlog.stdlib.get_logger()


class Kept(Protocol):
    """What is kept for a while. Each call deletes a bounded number of rows, so that nobody waits for it long."""

    async def sweep_consents(self) -> int:
        """Delete consents whose half hour is over; return how many."""

    async def sweep_records(self) -> int:
        """Delete a part of the records that are old enough; 0 when there are none."""


class Retention:
    """Deletes what is over. Right after a start as well: a restart is no day off."""

    def __init__(self, kept: Kept, clock: Clock) -> None:
        self._kept = kept
        self._clock = clock
        self._next_s = -inf  # by the clock that nobody can set: by another a wrong one makes a day over
        self._swept = 0

    async def step(self) -> bool:
        """Delete one part; True when there may be more."""
        await self._kept.sweep_consents()
        if self._clock.monotonic() < self._next_s:
            return False
        rows = await self._kept.sweep_records()
        self._swept += rows
        if rows:
            return True
        if self._swept:
            log.info("records.swept", rows=self._swept)
        self._next_s, self._swept = self._clock.monotonic() + DAY_S, 0
        return False

    def clock_was_set(self) -> None:
        """Delete no records for a day after the wall clock was set: by a wrong one everything may be old."""
        self._next_s = self._clock.monotonic() + DAY_S

    async def idle_s(self) -> float:
        """Return how long to wait for the next look."""
        return IDLE_S
