"""Stored calls, on both engines: each once, merged, never removed by what is handed in."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from fake_clock import FakeClock
from support.calls import START, a_call
from support.rooms import MAIN, Rooms

from connector.domain.calls.filters import CallSettings, Filters, number_print, work_hours
from connector.domain.calls.taking import CallFilter
from connector.domain.errors import BadInputError, NotPermittedError
from connector.domain.lead import WorkspaceId
from connector.pipelines.take_calls import TakeCalls
from connector.wire.call import call_from_json
from state.calls.calls import SqlCalls
from state.calls.settings import SqlCallSettings
from state.engine import Engine

ALL = CallFilter()


@pytest.fixture
async def calls(rooms: Rooms, engine: Engine, clock: FakeClock) -> SqlCalls:
    await rooms.workspaces.change(MAIN, {"call_tracking": 1})
    return SqlCalls(engine, clock)


async def test_the_same_again_adds_nothing(calls: SqlCalls, rooms: Rooms) -> None:
    batch = [a_call(at=START + timedelta(seconds=n)) for n in range(150)]
    first = await calls.add(MAIN, batch, import_id="1")
    again = await calls.add(MAIN, [*batch, batch[0]], import_id="2")
    assert (first.new, first.duplicate, again.new, again.duplicate) == (150, 0, 0, 151)
    assert (await calls.add(MAIN, batch[:3], import_id="3")).new == 0  # a shorter file removes nothing
    assert await calls.count(MAIN, ALL) == 150
    assert await rooms.value("SELECT COUNT(*) FROM call_keys") == 150
    assert await rooms.value("SELECT COUNT(*) FROM calls WHERE updated_at_ms <> first_seen_at_ms") == 0


async def test_a_second_source_fills_and_the_id_stays(calls: SqlCalls) -> None:
    await calls.add(MAIN, [a_call()], import_id="1")
    await calls.add(MAIN, [a_call(note="called about rent", duration=40)], import_id="2")
    ((_, call_id, body),) = await calls.page(MAIN, ALL, limit=9)
    stored = call_from_json(body)
    assert (call_id, stored.note, stored.duration_seconds) == (a_call().call_id, "called about rent", 40)
    assert stored.warnings == ("duration_differs",)


async def test_a_native_id_finds_its_call_after_its_start_was_corrected(calls: SqlCalls) -> None:
    await calls.add(MAIN, [a_call(native_id="7")], import_id="1")
    corrected = a_call(native_id="7", at=START + timedelta(minutes=5))
    assert (await calls.add(MAIN, [corrected], import_id="2")).new == 0
    assert (await calls.add(MAIN, [replace(corrected, source=a_call().source)], import_id="3")).new == 0
    assert (
        await calls.add(MAIN, [a_call(native_id="8", at=START - timedelta(days=1))], import_id="4")
    ).new == 1


async def test_sources_of_different_precision_tell_one_call_and_one_file_two(calls: SqlCalls) -> None:
    minute = START.replace(second=0, microsecond=0)
    assert (await calls.add(MAIN, [a_call(at=minute, precision="min")], import_id="1")).new == 1
    assert (await calls.add(MAIN, [a_call()], import_id="2")).new == 0
    ((started_ms, _, _),) = await calls.page(MAIN, ALL, limit=9)
    assert started_ms == int(START.timestamp() * 1000)  # the exact start won
    assert (await calls.add(MAIN, [a_call()], import_id="3")).new == 0
    two = [a_call("+919000000002", START + timedelta(seconds=n), precision="s", duration=0) for n in (0, 1)]
    assert (await calls.add(MAIN, two[:1], import_id="4")).new == 1
    assert (await calls.add(MAIN, two[1:], import_id="4")).new == 1
    assert (await calls.add(MAIN, two, import_id="5")).new == 0


async def test_many_at_once_store_each_call_once(calls: SqlCalls, clock: FakeClock, engine: Engine) -> None:
    batch = [a_call(at=START + timedelta(seconds=n)) for n in range(40)]
    stored = await asyncio.gather(*(calls.add(MAIN, batch, import_id=str(n)) for n in range(4)))
    assert sum(one.new for one in stored) == 40
    assert await calls.count(MAIN, ALL) == 40


async def test_off_stores_nothing(calls: SqlCalls, rooms: Rooms) -> None:
    await rooms.workspaces.change(MAIN, {"call_tracking": 0})
    with pytest.raises(NotPermittedError, match="call-tracking on"):
        await calls.add(MAIN, [a_call()], import_id="1")
    with pytest.raises(NotPermittedError):
        await TakeCalls(calls, rooms.new_id).begin(MAIN)
    assert await rooms.value("SELECT COUNT(*) FROM calls") == 0
    assert await rooms.value("SELECT COUNT(*) FROM call_keys") == 0


async def test_settings_of_a_backup_are_taken_over_beside_what_is_set(rooms: Rooms, engine: Engine) -> None:
    settings = SqlCallSettings(engine)
    await rooms.workspaces.change(MAIN, {"call_tracking": 1})
    await settings.change(MAIN, owners={"sim": "asha"})
    hours = work_hours("Mon-Fri 09:00-18:00", zone="Europe/Rome")
    told = CallSettings(
        tracking=False,
        filters=Filters(private=frozenset(["a" * 64]), work_hours=hours),
        owners={"sim": "bo", "pixel": "bo"},
    )
    taken = await settings.adopt(MAIN, told, has_own_prints=True, replaces=False)
    assert (taken.owners_new, taken.owners_kept, taken.private_new, taken.work_hours) == (1, 1, 1, "taken")
    assert await SqlCalls(engine, rooms.clock).settings(MAIN) == taken.settings
    assert (taken.settings.owners, taken.settings.tracking) == ({"sim": "asha", "pixel": "bo"}, True)
    replaced = await settings.adopt(MAIN, told, has_own_prints=True, replaces=True)
    assert (replaced.owners_replaced, replaced.settings.owners["sim"]) == (1, "bo")
    with pytest.raises(BadInputError, match="no workspace"):
        await settings.adopt(WorkspaceId("nowhere"), told, has_own_prints=True, replaces=False)


async def test_what_is_private_is_in_no_table(
    calls: SqlCalls, rooms: Rooms, engine: Engine, new_id: Callable[[], str]
) -> None:
    settings = SqlCallSettings(engine)
    await settings.change(MAIN, private=[number_print(MAIN, "+919000000001")], hours="Mon-Sat 09:00-18:00")
    taking = await TakeCalls(calls, new_id).begin(MAIN)
    night = a_call("+919000000003", START.replace(hour=23))
    await taking.take([a_call(), a_call("+919000000002"), night])
    assert (taking.tally.received, taking.tally.new, taking.tally.filtered) == (3, 1, 2)
    for table in ("calls", "call_keys", "call_settings"):
        text = repr(await rooms.rows(f"SELECT * FROM {table}"))  # noqa: S608 - our own names
        assert "9000000001" not in text
        assert "9000000003" not in text
    changed = await settings.change(
        MAIN, no_longer_private=[number_print(MAIN, "+919000000001")], hours="off", owners={"sim": "asha"}
    )
    assert (changed.filters.private, changed.filters.work_hours, changed.owners) == (
        frozenset(),
        None,
        {"sim": "asha"},
    )
    assert (await settings.change(MAIN, owners={"sim": None})).owners == {}
    with pytest.raises(BadInputError):
        await settings.change(WorkspaceId("none"))


async def test_pages_and_filters(calls: SqlCalls) -> None:
    batch = [a_call(at=START + timedelta(seconds=n), owner=f"user{n % 2}") for n in range(5)]
    await calls.add(MAIN, batch, import_id="1")
    seen: list[str] = []
    before = None
    while page := await calls.page(MAIN, ALL, limit=2, before=before):
        seen += [call_id for _, call_id, _ in page]
        before = page[-1][:2]
    assert seen == [call.call_id for call in reversed(batch)]
    assert await calls.count(MAIN, CallFilter(user="user1")) == 2
    start_ms = int(START.timestamp() * 1000)
    assert await calls.count(MAIN, CallFilter(since_ms=start_ms + 1000, until_ms=start_ms + 3000)) == 2


async def test_purging_is_of_one_workspace_and_leaves_no_key(calls: SqlCalls, rooms: Rooms) -> None:
    await rooms.workspaces.add("other")
    await rooms.workspaces.change("other", {"call_tracking": 1})
    batch = [a_call(at=START + timedelta(seconds=n), native_id=str(n)) for n in range(600)]
    for workspace in (MAIN, WorkspaceId("other")):
        await calls.add(workspace, batch, import_id="1")
    await rooms.workspaces.change(MAIN, {"call_tracking": 0})
    assert await calls.purge(MAIN, CallFilter(user="nobody")) == 0
    assert await calls.purge(MAIN, ALL) == 600
    assert await calls.count(WorkspaceId("other"), ALL) == 600
    assert await rooms.value("SELECT COUNT(*) FROM call_keys WHERE workspace_id = 'main'") == 0
