"""A clock that a test moves by hand."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

_SETTLING_STEPS = 25
"""Turns of the event loop that woken code gets before time moves on; more than any chain of tasks needs."""


class FakeClock:
    """`ports.Clock` whose time stands still until `advance`."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._elapsed_s = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = count()
        self._watchers: list[tuple[int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed_s)

    def now_ms(self) -> int:
        return round(self._start.timestamp() * 1000) + int(self._elapsed_s * 1000 + 1e-6)

    def monotonic(self) -> float:
        return self._elapsed_s

    def jump(self, seconds: float) -> None:
        """Set the wall clock, forward or back; nobody's time goes by."""
        self._start += timedelta(seconds=seconds)

    @property
    def waiters(self) -> int:
        """How many sleeps and waits are under way."""
        return sum(not sleeper.done() for _, _, sleeper in self._sleepers)

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        sleeper = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed_s + seconds, next(self._number), sleeper))
        self._tell_watchers()
        await sleeper

    async def wait(self, event: asyncio.Event, timeout_s: float) -> bool:
        if event.is_set():
            return True
        waiting = asyncio.ensure_future(event.wait())
        sleeping = asyncio.ensure_future(self.sleep(timeout_s))
        try:
            await asyncio.wait({waiting, sleeping}, return_when=asyncio.FIRST_COMPLETED)
            return waiting.done() or event.is_set()
        finally:
            waiting.cancel()
            sleeping.cancel()
            await asyncio.gather(waiting, sleeping, return_exceptions=True)

    async def advance(self, seconds: float) -> None:
        """Move time forward and wake whoever is due, in due order, each at its own time."""
        until_s = self._elapsed_s + seconds
        await _settle()
        while self._sleepers and self._sleepers[0][0] <= until_s:
            due_s, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                self._elapsed_s = due_s
                sleeper.set_result(None)
                await _settle()
        self._elapsed_s = until_s
        await _settle()

    async def until_waiters(self, wanted: int) -> None:
        """Return once at least `wanted` sleeps and waits are under way; takes no time of either kind."""
        watcher = asyncio.get_running_loop().create_future()
        self._watchers.append((wanted, watcher))
        self._tell_watchers()
        await watcher

    def _tell_watchers(self) -> None:
        waiters = self.waiters
        for wanted, watcher in self._watchers:
            if waiters >= wanted and not watcher.done():
                watcher.set_result(None)
        self._watchers = [watched for watched in self._watchers if not watched[1].done()]


class LeapingClock(FakeClock):
    """A clock whose time moves at once, as for a machine that slept: whoever was due meanwhile wakes at its end.

    For long times: who sleeps in short naps is woken once and not at each of them.
    """

    async def advance(self, seconds: float) -> None:
        """Move time forward and wake everybody who is due by then."""
        await _settle()
        self._elapsed_s += seconds
        while self._sleepers and self._sleepers[0][0] <= self._elapsed_s:
            _, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                sleeper.set_result(None)
        await _settle()


async def _settle() -> None:
    for _ in range(_SETTLING_STEPS):
        await asyncio.sleep(0)
