"""When backups come: once in each of the two odd nights of a zone, never twice, never never."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.backup.schedule import (
    Retention,
    Schedule,
    ScheduleId,
    Sealing,
    check_cron,
    next_time,
    next_times,
    stale_at,
    times_after,
)
from connector.domain.connection import ConnectionId
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def schedule(**more: object) -> Schedule:
    given: dict[str, object] = {
        "id": ScheduleId("s1"),
        "workspace_id": WorkspaceId("main"),
        "name": "nightly",
        "cron": "30 2 * * *",
        "zone": "Asia/Kolkata",
        "connection_id": ConnectionId("con_1"),
        "created_at": NOW,
    }
    return Schedule(**{**given, **more})  # type: ignore[arg-type] # by name


@pytest.mark.parametrize(
    ("zone", "night", "wall"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, tzinfo=UTC), "30 2 * * *"),  # 02:30 does not exist
        ("Europe/Berlin", datetime(2026, 10, 25, tzinfo=UTC), "30 2 * * *"),  # 02:30 comes twice
        ("America/New_York", datetime(2026, 3, 8, 5, tzinfo=UTC), "30 2 * * *"),
        ("America/New_York", datetime(2026, 11, 1, 4, tzinfo=UTC), "30 1 * * *"),
    ],
)
def test_a_night_in_which_the_clocks_change_has_one_run(zone: str, night: datetime, wall: str) -> None:
    local = ZoneInfo(zone)
    begins = night.astimezone(local).replace(hour=0)
    found = next_times(wall, zone, begins - timedelta(days=2), 6)
    days = [at.astimezone(local).date() for at in found]
    assert days == sorted(set(days)), "a day has two runs, or none"
    assert all(
        timedelta(hours=22) < later - earlier < timedelta(hours=26) for earlier, later in pairwise(found)
    )
    assert begins.date() in days


ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])
CRONS = st.one_of(
    st.builds(lambda m, h: f"{m} {h} * * *", st.integers(0, 59), st.integers(0, 23)),
    st.builds(lambda m: f"{m} * * * *", st.integers(0, 59)),
    st.sampled_from(
        ["*/30 * * * *", "0 */6 * * *", "15 2 1 * *", "0 3 * * MON-FRI", "0 1 * * 0#1", "45 1 L * *"]
    ),
)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@given(cron=CRONS, zone=ZONES, after=MOMENTS)
def test_times_only_go_forward_wherever_one_begins(cron: str, zone: str, after: datetime) -> None:
    found = next_times(cron, zone, after, 8)
    assert len(found) == 8
    assert found[0] > after
    assert all(later > earlier for earlier, later in pairwise(found))


@given(zone=ZONES, minute=st.integers(0, 59), hour=st.integers(0, 23), after=MOMENTS)
def test_a_daily_schedule_has_one_run_each_local_day(
    zone: str, minute: int, hour: int, after: datetime
) -> None:
    local = ZoneInfo(zone)
    days = [at.astimezone(local).date() for at in next_times(f"{minute} {hour} * * *", zone, after, 10)]
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(days))


@given(cron=CRONS, zone=ZONES, after=MOMENTS, skipped=st.integers(1, 6))
def test_whenever_one_looks_the_same_times_come(cron: str, zone: str, after: datetime, skipped: int) -> None:
    found = next_times(cron, zone, after, 8)
    assert next_time(cron, zone, found[skipped]) == found[skipped + 1]


@pytest.mark.parametrize("cron", ["", "* *", "61 * * * *", "0 0 30 2 *", "* * * * * *", "a b c d e"])
def test_what_is_no_schedule_is_refused_in_words(cron: str) -> None:
    with pytest.raises(BadInputError):
        check_cron(cron, "UTC", NOW)


def test_a_schedule_may_not_come_every_minute() -> None:
    with pytest.raises(BadInputError, match="more often than every 15 minutes"):
        check_cron("*/5 * * * *", "UTC", NOW)


def test_stale_is_what_missed_two_of_its_times() -> None:
    daily = schedule(cron="0 2 * * *", zone="UTC")
    good = datetime(2026, 11, 25, 2, 20, tzinfo=UTC)
    assert stale_at(daily, good) == datetime(2026, 11, 27, 2, 15, tzinfo=UTC)
    assert stale_at(daily, None) == datetime(2026, 11, 24, 2, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "Mars/Olympus"},
        {"formats": ()},
        {"formats": ("jsonl", "jsonl")},
        {"formats": ("pdf",)},
        {"kind": "hourly"},
        {"name": " "},
        {"file_name": "{who}"},
        {"folder": "{"},
        {"drill_days": -1},
    ],
)
def test_a_bad_schedule_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInputError):
        schedule(**wrong)


def test_bad_parts_are_refused() -> None:
    with pytest.raises(BadInputError):
        Retention(min_count=0)
    with pytest.raises(BadInputError):
        Retention(daily=-1)
    with pytest.raises(BadInputError):
        Sealing(recipients=("AGE-SECRET-KEY-1",))


def test_times_are_a_stream() -> None:
    times = times_after("0 * * * *", "UTC", NOW)
    assert next(times) == NOW + timedelta(hours=1)
    assert next(times) == NOW + timedelta(hours=2)


def test_in_the_hour_that_comes_twice_a_time_that_is_over_does_not_come_again() -> None:
    second_half_past_one = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # 01:30 in New York, for the second time
    (found,) = next_times("45 1 * * *", "America/New_York", second_half_past_one, 1)
    assert found > second_half_past_one
