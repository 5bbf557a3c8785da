"""Events reach the CRM over real HTTP: signed, in order, through outages, and each exactly as stored."""

import json
from collections import defaultdict
from dataclasses import replace

import pytest
from fake_clock import FakeClock
from structlog.testing import capture_logs
from support.engines import FailingEngine
from support.rooms import MAIN, PAGE, Rooms, raw
from support.scene import CRM_TIMEOUT_S, Scene

from adapters.sandbox.crm import CrmAnswer
from connector.domain.delivery import (
    EXHAUSTED,
    FIRST_PROBE_S,
    LADDER_S,
    MAX_ATTEMPTS,
    OPENS_AFTER,
    Answer,
    Outgoing,
    lease_ms,
)
from connector.domain.errors import StateUnavailableError
from connector.pipelines.deliver import LOOK_S, OUTAGE, STOPPED, Deliver
from connector.ports import CrmGateway
from state.engine import Engine
from state.leads.deliveries import LEASE_MS
from state.waiting_rows import SqlWaitingRows

HOUR_S = 3600
ROWS = "SELECT * FROM deliveries ORDER BY sequence"


@pytest.fixture(autouse=True)
async def page(scene: Scene) -> None:
    await scene.rooms.connect(PAGE)


async def contacts(scene: Scene, count: int = 1, *, leads: int = 1, start: int = 0) -> None:
    """Make contacts, each of so many leads (one revision a lead)."""
    for n in range(leads):
        await scene.rooms.fetch(
            {
                f"{start + n * count + m}": raw(f"{start + n * count + m}", email=f"p{start + m}@example.com")
                for m in range(count)
            }
        )
        await scene.rooms.resolve()


async def only(scene: Scene) -> dict[str, object]:
    (row,) = await scene.rooms.rows(ROWS)
    return dict(row)


def seen_statuses(scene: Scene) -> list[int]:
    return [attempt.status for attempt in scene.crm.record.attempts]


async def test_an_event_arrives_signed_and_as_stored(scene: Scene) -> None:
    await contacts(scene)
    assert await scene.send() == 1
    (attempt,) = scene.crm.record.attempts
    assert attempt.headers["connector-workspace"] == MAIN
    (entry,) = await scene.rooms.feed.after(MAIN, 0, limit=10)
    assert (attempt.body, attempt.event_id) == (entry.body, entry.event_id)
    assert (attempt.sequence, attempt.attempt, attempt.is_replay) == (1, 1, False)
    assert scene.crm.record.violations == []
    assert (await only(scene))["state"] == "delivered"
    assert await scene.rooms.value("SELECT crm_id FROM contacts") == "crm-1"
    assert len(scene.counters.delivered_s) == 1


async def test_a_wrong_signing_secret_is_a_refusal_like_any(scene: Scene) -> None:
    scene.crm._hooks.clear()  # noqa: SLF001 - the receiver forgets our secret
    await contacts(scene)
    await scene.send()
    assert seen_statuses(scene) == [401]
    assert (await only(scene))["state"] == "waiting"


async def test_the_ladder_is_climbed_to_its_end(scene: Scene, clock: FakeClock) -> None:
    await contacts(scene)
    scene.crm.fail(CrmAnswer(status=500))
    started = clock.monotonic()
    for place in range(MAX_ATTEMPTS):
        await scene.send()
        row = await only(scene)
        assert row["attempts"] == place + 1
        if place == MAX_ATTEMPTS - 1:
            break
        wait_ms = int(str(row["due_at_ms"])) - clock.now_ms()
        assert LADDER_S[place] * 800 <= wait_ms <= LADDER_S[place] * 1000
        await clock.advance(wait_ms / 1000 - 0.001)
        assert await scene.send() == 0
        await clock.advance(0.001)
    assert clock.monotonic() - started >= 75 * 3_600
    assert (await only(scene))["state"] == "parked"
    assert [attempt.attempt for attempt in scene.crm.record.attempts] == list(range(1, MAX_ATTEMPTS + 1))
    assert len(scene.crm.record.digests) == 1
    assert scene.crm.record.violations == []


@pytest.mark.parametrize("status", [429, 503])
async def test_a_named_pause_is_waited_out_and_spends_nothing(
    scene: Scene, clock: FakeClock, status: int
) -> None:
    await contacts(scene, 2)
    scene.crm.answer_next(*[CrmAnswer(status=status, headers={"Retry-After": "90"})] * 2)
    await scene.send()
    await contacts(scene, 1, start=100)
    tried = scene.crm.record.requests
    await clock.advance(89)
    assert await scene.send() == 0
    assert scene.crm.record.requests == tried
    assert {row["attempts"] for row in await scene.rooms.rows(ROWS)} == {0}
    await clock.advance(1)
    await scene.send()
    assert {row["state"] for row in await scene.rooms.rows(ROWS)} == {"delivered"}
    assert scene.crm.record.violations == []


async def test_410_stops_everything_until_it_is_resumed(scene: Scene, clock: FakeClock) -> None:
    await contacts(scene, 3)
    scene.crm.fail(CrmAnswer(status=410))
    await scene.send()
    tried = scene.crm.record.requests
    (alert,) = await scene.rooms.alerts.open()
    assert alert["key"] == STOPPED
    await contacts(scene, 3, start=100)
    for _ in range(24):
        await clock.advance(3_600)
        assert await scene.send() == 0
    assert scene.crm.record.requests == tried
    rows = await scene.rooms.rows(ROWS)
    assert {(row["state"], row["attempts"]) for row in rows} == {("waiting", 0)}
    scene.crm.heal()
    assert await scene.rooms.deliveries.resume()
    assert await scene.rooms.alerts.open() == []
    await clock.advance(LOOK_S)
    assert await scene.send() == len(rows) + 1  # and that the alert ended
    assert {row["state"] for row in await scene.rooms.rows(ROWS)} == {"delivered"}


async def test_a_stop_made_elsewhere_is_noticed(scene: Scene, clock: FakeClock) -> None:
    await contacts(scene)
    await scene.send()
    await scene.rooms.deliveries.stop("an operator said so")
    await contacts(scene, start=10)
    await clock.advance(LOOK_S)
    assert await scene.send() == 0
    assert await scene.deliver.idle_s() == LOOK_S


async def test_422_is_parked_with_what_the_crm_said(scene: Scene) -> None:
    await contacts(scene, leads=2)
    said = {"errors": [{"field": "email", "message": "is taken"}]}
    scene.crm.answer_next(CrmAnswer(status=422, body=said))
    await scene.send()
    first, second = await scene.rooms.rows(ROWS)
    assert (first["state"], first["last_status"]) == ("parked", 422)
    assert json.loads(first["errors"]) == said["errors"]
    assert second["state"] == "delivered"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirects_are_not_followed(scene: Scene, status: int) -> None:
    await contacts(scene)
    scene.crm.answer_next(CrmAnswer(status=status, headers={"Location": scene.crm.url}))
    await scene.send()
    assert seen_statuses(scene) == [status]
    assert (await only(scene))["state"] == "waiting"


@pytest.mark.parametrize("fate", ["drop", "status"])
async def test_the_circuit_opens_and_one_probe_closes_it(scene: Scene, clock: FakeClock, fate: str) -> None:
    await contacts(scene, 40)
    failing = CrmAnswer(fate="drop") if fate == "drop" else CrmAnswer(status=500)
    scene.crm.fail(failing)
    await scene.send()
    tried = scene.crm.record.requests
    assert OPENS_AFTER <= tried <= OPENS_AFTER + 8
    (alert,) = await scene.rooms.alerts.open()
    assert alert["key"] == OUTAGE
    spent = sum(row["attempts"] for row in await scene.rooms.rows(ROWS))
    for _ in range(20):
        await clock.advance(60)
        await scene.send()
    assert 15 <= scene.crm.record.requests - tried <= 21  # one probe at a time, at most one a minute
    assert sum(row["attempts"] for row in await scene.rooms.rows(ROWS)) == spent
    assert len(await scene.rooms.alerts.open()) == 1
    scene.crm.heal()
    await clock.advance(60)
    await scene.send()
    assert await scene.rooms.alerts.open() == []
    assert {row["state"] for row in await scene.rooms.rows(ROWS)} == {"delivered"}
    assert scene.crm.record.violations == []


@pytest.mark.parametrize("jump_s", [-3 * HOUR_S, 72 * HOUR_S], ids=["back", "forward"])
async def test_a_clock_that_is_set_makes_no_outage_longer_or_shorter(
    scene: Scene, clock: FakeClock, engine: Engine, jump_s: int
) -> None:
    """Nothing that waits in memory is moved: a probe between the jump and its notice makes no difference."""
    await contacts(scene, 10)
    scene.crm.fail(CrmAnswer(status=500))
    await scene.send()
    tried = scene.crm.record.requests
    clock.jump(jump_s)
    await SqlWaitingRows(engine, clock).pull_back(max(-jump_s, 0) * 1000)
    assert await scene.send() == 0
    await clock.advance(FIRST_PROBE_S)
    await scene.send()
    assert scene.crm.record.requests == tried + 1
    scene.crm.heal()
    await clock.advance(2 * FIRST_PROBE_S)
    await scene.send()
    assert {row["state"] for row in await scene.rooms.rows(ROWS)} == {"delivered"}


async def test_an_outage_that_a_restart_outlived_is_still_said_to_be_over(
    scene: Scene, clock: FakeClock
) -> None:
    await contacts(scene, 10)
    scene.crm.fail(CrmAnswer(status=500))
    await scene.send()
    assert [row["key"] for row in await scene.rooms.alerts.open()] == [OUTAGE]
    scene.crm.heal()
    scene.restart_sender()
    await clock.advance(60)
    await scene.send()
    assert await scene.rooms.alerts.open() == []


async def test_one_poison_event_of_a_hundred_holds_nobody(scene: Scene, clock: FakeClock) -> None:
    await contacts(scene, 50, leads=2)
    victim = str(await scene.rooms.value("SELECT contact_id FROM deliveries WHERE sequence = 8"))
    scene.crm.fail(CrmAnswer(status=500), contact_id=victim)
    await scene.send()
    waiting = await scene.rooms.rows("SELECT contact_id FROM deliveries WHERE state = 'waiting'")
    assert {row["contact_id"] for row in waiting} == {victim}
    assert len(waiting) == 2
    assert await scene.rooms.alerts.open() == []
    for wait_s in LADDER_S:
        await clock.advance(wait_s)
        await scene.send()
    poisoned = await scene.rooms.rows(
        "SELECT state, attempts FROM deliveries WHERE contact_id = :id ORDER BY revision", id=victim
    )
    assert poisoned[0]["state"] == "parked"
    assert poisoned[1]["attempts"] >= 1  # no longer held by the parked one


async def test_a_crm_that_is_down_for_three_days_loses_nothing(scene: Scene, clock: FakeClock) -> None:
    await contacts(scene, 50, leads=4)
    scene.crm.down = True
    until = clock.monotonic() + 3 * 86_400
    while clock.monotonic() < until:
        await scene.send()
        await clock.advance(600)
    assert scene.crm.record.accepted == {}
    rows = await scene.rooms.rows("SELECT * FROM deliveries WHERE contact_id IS NOT NULL")
    assert {row["state"] for row in rows} == {"waiting"}
    assert len(rows) == 200
    scene.crm.heal()
    for _ in range(5):
        await clock.advance(60)
        await scene.send()
    assert await scene.rooms.rows("SELECT * FROM deliveries WHERE state <> 'delivered'") == []
    assert await scene.rooms.alerts.open() == []
    revisions: dict[str, list[int]] = defaultdict(list)
    for attempt in scene.crm.record.attempts:
        if attempt.status == 200 and attempt.contact_id is not None and attempt.revision is not None:
            revisions[attempt.contact_id].append(attempt.revision)
    assert list(revisions.values()) == [[1, 2, 3, 4]] * 50
    assert scene.crm.record.violations == []
    assert len(scene.crm.record.accepted) == len(await scene.rooms.events())


async def test_a_replay_says_so_and_is_the_same_event(scene: Scene) -> None:
    await contacts(scene)
    await scene.send()
    await scene.rooms.records.replay_deliveries({"state": "delivered"}, limit=10, dry_run=False)
    await scene.send()
    first, again = scene.crm.record.attempts
    assert (first.event_id, first.digest) == (again.event_id, again.digest)
    assert (first.is_replay, again.is_replay) == (False, True)
    assert scene.crm.record.duplicates == 1
    assert len(scene.counters.delivered_s) == 1  # a replay tells nothing of how quick we are


async def test_idle_until_the_next_try(scene: Scene, clock: FakeClock) -> None:
    assert await scene.deliver.idle_s() == 5.0
    await contacts(scene)
    assert await scene.deliver.idle_s() == pytest.approx(0.05)
    scene.crm.answer_next(CrmAnswer(status=500))
    await scene.send()
    assert await scene.deliver.idle_s() == 5.0
    await clock.advance(5)
    assert await scene.send() == 1


def rooms_on(scene: Scene, engine: FailingEngine) -> Rooms:
    return Rooms.on(engine, scene.clock, scene.counters, scene.rooms.new_id)


def sender(scene: Scene, rooms: Rooms, crm: CrmGateway | None = None) -> Deliver:
    return Deliver(rooms.deliveries, crm or scene.gateway, rooms.alerts, scene.means, timeout_s=CRM_TIMEOUT_S)


async def test_what_the_crm_took_is_written_once_the_state_is_back_and_not_sent_twice(scene: Scene) -> None:
    await contacts(scene)
    engine = FailingEngine(scene.rooms.engine)
    deliver = sender(scene, rooms_on(scene, engine))
    (work,) = await deliver.claim(1)
    engine.fates.extend([False] * 10)
    await deliver.handle(work)
    assert not engine.fates
    assert seen_statuses(scene) == [200]
    assert (await only(scene))["state"] == "delivered"
    assert scene.counters.seen["delivery", "delivered"] == 1


async def test_what_was_claimed_too_long_ago_is_given_back_once_the_state_is_back(
    scene: Scene, clock: FakeClock
) -> None:
    await contacts(scene)
    engine = FailingEngine(scene.rooms.engine)
    deliver = sender(scene, rooms_on(scene, engine))
    (work,) = await deliver.claim(1)
    await clock.advance(LEASE_MS / 1000 - CRM_TIMEOUT_S)
    engine.fates.extend([False] * 10)
    await deliver.handle(work)
    assert (await only(scene))["claim_id"] is None
    assert await scene.send() == 1


async def test_what_the_crm_took_is_sent_again_when_that_could_not_be_written_before_a_stop(
    scene: Scene, clock: FakeClock
) -> None:
    await contacts(scene)
    engine = FailingEngine(scene.rooms.engine)
    deliver = sender(scene, rooms_on(scene, engine))
    (work,) = await deliver.claim(1)
    engine.fates.append(False)
    scene.means.stopping.set()
    with pytest.raises(StateUnavailableError):
        await deliver.handle(work)
    assert seen_statuses(scene) == [200]
    assert (scene.counters.seen["delivery", "delivered"], scene.counters.delivered_s) == (0, [])
    assert (await only(scene))["state"] == "waiting"
    await clock.advance(LEASE_MS / 1000)
    assert await scene.send() == 1
    first, again = scene.crm.record.attempts
    assert (first.event_id, first.digest) == (again.event_id, again.digest)
    assert scene.crm.record.duplicates == 1
    assert (await only(scene))["state"] == "delivered"
    assert scene.counters.seen["delivery", "delivered"] == 1


async def test_who_lost_its_lease_counts_nothing(scene: Scene, clock: FakeClock) -> None:
    await contacts(scene)
    (lost,) = await scene.rooms.deliveries.claim(limit=1)
    await clock.advance(LEASE_MS / 1000)
    await scene.send()
    await scene.deliver.handle(replace(lost, lease_until_ms=clock.now_ms() + LEASE_MS))
    assert seen_statuses(scene) == [200, 200]
    assert scene.counters.seen["delivery", "delivered"] == 1
    assert len(scene.counters.delivered_s) == 1


async def test_what_its_lease_leaves_no_time_for_is_given_back_unsent(scene: Scene, clock: FakeClock) -> None:
    await contacts(scene, 2)
    one, two = await scene.deliver.claim(2)
    await clock.advance(LEASE_MS / 1000 - 2 * CRM_TIMEOUT_S)
    await scene.deliver.handle(one)
    assert seen_statuses(scene) == [200]
    await clock.advance(0.001)
    await scene.deliver.handle(two)
    assert seen_statuses(scene) == [200]
    _, row = await scene.rooms.rows(ROWS)
    assert (row["attempts"], row["claim_id"], row["due_at_ms"]) == (0, None, clock.now_ms())
    assert await scene.send() == 1


async def test_giving_back_late_takes_nothing_from_who_has_it_now(scene: Scene, clock: FakeClock) -> None:
    await contacts(scene)
    (late,) = await scene.deliver.claim(1)
    await clock.advance(LEASE_MS / 1000)
    (held,) = await scene.rooms.deliveries.claim(limit=1)
    await scene.deliver.handle(late)
    assert scene.crm.record.requests == 0
    row = await only(scene)
    assert (row["claim_id"], row["attempts"]) == (held.claim_id, 2)


@pytest.mark.parametrize(("timeout_s", "expected_ms"), [(15, 120_000), (20, 120_000), (120, 720_000)])
def test_a_lease_is_six_time_limits_and_two_minutes_at_least(timeout_s: float, expected_ms: int) -> None:
    assert lease_ms(timeout_s) == expected_ms


class Broken:
    """A gateway with a fault in it: it raises on some events and sends the others."""

    def __init__(self, crm: CrmGateway, event_id: str) -> None:
        self._crm = crm
        self._event_id = event_id

    async def send(self, event: Outgoing) -> Answer:
        if event.event_id == self._event_id:
            raise ZeroDivisionError
        return await self._crm.send(event)


async def test_a_fault_of_ours_on_one_event_holds_nobody_and_ends_parked(
    scene: Scene, clock: FakeClock
) -> None:
    await contacts(scene, 20)
    victim = str(await scene.rooms.value("SELECT event_id FROM deliveries WHERE sequence = 8"))
    scene.deliver = sender(scene, scene.rooms, Broken(scene.gateway, victim))
    with capture_logs() as logged:
        await scene.send()
    (failed,) = [entry for entry in logged if entry["event"] == "job.failed"]
    assert (failed["event_id"], type(failed["exc_info"])) == (victim, ZeroDivisionError)
    waiting = await scene.rooms.rows("SELECT * FROM deliveries WHERE state = 'waiting'")
    assert [row["event_id"] for row in waiting] == [victim]
    assert waiting[0]["due_at_ms"] - clock.now_ms() == LADDER_S[0] * 1000
    for wait_s in LADDER_S:
        await clock.advance(wait_s)
        await scene.send()
    row = (await scene.rooms.rows("SELECT * FROM deliveries WHERE event_id = :id", id=victim))[0]
    assert (row["state"], row["reason"]) == ("parked", EXHAUSTED)
    assert await scene.rooms.alerts.open() == []


async def test_an_outage_that_could_not_be_written_is_said_with_the_next_answer(
    scene: Scene, clock: FakeClock
) -> None:
    await contacts(scene, 10)
    scene.crm.fail(CrmAnswer(status=500))
    engine = FailingEngine(scene.rooms.engine)
    deliver = sender(scene, rooms_on(scene, engine))
    *first, last = await deliver.claim(OPENS_AFTER)
    for work in first:
        await deliver.handle(work)
    engine.fates.extend([True, False])  # the outcome is written, the alert is not
    with pytest.raises(StateUnavailableError):
        await deliver.handle(last)
    assert await scene.rooms.alerts.open() == []
    await clock.advance(FIRST_PROBE_S)
    (probe,) = await deliver.claim(1)
    await deliver.handle(probe)
    assert [row["key"] for row in await scene.rooms.alerts.open()] == [OUTAGE]
    scene.crm.heal()
    await clock.advance(60)
    (probe,) = await deliver.claim(1)
    engine.fates.extend([True, False])
    with pytest.raises(StateUnavailableError):
        await deliver.handle(probe)
    (other,) = await deliver.claim(1)
    await deliver.handle(other)
    assert await scene.rooms.alerts.open() == []
    waiting = await scene.rooms.rows("SELECT due_at_ms FROM deliveries WHERE state = 'waiting'")
    assert max(row["due_at_ms"] for row in waiting) <= clock.now_ms()


async def test_many_answers_at_once_say_an_outage_once(scene: Scene) -> None:
    await contacts(scene, 40)
    scene.crm.fail(CrmAnswer(status=500))
    with capture_logs() as logged:
        await scene.send()
    assert [entry["event"] for entry in logged].count("crm.outage_started") == 1
