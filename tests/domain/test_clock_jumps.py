"""Random lives of two clocks: what is said is what was set, whatever else went by."""

from hypothesis import given
from hypothesis import strategies as st

from connector.domain.clock_jumps import (
    LEAST_MS,
    LEAST_WHILE_DOWN_MS,
    ClockReading,
    jumped_ms,
    owed_ms,
    set_back_ms,
)

HOUR_MS = 3_600_000
TIMES = st.integers(min_value=0, max_value=4_000_000_000_000)
PASSED_MS = st.integers(min_value=0, max_value=400 * 24 * HOUR_MS)
STEPS = st.integers(min_value=-400 * 24 * HOUR_MS, max_value=400 * 24 * HOUR_MS)


def later(reading: ClockReading, *, passed_ms: int, step_ms: int = 0) -> ClockReading:
    return ClockReading(
        wall_ms=reading.wall_ms + passed_ms + step_ms, monotonic_s=reading.monotonic_s + passed_ms / 1000
    )


@given(wall_ms=TIMES, passed_ms=PASSED_MS, step_ms=STEPS)
def test_a_step_is_told_from_time_that_went_by(wall_ms: int, passed_ms: int, step_ms: int) -> None:
    before = ClockReading(wall_ms=wall_ms, monotonic_s=17.25)
    told = jumped_ms(before, later(before, passed_ms=passed_ms, step_ms=step_ms))
    if abs(step_ms) <= LEAST_MS - 2:
        assert told == 0
    elif abs(step_ms) >= LEAST_MS + 2:
        assert abs(told - step_ms) <= 1  # a float's rounding


@given(wall_ms=TIMES, passed=st.lists(PASSED_MS, max_size=20))
def test_a_clock_that_nobody_sets_never_jumps(wall_ms: int, passed: list[int]) -> None:
    before = now = ClockReading(wall_ms=wall_ms, monotonic_s=0.0)
    for passed_ms in passed:
        now = later(now, passed_ms=passed_ms)
        assert jumped_ms(before, now) == 0


@given(steps=st.lists(STEPS, max_size=20))
def test_what_is_owed_covers_every_way_back(steps: list[int]) -> None:
    """Whatever was made due at any time before is due no later than it would be without the jumps."""
    owed, wall, highest = 0, 0, 0
    for step in steps:
        owed, wall = owed_ms(owed, step), wall + step
        highest = max(highest, wall)
        assert owed == max(highest - wall, 0)


@given(now_ms=TIMES, ahead_ms=STEPS)
def test_while_nobody_ran_only_a_noted_time_that_is_to_come_tells(now_ms: int, ahead_ms: int) -> None:
    told = set_back_ms(now_ms + ahead_ms, now_ms)
    assert told == (ahead_ms if ahead_ms >= LEAST_WHILE_DOWN_MS else 0)
    assert set_back_ms(None, now_ms) == 0
