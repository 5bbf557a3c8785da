"""Events on their way out: in order a contact, contacts side by side, fenced, settled, replayed."""

import asyncio
import random
from collections import defaultdict

import pytest
from fake_clock import FakeClock
from support.rooms import MAIN, PAGE, Rooms, raw

from connector.domain.alerts_catalogue import CRM_OUTAGE, CRM_STOPPED
from connector.domain.delivery import (
    Delivered,
    FieldError,
    Parked,
    Retry,
    Settlement,
    StopDestination,
)
from connector.domain.work import AttemptRecord, DeliveryWork
from state.leads.deliveries import LEASE_MS, SqlDeliveries

ROWS = "SELECT * FROM deliveries ORDER BY sequence"


@pytest.fixture(autouse=True)
async def page(rooms: Rooms) -> None:
    await rooms.connect(PAGE)


async def events(rooms: Rooms, *people: str) -> None:
    """Append one event a name: the same name again is another revision of that contact."""
    start = int(str(await rooms.value("SELECT COUNT(*) FROM leads")))
    for n, name in enumerate(people, start=start):
        await rooms.fetch({f"{n}": raw(f"{n}", email=f"{name}@example.com")})
        assert await rooms.resolve() == 1


async def settle(rooms: Rooms, work: DeliveryWork, settlement: Settlement, status: int | None = 200) -> bool:
    said = AttemptRecord(at_ms=rooms.clock.now_ms(), duration_ms=3, status=status, reason=None)
    return await rooms.deliveries.settle(work, settlement, said)


async def claim_one(rooms: Rooms) -> DeliveryWork:
    (work,) = await rooms.deliveries.claim(limit=1)
    return work


async def test_contacts_go_side_by_side_each_with_its_earliest_revision(rooms: Rooms) -> None:
    await events(rooms, "a", "a", "b", "a", "b", "c")
    first = await rooms.deliveries.claim(limit=50)
    assert [work.sequence for work in first] == [1, 3, 6]
    assert await rooms.deliveries.claim(limit=50) == ()
    assert await settle(rooms, first[0], Delivered())
    assert [work.sequence for work in await rooms.deliveries.claim(limit=50)] == [2]


async def test_a_retry_holds_its_own_contact_only(rooms: Rooms, clock: FakeClock) -> None:
    await events(rooms, "a", "a", "b")
    one, other = await rooms.deliveries.claim(limit=50)
    await settle(rooms, one, Retry(due_at_ms=clock.now_ms() + 5_000, reason="server error"), 500)
    await settle(rooms, other, Delivered())
    assert await rooms.deliveries.claim(limit=50) == ()
    await clock.advance(5)
    again = await claim_one(rooms)
    assert (again.sequence, again.attempt) == (1, 2)


async def test_what_waits_behind_a_retry_is_not_due_before_it(rooms: Rooms, clock: FakeClock) -> None:
    await events(rooms, "a", "a")
    due_ms = clock.now_ms() + 3_600_000
    await settle(rooms, await claim_one(rooms), Retry(due_at_ms=due_ms, reason="server error"), 500)
    assert await rooms.deliveries.next_due_ms() == due_ms


async def test_what_is_parked_blocks_nobody(rooms: Rooms) -> None:
    await events(rooms, "a", "a")
    errors = (FieldError(field="email", message="taken"),)
    await settle(rooms, await claim_one(rooms), Parked(reason="the CRM refused", errors=errors), 422)
    assert (await claim_one(rooms)).sequence == 2
    parked, _ = await rooms.rows(ROWS)
    assert (parked["state"], parked["reason"], parked["last_status"]) == ("parked", "the CRM refused", 422)
    assert parked["errors"] == '[{"field": "email", "message": "taken"}]'
    assert parked["due_at_ms"] is None


async def test_each_settlement_is_written_with_its_attempt(rooms: Rooms, clock: FakeClock) -> None:
    await events(rooms, "a", "b", "c", "d")
    delivered, retried, pausing, stopped = await rooms.deliveries.claim(limit=50)
    due_ms = clock.now_ms() + 9_000
    await asyncio.gather(
        settle(rooms, delivered, Delivered(crm_id="crm-1")),
        settle(rooms, retried, Retry(due_at_ms=due_ms, reason="server error"), 500),
        settle(rooms, pausing, Retry(due_at_ms=due_ms, reason="slow down", spends_attempt=False), 429),
        settle(rooms, stopped, StopDestination(reason="410"), 410),
    )
    rows = {row["sequence"]: dict(row) for row in await rooms.rows(ROWS)}
    assert [rows[n]["state"] for n in (1, 2, 3, 4)] == ["delivered", "waiting", "waiting", "waiting"]
    assert [rows[n]["attempts"] for n in (1, 2, 3, 4)] == [1, 1, 0, 0]
    assert [rows[n]["last_status"] for n in (1, 2, 3, 4)] == [200, 500, 429, 410]
    assert [rows[n]["due_at_ms"] for n in (1, 2, 3)] == [None, due_ms, due_ms]
    assert all(row["claim_id"] is None for row in rows.values())
    tried = await rooms.rows("SELECT status, attempt, duration_ms FROM attempts ORDER BY status")
    assert [tuple(row.values()) for row in tried] == [(200, 1, 3), (410, 1, 3), (429, 1, 3), (500, 1, 3)]


async def test_who_lost_the_lease_changes_nothing(rooms: Rooms, clock: FakeClock) -> None:
    await events(rooms, "a")
    lost = await claim_one(rooms)
    await clock.advance(LEASE_MS / 1000)
    held = await claim_one(rooms)
    assert held.attempt == 2
    before = await rooms.rows(ROWS)
    for settlement in (
        Delivered(crm_id="crm-1"),
        Parked(reason="x"),
        Retry(due_at_ms=0, reason="x"),
        StopDestination(reason="x"),
    ):
        assert not await settle(rooms, lost, settlement)
    await rooms.deliveries.release([lost])
    assert await rooms.rows(ROWS) == before
    assert await rooms.rows("SELECT * FROM attempts") == []
    assert await rooms.value("SELECT crm_id FROM contacts") is None
    assert await settle(rooms, held, Delivered())
    assert not await settle(rooms, held, Delivered())


async def test_the_crms_id_is_kept_and_goes_along_with_the_next_event(rooms: Rooms) -> None:
    await events(rooms, "a")
    await settle(rooms, await claim_one(rooms), Delivered(crm_id="crm-9"))
    await events(rooms, "a")
    created, updated = await rooms.events()
    assert "crm_id" not in created["data"]
    assert updated["data"]["crm_id"] == "crm-9"
    await settle(rooms, await claim_one(rooms), Delivered())  # an answer without an id forgets none
    assert await rooms.value("SELECT crm_id FROM contacts") == "crm-9"


async def test_released_work_is_due_and_unspent(rooms: Rooms) -> None:
    await events(rooms, "a", "b")
    works = await rooms.deliveries.claim(limit=50)
    await rooms.deliveries.release(works)
    again = await rooms.deliveries.claim(limit=50)
    assert [work.attempt for work in again] == [1, 1]
    assert await rooms.rows("SELECT * FROM attempts") == []


async def test_hastening_makes_every_waiting_retry_due(rooms: Rooms, clock: FakeClock) -> None:
    await events(rooms, "a", "b", "c")
    one, two, _claimed = await rooms.deliveries.claim(limit=50)
    await settle(rooms, one, Retry(due_at_ms=clock.now_ms() + 36_000_000, reason="x"), 500)
    await settle(rooms, two, Parked(reason="x"), 422)
    assert await rooms.deliveries.recovered(was_out=False) is None
    assert await rooms.deliveries.recovered(was_out=True) == 1
    assert [work.sequence for work in await rooms.deliveries.claim(limit=50)] == [1]


async def test_the_end_of_an_outage_ends_its_alert_with_what_waited(rooms: Rooms, clock: FakeClock) -> None:
    await events(rooms, "a")
    await rooms.alerts.raise_once(CRM_OUTAGE.alert())
    later = Retry(due_at_ms=clock.now_ms() + 36_000_000, reason="x")
    for work in await rooms.deliveries.claim(limit=50):
        await settle(rooms, work, later, 500)
    assert await rooms.deliveries.recovered(was_out=False) == 2  # a contact and the alert's event
    assert await rooms.alerts.open() == []


async def test_a_stop_is_written_with_its_alert_and_a_resume_with_its_end(rooms: Rooms) -> None:
    await rooms.deliveries.stop("410", CRM_STOPPED.alert())
    assert [row["key"] for row in await rooms.alerts.open()] == ["crm.stopped"]
    assert await rooms.deliveries.resume()
    assert await rooms.alerts.open() == []


async def test_a_lease_is_as_long_as_it_was_asked_for_and_said(rooms: Rooms, clock: FakeClock) -> None:
    deliveries = SqlDeliveries(rooms.engine, clock, rooms.new_id, lease_ms=600_000)
    await events(rooms, "a")
    (work,) = await deliveries.claim(limit=1)
    assert work.lease_until_ms == clock.now_ms() + 600_000
    await clock.advance(599.999)
    assert await deliveries.claim(limit=1) == ()
    await clock.advance(0.001)
    assert len(await deliveries.claim(limit=1)) == 1


async def test_a_stop_stands_until_it_is_resumed(rooms: Rooms) -> None:
    assert await rooms.deliveries.stopped() is None
    assert not await rooms.deliveries.resume()
    await rooms.deliveries.stop("410")
    await rooms.deliveries.stop("410 again")
    assert await rooms.deliveries.stopped() == "410 again"
    assert await rooms.deliveries.resume()
    assert await rooms.deliveries.stopped() is None
    assert not await rooms.deliveries.resume()


async def test_a_replay_is_the_same_event_again(rooms: Rooms) -> None:
    await events(rooms, "a")
    first = await claim_one(rooms)
    await settle(rooms, first, Delivered())
    assert await rooms.deliveries.claim(limit=50) == ()
    assert await rooms.records.replay_deliveries({"state": "delivered"}, limit=10, dry_run=True) == 1
    assert await rooms.deliveries.claim(limit=50) == ()
    assert await rooms.records.replay_deliveries({"state": "delivered"}, limit=10, dry_run=False) == 1
    again = await claim_one(rooms)
    assert (again.event_id, again.body, again.sequence) == (first.event_id, first.body, first.sequence)
    assert (first.is_replay, again.is_replay) == (False, True)
    assert again.attempt == 1


async def test_the_pushed_bytes_are_the_feeds(rooms: Rooms) -> None:
    await events(rooms, "a", "b", "ü😀")
    pushed = {work.sequence: work.body for work in await rooms.deliveries.claim(limit=50)}
    entries = await rooms.feed.after(MAIN, 0, limit=50)
    assert {entry.sequence: entry.body for entry in entries} == pushed


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_in_between_revisions_arrive_in_order(
    rooms: Rooms, clock: FakeClock, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable
    names = [chance.choice("abcde") for _ in range(40)]
    await events(rooms, *names)
    arrived: dict[str, list[int]] = defaultdict(list)
    out: list[DeliveryWork] = []
    for _ in range(2_000):
        waiting = await rooms.value("SELECT COUNT(*) FROM deliveries WHERE state <> 'delivered'")
        if not waiting:
            break
        contacts_out = [work.contact_id for work in out]
        assert len(contacts_out) == len(set(contacts_out)), "one contact was out twice at once"
        match chance.choice(
            ["claim", "claim", "deliver", "deliver", "deliver", "retry", "lose", "release", "wait"]
        ):
            case "claim":
                out += await rooms.deliveries.claim(limit=chance.randint(1, 4))
            case "wait":
                await clock.advance(chance.choice([1, 20]))
            case "lose" if out:
                await clock.advance(LEASE_MS / 1000)
                lost, out = out, []
                fresh = list(await rooms.deliveries.claim(limit=50))
                results = [await settle(rooms, work, Delivered()) for work in lost]
                assert not any(results)
                out = fresh
            case _ if not out:
                pass
            case action:
                work = out.pop(chance.randrange(len(out)))
                if action == "deliver":
                    assert await settle(rooms, work, Delivered())
                    arrived[str(work.contact_id)].append(work.sequence)
                elif action == "retry":
                    assert await settle(rooms, work, Retry(due_at_ms=clock.now_ms() + 5_000, reason="x"), 500)
                else:
                    await rooms.deliveries.release([work])
    assert sorted(n for sequences in arrived.values() for n in sequences) == list(range(1, 41))
    assert all(sequences == sorted(sequences) for sequences in arrived.values())
