"""When the wall clock was set: told by the clock beside it that only ever goes on. Pure."""

from dataclasses import dataclass

LEAST_MS = 5_000
"""A smaller step is nobody's trouble: no lease, wait or signature is that close. The two clocks are read one after
the other, on a machine that may be busy."""
LEAST_WHILE_DOWN_MS = 60_000
"""The same where the other clock may have been another machine's, and a start lies in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReading:
    """Both clocks at one moment: milliseconds since the epoch, seconds of the clock that never goes back."""

    wall_ms: int
    monotonic_s: float


def jumped_ms(before: ClockReading, now: ClockReading) -> int:
    """Return how far the wall clock was set since `before`: forward > 0, back < 0; 0 when it just went on.

    A machine that slept looks like one whose clock was set forward, and means the same.
    """
    went_by_ms = round((now.monotonic_s - before.monotonic_s) * 1000)
    jump_ms = now.wall_ms - before.wall_ms - went_by_ms
    return jump_ms if abs(jump_ms) >= LEAST_MS else 0


def set_back_ms(last_seen_ms: int | None, now_ms: int) -> int:
    """Return how far the clock was set back at least since a time that was noted before (None: none was)."""
    back_ms = 0 if last_seen_ms is None else last_seen_ms - now_ms
    return back_ms if back_ms >= LEAST_WHILE_DOWN_MS else 0


def owed_ms(owed: int, jump_ms: int) -> int:
    """Return how far what waits must be pulled back after another jump; jumps forward make good for those back."""
    return max(owed - jump_ms, 0)
