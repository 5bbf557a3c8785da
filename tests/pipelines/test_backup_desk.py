"""Schedules are made and changed by what is given, replaced as a whole by one at a time, and backups looked at."""

import json
from dataclasses import replace
from typing import Any

import pytest
from support.backing_up import ADA, Backing, many_calls
from support.rooms import MAIN

from adapters.call_files.sealing import AgeSealing
from adapters.sandbox.google.drive.content import Content
from connector.domain.backup.editing import MistakenError, schedules_version
from connector.domain.backup.schedule import Schedule
from connector.domain.backup.sealing import read_sheet
from connector.domain.errors import BadInputError
from connector.pipelines.backup.desk import DeskRooms, Outdated, ScheduleDesk
from connector.pipelines.backup.upload import KIND_MARK
from connector.pipelines.backup.verifying import Verifying
from connector.wire.backup import run_value, schedule_value
from state.accounts.cards import SqlAccountCards

NIGHTLY = {"name": "nightly", "cron": "15 1 * * *"}


@pytest.fixture
def desk(backing: Backing) -> ScheduleDesk:
    rooms = DeskRooms(
        schedules=backing.schedules,
        runs=backing.runs,
        retention=backing.retention,
        accounts=SqlAccountCards(backing.rooms.engine),
        calls=backing.calls,
    )
    return ScheduleDesk(rooms, AgeSealing(), backing.clock, backing.rooms.new_id)


def verifying(backing: Backing) -> Verifying:
    return Verifying(backing.runs, backing.machine.fetching)


async def stored(desk: ScheduleDesk) -> list[Schedule]:
    return [one.schedule for one in await desk.all(MAIN)]


async def test_a_schedule_is_made_with_what_the_workspace_has(backing: Backing, desk: ScheduleDesk) -> None:
    await backing.rooms.workspaces.change(MAIN, {"timezone": "Asia/Kolkata"})
    draft = await desk.draft(MAIN, NIGHTLY)
    assert (draft.zone, draft.connection_id, draft.cron) == (
        "Asia/Kolkata",
        backing.connection_id,
        "15 1 * * *",
    )
    await desk.save(draft, by=ADA)
    changed = await desk.draft(MAIN, {"formats": ["jsonl", "xlsx"], "retention": {"daily": 3}}, draft)
    await desk.save(changed, by=ADA)
    (one,) = await stored(desk)
    assert (one.id, one.cron, one.formats, one.retention.daily) == (
        draft.id,
        draft.cron,
        ("jsonl", "xlsx"),
        3,
    )
    assert (await desk.find(MAIN, "nightly")).schedule.id == (await desk.find(MAIN, one.id)).schedule.id
    with pytest.raises(BadInputError, match="there is: nightly"):
        await desk.find(MAIN, "weekly")


async def test_every_mistake_is_named_by_its_place(desk: ScheduleDesk) -> None:
    given = {
        "name": "",
        "cron": "61 * * * *",
        "zone": "Mars",
        "formats": "jsonl",
        "kind": "half",
        "retention": {"daily": -1, "weekly": "8"},
        "sealing": {"recipients": ["me"]},
        "account": "nobody@example.com",
        "drill_days": True,
        "when": "soon",
    }
    with pytest.raises(MistakenError) as raised:
        await desk.draft(MAIN, given)
    places = {one.place for one in raised.value.mistakes}
    assert places == {
        *(
            "/name",
            "/cron",
            "/zone",
            "/formats",
            "/kind",
            "/retention/daily",
            "/retention/weekly",
            "/sealing",
        ),
        *("/account", "/drill_days", "/when"),
    }
    unsealable = {"sealing": {"recipients": ["age1" + "q" * 58]}}
    with pytest.raises(MistakenError) as raised:
        await desk.draft(MAIN, unsealable)
    assert [one.place for one in raised.value.mistakes] == ["/sealing/recipients"]


async def test_replacing_makes_changes_and_removes_and_leaves_the_rest_alone(
    backing: Backing, desk: ScheduleDesk
) -> None:
    assert await desk.replace(MAIN, [NIGHTLY, {"name": "weekly"}], based_on=None, by=ADA) is None
    nightly, weekly = await stored(desk)
    shown = [json.loads(json.dumps(schedule_value(one, backing.clock.now()))) for one in await desk.all(MAIN)]
    assert len(shown[0]["status"]["next_runs"]) == 5
    audited = len(await backing.rooms.rows("SELECT * FROM audit"))
    version = schedules_version([nightly, weekly])
    assert await desk.replace(MAIN, shown, based_on=version, by=ADA) is None
    assert len(await backing.rooms.rows("SELECT * FROM audit")) == audited, "what is sent back as it is"
    given = [{**shown[1], "cron": "0 3 * * 1"}, {"name": "new"}]
    assert await desk.replace(MAIN, given, based_on=version, by=ADA) is None
    after = {one.name: one for one in await stored(desk)}
    assert set(after) == {"weekly", "new"}
    assert after["weekly"] == replace(weekly, cron="0 3 * * 1")


async def test_who_looked_at_other_schedules_changes_nothing(backing: Backing, desk: ScheduleDesk) -> None:
    await desk.replace(MAIN, [NIGHTLY], based_on=None, by=ADA)
    before = await stored(desk)
    for based_on in (None, "0123456789abcdef"):
        done = await desk.replace(MAIN, [], based_on=based_on, by=ADA)
        assert done == Outdated(version=schedules_version(before))
    bad: list[dict[str, Any]] = [{"id": "sch_nobody"}, {"id": before[0].id}, {"id": before[0].id}, {"id": []}]
    with pytest.raises(MistakenError) as raised:
        await desk.replace(MAIN, bad, based_on=schedules_version(before), by=ADA)
    assert [one.place for one in raised.value.mistakes] == [f"/schedules/{at}/id" for at in (0, 2, 3)]
    assert await stored(desk) == before


async def test_a_schedule_is_sealed_for_a_new_key_that_only_its_sheet_has(desk: ScheduleDesk) -> None:
    draft = await desk.draft(MAIN, NIGHTLY)
    with pytest.raises(BadInputError, match="too weak"):
        desk.sealed(draft, phrase="secret")
    locked, sheet = desk.sealed(draft, phrase="correct horse battery staple")
    assert locked.sealing.locked_identity == read_sheet(sheet).locked_identity
    plain, sheet = desk.sealed(draft, phrase=None)
    identity = read_sheet(sheet).identity
    assert identity is not None
    assert plain.sealing.recipients == (AgeSealing().recipient_of(identity),)
    assert plain.sealing.locked_identity is None
    kept = await desk.draft(MAIN, {"sealing": {"recipients": list(locked.sealing.recipients)}}, locked)
    assert kept.sealing == locked.sealing
    assert (await desk.draft(MAIN, {"sealing": {"recipients": []}}, locked)).sealing.locked_identity is None


async def test_a_backup_is_verified_without_fetching_it(backing: Backing) -> None:
    await backing.stored(many_calls(20))
    run = await backing.run(await backing.scheduled(formats=["jsonl", "csv"]))
    value = run_value(run, await backing.runs.files(run.id))
    assert (value["state"], value["calls"], len(value["files"])) == ("good", 20, 3)
    assert all(file["link"].startswith("https://drive.google.com/file/d/") for file in value["files"])
    found = await verifying(backing).verify(run.id)
    assert (len(found.files), found.faults, found.sealed) == (3, [], 0)
    first, second = backing.data_files()
    body = first.content.read(0, 10**9)
    first.content = Content(bytes([body[0] ^ 1]) + body[1:])
    second.trashed = True
    (manifest,) = (one for one in backing.in_drive() if one.app_properties[KIND_MARK] != "file")
    faults = {one.name: one.fault for one in (await verifying(backing).verify(run.id)).faults}
    assert faults == {first.name: "file_changed", second.name: "file_missing"}
    del backing.stand.world.files[manifest.id]
    assert len((await verifying(backing).verify(run.id)).faults) == 3


async def test_a_sealed_manifest_that_nothing_opens_is_compared_as_it_was_sent(backing: Backing) -> None:
    await backing.stored(many_calls(3))
    key = AgeSealing().new_key()
    schedule = await backing.scheduled()
    await backing.schedules.save(
        replace(schedule, sealing=replace(schedule.sealing, recipients=(key.recipient,))), by=ADA
    )
    run = await backing.run(schedule)
    found = await verifying(backing).verify(run.id)
    assert (len(found.files), found.faults, found.sealed) == (2, [], 1)
