"""Sealed backups: nobody reads them in Drive, drills say what they could prove, and the key brings all back."""

import asyncio
from pathlib import Path

import pytest
from support.backing_up import ADA, Backing, machine_on, many_calls
from support.rooms import MAIN

from adapters.call_files.formats import FileFormats
from adapters.call_files.sealing import AgeSealing
from connector.domain.backup.drilling import DrillView
from connector.domain.backup.restoring import RestoreCounts
from connector.domain.backup.schedule import Schedule, ScheduleId, Sealing
from connector.domain.backup.sealing import SealingKey
from connector.domain.calls.filters import CallSettings
from connector.domain.errors import BadInputError
from connector.pipelines.backup.moving_in import MovingIn, schedule_of_manifest
from connector.pipelines.backup.restore import Restore, unpack_by_hand
from connector.wire.call_settings import call_settings_from_value
from state.backup.scratch import opened_scratch

AGE = b"age-encryption.org/v1"


@pytest.fixture
def key() -> SealingKey:
    return AgeSealing().new_key()


@pytest.fixture
async def schedule(backing: Backing, key: SealingKey) -> Schedule:
    await backing.stored(many_calls(30))
    return await backing.scheduled(formats=("jsonl", "csv"), sealing=Sealing(recipients=(key.recipient,)))


async def drilled(backing: Backing, schedule: Schedule, *identities: str) -> DrillView:
    drill_id = await backing.drills.ask(MAIN, schedule.id, by=ADA)
    machine = machine_on(backing.side, backing.rooms, backing.folder / "keyed", identities=identities)
    assert await machine.drills.step()
    found = await backing.drills.drill(drill_id)
    assert found is not None
    return found


async def test_nothing_lies_in_drive_unsealed(backing: Backing, schedule: Schedule) -> None:
    run = await backing.run(schedule)
    assert (run.state, run.calls) == ("good", 30)
    assert len(backing.in_drive()) == 3
    for file in backing.in_drive():
        assert file.name.endswith(".age")
        assert file.content.read(0, 21) == AGE


async def test_without_the_key_a_drill_proves_the_bytes_and_says_so(
    backing: Backing, schedule: Schedule
) -> None:
    await backing.run(schedule)
    found = await drilled(backing, schedule)
    assert (found.state, found.fault) == ("partly", None)
    assert "nothing here opens them" in str(found.reason)
    assert not await backing.alerts()
    (view,) = await backing.runs.schedules(MAIN)
    assert view.last_proved_at_ms is None


async def test_with_the_key_a_drill_proves_it_all(
    backing: Backing, schedule: Schedule, key: SealingKey
) -> None:
    await backing.run(schedule)
    found = await drilled(backing, schedule, AgeSealing().new_key().identity, key.identity)
    assert (found.state, found.calls) == ("proved", 30)


async def test_another_key_is_an_alarm(backing: Backing, schedule: Schedule) -> None:
    await backing.run(schedule)
    found = await drilled(backing, schedule, AgeSealing().new_key().identity)
    assert (found.state, found.fault) == ("failed", "cannot_unseal")
    assert await backing.alerts() == {"backup.drill_failed"}


async def test_a_new_installation_finds_restores_and_takes_over(
    backing: Backing, schedule: Schedule, key: SealingKey, tmp_path: Path
) -> None:
    run = await backing.run(schedule)
    await backing.rooms.empty("backup_files", "backup_runs", "backup_schedules")
    side = backing.side
    moving = MovingIn(side.backups, side.home, side.tokens, AgeSealing())
    (found,) = await moving.found(MAIN, backing.connection_id)
    assert (found.run_id, found.made_at) == (run.id, "2026-11-22T10:00:00Z")
    assert found.size_bytes == run.bytes_total
    paths = await moving.fetch(backing.connection_id, [found], tmp_path / "fetched")
    with pytest.raises(BadInputError, match="do not open"):
        await moving.read(backing.connection_id, found, tmp_path / "locked", ())
    manifest = await moving.read(backing.connection_id, found, tmp_path / "described", [key.identity])
    settings: CallSettings = call_settings_from_value(manifest.settings["calls"])
    assert settings.tracking
    taken = schedule_of_manifest(
        manifest,
        schedule_id=ScheduleId(backing.rooms.new_id()),
        workspace_id=MAIN,
        connection_id=backing.connection_id,
        clock=backing.clock,
    )
    await backing.schedules.save(taken, by=ADA)
    assert (taken.cron, taken.formats, taken.sealing) == (schedule.cron, schedule.formats, schedule.sealing)
    await asyncio.to_thread((tmp_path / "work").mkdir)
    unpacked, notes = await asyncio.to_thread(
        unpack_by_hand, AgeSealing(), paths, tmp_path / "work", [key.identity]
    )
    assert not notes

    async def nothing(counts: RestoreCounts) -> None:
        del counts

    async with opened_scratch(tmp_path / "scratch.db", backing.clock, MAIN, import_id="by hand") as scratch:
        counts = await Restore(FileFormats()).run(scratch, MAIN, unpacked, "apply", nothing)
        assert counts.adds == 30
        assert (await scratch.digest(MAIN)).hexdigest() == run.calls_sha256
    assert (await backing.run(taken)).state == "good"
    assert not backing.in_drive(trashed=True)


async def test_what_waits_unsealed_is_written_anew_once_the_schedule_seals(
    backing: Backing, key: SealingKey
) -> None:
    await backing.stored(many_calls(30))
    plain = await backing.scheduled()
    account = next(iter(backing.stand.world.accounts.values()))
    account.limit_bytes = account.used_elsewhere_bytes + 10
    assert (await backing.run(plain)).hold == "storage"
    await backing.scheduled(sealing=Sealing(recipients=(key.recipient,)))
    account.limit_bytes = None
    await backing.clock.advance(3601)
    assert await backing.machine.step()
    files = backing.in_drive()
    assert len(files) == 2
    assert all(file.content.read(0, len(AGE)) == AGE for file in files)
