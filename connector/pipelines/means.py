"""What every flow that works off rows needs beside its rows, and how long it may rest."""

from collections.abc import Callable
from dataclasses import dataclass

from connector.pipelines.courtesy import Courtesy
from connector.ports import Clock, Counters

IDLE_MAX_S = 5.0
"""Seconds after which we look again whatever we know: a command in another process may have put work in line."""
IDLE_MIN_S = 0.05


def steady_ms(clock: Clock) -> int:
    """Return the time of the clock that nobody can set: what waits in memory waits by it."""
    return round(clock.monotonic() * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Counters, time, chance (in [0, 1)) and the courtesy towards webhooks; one for all flows."""

    counters: Counters
    clock: Clock
    chance: Callable[[], float]
    courtesy: Courtesy

    def idle_s(self, due_ms: int | None) -> float:
        """Return the seconds until `due_ms` (None: nothing waits), within the bounds above."""
        if due_ms is None:
            return IDLE_MAX_S
        return min(max((due_ms - self.clock.now_ms()) / 1000, IDLE_MIN_S), IDLE_MAX_S)
