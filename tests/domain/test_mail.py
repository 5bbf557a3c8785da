"""When a mail goes, waits or is given up; when the mail server is out; when an end is near."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.letters import FACTS, NOW

from connector.domain.alerts_catalogue import KINDS, PAGE_UNREADABLE, kind_of
from connector.domain.connection import ConnectionId
from connector.domain.expiry import expiry_alert, threshold_days
from connector.domain.lead import WorkspaceId
from connector.domain.mail import (
    ATTEMPTS_MAX,
    LADDER_S,
    LONGEST_PROBE_S,
    Again,
    Dropped,
    GivenUp,
    MailAnswer,
    MailOutage,
    PutOff,
    Refused,
    Sent,
    Taken,
    days_until_deleted,
    settle_mail,
    unsendable,
)

OUT = PutOff(reason="it is away", is_outage=True)
LATER = PutOff(reason="greylisted")
ANSWERS = st.sampled_from([Taken(), Refused(reason="no"), OUT, LATER])


def test_a_raised_mail_goes_while_the_alert_stands() -> None:
    assert unsendable(FACTS, attempt=1, now_ms=0) is None
    assert isinstance(unsendable(replace(FACTS, resolved_at=NOW), attempt=1, now_ms=0), Dropped)
    assert isinstance(unsendable(replace(FACTS, address=None), attempt=1, now_ms=0), Dropped)


def test_a_mail_that_breaks_us_each_time_is_given_up() -> None:
    assert unsendable(FACTS, attempt=ATTEMPTS_MAX, now_ms=0) is None
    assert isinstance(unsendable(FACTS, attempt=ATTEMPTS_MAX + 1, now_ms=0), GivenUp)
    assert len(LADDER_S) + 1 <= ATTEMPTS_MAX


def test_a_resolved_mail_goes_to_whom_it_was_told() -> None:
    over = replace(FACTS, kind="resolved", resolved_at=NOW)
    assert unsendable(replace(over, told="yes"), attempt=1, now_ms=0) is None
    assert isinstance(unsendable(replace(over, told="not yet"), attempt=1, now_ms=0), Again)
    assert isinstance(unsendable(replace(over, told="never"), attempt=1, now_ms=0), Dropped)


@given(ANSWERS, st.integers(1, 40), st.integers(0, 2**41), st.floats(0, 1, exclude_max=True))
def test_settling_never_looks_back_and_ends(
    answer: MailAnswer, attempt: int, now_ms: int, jitter: float
) -> None:
    settled = settle_mail(answer, attempt=attempt, now_ms=now_ms, jitter=jitter)
    match settled:
        case Again(due_at_ms=due_at_ms, spent=spent):
            assert due_at_ms >= now_ms
            assert spent is (answer == LATER)
            assert not spent or attempt <= len(LADDER_S)
        case GivenUp():
            assert answer == Refused(reason="no") or (answer == LATER and attempt > len(LADDER_S))
        case _:
            assert settled == Sent()
            assert answer == Taken()


@given(st.lists(st.tuples(ANSWERS, st.integers(0, 900_000)), max_size=40))
def test_an_outage_ends_with_the_first_sign_of_life_and_is_probed_one_by_one(
    story: list[tuple[MailAnswer, int]],
) -> None:
    outage, now_ms = MailOutage(), 0
    for answer, later_ms in story:
        now_ms += later_ms
        outage = outage.answered(answer, now_ms=now_ms)
        if answer != OUT:
            assert not outage.is_on
        assert outage.may_send(9, now_ms=now_ms) == (0 if outage.is_on else 9)
        assert outage.probe_at_ms - now_ms <= LONGEST_PROBE_S * 1000
        if outage.is_on:
            assert outage.may_send(9, now_ms=outage.probe_at_ms) == 1


def test_meta_deletes_after_ninety_days() -> None:
    assert days_until_deleted(NOW, now=NOW) == 90
    assert days_until_deleted(NOW - timedelta(days=2, hours=1), now=NOW) == 87
    assert days_until_deleted(NOW - timedelta(days=200), now=NOW) == 0


@pytest.mark.parametrize(
    ("left", "days"),
    [
        (timedelta(days=60), None),
        (timedelta(days=14, seconds=1), None),
        (timedelta(days=14), 14),
        (timedelta(days=7, seconds=1), 14),
        (timedelta(days=7), 7),
        (timedelta(days=1), 1),
        (timedelta(seconds=1), 1),
        (timedelta(), None),
        (timedelta(days=-1), None),
    ],
)
def test_an_end_is_near_in_three_steps(left: timedelta, days: int | None) -> None:
    assert threshold_days(NOW + left, now=NOW) == days


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - made aware below
    st.timedeltas(timedelta(days=-30), timedelta(days=30)),
)
def test_a_forecast_never_loosens_as_time_goes(ends_at: datetime, before: timedelta) -> None:
    end = ends_at.replace(tzinfo=UTC)
    near = [threshold_days(end, now=end - before + timedelta(hours=hour)) for hour in range(0, 600, 24)]
    told = [days for days in near if days is not None]
    assert told == sorted(told, reverse=True)


def test_the_forecast_names_the_day_and_carries_its_stage() -> None:
    connection, workspace = ConnectionId("con_1"), WorkspaceId("main")
    alert = expiry_alert(connection, workspace, "facebook", ends_at=NOW + timedelta(days=6), now=NOW)
    assert alert is not None
    assert (alert.key, alert.stage, alert.connection_id) == ("connection.expiring:con_1", "7", "con_1")
    assert alert.title == "The consent of a Facebook account ends on 28 November 2026."
    assert expiry_alert(connection, workspace, "google", ends_at=None, now=NOW) is None


def test_a_key_tells_its_kind_and_back() -> None:
    assert PAGE_UNREADABLE.key("main", "100") == "page.unreadable:main:100"
    assert PAGE_UNREADABLE.pattern == "page.unreadable:<workspace>:<page>"
    with pytest.raises(ValueError, match="takes 2 parts"):
        PAGE_UNREADABLE.key("main")
    for name, kind in KINDS.items():
        assert kind_of(kind.key(*kind.parts)) is kind
        assert name == kind.name
    assert kind_of("of.another.version:1") is None


def test_every_alert_says_what_and_what_to_do_in_sentences() -> None:
    for kind in KINDS.values():
        alert = kind.alert(
            *kind.parts,
            provider="Facebook",
            reason="The token is dead.",
            ends_on="1 May 2027",
            said="We put it right.",
            page="1",
            count="2",
            version="3",
            quiet="2 days",
            usual="a day",
            ads="Its ads run.",
            name="nightly",
            last="there is none",
            made_at="1 May 2027, 02:00 UTC",
        )
        for text in (alert.title, alert.remedy):
            assert text[0].isupper(), text
            assert text[-1] == ".", text
            assert "{" not in text, text
            assert "Error" not in text, text
