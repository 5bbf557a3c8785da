"""Drills prove the newest backup, and every way in which it may not hold is an alarm of its own."""

import re
from pathlib import Path

import pytest
from support.backing_up import ADA, DAY_S, Backing, many_calls
from support.rooms import MAIN

from adapters.sandbox.faults import Fault
from adapters.sandbox.google.drive.content import Content
from adapters.sandbox.google.objects import File
from connector.composition.observing import count_successes
from connector.domain.backup.drilling import DrillView
from connector.domain.backup.retention import SETTLING
from connector.domain.backup.schedule import Retention, Schedule, ScheduleId
from connector.pipelines.backup.upload import KIND_MARK, RUN_MARK
from connector.runtime.metrics import Metrics


async def drilled(backing: Backing, schedule: Schedule) -> DrillView:
    drill_id = await backing.drills.ask(MAIN, schedule.id, by=ADA)
    assert await backing.machine.drills.step()
    found = await backing.drills.drill(drill_id)
    assert found is not None
    return found


@pytest.fixture
async def schedule(backing: Backing) -> Schedule:
    await backing.stored(many_calls(30))
    return await backing.scheduled()


async def test_a_good_backup_is_proved_and_dated(backing: Backing, schedule: Schedule) -> None:
    run = await backing.run(schedule)
    before = await backing.rooms.rows("SELECT body FROM calls ORDER BY call_id")
    found = await drilled(backing, schedule)
    assert (found.state, found.calls, found.runs, found.run_id) == ("proved", 30, (run.id,), run.id)
    (view,) = await backing.runs.schedules(MAIN)
    assert view.last_proved_at_ms == backing.clock.now_ms()
    assert await backing.rooms.rows("SELECT body FROM calls ORDER BY call_id") == before
    assert not backing.machine.spool.keys()
    (last,) = await backing.retention.last_successes()
    assert (last.workspace_id, last.backup_ms, last.drill_ms) == (
        MAIN,
        run.made_at_ms,
        backing.clock.now_ms(),
    )


async def test_a_workspace_is_stale_by_its_own_schedules_and_first_of_them(backing: Backing) -> None:
    weekly = await backing.scheduled(cron="0 3 * * 1")
    (weekly_only,) = await backing.retention.last_successes()
    assert weekly_only.backup_ms is None
    assert weekly_only.stale_ms is not None
    assert weekly_only.stale_ms - backing.clock.now_ms() > 7 * DAY_S * 1000
    daily = await backing.scheduled(id=ScheduleId("sch_2"), name="daily", cron="0 3 * * *")
    (last,) = await backing.retention.last_successes()
    views = {one.schedule.id: one.stale_at_ms for one in await backing.runs.schedules(MAIN)}
    assert last.stale_ms is not None
    assert last.stale_ms == views[daily.id]
    assert weekly_only.stale_ms == views[weekly.id]
    metrics = Metrics()
    await count_successes(metrics, backing.retention)
    shown = re.search(
        r"^connector_backup_stale_at_\w+{workspace=\"main\"} (\S+)$", metrics.render().decode(), re.MULTILINE
    )
    assert shown is not None
    assert float(shown[1]) == last.stale_ms / 1000


async def test_a_chain_is_proved_whole(backing: Backing) -> None:
    schedule = await backing.scheduled(kind="incremental")
    await backing.stored(many_calls(5))
    await backing.run(schedule)
    await backing.clock.advance(DAY_S)
    await backing.stored(many_calls(3, first=100))
    await backing.run(schedule)
    found = await drilled(backing, schedule)
    assert (found.state, found.calls, len(found.runs)) == ("proved", 8, 2)


def data_file(backing: Backing) -> File:
    (file,) = backing.data_files()
    return file


def manifest_file(backing: Backing) -> File:
    (file,) = [one for one in backing.in_drive() if one.app_properties[KIND_MARK] == "manifest"]
    return file


def flip(file: File, at: int) -> None:
    body = bytearray(file.content.read(0, 10**9))
    body[at] ^= 1
    file.content = Content(bytes(body))


def flip_a_byte(backing: Backing) -> None:
    flip(data_file(backing), 100)


def flip_a_byte_unseen(backing: Backing) -> None:
    """Drive itself goes on telling the old checksum."""
    file = data_file(backing)
    sums = file.content.checksums()
    flip(file, 100)
    file.content.checksums = lambda: sums  # type: ignore[method-assign] # a disk that lies


def delete_a_file(backing: Backing) -> None:
    del backing.stand.world.files[data_file(backing).id]


def bin_a_file(backing: Backing) -> None:
    data_file(backing).trashed = True


def cut_the_manifest(backing: Backing) -> None:
    file = manifest_file(backing)
    file.content = Content(file.content.read(0, 300))


def flip_the_manifest(backing: Backing) -> None:
    file = manifest_file(backing)
    body = file.content.read(0, 10**9)
    flip(file, body.index(b"nightly"))


def kill_the_account(backing: Backing) -> None:
    world = backing.stand.world
    world.revoke(next(iter(world.accounts.values())), world.client.project)


@pytest.mark.parametrize(
    ("harm", "fault", "said"),
    [
        (flip_a_byte, "file_changed", "its bytes changed"),
        (flip_a_byte_unseen, "file_changed", "its bytes changed"),
        (delete_a_file, "file_missing", "not in the Drive any more"),
        (bin_a_file, "file_missing", "bin"),
        (cut_the_manifest, "manifest_unreadable", "manifest cannot be read"),
        (flip_the_manifest, "file_changed", "its bytes changed"),
        (kill_the_account, "account_lost", "connected again"),
    ],
)
async def test_every_harm_is_an_alarm_of_its_own(
    backing: Backing, schedule: Schedule, harm: object, fault: str, said: str
) -> None:
    await backing.run(schedule)
    harm(backing)  # type: ignore[operator] # one of the above
    found = await drilled(backing, schedule)
    assert (found.state, found.fault) == ("failed", fault)
    assert said in str(found.reason)
    assert "backup.drill_failed" in await backing.alerts()
    assert not backing.machine.spool.keys()


async def test_a_new_backup_that_is_proved_ends_the_alarm(backing: Backing, schedule: Schedule) -> None:
    await backing.run(schedule)
    flip_a_byte(backing)
    await drilled(backing, schedule)
    await backing.clock.advance(DAY_S)
    await backing.run(schedule)
    assert (await drilled(backing, schedule)).state == "proved"
    assert not await backing.alerts()


async def test_after_a_failed_drill_a_chain_begins_anew(backing: Backing) -> None:
    schedule = await backing.scheduled(kind="incremental")
    await backing.stored(many_calls(5))
    await backing.run(schedule)
    flip_a_byte(backing)
    await drilled(backing, schedule)
    await backing.clock.advance(DAY_S)
    run = await backing.run(schedule)
    assert (run.calls, run.base_run_id) == (5, None)


async def test_another_client_is_named_with_the_way_out(
    backing: Backing, schedule: Schedule, tmp_path: Path
) -> None:
    await backing.run(schedule)
    world = backing.stand.world
    other = world.add_client()
    for file in world.files.values():
        file.project = other.project
    await backing.rooms.engine.write(
        lambda tx: tx.execute("UPDATE backup_runs SET client_id = :client_id", {"client_id": other.id})
    )
    found = await drilled(backing, schedule)
    assert (found.state, found.fault) == ("failed", "other_client")
    assert "connector backup restore FILE" in str(found.reason)


async def test_what_drive_is_away_for_is_tried_again_and_no_alarm(
    backing: Backing, schedule: Schedule
) -> None:
    await backing.run(schedule)
    backing.stand.google.faults.add("*", Fault.status(503), times=50)
    drill_id = await backing.drills.ask(MAIN, schedule.id, by=ADA)
    assert await backing.machine.drills.step()
    waiting = await backing.drills.drill(drill_id)
    assert waiting is not None
    assert (waiting.state, await backing.alerts()) == ("waiting", set())
    backing.stand.google.faults.clear()
    await backing.clock.advance(3600)
    assert await backing.machine.drills.step()
    done = await backing.drills.drill(drill_id)
    assert done is not None
    assert done.state == "proved"


async def test_drills_come_by_themselves_every_week_once(backing: Backing, schedule: Schedule) -> None:
    await backing.run(schedule)
    await backing.clock.advance(6 * DAY_S)
    assert await backing.drills.begin_due() == 0
    await backing.clock.advance(30 * DAY_S)
    assert [await backing.drills.begin_due(), await backing.drills.begin_due()] == [1, 0]
    assert await backing.machine.drills.step()
    (found,) = await backing.drills.drills(schedule.id)
    assert (found.state, found.requested_by) == ("proved", None)


async def test_without_a_backup_a_drill_that_is_asked_for_says_so(
    backing: Backing, schedule: Schedule
) -> None:
    assert (await drilled(backing, schedule)).fault == "no_backup"


async def test_a_lost_lease_settles_nothing(backing: Backing, schedule: Schedule) -> None:
    await backing.run(schedule)
    await backing.drills.ask(MAIN, schedule.id, by=ADA)
    paused = await backing.drills.claim()
    assert paused is not None
    await backing.clock.advance(3600)
    other = backing.another()
    assert await other.drills.step()
    assert not await backing.drills.settle(paused, "failed", fault="file_changed", reason="late")
    assert not await backing.alerts()


async def test_broken_backups_never_make_the_last_proved_one_go(backing: Backing) -> None:
    await backing.stored(many_calls(10))
    few = Retention(daily=1, weekly=0, monthly=0, yearly=0, min_count=1, min_age_days=1)
    schedule = await backing.scheduled(retention=few)
    older = await backing.run(schedule)
    await backing.clock.advance(SETTLING.total_seconds())
    proved = await backing.run(schedule)
    assert (await drilled(backing, schedule)).state == "proved"
    for _ in range(3):
        await backing.clock.advance(DAY_S)
        run = await backing.run(schedule)
        (file,) = [one for one in backing.data_files() if one.app_properties[RUN_MARK] == run.id]
        del backing.stand.world.files[file.id]
        assert (await drilled(backing, schedule)).fault == "file_missing"
    assert (await backing.view(older.id)).trashed_at_ms is not None
    assert (await backing.view(proved.id)).trashed_at_ms is None


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
async def test_what_people_and_analysts_read_is_proved_alone(backing: Backing, kind: str) -> None:
    await backing.stored(many_calls(10))
    schedule = await backing.scheduled(formats=(kind,))
    await backing.run(schedule)
    assert (await drilled(backing, schedule)).state == "proved"


async def test_drills_are_stale_by_their_own_schedules_and_first_of_them(backing: Backing) -> None:
    await backing.stored(many_calls(3))
    await backing.scheduled(id=ScheduleId("sch_0"), name="never run")
    monthly = await backing.scheduled(drill_days=30)

    async def left_days() -> float | None:
        (last,) = await backing.retention.last_successes()
        return last.unproved_ms and (last.unproved_ms - backing.clock.now_ms()) / DAY_S / 1000

    assert await left_days() is None, "without a backup it is the backup that is missing"
    await backing.run(monthly)
    await backing.clock.advance(30 * DAY_S)
    assert await left_days() == 30
    assert (await drilled(backing, monthly)).state == "proved"
    assert await left_days() == 60
    metrics = Metrics()
    await count_successes(metrics, backing.retention)
    shown = re.search(
        r"^connector_drill_stale_at_\w+{workspace=\"main\"} (\S+)$", metrics.render().decode(), re.MULTILINE
    )
    assert shown is not None
    assert float(shown[1]) == backing.clock.now_ms() / 1000 + 60 * DAY_S
    weekly = await backing.scheduled(id=ScheduleId("sch_2"), name="weekly", drill_days=7)
    await backing.run(weekly)
    assert await left_days() == 14
    for file in backing.data_files():
        del backing.stand.world.files[file.id]
    await drilled(backing, weekly)
    await backing.clock.advance(15 * DAY_S)
    assert await left_days() == -1, "a drill that failed is none that holds"
