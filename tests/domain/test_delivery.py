import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.delivery import (
    LADDER_S,
    LONGEST_PROBE_S,
    MAX_ATTEMPTS,
    OPENS_AFTER,
    Accepted,
    Answer,
    Breaker,
    Delivered,
    EndpointGone,
    FieldError,
    Parked,
    Rejected,
    Retry,
    Settlement,
    StopDestination,
    TryLater,
    backoff_s,
    settle,
)

HOUR_S = 3600
DOWN = TryLater(reason="connection refused")
JITTERS = st.floats(min_value=0, max_value=1, exclude_max=True)
WISHES = st.one_of(st.none(), st.floats(), st.integers(min_value=-(10**9), max_value=10**12))
ANSWERS = st.one_of(
    st.builds(Accepted, status=st.just(200), crm_id=st.none() | st.text()),
    st.builds(Rejected, status=st.just(422)),
    st.builds(EndpointGone, status=st.just(410)),
    st.builds(TryLater, reason=st.just("no"), retry_after_s=WISHES),
)
STEPS = st.lists(st.tuples(st.sampled_from("abcdefgh"), ANSWERS, st.integers(min_value=0, max_value=200_000)))


def settled(answer: Answer, *, attempt: int = 1, outage: bool = False) -> Settlement:
    return settle(answer, attempt=attempt, now_ms=1_000, jitter=0.5, outage=outage)


@given(ANSWERS, st.integers(min_value=1, max_value=50), st.integers(min_value=0, max_value=2**50), JITTERS)
def test_settle_never_looks_back(answer: Answer, attempt: int, now_ms: int, jitter: float) -> None:
    for outage in (False, True):
        settlement = settle(answer, attempt=attempt, now_ms=now_ms, jitter=jitter, outage=outage)
        if isinstance(settlement, Retry):
            assert now_ms + 1_000 <= settlement.due_at_ms <= now_ms + 24 * HOUR_S * 1_000


@given(st.lists(JITTERS, min_size=len(LADDER_S), max_size=len(LADDER_S)))
def test_the_ladder_lasts_75_hours_whatever_chance_says(jitters: list[float]) -> None:
    waits = [backoff_s(attempt, jitter) for attempt, jitter in enumerate(jitters, start=1)]
    assert waits[:3] == [5, 15, 40]
    assert sum(waits) >= 75 * HOUR_S
    assert max(waits) <= 10 * HOUR_S
    assert waits[:9] == sorted(waits[:9])


def test_jitter_spreads_the_later_steps() -> None:
    assert backoff_s(10, 0.0) == 10 * HOUR_S
    assert backoff_s(10, 0.5) == 9 * HOUR_S


def test_each_answer_has_its_outcome() -> None:
    assert settled(Accepted(status=201, crm_id="7")) == Delivered(crm_id="7")
    errors = (FieldError(field="phone", message="invalid"),)
    assert settled(Rejected(status=422, errors=errors)) == Parked(
        reason="the CRM refused the contact", errors=errors
    )
    assert isinstance(settled(EndpointGone(status=410)), StopDestination)
    assert settled(DOWN) == Retry(due_at_ms=6_000, reason="connection refused")


@pytest.mark.parametrize(
    ("wish_s", "due_at_ms"),
    [
        (30.0, 31_000),
        (0.0, 2_000),
        (-5.0, 2_000),
        (math.nan, 2_000),
        (math.inf, 86_401_000),
        (10**6, 86_401_000),
    ],
)
def test_a_named_pause_is_waited_out_and_spends_nothing(wish_s: float, due_at_ms: int) -> None:
    answer = TryLater(reason="busy", status=429, retry_after_s=wish_s)
    waited = settled(answer, attempt=MAX_ATTEMPTS + 5)
    assert waited == Retry(due_at_ms=due_at_ms, reason="busy", spends_attempt=False)


def test_the_end_of_the_ladder_parks_unless_the_destination_is_out() -> None:
    assert isinstance(settled(DOWN, attempt=MAX_ATTEMPTS - 1), Retry)
    assert settled(DOWN, attempt=MAX_ATTEMPTS) == Parked(reason="retries exhausted")
    assert settled(DOWN, attempt=MAX_ATTEMPTS, outage=True) == Retry(
        due_at_ms=1_000 + 9 * HOUR_S * 1_000, reason="connection refused"
    )


def opened() -> Breaker:
    breaker = Breaker()
    for number in range(OPENS_AFTER):
        assert breaker.may_send(0) == "all"
        breaker = breaker.answered(f"event{number}", DOWN, now_ms=0)
    return breaker


def test_it_opens_and_probes_at_growing_intervals_until_one_success() -> None:
    breaker, now_ms = opened(), 0
    for wait_s in (5, 10, 20, 40, 60, 60):
        assert breaker.may_send(now_ms + wait_s * 1_000 - 1) == "none"
        now_ms += wait_s * 1_000
        assert breaker.wait_ms(now_ms - 7) == 7
        assert breaker.may_send(now_ms) == "one"
        breaker = breaker.sent("probe", now_ms=now_ms)
        assert breaker.may_send(now_ms) == "none", "one probe at a time"
        breaker = breaker.answered("probe", DOWN, now_ms=now_ms)
    breaker = breaker.sent("probe", now_ms=now_ms + 60_000).answered(
        "probe", Accepted(status=200), now_ms=now_ms
    )
    assert breaker == Breaker()


def test_answers_from_before_it_opened_do_not_slow_the_probes() -> None:
    breaker = opened()
    assert breaker.answered("late", DOWN, now_ms=3_000) == breaker
    assert breaker.answered("late", Accepted(status=200), now_ms=3_000) == Breaker()


def test_a_probe_that_was_cut_off_is_replaced() -> None:
    breaker = opened().sent("probe", now_ms=5_000)
    assert breaker.may_send(64_999) == "none"
    assert breaker.may_send(65_000) == "one"


@given(st.integers(min_value=1, max_value=100))
def test_one_poison_event_never_opens_it(times: int) -> None:
    breaker = Breaker()
    for _ in range(times):
        breaker = breaker.answered("poison", DOWN, now_ms=0)
    assert breaker.may_send(0) == "all"


def test_one_event_alone_opens_it_when_nobody_looked_at_the_event() -> None:
    breaker, refused = Breaker(), TryLater(reason="connection refused", is_outage=True)
    for second in range(OPENS_AFTER):
        assert not breaker.is_open
        breaker = breaker.answered("the only one", refused, now_ms=1000 * second)
    assert breaker.is_open


def test_a_success_in_between_starts_the_count_anew() -> None:
    breaker = Breaker()
    for number in range(4 * OPENS_AFTER):
        breaker = breaker.answered(f"event{number}", DOWN, now_ms=0)
        if number % (OPENS_AFTER - 1) == 0:
            breaker = breaker.answered("good", Rejected(status=422), now_ms=0)
    assert not breaker.is_open


def walked(steps: list[tuple[str, Answer, int]]) -> tuple[Breaker, int]:
    breaker, now_ms = Breaker(), 0
    for event_id, answer, later_ms in steps:
        now_ms += later_ms
        if breaker.may_send(now_ms) != "none":
            breaker = breaker.sent(event_id, now_ms=now_ms)
        breaker = breaker.answered(event_id, answer, now_ms=now_ms)
    return breaker, now_ms


@given(STEPS, st.integers(min_value=1, max_value=10**6), st.integers(min_value=0, max_value=10**6))
def test_nothing_is_sent_while_paused(
    steps: list[tuple[str, Answer, int]], wish_s: int, after_ms: int
) -> None:
    breaker, now_ms = walked(steps)
    breaker = breaker.answered("x", TryLater(reason="busy", status=429, retry_after_s=wish_s), now_ms=now_ms)
    until_ms = now_ms + min(wish_s, 86_400) * 1_000
    assert breaker.wait_ms(now_ms) >= until_ms - now_ms
    assert breaker.may_send(min(now_ms + after_ms, until_ms - 1)) == "none"


@given(STEPS)
def test_it_recovers_after_one_success(steps: list[tuple[str, Answer, int]]) -> None:
    breaker, now_ms = walked(steps)
    start_ms = now_ms + breaker.wait_ms(now_ms)
    assert breaker.may_send(start_ms) != "none"
    breaker = breaker.sent("good", now_ms=start_ms).answered("good", Accepted(status=200), now_ms=start_ms)
    assert breaker.may_send(start_ms) == "all"


@given(STEPS)
def test_it_never_waits_longer_than_the_longest_probe_or_pause(steps: list[tuple[str, Answer, int]]) -> None:
    breaker, now_ms = walked(steps)
    assert now_ms + breaker.wait_ms(now_ms) <= max(
        now_ms + LONGEST_PROBE_S * 1_000, breaker.paused_until_ms, breaker.probe_at_ms
    )
    assert breaker.probe_at_ms <= now_ms + 86_400_000
