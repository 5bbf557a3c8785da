"""What goes and what stays: never the last good one, never what a newer one needs, never much unasked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from connector.domain.backup.retention import SETTLING, UNASKED, Kept, RetentionPlan, plan_retention
from connector.domain.backup.runs import RunId
from connector.domain.backup.schedule import Retention

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Kolkata")
LONG_AGO = NOW - timedelta(days=4000)


def full(age_days: float, *, calls: int = 100, name: str | None = None) -> Kept:
    run_id = RunId(name or f"full-{age_days}")
    return Kept(run_id=run_id, made_at=NOW - timedelta(days=age_days), base=None, calls=calls)


def plan(
    backups: list[Kept],
    retention: Retention,
    *,
    since: datetime = LONG_AGO,
    confirmed: frozenset[RunId] = frozenset(),
) -> RetentionPlan:
    return plan_retention(backups, retention, zone=ZONE, now=NOW, since=since, confirmed=confirmed)


RETENTIONS = st.builds(
    Retention,
    daily=st.integers(0, 5),
    weekly=st.integers(0, 3),
    monthly=st.integers(0, 3),
    yearly=st.integers(0, 2),
    min_count=st.integers(1, 4),
    min_age_days=st.integers(1, 10),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Kept]:
    """Return runs of a schedule, oldest first: each full, or going on from the one before."""
    ages = sorted(draw(st.lists(st.integers(-60, 900), max_size=40, unique=True)), reverse=True)
    backups: list[Kept] = []
    for number, age in enumerate(ages):
        goes_on = bool(backups) and draw(st.booleans())
        backups.append(
            Kept(
                run_id=RunId(f"r{number}"),
                made_at=NOW - timedelta(days=age),
                base=backups[-1].run_id if goes_on else None,
                calls=draw(st.integers(0, 1000)),
                is_proved=draw(st.booleans()),
            )
        )
    return backups


@given(backups=histories(), retention=RETENTIONS, confirms=st.booleans())
def test_what_holds_for_every_history(backups: list[Kept], retention: Retention, confirms: bool) -> None:  # noqa: FBT001 - drawn
    confirmed = frozenset(one.run_id for one in backups) if confirms else frozenset[RunId]()
    found = plan(backups, retention, confirmed=confirmed)
    known = {one.run_id: one for one in backups}
    gone = set(found.now)
    assert set(found.keep) | set(found.over) == set(known)
    assert not set(found.keep) & set(found.over)
    assert [*found.now, *found.asks] == list(found.over)
    real = [one for one in backups if one.made_at <= NOW]
    if real:
        assert real[-1].run_id in found.keep, "the last good one"
    for one in list(reversed(real))[: retention.min_count]:
        assert one.run_id in found.keep
    for one in [one for one in real if one.is_proved][-1:]:
        assert one.run_id in found.keep, "the last one that is proved"
    for run_id in found.over:
        assert NOW - known[run_id].made_at >= timedelta(days=retention.min_age_days)
    for kept in found.keep:
        base = known[kept].base
        assert base is None or base in found.keep, "a kept backup could not be restored"
    if not confirms:
        assert len(gone) <= UNASKED
    done: set[RunId] = set()
    for run_id in found.over:  # in whatever moment deleting stops, what is left can be restored
        done.add(run_id)
        assert all(one.base not in done for one in backups if one.run_id not in done)


@given(backups=histories(), retention=RETENTIONS)
def test_a_new_schedule_deletes_nothing(backups: list[Kept], retention: Retention) -> None:
    assert not plan(backups, retention, since=NOW - SETTLING + timedelta(seconds=1)).over


def test_generations_keep_the_newest_of_each() -> None:
    backups = [full(age, name=f"d{age}") for age in range(400)]
    found = plan(backups, Retention(daily=7, weekly=4, monthly=6, yearly=2, min_count=1, min_age_days=1))
    assert len(found.keep) <= 7 + 4 + 6 + 2
    assert {f"d{age}" for age in range(7)} <= set(found.keep)
    assert found.now == ("d399",) or list(found.now) == ["d399"]
    assert len(found.asks) == len(found.over) - 1


def test_steady_days_never_ask() -> None:
    backups = [full(age, name=f"d{age}") for age in range(8)]
    found = plan(backups, Retention(daily=7, weekly=0, monthly=0, yearly=0, min_count=1, min_age_days=1))
    assert list(found.now) == ["d7"]
    assert not found.asks


def test_a_store_that_shrank_cannot_delete_its_past() -> None:
    backups = [full(30, calls=1000), full(20, calls=1000), *[full(age, calls=3) for age in range(9)]]
    few = Retention(daily=1, weekly=0, monthly=0, yearly=0, min_count=1, min_age_days=1)
    found = plan(backups, few)
    assert found.is_shrunk
    assert not found.over
    backups[8:] = []
    assert plan([full(30), full(20), full(0, calls=60)], few).over


def test_confirmed_ones_go_together() -> None:
    backups = [full(age) for age in range(20)]
    few = Retention(daily=2, weekly=0, monthly=0, yearly=0, min_count=1, min_age_days=1)
    asked = plan(backups, few)
    assert len(asked.now) == 1
    confirmed = frozenset(asked.over)
    assert list(plan(backups, few, confirmed=confirmed).now) == list(asked.over)
    assert len(plan(backups, few, confirmed=frozenset(asked.over[3:])).now) == 1


def test_what_may_be_broken_does_not_outlive_what_was_proved() -> None:
    backups = [full(age, name=f"d{age}") for age in range(30)]
    backups[20] = replace(backups[20], is_proved=True)
    few = Retention(daily=3, weekly=0, monthly=0, yearly=0, min_count=1, min_age_days=1)
    found = plan(backups, few, confirmed=frozenset(one.run_id for one in backups))
    assert set(found.keep) == {"d0", "d1", "d2", "d20"}


def test_a_clock_that_was_ahead_leaves_the_real_ones_their_floor() -> None:
    """Dated by it, its runs would be the newest of everything for a year."""
    ahead = [full(age, name=f"a{age}", calls=5000) for age in (-364, -363, -362)]
    real = [full(age, name=f"d{age}") for age in (9, 10, 11, 12)]
    few = Retention(daily=3, weekly=0, monthly=0, yearly=0, min_count=3, min_age_days=7)
    found = plan([*ahead, *real], few)
    assert set(found.keep) == {"a-364", "a-363", "a-362", "d9", "d10", "d11"}
    assert not found.is_shrunk


def test_a_word_about_all_that_waits_lets_all_go_at_once() -> None:
    backups = [full(age) for age in range(20)]
    few = Retention(daily=2, weekly=0, monthly=0, yearly=0, min_count=1, min_age_days=1)
    asked = plan(backups, few)
    assert list(plan(backups, few, confirmed=frozenset(asked.asks)).now) == list(asked.over)
