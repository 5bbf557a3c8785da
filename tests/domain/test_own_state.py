"""When copies and drills are due, which copies go, and that numbers never come back."""

from hypothesis import given
from hypothesis import strategies as st

from connector.domain.own_state import (
    DRILL_EVERY_MS,
    FIRST_COPY_MS,
    RETRY_MS,
    Manifest,
    Standing,
    copy_due_ms,
    copy_is_stale,
    copy_name,
    drill_due_ms,
    drill_is_stale,
    is_copy_name,
    numbers_after,
    surplus,
)

TIMES = st.integers(min_value=1_700_000_000_000, max_value=2_500_000_000_000)
HOUR_MS = 3_600_000


def manifest(made_at_ms: int) -> Manifest:
    return Manifest(
        file=copy_name(made_at_ms, "sqlite"),
        made_at_ms=made_at_ms,
        engine="sqlite",
        version="1",
        steps=(),
        keys=(),
        rows={},
        bytes=0,
        sha256="",
    )


@given(st.lists(TIMES, unique=True, max_size=12), st.integers(min_value=-3, max_value=20))
def test_the_newest_copy_never_goes_and_no_more_stay_than_are_kept(times: list[int], kept: int) -> None:
    copies = [manifest(at) for at in times]
    gone = surplus(copies, kept=kept)
    left = [one for one in copies if one not in gone]
    assert len(left) == min(len(copies), max(kept, 1))
    if copies:
        assert max(copies, key=lambda one: one.made_at_ms) in left
    if gone:
        assert max(one.made_at_ms for one in gone) < min(one.made_at_ms for one in left)


@given(TIMES, TIMES)
def test_names_sort_as_their_times_and_are_known(one: int, other: int) -> None:
    names = [copy_name(at, "sqlite") for at in (one, other)]
    assert (names[0] < names[1]) == (one < other)
    assert all(map(is_copy_name, (*names, copy_name(one, "postgres"))))
    assert not any(map(is_copy_name, ("state.db", f"{names[0]}.json", f"{names[0]}.part", f"../{names[0]}")))


@given(
    st.integers(min_value=0, max_value=2**40),
    st.integers(min_value=0, max_value=2**40),
    TIMES,
    st.integers(min_value=1_000, max_value=400 * 86_400_000),
    st.floats(min_value=0, max_value=0.99),
)
def test_what_was_numbered_since_the_copy_is_never_numbered_again(
    sequence: int, revision: int, now_ms: int, later_ms: int, rate: float
) -> None:
    """`rate`: events a millisecond, between a restore and the next one of the very same copy."""
    first = numbers_after(last_sequence=sequence, last_revision=revision, now_ms=now_ms)
    assert first.sequence >= sequence + 1_000_000 or first.sequence == now_ms
    used = first.sequence + int(rate * later_ms)
    second = numbers_after(last_sequence=sequence, last_revision=revision, now_ms=now_ms + later_ms)
    if first.sequence == now_ms:
        assert second.sequence > used
    assert second.sequence < 2**53, "a number that JavaScript cannot tell from its neighbour"


def test_a_copy_is_due_after_the_start_then_on_schedule_and_an_hour_after_a_failure() -> None:
    every_ms = 24 * HOUR_MS

    def due(copied: int | None, failed: int | None = None) -> int:
        standing = Standing(copied_at_ms=copied, drilled_at_ms=None)
        return copy_due_ms(standing, every_ms=every_ms, started_at_ms=1_000, failed_at_ms=failed)

    assert due(None) == 1_000 + FIRST_COPY_MS
    assert due(5_000) == 5_000 + every_ms
    assert due(None, failed=10 * HOUR_MS) == 10 * HOUR_MS + RETRY_MS
    assert due(5_000, failed=1_000) == 5_000 + every_ms


def test_a_drill_follows_the_first_copy_and_then_comes_each_week() -> None:
    assert drill_due_ms(Standing(copied_at_ms=None, drilled_at_ms=None), failed_at_ms=None) is None
    assert drill_due_ms(Standing(copied_at_ms=5, drilled_at_ms=None), failed_at_ms=None) == 0
    standing = Standing(copied_at_ms=5, drilled_at_ms=7)
    assert drill_due_ms(standing, failed_at_ms=None) == 7 + DRILL_EVERY_MS
    assert drill_due_ms(Standing(copied_at_ms=5, drilled_at_ms=None), failed_at_ms=9) == 9 + RETRY_MS


def test_stale_is_what_is_late_twice_and_a_new_daemon_has_time() -> None:
    every_ms, now_ms = 24 * HOUR_MS, 10_000 * HOUR_MS

    def stale(copied: int | None, started: int) -> bool:
        standing = Standing(copied_at_ms=copied, drilled_at_ms=None)
        return copy_is_stale(standing, every_ms=every_ms, started_at_ms=started, now_ms=now_ms)

    assert not stale(None, now_ms - 59 * HOUR_MS)
    assert stale(None, now_ms - 61 * HOUR_MS)
    assert not stale(now_ms - 59 * HOUR_MS, 0)
    assert stale(now_ms - 61 * HOUR_MS, 0)
    old = Standing(copied_at_ms=0, drilled_at_ms=now_ms - 2 * DRILL_EVERY_MS - 1)
    assert drill_is_stale(old, started_at_ms=0, now_ms=now_ms)
    assert not drill_is_stale(old, started_at_ms=now_ms - 1, now_ms=now_ms)
