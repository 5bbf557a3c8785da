"""Leads waiting to be read: whose they are, for how long, and what settles them."""

from dataclasses import replace
from pathlib import Path

import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.engines import open_engine
from support.ids import numbered
from support.rooms import MAIN, PAGE, Rooms, fetched, raw

from connector.domain.lead import LeadId
from connector.domain.pages import page_trouble_key
from connector.domain.work import FetchBatch, Ladder, PageTrouble, ParkedLead, RetryLater
from state.accounts.connections import SqlConnections
from state.engine import Engine
from state.leads.queue import LEASE_MS, SqlLeadQueue
from state.sqlite import SqliteEngine
from state.vault import Vault

DEAD = PageTrouble(state="auth_lost", reason="The token is dead.", remedy="Connect again.")
REFUSED = PageTrouble(state="no_lead_access", reason="Revoked.", remedy="Grant it.")
STATE = """
    SELECT lead_id, stage, due_at_ms, claim_id, attempts, reason FROM leads ORDER BY received_at_ms, id"""


def ids(batch: FetchBatch | None) -> list[str]:
    return [lead.lead_id for lead in batch.leads] if batch else []


async def test_a_claim_takes_the_oldest_of_one_page_up_to_the_limit(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect("1", "2")
    for n in range(60):
        await rooms.receive(f"1{n:02}", page="1")
        await clock.advance(0.001)
    await rooms.receive(*(f"2{n:02}" for n in range(60)), page="2")
    batches = [await rooms.claim() for _ in range(4)]
    assert [batch.page_id for batch in batches] == ["1", "1", "2", "2"]
    assert [len(batch.leads) for batch in batches] == [50, 10, 50, 10]
    assert sorted(ids(batches[0])) == [f"1{n:02}" for n in range(50)]
    assert batches[0].access.token == "page token 1"
    assert await rooms.queue.claim(limit=50) is None


async def test_workspaces_that_share_a_page_are_claimed_apart(rooms: Rooms) -> None:
    await rooms.connect(PAGE)
    await rooms.connect(PAGE, workspace="second", person="9002", token="other")
    await rooms.receive("1", "2")
    first, second = await rooms.claim(), await rooms.claim()
    assert {first.workspace_id, second.workspace_id} == {"main", "second"}
    assert {first.access.token, second.access.token} == {"page token 100", "other 100"}
    assert sorted(ids(first)) == sorted(ids(second)) == ["1", "2"]


async def test_an_unsettled_claim_comes_again_after_its_lease(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1")
    first = await rooms.claim()
    await clock.advance(LEASE_MS / 1000 - 0.001)
    assert await rooms.queue.claim(limit=50) is None
    await clock.advance(0.001)
    again = await rooms.claim()
    assert [lead.attempts for lead in (*first.leads, *again.leads)] == [1, 2]


async def test_who_lost_its_lease_changes_nothing(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1")
    lost = await rooms.claim()
    await clock.advance(LEASE_MS / 1000)
    held = await rooms.claim()
    before = await rooms.rows(STATE)
    for outcome in (
        fetched(raw("1")),
        ParkedLead(reason="no"),
        RetryLater(due_at_ms=0, reason="x"),
    ):
        assert await rooms.queue.settle(lost, {LeadId("1"): outcome}) == 0
    assert await rooms.rows(STATE) == before
    assert await rooms.queue.settle(held, {LeadId("1"): fetched(raw("1"))}) == 1
    assert await rooms.queue.settle(held, {LeadId("1"): fetched(raw("1"))}) == 0


async def test_each_outcome_is_written(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1", "2", "3", "4")
    batch = await rooms.claim()
    later = clock.now_ms() + 5_000
    settled = await rooms.queue.settle(
        batch,
        {
            LeadId("1"): fetched(raw("1")),
            LeadId("2"): RetryLater(due_at_ms=later, reason="moment"),
            LeadId("3"): RetryLater(due_at_ms=later, reason="not tried", spent=False),
            LeadId("4"): ParkedLead(reason="gone"),
        },
    )
    assert settled == 4
    found = {row["lead_id"]: dict(row) for row in await rooms.rows(STATE)}
    assert all(row["claim_id"] is None for row in found.values())
    assert (found["1"]["stage"], found["1"]["attempts"]) == ("resolve", 0)
    assert (found["2"]["stage"], found["2"]["attempts"], found["2"]["due_at_ms"]) == ("fetch", 1, later)
    assert (found["3"]["attempts"], found["3"]["due_at_ms"]) == (0, later)
    assert (found["4"]["stage"], found["4"]["due_at_ms"], found["4"]["reason"]) == ("parked", None, "gone")
    assert await rooms.queue.next_due_ms() == later


async def test_holding_a_page_spends_nothing_and_connecting_frees_it(rooms: Rooms) -> None:
    await rooms.connect(PAGE, "200")
    await rooms.receive("1", "2")
    batch = await rooms.claim()
    await rooms.receive("3")
    await rooms.receive("9", page="200")
    assert await rooms.queue.hold(batch, DEAD) == 3
    found = {row["lead_id"]: dict(row) for row in await rooms.rows(STATE)}
    assert [(found[i]["stage"], found[i]["attempts"]) for i in "123"] == [("held", 0)] * 3
    assert all(found[i]["reason"] == "The token is dead." for i in "123")
    assert ids(await rooms.claim()) == ["9"]
    assert await rooms.queue.claim(limit=50) is None
    assert await rooms.connect(PAGE) == 3
    again = await rooms.claim()
    assert sorted(ids(again)) == ["1", "2", "3"]
    assert {lead.attempts for lead in again.leads} == {1}
    assert again.page_state == "ok"


async def test_a_dead_pages_new_leads_are_held_not_claimed(rooms: Rooms) -> None:
    await rooms.connect(PAGE, "200")
    await rooms.receive("1")
    await rooms.queue.hold(await rooms.claim(), DEAD)
    await rooms.receive("2")
    await rooms.receive("9", page="200")
    assert ids(await rooms.claim()) == ["9"]
    assert await rooms.queue.claim(limit=50) is None
    found = {row["lead_id"]: dict(row) for row in await rooms.rows(STATE)}
    assert [found[i]["stage"] for i in "12"] == ["held", "held"]
    assert found["2"]["attempts"] == 0
    assert (await rooms.records.queues())["held"][0] == 2


async def test_a_paused_page_waits_and_others_go_on(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect(PAGE, "200")
    await rooms.receive("1", "2")
    batch = await rooms.claim()
    until_ms = clock.now_ms() + 15 * 60_000
    assert await rooms.queue.postpone(batch, until_ms=until_ms, reason="slow down") == 2
    await rooms.receive("3")
    await rooms.receive("9", page="200")
    assert ids(await rooms.claim()) == ["9"]
    assert await rooms.queue.claim(limit=50) is None
    await clock.advance(15 * 60 - 0.001)
    assert ids(await rooms.queue.claim(limit=50)) == ["9"]  # only the other Page's lease has ended
    await clock.advance(0.001)
    again = await rooms.claim()
    assert sorted(ids(again)) == ["1", "2", "3"]
    assert {lead.attempts for lead in again.leads} == {1}


@pytest.mark.parametrize("pause_s", [30, LEASE_MS / 1000, 600])
async def test_a_pause_shorter_than_the_lease_is_kept_and_spends_nothing(
    rooms: Rooms, clock: FakeClock, pause_s: float
) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1")
    until_ms = clock.now_ms() + int(pause_s * 1000)
    await rooms.queue.postpone(await rooms.claim(), until_ms=until_ms, reason="slow down")
    assert await rooms.queue.next_due_ms() == until_ms
    await clock.advance(pause_s)
    (lead,) = (await rooms.claim()).leads
    assert lead.attempts == 1


async def test_a_page_that_reads_again_has_all_its_leads_due(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1", "2")
    until_ms = clock.now_ms() + 3_600_000
    await rooms.queue.postpone(
        await rooms.claim(limit=1), until_ms=until_ms, reason="Revoked.", trouble=REFUSED
    )
    assert await rooms.value("SELECT state FROM pages") == "no_lead_access"
    await clock.advance(3_600)
    batch = await rooms.claim(limit=1)
    assert batch.page_state == "no_lead_access"
    await rooms.receive("3")
    await rooms.queue.page_reads(batch)
    assert await rooms.value("SELECT state FROM pages") == "ok"
    assert sorted(ids(await rooms.claim())) == sorted({"1", "2", "3"} - set(ids(batch)))


async def test_hundreds_of_dead_pages_do_not_hide_a_living_one(rooms: Rooms, clock: FakeClock) -> None:
    pages = [f"{n}" for n in range(1000, 1020)]
    await rooms.connect(*pages, "2000")
    for page in pages:
        await rooms.receive(f"1{page}", page=page)
        await rooms.queue.hold(await rooms.claim(), DEAD)
        await rooms.receive(f"2{page}", page=page)
    await clock.advance(1)
    await rooms.receive("9", page="2000")
    claimed = [await rooms.queue.claim(limit=50) for _ in range(2)]
    assert "9" in [lead for batch in claimed for lead in ids(batch)]


async def test_a_token_that_no_key_opens_stops_its_own_page_only(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1", "2")
    await clock.advance(1)
    other_key = Vault([b"x" * 32])
    other = replace(
        rooms,
        connections=SqlConnections(rooms.engine, clock, other_key, rooms.new_id),
        queue=SqlLeadQueue(rooms.engine, clock, other_key, rooms.new_id),
    )
    await other.connect("200", person="9002")
    await other.receive("9", page="200")
    assert ids(await other.queue.claim(limit=50)) == ["9"]
    assert await other.queue.claim(limit=50) is None
    found = {row["lead_id"]: dict(row) for row in await rooms.rows(STATE)}
    assert {(found[i]["attempts"], found[i]["due_at_ms"] - clock.now_ms()) for i in "12"} == {(0, 900_000)}
    (alert,) = await rooms.alerts.open()
    assert alert["key"] == page_trouble_key(MAIN, PAGE)
    assert "state.encryption_keys" in alert["remedy"]
    assert await rooms.value("SELECT state FROM pages WHERE page_id = :id", id=PAGE) == "misconfigured"
    await clock.advance(900)  # the key is back
    batch = await rooms.claim()
    assert sorted(ids(batch)) == ["1", "2"]
    assert (batch.page_state, batch.access.token) == ("misconfigured", "page token 100")


@pytest.mark.parametrize("verdict", ["hold", "postpone"])
async def test_a_late_verdict_on_an_old_token_says_nothing_about_the_new_one(
    rooms: Rooms, clock: FakeClock, verdict: str
) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1", "2")
    batch = await rooms.claim()
    await rooms.connect(PAGE, token="fresh")
    if verdict == "hold":
        waiting = await rooms.queue.hold(batch, DEAD)
    else:
        until_ms = clock.now_ms() + 3_600_000
        waiting = await rooms.queue.postpone(batch, until_ms=until_ms, reason="Revoked.", trouble=REFUSED)
    assert waiting is None
    assert await rooms.value("SELECT state FROM pages") == "ok"
    assert await rooms.alerts.open() == []
    again = await rooms.claim()
    assert sorted(ids(again)) == ["1", "2"]
    assert again.access.token == "fresh 100"
    assert {lead.attempts for lead in again.leads} == {1}


async def test_a_late_good_read_with_an_old_token_ends_no_trouble_of_the_new_one(rooms: Rooms) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1", "2")
    old = await rooms.claim(limit=1)
    await rooms.connect(PAGE, token="fresh")
    await rooms.queue.hold(await rooms.claim(), DEAD)
    await rooms.queue.page_reads(old)
    assert await rooms.value("SELECT state FROM pages") == "auth_lost"
    assert await rooms.queue.claim(limit=50) is None


async def test_a_trouble_is_written_with_its_alert_and_so_is_its_end(rooms: Rooms, clock: FakeClock) -> None:
    """The queue alone does both: nothing is left to do for a process that may be killed in between."""
    await rooms.connect(PAGE)
    await rooms.receive("1")
    await rooms.queue.hold(await rooms.claim(), replace(DEAD, cause="role_lost"))
    (alert,) = await rooms.alerts.open()
    assert (alert["key"], alert["remedy"]) == (page_trouble_key(MAIN, PAGE), DEAD.remedy)
    await rooms.connect(PAGE)
    until_ms = clock.now_ms() + 1_000
    await rooms.queue.postpone(await rooms.claim(), until_ms=until_ms, reason="Revoked.", trouble=REFUSED)
    assert [row["remedy"] for row in await rooms.alerts.open()] == [REFUSED.remedy]
    await clock.advance(1)
    await rooms.queue.page_reads(await rooms.claim())
    assert await rooms.alerts.open() == []


async def test_a_longer_pause_stands(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1", "2")
    first, second = await rooms.claim(limit=1), await rooms.claim(limit=1)
    long_ms = clock.now_ms() + 3_600_000
    await rooms.queue.postpone(first, until_ms=long_ms, reason="slow down")
    await rooms.queue.postpone(second, until_ms=clock.now_ms() + 60_000, reason="slow down")
    assert await rooms.queue.next_due_ms() == long_ms
    await rooms.receive("3")
    await clock.advance(60)
    assert await rooms.queue.claim(limit=50) is None


async def test_a_good_read_ends_no_pause_that_another_batch_was_told(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1", "2", "3")
    first, second = await rooms.claim(limit=1), await rooms.claim(limit=1)
    until_ms = clock.now_ms() + 600_000
    await rooms.queue.postpone(first, until_ms=until_ms, reason="slow down")
    await rooms.queue.page_reads(second)
    assert await rooms.value("SELECT paused_until_ms FROM pages") == until_ms
    assert await rooms.queue.claim(limit=50) is None
    await clock.advance(600)
    assert len((await rooms.claim()).leads) == 3


async def test_a_page_that_reads_again_hastens_what_waited_for_it_alone(
    rooms: Rooms, clock: FakeClock
) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1", "2", "3")
    later = clock.now_ms() + 600_000
    batch = await rooms.claim()
    waits: list[Ladder] = ["outage", "lead", "fault"]
    await rooms.queue.settle(
        batch,
        {
            LeadId(f"{n}"): RetryLater(due_at_ms=later, reason="x", ladder=ladder)
            for n, ladder in enumerate(waits, 1)
        },
    )
    await rooms.queue.page_reads(batch)
    assert ids(await rooms.claim()) == ["1"]
    assert await rooms.queue.claim(limit=50) is None


async def test_attempts_are_counted_a_ladder(rooms: Rooms) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1")
    seen = []
    ladders: list[Ladder] = ["outage", "outage", "lead", "lead", "outage"]
    for ladder in ladders:
        batch = await rooms.claim()
        (lead,) = batch.leads
        seen.append(lead.tries(ladder))
        await rooms.queue.settle(batch, {lead.lead_id: RetryLater(due_at_ms=0, reason="x", ladder=ladder)})
    assert seen == [1, 2, 1, 2, 1]


async def test_what_met_a_fault_of_ours_is_claimed_alone(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1", "2")
    batch = await rooms.claim()
    soon, later = (
        RetryLater(due_at_ms=clock.now_ms() + wait_ms, reason="ZeroDivisionError", ladder="fault")
        for wait_ms in (0, 2_000)
    )
    await rooms.queue.settle(batch, {LeadId("1"): soon, LeadId("2"): later})
    await clock.advance(1)
    await rooms.receive("3", "4")
    await clock.advance(1)
    assert [sorted(ids(await rooms.claim())) for _ in range(3)] == [["1"], ["3", "4"], ["2"]]


async def test_another_lead_that_was_read_lately_is_found(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect(PAGE, "200")
    await rooms.fetch({"9": raw("9")}, page="200")
    await rooms.receive("1")
    batch = await rooms.claim()
    assert not await rooms.queue.others_read(batch, since_ms=clock.now_ms() - 3_600_000)
    await rooms.fetch({"2": raw("2")})
    await clock.advance(3_599)
    assert await rooms.queue.others_read(batch, since_ms=clock.now_ms() - 3_600_000)
    await clock.advance(1)
    assert not await rooms.queue.others_read(batch, since_ms=clock.now_ms() - 3_600_000)
    await rooms.queue.settle(batch, {LeadId("1"): fetched(raw("1"))})
    assert not await rooms.queue.others_read(batch, since_ms=clock.now_ms() - 3_600_000)


async def test_a_restart_frees_the_leases_of_the_dead_process(
    state_url: str, clock: FakeClock, counters: SeenCounters
) -> None:
    path_based = state_url.startswith("sqlite")
    engine = open_engine(state_url)
    rooms = Rooms.on(engine, clock, counters, numbered(1))
    await rooms.connect(PAGE)
    await rooms.receive("1")
    lost = await rooms.claim()
    await engine.aclose()
    engine = _running(state_url)
    rooms = Rooms.on(engine, clock, counters, numbered(2))
    await engine.release_leases(clock.now_ms())
    again = await rooms.queue.claim(limit=50)
    if path_based:
        assert ids(again) == ["1"]
    else:  # other machines may be alive: the lease ends by its time alone
        assert again is None
        await clock.advance(LEASE_MS / 1000)
        assert ids(await rooms.queue.claim(limit=50)) == ["1"]
    assert await rooms.queue.settle(lost, {LeadId("1"): fetched(raw("1"))}) == 0
    await engine.aclose()


async def test_a_tool_beside_the_daemon_frees_no_leases(rooms: Rooms) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1")
    batch = await rooms.claim()
    await rooms.engine.release_leases(rooms.clock.now_ms())
    assert await rooms.queue.claim(limit=50) is None
    assert await rooms.queue.settle(batch, {LeadId("1"): fetched(raw("1"))}) == 1
    assert batch.workspace_id == MAIN


def _running(state_url: str) -> Engine:
    """Open an engine as the daemon does."""
    if state_url.startswith("sqlite"):
        return SqliteEngine(Path(state_url.removeprefix("sqlite:///")), exclusive=True)
    return open_engine(state_url)
