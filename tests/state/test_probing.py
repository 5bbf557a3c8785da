"""Looks at accounts that wait: one machine at a time, by due time, fenced; what is found is written at once."""

import asyncio
from collections import Counter

import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.engines import open_engine
from support.ids import numbered
from support.rooms import MAIN, PAGE, Rooms

from connector.domain.connection import Check, ConnectionId
from connector.domain.lead import PageId
from connector.domain.probing import AGAIN_S, HASTE_S, PageVerdict, ProbeWork, Verdict
from connector.domain.signals import Probed, Suspended, TokenDied
from connector.domain.work import PageTrouble
from state.accounts.probing import LEASE_MS
from state.leases import RELEASE_ALL

DAY_S = 86_400.0
FINE = Verdict(checks=(Check(name="token", outcome="ok"),))


async def claimed(rooms: Rooms, connection_id: ConnectionId | None = None) -> ProbeWork:
    work = await rooms.probing.claim(connection_id)
    assert work is not None
    return work


async def states(rooms: Rooms) -> dict[str, str]:
    return {row["id"]: row["state"] for row in await rooms.rows("SELECT id, state FROM connections")}


async def test_a_new_consent_is_due_within_a_day(rooms: Rooms, clock: FakeClock) -> None:
    assert await rooms.probing.next_due_ms() is None
    await rooms.connect(PAGE)
    assert await rooms.probing.claim() is None
    due = await rooms.probing.next_due_ms()
    assert due is not None
    assert 0 < due - clock.now_ms() < DAY_S * 1000
    await clock.advance(DAY_S)
    work = await claimed(rooms)
    assert (work.token, [page.token for page in work.pages]) == ("user page token", ["page token 100"])
    assert "token" not in repr(work).replace("claim", "")
    assert await rooms.probing.claim() is None


async def test_a_look_that_died_is_repeated_and_the_late_one_writes_nothing(
    rooms: Rooms, clock: FakeClock
) -> None:
    await rooms.connect(PAGE)
    await clock.advance(DAY_S)
    late = await claimed(rooms)
    await clock.advance(LEASE_MS / 1000)
    fresh = await claimed(rooms)
    died = Verdict(signals=(TokenDied(at=clock.now(), reason="Dead."),))
    assert not await rooms.probing.settle(late, died, chance=0.5)
    assert await rooms.value("SELECT COUNT(*) FROM connection_checks") == 0
    assert set((await states(rooms)).values()) == {"healthy"}
    assert await rooms.probing.settle(fresh, FINE, chance=0.5)
    assert not await rooms.probing.settle(fresh, died, chance=0.5)  # a claim is used once


async def test_a_consent_ends_a_look_that_is_under_way(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect(PAGE)
    await clock.advance(DAY_S)
    work = await claimed(rooms)
    await rooms.connect(PAGE, token="new")
    died = Verdict(signals=(TokenDied(at=clock.now(), reason="Dead."),))
    assert not await rooms.probing.settle(work, died, chance=0.5)
    assert set((await states(rooms)).values()) == {"healthy"}


async def test_failures_are_tried_sooner_and_a_person_is_waited_for(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect(PAGE)
    await clock.advance(DAY_S)
    waits: list[float] = []
    for _ in range(6):
        work = await claimed(rooms)
        assert await rooms.probing.settle(work, Verdict(is_reached=False), chance=0.0)
        due = await rooms.probing.next_due_ms()
        assert due is not None
        waits.append((due - clock.now_ms()) / 1000)
        await clock.advance(waits[-1])
    assert waits == [300, 900, 3600, 14_400, 14_400, 14_400]
    work = await claimed(rooms)
    died = TokenDied(at=clock.now(), reason="Dead.")
    assert await rooms.probing.settle(work, Verdict(signals=(died,)), chance=0.0)
    assert await rooms.probing.next_due_ms() is None
    assert await rooms.probing.claim() is None
    assert await rooms.probing.claim(work.connection_id) is None  # what was just found is the answer
    await clock.advance(AGAIN_S)
    await claimed(rooms, work.connection_id)  # but a person who asks is answered


async def test_a_dead_account_is_one_alert_and_all_its_pages_wait(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect("1", "2", "3")
    for page in "123":
        await rooms.receive(page * 3, page=page)
    (connection_id,) = await states(rooms)
    heard = TokenDied(at=clock.now(), reason="Dead.", remedy="Again.")
    assert await rooms.probing.hear(ConnectionId(connection_id), heard)
    assert not await rooms.probing.hear(ConnectionId(connection_id), heard)
    assert await rooms.queue.claim(limit=9) is None
    pages = await rooms.connections.all_pages()
    assert {(row["state"], row["reason"], row["remedy"], row["waiting"]) for row in pages} == {
        ("auth_lost", "Dead.", "Again.", 1)
    }
    (alert,) = await rooms.alerts.open()
    assert (alert["key"], alert["severity"]) == (f"connection.lost:{connection_id}", "critical")
    assert alert["connection_id"] == connection_id
    assert await rooms.connect("1", "2", "3") == 3
    assert await rooms.alerts.open() == []
    changed = [
        one["data"]["connection"] for one in await rooms.events() if one["type"] == "connection.changed"
    ]
    assert [(one["state"], one["waiting_leads"]) for one in changed] == [("reconnect", 3), ("healthy", 3)]


async def test_pages_left_out_of_a_new_consent_are_tried_once_and_not_held_in_silence(rooms: Rooms) -> None:
    await rooms.connect("1", "2")
    await rooms.receive("22", page="2")
    (connection_id,) = await states(rooms)
    await rooms.probing.hear(ConnectionId(connection_id), TokenDied(at=rooms.clock.now(), reason="Dead."))
    await rooms.connect("1")
    batch = await rooms.claim()
    assert batch.page_id == "2"
    trouble = PageTrouble(state="auth_lost", reason="No role.", remedy="Another admin.", cause="role_lost")
    await rooms.queue.hold(batch, trouble)
    assert [row["key"] for row in await rooms.alerts.open()] == ["page.unreadable:main:2"]


async def test_two_workspaces_with_one_page_stand_and_fall_alone(rooms: Rooms) -> None:
    await rooms.connect(PAGE, connection_id="con_a")
    await rooms.connect(PAGE, workspace="second", connection_id="con_b")
    await rooms.receive("1")
    await rooms.probing.hear(ConnectionId("con_a"), TokenDied(at=rooms.clock.now(), reason="Dead."))
    batch = await rooms.claim()
    assert batch.workspace_id == "second"
    assert await rooms.queue.claim(limit=9) is None
    assert await states(rooms) == {"con_a": "reconnect", "con_b": "healthy"}


async def test_checks_are_dated_and_the_last_look_stands(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect(PAGE)
    (connection_id,) = await states(rooms)
    for outcome in ("failed", "ok"):
        await clock.advance(60)
        work = await claimed(rooms, ConnectionId(connection_id))
        check = Check(name="leads_access", outcome=outcome, page_id=PAGE, detail="d", remedy="r")
        page = PageVerdict(page_id=PAGE, name="P", state=None, checks=(check,))
        token = Check(name="token", outcome="ok")
        verdict = Verdict(checks=(token,), pages=(page,), signals=(Probed(checks=(token, check)),))
        assert await rooms.probing.settle(work, verdict, chance=0.5)
    found = (await rooms.connections.everything())["checks"]
    assert [(row["page_id"], row["name"], row["outcome"], row["checked_at_ms"]) for row in found] == [
        ("", "token", "ok", clock.now_ms()),
        (PAGE, "leads_access", "ok", clock.now_ms()),
    ]


async def test_what_was_stuck_in_quarantine_is_adopted_by_the_next_look(
    rooms: Rooms, clock: FakeClock
) -> None:
    await rooms.receive("1")
    sql = "UPDATE quarantine SET page_id = '555'"  # as a webhook that was stored while the Page was connected
    await rooms.engine.write(lambda tx: tx.execute(sql))
    await rooms.connect("555")
    await rooms.engine.write(lambda tx: tx.execute("UPDATE quarantine SET released_at_ms = NULL"))
    await rooms.engine.write(lambda tx: tx.execute("DELETE FROM leads"))
    await clock.advance(DAY_S)
    work = await claimed(rooms)
    page = PageVerdict(page_id=PageId("555"), name="P", state="ok")
    await rooms.probing.settle(work, Verdict(pages=(page,)), chance=0.5)
    assert await rooms.value("SELECT COUNT(*) FROM leads") == 1


async def test_a_restart_frees_the_looks_of_the_dead_process(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect(PAGE)
    await clock.advance(DAY_S)
    late = await claimed(rooms)
    at = {"now_ms": clock.now_ms()}
    await rooms.engine.write(lambda tx: [tx.execute(sql, at) for sql in RELEASE_ALL])
    assert await rooms.probing.claim() is not None
    assert not await rooms.probing.settle(late, FINE, chance=0.5)


async def test_a_frozen_account_is_tried_hourly(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect(PAGE)
    (connection_id,) = await states(rooms)
    await rooms.probing.hear(ConnectionId(connection_id), Suspended(reason="Frozen."))
    due = await rooms.probing.next_due_ms()
    assert due == clock.now_ms() + 3_600_000


@pytest.mark.postgres
async def test_two_machines_never_look_at_the_same_account(postgres_url: str, clock: FakeClock) -> None:
    engines = [open_engine(postgres_url), open_engine(postgres_url)]
    machines = [Rooms.on(one, clock, SeenCounters(), numbered(n)) for n, one in enumerate(engines, start=1)]
    await machines[0].workspaces.add(MAIN)
    for n in range(20):
        await machines[0].connect(str(n), person=str(n))
    await clock.advance(DAY_S)
    seen: list[str] = []

    async def look(machine: Rooms) -> None:
        misses = 0
        while misses < 10:  # what another machine claims at the moment is skipped, not waited for
            work = await machine.probing.claim()
            misses = 0 if work else misses + 1
            if work:
                seen.append(work.connection_id)
                assert await machine.probing.settle(work, FINE, chance=0.5)

    await asyncio.gather(*(look(machine) for machine in machines * 2))
    assert len(Counter(seen)) == len(seen) == 20
    for machine in machines:
        await machine.aclose()
        await machine.engine.aclose()


UNCLEAR = PageTrouble(state="auth_lost", reason="Refused.", remedy="Again.", cause="unknown")


async def test_a_lost_page_is_told_of_at_once_when_the_look_has_died(rooms: Rooms, clock: FakeClock) -> None:
    """Its lease lasts: nobody else looks before it ends."""
    await rooms.connect(PAGE)
    await rooms.receive("1")
    await clock.advance(DAY_S)
    await claimed(rooms)
    await rooms.queue.hold(await rooms.claim(), UNCLEAR)
    assert [row["key"] for row in await rooms.alerts.open()] == [f"page.unreadable:main:{PAGE}"]


async def test_refused_reads_hasten_a_look_once_in_five_minutes(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect("1", "2")
    for page in "12":
        await rooms.receive(page * 3, page=page)
    await rooms.queue.hold(await rooms.claim(), UNCLEAR)
    assert await rooms.alerts.open() == []  # the look, which begins now, may mend it
    assert await rooms.probing.settle(await claimed(rooms), FINE, chance=0.5)
    await clock.advance(60)
    await rooms.queue.hold(await rooms.claim(), UNCLEAR)
    assert [row["key"] for row in await rooms.alerts.open()] == ["page.unreadable:main:2"]
    assert await rooms.probing.claim() is None
    assert await rooms.probing.next_due_ms() == clock.now_ms() - 60_000 + int(HASTE_S * 1000)
    await clock.advance(HASTE_S - 60)
    await claimed(rooms)
