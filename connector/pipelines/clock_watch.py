"""A wall clock that is set must not hold anything up: what waits follows it back.

Rows wait by the wall clock, since they outlive a process and are worked by several machines. A clock that is set
back by hours would make all of them wait for as much longer.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from connector.domain.clock_jumps import ClockReading, jumped_ms, owed_ms, set_back_ms
from connector.ports import Clock, Counters

IDLE_S = 5.0
NOTE_EVERY_S = 30.0
CURB_EVERY_S = 3600.0
"""Seconds between two looks for what another machine's wrong clock made due in a distant future."""

log = structlog.stdlib.get_logger()

Follower = Callable[[], None]
"""Is told that the wall clock was set. What waits in memory needs no move: it waits by the clock beside it."""


class WaitingRows(Protocol):
    """Everything that waits for a time. All of it may be done twice: earlier does no harm."""

    async def last_seen_ms(self) -> int | None:
        """Return the latest time that was noted, by whichever process; None: never."""

    async def note(self) -> None:
        """Note what time it is."""

    async def pull_back(self, by_ms: int) -> int:
        """Make what is not due yet due so much earlier; return how many rows."""

    async def curb(self) -> int:
        """Bring back what is due later than any wait of ours is long; return how many rows."""


class ClockWatch:
    """Compares the clocks, and sets right what a jump did to what waits."""

    def __init__(
        self, rows: WaitingRows, clock: Clock, counters: Counters, followers: Sequence[Follower]
    ) -> None:
        self._rows = rows
        self._clock = clock
        self._counters = counters
        self._followers = followers
        self._before = self._reading()
        self._owed_ms: int | None = None  # None: what happened while nobody ran is not known yet
        self._note_at_s = self._curb_at_s = self._before.monotonic_s

    async def step(self) -> bool:
        """Look once. Raises StateUnavailableError; what was found is not forgotten then."""
        if self._owed_ms is None:
            seen_ms = await self._rows.last_seen_ms()
            self._owed_ms = set_back_ms(seen_ms, self._before.wall_ms)
            if self._owed_ms:
                self._say(-self._owed_ms, while_down=True)
        now = self._reading()
        if jump_ms := jumped_ms(self._before, now):
            self._before, self._curb_at_s = now, now.monotonic_s
            self._owed_ms = owed_ms(self._owed_ms, jump_ms)
            self._say(jump_ms, while_down=False)
            for follow in self._followers:
                follow()
        await self._set_right(self._owed_ms, now.monotonic_s)
        return False

    async def idle_s(self) -> float:
        """Return how long to wait for the next look."""
        return IDLE_S

    async def _set_right(self, owed: int, now_s: float) -> None:
        if owed:
            log.info("clock.followed", rows=await self._rows.pull_back(owed))
            self._owed_ms, self._note_at_s = 0, now_s
        if now_s >= self._curb_at_s:
            if curbed := await self._rows.curb():
                log.warning("clock.curbed", rows=curbed)
            self._curb_at_s = now_s + CURB_EVERY_S
        if now_s >= self._note_at_s:
            await self._rows.note()
            self._note_at_s = now_s + NOTE_EVERY_S

    def _say(self, jump_ms: int, *, while_down: bool) -> None:
        direction = "forward" if jump_ms > 0 else "back"
        log.warning(
            "clock.jumped", direction=direction, seconds=round(abs(jump_ms) / 1000), while_down=while_down
        )
        self._counters.clock_jumped(direction)

    def _reading(self) -> ClockReading:
        return ClockReading(wall_ms=self._clock.now_ms(), monotonic_s=self._clock.monotonic())
