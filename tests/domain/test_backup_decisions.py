"""Names made safe, runs that cannot go on, and whose word counts in a restore."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.calls import a_call

from connector.domain.backup.naming import NAME_BYTES_MAX, check_pattern, name_of
from connector.domain.backup.restoring import chain_of, restored
from connector.domain.backup.runs import UNKNOWN_MAX, DiskFullError, Fails, RunId, Waits, decide
from connector.domain.errors import (
    AuthLostError,
    BadInputError,
    ConnectorError,
    GoneError,
    MisconfiguredError,
    PermanentError,
    RateLimitedError,
    StorageFullError,
    SuspendedError,
    TransientError,
)

AT = datetime(2026, 11, 29, 21, 0, tzinfo=UTC)
LATER = AT + timedelta(days=1)
WORDS = {"workspace": "main", "schedule": "nightly", "kind": "full", "run": "r1"}


def test_a_name_is_of_the_schedules_zone() -> None:
    made = name_of("{schedule} {date} {time} {month} {year}", **WORDS, at=AT, zone=ZoneInfo("Asia/Kolkata"))
    assert made == "nightly 2026-11-30 0230 2026-11 2026"


@given(pattern=st.text(max_size=120), schedule=st.text(max_size=200))
def test_no_pattern_makes_a_path(pattern: str, schedule: str) -> None:
    made = name_of(pattern, **{**WORDS, "schedule": schedule}, at=AT, zone=ZoneInfo("UTC"))
    assert made
    assert made not in {".", ".."}
    assert len(made.encode()) <= NAME_BYTES_MAX
    assert not set(made) & set('/\\\x00\n:*?"<>|')


@pytest.mark.parametrize("pattern", ["", "   ", "...", "{nobody}", "{", "}{", "a" * 121, "a\nb", "{{run}}"])
def test_bad_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(BadInputError):
        check_pattern(pattern)


@pytest.mark.parametrize(
    ("error", "hold", "wait_s"),
    [
        (StorageFullError("full"), "storage", 3600),
        (DiskFullError("full"), "disk", 3600),
        (AuthLostError("dead"), "account", 300),
        (SuspendedError("frozen", remedy="wait"), "account", 3600),
        (MisconfiguredError("ours"), "client", 3600),
        (RateLimitedError("slow", retry_after_s=77), "provider", 77),
        (TransientError("away"), "provider", 15),
    ],
)
def test_what_waits_says_for_what_and_how_long(error: ConnectorError, hold: str, wait_s: float) -> None:
    found = decide(error, failures=1, now_ms=1000, jitter=0.0)
    assert found == Waits(due_at_ms=1000 + int(wait_s * 1000), reason=str(error), hold=hold)  # type: ignore[arg-type] # the parameter's


@pytest.mark.parametrize("error", [PermanentError("no"), GoneError("gone"), BadInputError("bad")])
def test_what_no_retry_helps_ends_the_run(error: ConnectorError) -> None:
    assert decide(error, failures=1, now_ms=0, jitter=0.5) == Fails(reason=str(error))


def test_an_outage_is_waited_out_and_an_unknown_answer_is_not() -> None:
    assert isinstance(decide(TransientError("away"), failures=999, now_ms=0, jitter=0.5), Waits)
    unknown = TransientError("what?", unknown=True)
    assert isinstance(decide(unknown, failures=UNKNOWN_MAX - 1, now_ms=0, jitter=0.5), Waits)
    assert isinstance(decide(unknown, failures=UNKNOWN_MAX, now_ms=0, jitter=0.5), Fails)


def test_a_later_record_of_the_same_store_is_taken_as_it_is() -> None:
    known = a_call(first_seen_at=AT, updated_at=AT, note="old")
    told = replace(known, updated_at=LATER, note=None, imported_by="api")
    assert restored(known, told, now=LATER) is told
    assert restored(told, known, now=LATER) is told
    assert restored(known, known, now=LATER) is known


@given(
    first=st.sampled_from([None, "one"]),
    second=st.sampled_from([None, "two"]),
    known_at=st.integers(0, 3),
    told_at=st.integers(0, 3),
    duration=st.integers(0, 3),
)
def test_between_two_stores_the_newer_word_wins_and_twice_is_once(
    first: str | None, second: str | None, known_at: int, told_at: int, duration: int
) -> None:
    known = a_call(first_seen_at=AT, updated_at=AT + timedelta(days=known_at), note=first)
    told = a_call(
        first_seen_at=LATER, updated_at=AT + timedelta(days=told_at), note=second, duration=duration
    )
    once = restored(known, told, now=LATER + timedelta(days=9))
    assert once.note == (second if second and (not first or told_at > known_at) else first)
    assert once.first_seen_at == AT
    assert restored(once, told, now=LATER + timedelta(days=10)) is once


def test_a_chain_goes_down_to_the_full_run() -> None:
    bases = {RunId("c"): RunId("b"), RunId("b"): RunId("a"), RunId("a"): None}
    assert chain_of(RunId("c"), bases) == ["a", "b", "c"]
    with pytest.raises(LookupError):
        chain_of(RunId("x"), {RunId("x"): RunId("gone")})
    with pytest.raises(LookupError):
        chain_of(RunId("x"), {RunId("x"): RunId("x")})
