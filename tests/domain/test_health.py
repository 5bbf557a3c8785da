"""The life of a connection: what is heard of it, how it stands then, and that no work is ever lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.connection import Check, ConnectionId, Health
from connector.domain.health import FINAL, PUBLISH, WORKING, Standing, follow, lost_alert, transition
from connector.domain.lead import WorkspaceId
from connector.domain.signals import (
    Consented,
    Deauthorised,
    DisconnectAsked,
    DisconnectDone,
    Enabled,
    Forecast,
    Outage,
    Probed,
    ScopeWithheld,
    Signal,
    Suspended,
    TokenDied,
)

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
FINE = Check(name="token", outcome="ok")
UNKNOWN = Check(name="leads_access", outcome="unknown")
FAILED = Check(name="leads_access", outcome="failed", detail="Not listed.", remedy="List it.")
HEALTHY = Standing(provider="facebook", health="healthy", consented_at=NOW)

moments = st.timedeltas(timedelta(0), timedelta(days=100)).map(lambda passed: NOW + passed)
checks = st.lists(st.sampled_from([FINE, UNKNOWN, FAILED]), min_size=1, max_size=4).map(tuple)
signals: st.SearchStrategy[Signal] = st.one_of(
    st.builds(Consented, at=moments),
    st.builds(Probed, checks=checks),
    st.builds(
        TokenDied,
        at=moments,
        reason=st.just("Dead."),
        cause=st.sampled_from(["unknown", "expired", "app_removed"]),
    ),
    st.builds(
        ScopeWithheld, scopes=st.sampled_from([(), ("leads_retrieval",), ("ads_management",), ("a", "b")])
    ),
    st.just(Outage()),
    st.just(Suspended(reason="Frozen.")),
    st.just(Enabled()),
    st.just(Deauthorised()),
    st.just(DisconnectAsked()),
    st.just(DisconnectDone()),
    st.builds(Forecast, now=moments, ends_at=st.none() | moments),
)
healths: st.SearchStrategy[Health] = st.sampled_from(
    ["healthy", "degraded", "reconnect", "suspended", "disconnecting", "disconnected"]
)
standings = st.builds(
    Standing,
    provider=st.sampled_from(["facebook", "google"]),
    health=healths,
    consented_at=moments,
    cause=st.none(),
    short_lives=st.integers(0, 3),
)


@given(standings, st.lists(signals, max_size=12))
def test_work_is_held_exactly_while_the_account_does_not_work(
    standing: Standing, heard: list[Signal]
) -> None:
    held = standing.health not in WORKING
    for signal in heard:
        step = transition(standing, signal)
        standing = step.standing
        held = {"hold": True, "release": False, None: held}[step.work]
        assert held == (standing.health not in WORKING)


@given(standings, st.lists(signals, max_size=12))
def test_after_anything_a_consent_sets_all_work_free(standing: Standing, heard: list[Signal]) -> None:
    done = follow(standing, [*heard, Consented(at=NOW)])
    assert done.standing.health == "healthy"
    assert done.work == "release"
    assert done.lost == "resolve"
    assert (done.standing.cause, done.standing.reason, done.standing.remedy) == (None, None, None)


@given(standings, signals)
def test_the_ways_out_of_reconnect_are_consent_an_enabled_event_and_an_admin(
    standing: Standing, signal: Signal
) -> None:
    step = transition(
        Standing(provider=standing.provider, health="reconnect", consented_at=standing.consented_at), signal
    )
    if step.standing.health != "reconnect":
        assert isinstance(signal, Consented | Enabled | DisconnectAsked | DisconnectDone)
    else:
        # a person is asked once, in the words said first; what only consent mends is remembered
        cause = "deauthorised" if isinstance(signal, Deauthorised) else step.before.cause
        assert step == replace(transition(step.before, Outage()), standing=replace(step.before, cause=cause))


def test_a_dead_token_whose_app_was_removed_since_is_no_way_back_without_consent() -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    dead = Standing(
        provider="google", health="reconnect", consented_at=at, cause="revoked", reason="said first"
    )
    heard = follow(dead, [Deauthorised(), Enabled()])
    assert (heard.standing.health, heard.standing.reason, heard.is_changed) == (
        "reconnect",
        "said first",
        False,
    )
    withheld = replace(dead, cause="scope")
    assert transition(withheld, Deauthorised()).standing == withheld


@given(standings)
def test_an_outage_is_identity(standing: Standing) -> None:
    step = transition(standing, Outage())
    assert step.standing is standing
    assert (step.work, step.lost, step.is_changed, step.probe) == (None, None, False, False)


@given(standings, st.lists(signals, max_size=12))
def test_outages_in_between_change_nothing(standing: Standing, heard: list[Signal]) -> None:
    with_outages = [one for signal in heard for one in (Outage(), signal, Outage())]
    assert follow(standing, with_outages) == follow(standing, heard)


@given(standings, st.lists(signals, max_size=12))
def test_what_is_disconnected_hears_only_consent(standing: Standing, heard: list[Signal]) -> None:
    gone = transition(standing, DisconnectAsked()).standing
    deaf = [one for one in heard if not isinstance(one, Consented | DisconnectDone)]
    assert follow(gone, deaf).standing == gone
    done = transition(gone, DisconnectDone()).standing
    assert done.health == "disconnected"
    assert follow(done, deaf).standing == done


@given(standings, st.lists(signals, max_size=12))
def test_the_alert_stands_exactly_while_a_person_or_the_provider_must_act(
    standing: Standing, heard: list[Signal]
) -> None:
    raised = standing.health in {"reconnect", "suspended"}
    for signal in heard:
        step = transition(standing, signal)
        standing = step.standing
        raised = {"raise": True, "resolve": False, None: raised}[step.lost]
        assert raised == (standing.health in {"reconnect", "suspended"})


@given(standings, signals)
def test_every_trouble_has_a_reason_and_a_remedy(standing: Standing, signal: Signal) -> None:
    step = transition(standing, signal)
    if step.is_changed and step.standing.health in {"degraded", "reconnect", "suspended"}:
        assert step.standing.reason
        assert step.standing.remedy
        alert = lost_alert(step.standing, ConnectionId("con_1"), WorkspaceId("main"))
        assert alert.key == "connection.lost:con_1"
        assert step.standing.reason in alert.title


def test_a_dead_token_changes_the_state_at_once() -> None:
    step = transition(
        HEALTHY, TokenDied(at=NOW, reason="The password was changed.", cause="password_changed")
    )
    assert (step.standing.health, step.work, step.lost) == ("reconnect", "hold", "raise")


@pytest.mark.parametrize(
    ("found", "health"),
    [
        ((FINE,), "healthy"),
        ((FINE, FAILED), "degraded"),
        ((FINE, UNKNOWN), "healthy"),
        ((UNKNOWN, FAILED), "degraded"),
    ],
)
def test_a_probe_tells_what_lacks(found: tuple[Check, ...], health: Health) -> None:
    assert transition(HEALTHY, Probed(checks=found)).standing.health == health


def test_what_could_not_be_asked_mends_nothing() -> None:
    lacking = transition(HEALTHY, Probed(checks=(FAILED,))).standing
    assert (lacking.reason, lacking.remedy) == ("Not listed.", "List it.")
    assert transition(lacking, Probed(checks=(FINE, UNKNOWN))).standing == lacking
    assert transition(lacking, Probed(checks=(FINE,))).standing == HEALTHY


def test_only_what_nothing_can_be_read_without_stops_the_work() -> None:
    few = transition(HEALTHY, ScopeWithheld(scopes=("ads_management",))).standing
    assert (few.health, few.reason) == ("degraded", "Withheld: ads_management.")
    vital = transition(HEALTHY, ScopeWithheld(scopes=("ads_management", "leads_retrieval"))).standing
    assert vital.health == "reconnect"
    assert "leads_retrieval" in str(vital.remedy)
    google = Standing(provider="google", health="healthy", consented_at=NOW)
    assert transition(google, ScopeWithheld(scopes=("drive.file",))).standing.health == "reconnect"


def test_a_frozen_account_comes_back_by_itself() -> None:
    frozen = transition(HEALTHY, Suspended(reason="Blocked.")).standing
    assert frozen.health == "suspended"
    assert "frozen" in lost_alert(frozen, ConnectionId("con_1"), WorkspaceId("main")).title
    for signal in (Enabled(), Probed(checks=(FINE,))):
        step = transition(frozen, signal)
        assert (step.standing.health, step.work, step.lost) == ("healthy", "release", "resolve")
    assert transition(frozen, TokenDied(at=NOW, reason="Dead.")).standing.health == "reconnect"


@pytest.mark.parametrize("cause", sorted(FINAL))
def test_no_event_brings_back_what_a_person_took_away(cause: str) -> None:
    dead = transition(HEALTHY, TokenDied(at=NOW, reason="Dead.", cause=cause)).standing  # type: ignore[arg-type] # of the set
    assert transition(dead, Enabled()).standing == dead


def test_an_enabled_account_is_looked_at_again_at_once() -> None:
    dead = transition(HEALTHY, TokenDied(at=NOW, reason="Dead.")).standing
    step = transition(dead, Enabled())
    assert (step.standing.health, step.work, step.probe) == ("healthy", "release", True)


@pytest.mark.parametrize(
    ("days", "health"),
    [(-1, "degraded"), (1, "degraded"), (14, "degraded"), (15, "healthy"), (None, "healthy")],
)
def test_an_end_that_is_near_degrades_and_one_that_moved_away_does_not(
    days: int | None, health: Health
) -> None:
    ends_at = None if days is None else NOW + timedelta(days=days)
    near = transition(HEALTHY, Forecast(now=NOW, ends_at=NOW + timedelta(days=3))).standing
    assert near.health == "degraded"
    for before in (HEALTHY, near):
        step = transition(before, Forecast(now=NOW, ends_at=ends_at))
        assert step.standing.health == health
        assert step.work is None


def test_a_lack_is_said_before_an_end() -> None:
    done = follow(HEALTHY, [Probed(checks=(FAILED,)), Forecast(now=NOW, ends_at=NOW)])
    assert done.standing.reason == "Not listed."


@pytest.mark.parametrize(
    ("life", "is_testing"),
    [
        (timedelta(days=5, hours=23), False),
        (timedelta(days=6), True),
        (timedelta(days=7), True),
        (timedelta(days=8), True),
        (timedelta(days=8, seconds=1), False),
    ],
)
def test_a_google_token_that_dies_after_a_week_is_named(life: timedelta, is_testing: bool) -> None:  # noqa: FBT001 - a parameter
    google = Standing(provider="google", health="healthy", consented_at=NOW)
    dead = transition(google, TokenDied(at=NOW + life, reason="invalid_grant")).standing
    assert (dead.cause == "testing_mode") is is_testing
    assert (dead.remedy == PUBLISH) is is_testing
    assert dead.short_lives == int(is_testing)
    facebook = transition(HEALTHY, TokenDied(at=NOW + life, reason="190")).standing
    assert facebook.cause != "testing_mode"


def test_the_second_such_death_makes_it_certain() -> None:
    google = Standing(provider="google", health="healthy", consented_at=NOW)
    week = timedelta(days=7)
    first = transition(google, TokenDied(at=NOW + week, reason="invalid_grant")).standing
    again = transition(first, Consented(at=NOW + week)).standing
    second = transition(again, TokenDied(at=NOW + 2 * week, reason="invalid_grant")).standing
    assert "does that to apps in Testing mode" in str(first.reason)
    assert "the app is in Testing mode" in str(second.reason)
    lived = transition(second, Consented(at=NOW)).standing
    old = transition(lived, TokenDied(at=NOW + timedelta(days=90), reason="invalid_grant")).standing
    assert (old.short_lives, old.cause) == (0, "unknown")
