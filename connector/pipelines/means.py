"""What every flow that works off rows needs beside its rows, and how long it may rest."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from connector.domain.errors import StateUnavailableError
from connector.pipelines.courtesy import Courtesy
from connector.ports import Clock, Counters

IDLE_MAX_S = 5.0
"""Seconds after which we look again whatever we know: a command in another process may have put work in line."""
IDLE_MIN_S = 0.05
WRITE_AGAIN_S = 2.0
"""Seconds between two tries of what the state did not take."""

T = TypeVar("T")


def steady_ms(clock: Clock) -> int:
    """Return the time of the clock that nobody can set: what waits in memory waits by it."""
    return round(clock.monotonic() * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Counters, time, chance (in [0, 1)), the courtesy towards webhooks and whether we stop; one for all flows."""

    counters: Counters
    clock: Clock
    chance: Callable[[], float]
    courtesy: Courtesy
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def written(self, write: Callable[[], Awaitable[T]]) -> T:
        """Return what `write` does, tried again until the state answers.

        For the outcome of claimed work, which is known here alone: let go, its rows would wait for their lease to
        end, minutes after the state is back, and an event would be sent twice. `write` is fenced by its claim.
        Raises StateUnavailableError once we stop.
        """
        while True:
            try:
                return await write()
            except StateUnavailableError:
                if self.stopping.is_set():
                    raise
            await self.clock.wait(self.stopping, WRITE_AGAIN_S)

    def idle_s(self, due_ms: int | None) -> float:
        """Return the seconds until `due_ms` (None: nothing waits), within the bounds above."""
        if due_ms is None:
            return IDLE_MAX_S
        return min(max((due_ms - self.clock.now_ms()) / 1000, IDLE_MIN_S), IDLE_MAX_S)
