"""Rhythms: what is usual is learnt from a Page's own leads, whatever they look like."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from connector.domain.rhythm import (
    HISTORY_H,
    HOUR_MS,
    MISSED_MIN,
    PATIENCE_MAX_MS,
    QUIET_MIN_MS,
    WEEK_H,
    rhythm_of,
)

START = 450_000  # hours since the epoch
histories = st.dictionaries(
    st.integers(START, START + HISTORY_H), st.integers(1, 40), min_size=2, max_size=200
)
times = st.integers(START * HOUR_MS, (START + 2 * HISTORY_H) * HOUR_MS)


def office_hours(weeks: int, leads: int = 3) -> dict[int, int]:
    """Return leads at every hour from 9 to 17, Monday to Friday (hour 0 of the epoch is a Thursday's)."""
    days = [START // 24 + day for day in range(7 * weeks)]
    return {day * 24 + hour: leads for day in days if (day + 3) % 7 < 5 for hour in range(9, 18)}


@given(histories, times, times, times)
def test_what_is_expected_adds_up_and_never_falls(hours: dict[int, int], a: int, b: int, c: int) -> None:
    rhythm = rhythm_of(hours)
    if rhythm is None:
        return
    early, middle, late = sorted((a, b, c))
    whole = rhythm.expected(early, late)
    assert whole >= 0
    assert abs(rhythm.expected(early, middle) + rhythm.expected(middle, late) - whole) < 1e-6 * (1 + whole)


@given(histories)
def test_a_week_brings_as_much_as_the_history_says(hours: dict[int, int]) -> None:
    rhythm = rhythm_of(hours)
    if rhythm is None:
        assert sum(hours.values()) < 10 or max(hours) - min(hours) < WEEK_H
        return
    mean = sum(hours.values()) / (max(hours) - min(hours) + 1) * WEEK_H
    assert mean / 4 < rhythm.sums[-1] < mean * 4  # smoothed, not made up


@given(histories, times, st.integers(0, 30))
def test_silence_is_long_at_a_time_that_only_the_week_moves(
    hours: dict[int, int], last_ms: int, weeks: int
) -> None:
    rhythm = rhythm_of(hours)
    if rhythm is None:
        return
    at_ms, twice_ms = rhythm.overdue_at_ms(last_ms), rhythm.overdue_at_ms(last_ms, times=2.0)
    if at_ms is None:
        assert twice_ms is None
        return
    assert last_ms + QUIET_MIN_MS <= at_ms <= last_ms + PATIENCE_MAX_MS
    assert rhythm.expected(last_ms, at_ms) >= MISSED_MIN - 1e-6
    assert twice_ms is None or twice_ms > at_ms
    moved_ms = rhythm.overdue_at_ms(last_ms + weeks * WEEK_H * HOUR_MS)
    assert moved_ms is not None
    assert abs(moved_ms - at_ms - weeks * WEEK_H * HOUR_MS) <= HOUR_MS  # the sums are floats


@given(histories)
def test_at_most_the_rarest_gaps_of_the_history_itself_are_long(hours: dict[int, int]) -> None:
    rhythm = rhythm_of(hours)
    if rhythm is None:
        return
    busy = sorted(hours)
    gaps = [rhythm.expected(a * HOUR_MS, b * HOUR_MS) for a, b in pairwise(busy)]
    assert sum(gap >= rhythm.patience for gap in gaps) <= 0.05 * len(gaps)


def test_too_few_leads_tell_nothing() -> None:
    assert rhythm_of({}) is None
    assert rhythm_of({START: 9, START + 500: 0}) is None
    assert rhythm_of({START: 50, START + 100: 50}) is None
    assert rhythm_of({START: 9, START + 500: 1}) is not None


def test_a_weekend_is_no_silence_and_a_monday_without_leads_is() -> None:
    rhythm = rhythm_of(office_hours(weeks=4))
    assert rhythm is not None
    friday = next(hour for hour in sorted(office_hours(weeks=4))[-60:] if (hour // 24 + 3) % 7 == 4)
    last_ms = (friday // 24 * 24 + 17) * HOUR_MS  # friday, 17:00
    overdue_ms = rhythm.overdue_at_ms(last_ms)
    assert overdue_ms is not None
    assert 63 <= (overdue_ms - last_ms) / HOUR_MS <= 80  # on monday, between 8:00 and after noon
    within_the_day = rhythm.overdue_at_ms(last_ms - 7 * HOUR_MS)
    assert within_the_day is not None
    assert within_the_day <= last_ms


def test_bursts_earn_patience_and_one_pause_does_not() -> None:
    even = rhythm_of({START + hour: 1 for hour in range(0, 1000, 5)})
    bursts = rhythm_of(
        {START + hour: 5 for hour in range(0, 1000, 50)}
        | {START + hour + 1: 5 for hour in range(0, 1000, 50)}
    )
    paused = rhythm_of({START + hour + (500 if hour >= 500 else 0): 1 for hour in range(0, 1000, 5)})
    assert even is not None
    assert bursts is not None
    assert paused is not None
    assert bursts.patience > 2 * even.patience
    assert paused.patience == even.patience == MISSED_MIN
