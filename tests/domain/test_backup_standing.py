"""A schedule's standing in one word, and times in simple words and back."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.backup.drilling import DrillId, DrillView
from connector.domain.backup.runs import RunId
from connector.domain.backup.schedule import Schedule, ScheduleId, next_times
from connector.domain.backup.simple_times import How, SimpleTimes, simple_times, time_of_day
from connector.domain.backup.standing import standing
from connector.domain.backup.views import RunView, ScheduleView
from connector.domain.connection import ConnectionId
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SCHEDULE = Schedule(
    id=ScheduleId("s1"),
    workspace_id=WorkspaceId("main"),
    name="nightly",
    cron="30 2 * * *",
    zone="UTC",
    connection_id=ConnectionId("c1"),
    created_at=NOW,
)
GOOD = RunView(
    id=RunId("r1"),
    workspace_id="main",
    schedule_id="s1",
    schedule_name="nightly",
    kind="full",
    origin="schedule",
    requested_by=None,
    scheduled_for_ms=0,
    state="good",
    state_since_ms=0,
    hold=None,
    reason=None,
    due_at_ms=None,
    failures=0,
    base_run_id=None,
    connection_id=ConnectionId("c1"),
    account_email=None,
    client_id=None,
    folder_id=None,
    calls=1,
    rows_written=1,
    bytes_total=1,
    bytes_sent=1,
    calls_sha256=None,
    created_at_ms=0,
    made_at_ms=0,
    finished_at_ms=0,
    trashed_at_ms=None,
    is_confirmed=False,
)
OPEN = replace(GOOD, state="uploading", due_at_ms=1)
FAILED = replace(GOOD, state="failed", reason="no")
DRILL = DrillView(
    id=DrillId("d1"),
    workspace_id="main",
    schedule_id="s1",
    run_id=None,
    state="failed",
    fault="file_changed",
    reason="changed",
    calls=0,
    runs=(),
    requested_by=None,
    created_at_ms=0,
    finished_at_ms=1,
)
VIEW = ScheduleView(
    schedule=SCHEDULE,
    account_email="a@example.com",
    account_state="healthy",
    next_due_ms=1,
    stale_at_ms=1,
    is_stale=False,
    last_good_at_ms=1,
    last_good=GOOD,
    open_run=None,
    folder_id=None,
    last_drill=None,
    last_proved_at_ms=None,
    drill_due_at_ms=None,
)


@pytest.mark.parametrize(
    ("view", "newest", "word"),
    [
        (VIEW, GOOD, "good"),
        (replace(VIEW, account_state="degraded"), GOOD, "good"),
        (replace(VIEW, last_good=None), None, "new"),
        (replace(VIEW, last_drill=DRILL), GOOD, "unproved"),
        (replace(VIEW, last_drill=replace(DRILL, state="partly")), GOOD, "good"),
        (replace(VIEW, last_drill=DRILL), FAILED, "failed"),
        (replace(VIEW, is_stale=True), FAILED, "stale"),
        (replace(VIEW, is_stale=True, open_run=OPEN), OPEN, "running"),
        (replace(VIEW, open_run=replace(OPEN, hold="storage")), OPEN, "held"),
        (replace(VIEW, open_run=OPEN, account_state="reconnect"), OPEN, "account"),
        (replace(VIEW, account_state=None), GOOD, "account"),
        (replace(VIEW, schedule=replace(SCHEDULE, is_on=False), account_state="reconnect"), FAILED, "off"),
        (replace(VIEW, schedule=replace(SCHEDULE, is_on=False), open_run=OPEN), OPEN, "running"),
    ],
)
def test_the_worst_that_a_person_can_mend_stands_out(
    view: ScheduleView, newest: RunView | None, word: str
) -> None:
    assert standing(view, newest) == word


simple = st.builds(
    SimpleTimes,
    how=st.sampled_from(["daily", "weekly", "monthly"]),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    weekday=st.integers(0, 6),
    monthday=st.one_of(st.just("L"), st.integers(1, 28).map(str)),
)


@given(simple)
def test_simple_words_are_the_same_after_a_way_through_cron(one: SimpleTimes) -> None:
    found = simple_times(one.cron)
    assert found is not None
    assert (found.how, found.hour, found.minute, found.cron) == (one.how, one.hour, one.minute, one.cron)
    for at in next_times(one.cron, "UTC", NOW, 3):
        assert (at.hour, at.minute) == (one.hour, one.minute)
        if one.how == "weekly":
            assert at.isoweekday() % 7 == one.weekday
        if one.how == "monthly" and one.monthday != "L":
            assert at.day == int(one.monthday)


@given(st.text("0123456789*L/-, ", max_size=16) | st.text(max_size=12))
def test_whatever_cannot_be_said_simply_is_left_to_cron(cron: str) -> None:
    found = simple_times(cron)
    if found is not None:
        assert next_times(cron, "UTC", NOW, 2) == next_times(found.cron, "UTC", NOW, 2)


@pytest.mark.parametrize(
    "cron", ["*/5 2 * * *", "30 2 1 * 1", "30 2 29 * *", "30 24 * * *", "30 2 * * 7", "30 2 0 * *"]
)
def test_expressions_beyond_simple_words(cron: str) -> None:
    assert simple_times(cron) is None


@pytest.mark.parametrize("how", ["daily", "weekly", "monthly"])
def test_what_is_no_time_is_refused(how: How) -> None:
    for wrong in ({"hour": 24}, {"minute": 60}, {"weekday": 7}, {"monthday": "29"}, {"monthday": "x"}):
        with pytest.raises(BadInputError):
            SimpleTimes(**{"how": how, "hour": 1, "minute": 1, **wrong})  # type: ignore[arg-type] # by name
    for text in ("24:00", "2:5", "", "noon", "02:30:00"):
        with pytest.raises(BadInputError):
            time_of_day(text)
    assert time_of_day("2:05") == (2, 5)
