"""A run from the claim to the good end, on both engines, against the sandbox's Drive."""

import json
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from support.backing_up import ADA, DAY_S, Backing, many_calls
from support.rooms import MAIN

from adapters.call_files.formats import FileFormats
from adapters.google.uploads import GRANULE
from adapters.sandbox.faults import Fault
from adapters.sandbox.google.replies import google_fault
from connector.domain.backup.retention import SETTLING
from connector.domain.backup.runs import RunId
from connector.domain.backup.schedule import CLOSEST, Retention, ScheduleId
from connector.domain.backup.work import RunWork
from connector.domain.call import Call, User
from connector.pipelines.backup.chains import BROKEN
from connector.pipelines.backup.upload import FOLDER_REPLACED, KIND_MARK, RUN_MARK
from connector.wire.calls_digest import CallsDigest
from connector.wire.manifest import manifest_from_json
from state.backup.contents import OVERLAP_MS
from state.backup.lease import LEASE_MS
from state.waiting_rows import SqlWaitingRows

LONG = "x" * 3000
"""A note that makes some hundred calls a file of several chunks."""


def read(body: bytes, folder: Path) -> list[Call]:
    """Return the calls of a file."""
    path = folder / "read back.jsonl"
    path.write_bytes(body)
    return [one for one in FileFormats().calls(path) if isinstance(one, Call)]


async def test_a_run_ends_in_drive_whole_compared_and_told(backing: Backing) -> None:
    await backing.stored(many_calls(700))
    schedule = await backing.scheduled(formats=("jsonl", "csv"))
    done = await backing.run(schedule)
    assert (done.state, done.calls, done.rows_written, done.reason) == ("good", 700, 700, None)
    assert done.bytes_sent == done.bytes_total > 0
    assert done.account_email == "ada@example.com"
    files = {file.name: file for file in backing.in_drive()}
    assert len(files) == 3
    (manifest_file,) = [file for file in files.values() if file.app_properties[KIND_MARK] == "manifest"]
    assert {file.app_properties[RUN_MARK] for file in files.values()} == {done.id}
    manifest = manifest_from_json(manifest_file.content.read(0, 10**9))
    assert (manifest.calls, manifest.kind, manifest.base_run_id) == (700, "full", None)
    assert manifest.calls_sha256 == done.calls_sha256
    assert manifest.settings["schedule"]["cron"] == "30 2 * * *"
    assert manifest.settings["calls"]["tracking"] is True
    calls = read(files[manifest.restorable()[0].name].content.read(0, 10**9), backing.folder)
    assert CallsDigest(calls).hexdigest() == done.calls_sha256
    assert [call.started_at for call in calls] == sorted(call.started_at for call in calls)
    assert not backing.machine.spool.keys(), "the spool is swept"
    (event,) = [one for one in await backing.rooms.events() if one["type"] == "backup.finished"]
    assert event["data"]["backup"] == {
        "run_id": done.id,
        "schedule_id": schedule.id,
        "schedule": "nightly",
        "kind": "full",
        "calls": 700,
        "files": 3,
        "size_bytes": done.bytes_total,
        "calls_sha256": done.calls_sha256,
        "finished_at": "2026-11-22T10:00:00.000Z",
        "reason": None,
    }
    (view,) = await backing.runs.schedules(MAIN)
    assert view.last_good is not None
    assert (view.last_good.id, view.account_email, view.is_stale) == (done.id, "ada@example.com", False)
    assert not await backing.alerts()


async def test_the_manifest_is_made_last(backing: Backing) -> None:
    await backing.stored(many_calls(3))
    await backing.run(await backing.scheduled())
    kinds = [file.app_properties[KIND_MARK] for file in backing.in_drive()]
    assert kinds == ["file", "manifest"]


async def test_an_empty_store_is_a_good_backup_of_nothing(backing: Backing) -> None:
    done = await backing.run(await backing.scheduled())
    assert (done.state, done.calls) == ("good", 0)
    assert len(backing.in_drive()) == 1


async def test_months_have_files_of_their_own(backing: Backing) -> None:
    await backing.stored(many_calls(5))
    await backing.stored(many_calls(5, first=60 * 24 * 40))
    done = await backing.run(await backing.scheduled(kind="monthly"))
    assert done.state == "good"
    assert sorted(file.name[-13:] for file in backing.data_files()) == ["2026-10.jsonl", "2026-11.jsonl"]


async def test_an_incremental_run_takes_what_is_new_and_a_bit_more(backing: Backing) -> None:
    await backing.stored(many_calls(20))
    await backing.clock.advance(DAY_S)
    schedule = await backing.scheduled(kind="incremental")
    first = await backing.run(schedule)
    assert (first.calls, first.base_run_id) == (20, None)
    await backing.clock.advance(DAY_S)
    await backing.stored(many_calls(3, first=100))
    second = await backing.run(schedule)
    assert (second.calls, second.base_run_id) == (3, first.id)
    await backing.clock.advance(OVERLAP_MS / 1000 + 1)
    third = await backing.run(schedule)
    assert (third.calls, third.base_run_id) == (3, second.id)
    await backing.clock.advance(OVERLAP_MS / 1000 + 1)
    assert (await backing.run(schedule)).calls == 0


async def test_a_commit_that_comes_late_is_in_the_next_run(backing: Backing) -> None:
    schedule = await backing.scheduled(kind="incremental")
    await backing.run(schedule)
    await backing.stored(many_calls(1))
    late = (
        "UPDATE calls SET updated_at_ms = updated_at_ms - 60000, first_seen_at_ms = first_seen_at_ms - 60000"
    )
    await backing.rooms.engine.write(
        lambda tx: tx.execute(late)
    )  # stored before the bound, committed after it
    await backing.clock.advance(DAY_S)
    assert (await backing.run(schedule)).calls == 1


async def test_calls_that_change_while_they_are_read_are_in_it_once(
    backing: Backing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.pipelines.backup.spooling.CHUNK", 10)
    calls = many_calls(40)
    await backing.stored(calls)
    schedule = await backing.scheduled()
    await backing.asked(schedule)
    stream = backing.machine.flow._steps.spooling._means.stream  # noqa: SLF001 - the moment between two chunks
    plain: Callable[..., Awaitable[object]] = stream.chunk
    chunks = 0

    async def chunk(*args: object, **more: object) -> object:
        nonlocal chunks
        chunks += 1
        if chunks == 3:  # one that is written already, one that is not, and a new one
            await backing.clock.advance(5)
            changed = [calls[0], calls[-1]]
            await backing.stored(
                [*many_calls(1, first=500), *(one_with_a_note(one) for one in changed)], import_id="imp_2"
            )
        return await plain(*args, **more)

    monkeypatch.setattr(stream, "chunk", chunk)
    await backing.machine.step()
    (file,) = backing.data_files()
    ids = [call.call_id for call in read(file.content.read(0, 10**9), backing.folder)]
    assert len(ids) == len(set(ids)) == 40
    assert set(ids) == {call.call_id for call in calls}


def one_with_a_note(call: Call) -> Call:
    return replace(call, note="told later")


def break_at(
    backing: Backing, monkeypatch: pytest.MonkeyPatch, offset: int, *, ending: str = ".jsonl"
) -> None:
    """Let Drive be away once so many bytes of a file of this ending are acknowledged."""
    work = backing.machine.work
    plain = work.acknowledged

    async def acknowledged(run: RunWork, name: str, bytes_: int) -> None:
        await plain(run, name, bytes_)
        if bytes_ >= offset and name.endswith(ending):
            backing.stand.google.faults.add("session", Fault.status(503), times=99)

    monkeypatch.setattr(work, "acknowledged", acknowledged)


def mended(backing: Backing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Drive be back."""
    monkeypatch.undo()
    backing.stand.google.faults.clear()


async def test_an_upload_that_broke_goes_on_from_the_acknowledged_byte(
    backing: Backing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await backing.stored(many_calls(400, note=LONG))
    schedule = await backing.scheduled()
    break_at(backing, monkeypatch, 3 * GRANULE)
    waiting = await backing.run(schedule)
    assert (waiting.state, waiting.hold) == ("uploading", "provider")
    assert 0 < waiting.bytes_sent < waiting.bytes_total
    mended(backing, monkeypatch)
    await backing.clock.advance(60)
    assert await backing.machine.step()
    done = await backing.view(waiting.id)
    assert done.state == "good"
    sent = sum(seen.body_bytes for seen in backing.stand.google.seen if seen.route == "session")
    assert sent <= done.bytes_total + GRANULE, "nothing but the chunk that was refused is sent twice"


async def test_two_machines_make_one_run(backing: Backing) -> None:
    await backing.stored(many_calls(10))
    await backing.scheduled()
    other = backing.another()
    await backing.clock.advance(DAY_S)
    begun = [await backing.schedules.begin_due(), await backing.schedules.begin_due()]
    assert begun == [1, 0]
    claims = [*await backing.machine.flow.claim(1), *await other.flow.claim(1)]
    assert len(claims) == 1
    await backing.machine.flow.handle(claims[0])
    assert not await other.step()
    assert len(await backing.runs.runs(MAIN)) == 1


async def test_a_paused_holder_that_wakes_changes_nothing(backing: Backing) -> None:
    await backing.stored(many_calls(10))
    schedule = await backing.scheduled()
    run_id = await backing.asked(schedule)
    paused = await backing.machine.claimed()
    await backing.clock.advance(LEASE_MS / 1000 + 1)
    other = backing.another()
    assert await other.step()
    done, files = await backing.view(run_id), list(backing.in_drive())
    assert done.state == "good"
    await backing.machine.flow.handle(paused)
    assert await backing.view(run_id) == done
    assert list(backing.in_drive()) == files


async def test_a_machine_without_the_spool_begins_anew_and_leaves_no_twin(
    backing: Backing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await backing.stored(many_calls(400, note=LONG))
    schedule = await backing.scheduled(formats=("csv", "jsonl"))
    break_at(backing, monkeypatch, 2 * GRANULE)
    waiting = await backing.run(schedule)
    assert waiting.state == "uploading"
    mended(backing, monkeypatch)
    await backing.clock.advance(3600)
    shutil.rmtree(backing.folder / "spool")
    other = backing.another()
    assert await other.step()
    done = await backing.view(waiting.id)
    assert done.state == "good"
    assert len(backing.in_drive()) == 3
    assert not await backing.rooms.rows("SELECT drive_id FROM backup_leftovers")


async def test_three_missed_times_are_one_run(backing: Backing) -> None:
    await backing.scheduled()
    await backing.clock.advance(3 * DAY_S + 7200)
    assert await backing.schedules.begin_due() == 1
    assert await backing.machine.step()
    assert await backing.schedules.begin_due() == 0
    (run,) = await backing.runs.runs(MAIN)
    assert (run.state, run.origin) == ("good", "schedule")
    (view,) = await backing.runs.schedules(MAIN)
    assert view.next_due_ms is not None
    assert 0 < view.next_due_ms - backing.clock.now_ms() <= DAY_S * 1000


async def test_a_full_drive_is_named_in_numbers_and_goes_on_by_itself(backing: Backing) -> None:
    await backing.stored(many_calls(300, note=LONG))
    account = next(iter(backing.stand.world.accounts.values()))
    account.limit_bytes = account.used_elsewhere_bytes + 1000
    waiting = await backing.run(await backing.scheduled())
    assert (waiting.state, waiting.hold) == ("uploading", "storage")
    assert waiting.reason is not None
    assert "needs 1." in waiting.reason
    assert "has 1.0 KB of 1.1 GB free" in waiting.reason
    assert await backing.alerts() == {"backup.no_room"}
    assert not [seen for seen in backing.stand.google.seen if seen.route == "session"], "nothing was sent"
    account.limit_bytes = None
    await backing.clock.advance(3601)
    assert await backing.machine.step()
    assert (await backing.view(waiting.id)).state == "good"
    assert not await backing.alerts()


async def test_a_dead_account_holds_the_run_until_somebody_consents(backing: Backing) -> None:
    await backing.stored(many_calls(10))
    schedule = await backing.scheduled()
    account = next(iter(backing.stand.world.accounts.values()))
    backing.stand.world.revoke(account, backing.stand.world.client.project)
    waiting = await backing.run(schedule)
    assert (waiting.state, waiting.hold) == ("uploading", "account")
    assert await backing.alerts() == {"connection.lost"}
    await backing.clock.advance(DAY_S)
    assert not await backing.machine.step(), "nobody tries while a person must act"
    assert await backing.machine.flow.idle_s() > 1
    await backing.stand.connected()
    assert await backing.machine.step()
    assert (await backing.view(waiting.id)).state == "good"
    assert not await backing.alerts()


async def test_a_folder_in_the_bin_is_made_again_and_said(backing: Backing) -> None:
    await backing.stored(many_calls(10))
    schedule = await backing.scheduled()
    first = await backing.run(schedule)
    assert first.folder_id is not None
    backing.stand.world.files[first.folder_id].trashed = True
    await backing.clock.advance(DAY_S)
    second = await backing.run(schedule)
    assert (second.state, second.notices) == ("good", (FOLDER_REPLACED,))
    assert second.folder_id != first.folder_id
    assert await backing.alerts() == {"backup.folder_replaced"}
    await backing.clock.advance(DAY_S)
    assert (await backing.run(schedule)).notices == ()
    assert not await backing.alerts()


async def test_a_pattern_names_a_folder_in_ours(backing: Backing) -> None:
    schedule = await backing.scheduled(folder="Calls {year}/{schedule}", file_name="{schedule} {date}")
    first = await backing.run(schedule)
    await backing.clock.advance(DAY_S)
    second = await backing.run(schedule)
    assert first.folder_id is not None
    assert first.folder_id == second.folder_id
    world = backing.stand.world
    folder = world.files[first.folder_id]
    assert folder.name == "Calls 2026-nightly"
    assert world.files[folder.parents[0]].name == "Leads Connector"
    assert {file.parents for file in backing.in_drive()} == {(folder.id,)}
    folder.trashed = True
    await backing.clock.advance(DAY_S)
    third = await backing.run(schedule)
    assert third.state == "good"
    assert third.folder_id != first.folder_id


async def test_a_folder_that_goes_while_files_are_sent_takes_them_all_again(
    backing: Backing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await backing.stored(many_calls(300, note=LONG))
    schedule = await backing.scheduled(formats=("csv", "jsonl"))
    break_at(backing, monkeypatch, 2 * GRANULE)
    waiting = await backing.run(schedule)
    assert waiting.state == "uploading"
    assert waiting.folder_id is not None
    assert len(backing.in_drive()) == 1
    mended(backing, monkeypatch)
    backing.stand.world.files[waiting.folder_id].trashed = True
    await backing.clock.advance(3600)
    assert await backing.machine.step()
    done = await backing.view(waiting.id)
    assert done.state == "good"
    assert len(backing.in_drive()) == 3
    assert {file.parents for file in backing.in_drive()} == {(done.folder_id,)}


async def test_a_file_that_arrives_damaged_is_sent_once_more(
    backing: Backing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await backing.stored(many_calls(10))
    damage(backing, monkeypatch, times=1)
    done = await backing.run(await backing.scheduled())
    assert done.state == "good"
    assert len(backing.in_drive()) == 2, "the damaged one is gone"


async def test_a_file_that_arrives_damaged_twice_fails_the_run(
    backing: Backing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await backing.stored(many_calls(10))
    damage(backing, monkeypatch, times=9)
    done = await backing.run(await backing.scheduled())
    assert (done.state, await backing.alerts()) == ("failed", {"backup.failed"})
    assert "other bytes than were sent" in str(done.reason)
    assert not backing.in_drive()
    (event,) = [one for one in await backing.rooms.events() if one["type"] == "backup.failed"]
    assert event["data"]["backup"]["reason"] == done.reason
    monkeypatch.undo()
    await backing.run(backing.schedule())
    assert not await backing.alerts()


def damage(backing: Backing, monkeypatch: pytest.MonkeyPatch, *, times: int) -> None:
    """Let a bit of a file be another one while it is sent."""
    work, left = backing.machine.work, times
    plain = work.began_upload

    async def began_upload(run: RunWork, name: str, session_url: str) -> None:
        nonlocal left
        await plain(run, name, session_url)
        path = backing.machine.spool.folder(run.folder) / name
        body = bytearray(path.read_bytes())
        if left > 0 or body[0] != ord("{"):
            body[0] ^= 1 if body[0] == ord("{") or left <= 0 else 0
        path.write_bytes(body)
        left -= 1

    monkeypatch.setattr(work, "began_upload", began_upload)


@pytest.mark.parametrize(
    ("fault", "state", "hold"),
    [
        ("userRateLimitedExceeded", "uploading", "provider"),
        ("rateLimitExceeded", "uploading", "provider"),
        ("storageQuotaExceeded", "uploading", "storage"),
        ("backendError", "uploading", "provider"),
        ("badRequest", "failed", None),
        ("accessNotConfigured", "uploading", "client"),
    ],
)
async def test_every_class_of_drives_errors_has_its_way(
    backing: Backing, fault: str, state: str, hold: str | None
) -> None:
    await backing.stored(many_calls(10))
    schedule = await backing.scheduled()
    reason = fault.replace("Limited", "Limit")
    backing.stand.google.faults.add("upload", google_fault(reason), times=99)
    done = await backing.run(schedule)
    assert (done.state, done.hold) == (state, hold), done.reason
    backing.stand.google.faults.clear()
    await backing.clock.advance(3601)
    if state != "failed":
        assert await backing.machine.step()
        assert (await backing.view(done.id)).state == "good"


async def test_a_run_that_waits_is_canceled_and_leaves_nothing(backing: Backing) -> None:
    await backing.stored(many_calls(10))
    schedule = await backing.scheduled()
    run_id = await backing.asked(schedule)
    assert await backing.runs.cancel(MAIN, run_id, by=ADA)
    assert not await backing.runs.cancel(MAIN, run_id, by=ADA)
    assert await backing.machine.step()
    assert (await backing.view(run_id)).state == "canceled"
    assert not backing.in_drive()
    assert (await backing.run(schedule)).state == "good"


async def test_asking_twice_is_one_run(backing: Backing) -> None:
    schedule = await backing.scheduled()
    assert await backing.asked(schedule) == await backing.asked(schedule)
    assert len(await backing.runs.runs(MAIN)) == 1


async def test_no_secret_of_an_upload_lies_open_in_the_state(backing: Backing) -> None:
    await backing.stored(many_calls(300, note=LONG))
    backing.stand.google.faults.add("session", Fault.status(503, at_byte=GRANULE))
    backing.stand.google.faults.add("session", Fault.status(503), times=9)
    await backing.run(await backing.scheduled())
    rows = await backing.rooms.rows("SELECT * FROM backup_files")
    assert any(row["sealed_session"] for row in rows)
    assert "upload_id" not in json.dumps([dict(row) for row in rows])


async def test_a_schedule_that_misses_twice_is_an_alarm_that_a_good_run_ends(backing: Backing) -> None:
    schedule = await backing.scheduled()
    await backing.clock.advance(DAY_S)
    assert await backing.schedules.raise_stale() == 0
    await backing.clock.advance(DAY_S)
    assert await backing.schedules.raise_stale() == 1
    assert await backing.schedules.raise_stale() == 0
    assert await backing.alerts() == {"backup.stale"}
    await backing.run(schedule)
    assert not await backing.alerts()


async def test_a_fresh_install_deletes_nothing_of_what_it_finds(backing: Backing) -> None:
    schedule = await backing.scheduled(
        retention=Retention(daily=1, weekly=0, monthly=0, yearly=0, min_count=1, min_age_days=1)
    )
    first = await backing.run(schedule)
    (made,) = backing.in_drive()
    found = [
        replace(made, id=f"found{number}", app_properties={**made.app_properties, RUN_MARK: f"run{number}"})
        for number in range(30)
    ]
    backing.stand.world.files.update((file.id, file) for file in found)
    for day in range(18):
        await backing.clock.advance(DAY_S)
        assert (await backing.run(schedule)).state == "good"
        assert not backing.in_drive(trashed=True) or day >= SETTLING.days - 1
    assert not any(file.trashed for file in found)
    assert (await backing.view(first.id)).trashed_at_ms is not None, "its own ones go in time"


async def test_old_backups_go_one_a_run_and_more_only_when_confirmed(backing: Backing) -> None:
    await backing.stored(many_calls(5))
    schedule = await backing.scheduled(retention=Retention(daily=100))
    runs: list[RunId] = []
    for _ in range(20):
        await backing.clock.advance(DAY_S)
        runs.append((await backing.run(schedule)).id)
    assert not backing.in_drive(trashed=True)
    few = Retention(daily=3, weekly=0, monthly=0, yearly=0, min_count=1, min_age_days=1)
    await backing.scheduled(retention=few, created_at=schedule.created_at)
    await backing.clock.advance(DAY_S)
    await backing.run(schedule)
    gone = {file.app_properties[RUN_MARK] for file in backing.in_drive(trashed=True)}
    assert gone == {runs[0]}
    assert await backing.alerts() == {"backup.deletions_wait"}
    assert await backing.runs.confirm(MAIN, schedule.id, runs[1:10], by=ADA) == 9
    await backing.run(schedule)
    gone = {file.app_properties[RUN_MARK] for file in backing.in_drive(trashed=True)}
    assert gone == set(runs[:10])
    assert len(backing.in_drive(trashed=True)) == 20


async def test_a_file_without_our_mark_is_never_touched(backing: Backing) -> None:
    schedule = await backing.scheduled()
    first = await backing.run(schedule)
    stranger = backing.in_drive()[0]
    stranger.app_properties[RUN_MARK] = "of somebody else"
    few = Retention(daily=1, weekly=0, monthly=0, yearly=0, min_count=1, min_age_days=1)
    await backing.scheduled(retention=few, created_at=schedule.created_at)
    await backing.clock.advance(20 * DAY_S)
    await backing.run(schedule)
    assert (await backing.view(first.id)).trashed_at_ms is not None
    assert not stranger.trashed


async def test_a_stop_gives_the_run_back_at_once_and_it_goes_on(backing: Backing) -> None:
    await backing.stored(many_calls(10))
    run_id = await backing.asked(await backing.scheduled())
    backing.machine.stopping.set()
    work = await backing.machine.claimed()
    await backing.machine.flow.handle(work)
    waiting = await backing.view(run_id)
    assert (waiting.state, waiting.due_at_ms) in {
        (state, backing.clock.now_ms()) for state in ("waiting", "spooling", "uploading")
    }
    backing.machine.stopping.clear()
    assert await backing.machine.step()
    assert (await backing.view(run_id)).state == "good"


@pytest.mark.parametrize("how", ["deleted", "in_bin"])
async def test_a_file_that_goes_while_the_run_waits_is_sent_again(
    backing: Backing, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """To make room for the rest people delete what is largest: a part of the backup that is under way."""
    await backing.stored(many_calls(300, note=LONG))
    schedule = await backing.scheduled(formats=("csv", "jsonl"))
    break_at(backing, monkeypatch, 2 * GRANULE)
    waiting = await backing.run(schedule)
    assert waiting.state == "uploading"
    (there,) = backing.in_drive()
    if how == "deleted":
        del backing.stand.world.files[there.id]
    else:
        there.trashed = True
    mended(backing, monkeypatch)
    await backing.clock.advance(3600)
    assert await backing.machine.step()
    assert (await backing.view(waiting.id)).state == "good"
    assert {file.name.rpartition(".")[2] for file in backing.data_files()} == {"csv", "jsonl"}


async def test_a_clock_that_was_ahead_hides_no_call_from_incremental_runs(backing: Backing) -> None:
    schedule = await backing.scheduled(kind="incremental")
    backing.clock.jump(3 * DAY_S)
    await backing.stored(many_calls(2))
    first = await backing.run(schedule)
    backing.clock.jump(-3 * DAY_S)
    await backing.stored(many_calls(3, first=100))
    second = await backing.run(schedule)
    await backing.clock.advance(10 * DAY_S)
    third = await backing.run(schedule)
    assert (first.calls, second.base_run_id, third.base_run_id) == (2, first.id, second.id)
    assert second.calls >= 3


async def test_backups_in_a_drive_that_the_schedule_has_left_stay_there(backing: Backing) -> None:
    few = Retention(daily=1, weekly=0, monthly=0, yearly=0, min_count=1, min_age_days=1)
    schedule = await backing.scheduled(retention=few)
    await backing.run(schedule)
    other = await backing.stand.connected(backing.stand.world.add_account("grace@example.com"))
    await backing.scheduled(retention=few, connection_id=other.connection_id, created_at=schedule.created_at)
    for _ in range(3):
        await backing.clock.advance(20 * DAY_S)
        await backing.run(schedule)
    runs = await backing.runs.runs(MAIN)
    assert [(run.account_email, run.trashed_at_ms is None) for run in runs] == [
        ("grace@example.com", True),
        ("grace@example.com", False),
        ("grace@example.com", False),
        ("ada@example.com", True),
    ]


async def test_names_in_any_script_fit_a_file_system(backing: Backing) -> None:
    """A letter of many scripts is three bytes, and a file's name has 255 of them."""
    await backing.stored([replace(call, user=User(id="\u0906\u0936\u093e" * 30)) for call in many_calls(3)])
    name = "\u0930\u093e\u0924" * 26
    schedule = await backing.scheduled(name=name, kind="monthly", formats=("jsonl", "xml", "xlsx"))
    done = await backing.run(schedule)
    assert (done.state, done.reason) == ("good", None)
    assert len(backing.data_files()) == 3


@pytest.mark.parametrize("how", ["the folder is in the bin", "a file of the full one was deleted"])
async def test_a_chain_that_is_not_whole_in_drive_is_not_gone_on_with(backing: Backing, how: str) -> None:
    """A run that goes on from what nobody can restore would be called good, and be none."""
    await backing.stored(many_calls(10))
    schedule = await backing.scheduled(kind="incremental")
    first = await backing.run(schedule)
    await backing.clock.advance(DAY_S)
    assert (await backing.run(schedule)).base_run_id == first.id
    assert first.folder_id is not None
    if how == "the folder is in the bin":
        backing.stand.world.files[first.folder_id].trashed = True
    else:
        gone = next(one for one in backing.data_files() if one.app_properties[RUN_MARK] == first.id)
        del backing.stand.world.files[gone.id]
    await backing.clock.advance(DAY_S)
    anew = await backing.run(schedule)
    assert (anew.state, anew.base_run_id, anew.calls) == ("good", None, 10)
    assert BROKEN in anew.notices
    await backing.clock.advance(DAY_S)
    assert (await backing.run(schedule)).base_run_id == anew.id


@pytest.mark.parametrize("end", ["canceled", "failed"])
async def test_a_run_that_ends_without_a_backup_takes_away_what_it_sent(
    backing: Backing, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    await backing.stored(many_calls(300, note=LONG))
    schedule = await backing.scheduled(formats=("csv", "jsonl"))
    break_at(backing, monkeypatch, 2 * GRANULE)
    waiting = await backing.run(schedule)
    assert len(backing.in_drive()) == 1
    mended(backing, monkeypatch)
    if end == "canceled":
        assert await backing.runs.cancel(MAIN, waiting.id, by=ADA)
    else:
        await backing.clock.advance(3601)
        for route in ("session", "upload"):
            backing.stand.google.faults.add(route, google_fault("badRequest"), times=99)
    assert await backing.machine.step()
    assert (await backing.view(waiting.id)).state == end
    assert not backing.in_drive()
    assert next(file.state for file in await backing.runs.files(waiting.id)) == "trashed"
    assert not await backing.rooms.rows("SELECT drive_id FROM backup_leftovers")


async def test_leftovers_in_a_lost_account_hold_no_others_back(
    backing: Backing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await backing.stored(many_calls(300, note=LONG))
    schedule = await backing.scheduled()
    break_at(backing, monkeypatch, 2 * GRANULE)
    first = await backing.run(schedule)
    backing.stand.world.revoke(
        next(iter(backing.stand.world.accounts.values())), backing.stand.world.client.project
    )
    assert await backing.runs.cancel(MAIN, first.id, by=ADA)
    assert await backing.machine.step()
    mended(backing, monkeypatch)
    other = await backing.stand.connected(backing.stand.world.add_account("grace@example.com"))
    schedule = await backing.scheduled(connection_id=other.connection_id)
    break_at(backing, monkeypatch, 2 * GRANULE)
    second = await backing.run(schedule)
    mended(backing, monkeypatch)
    await backing.clock.advance(3600)
    assert await backing.another().step()
    assert (await backing.view(second.id)).state == "good"
    left = await backing.rooms.rows("SELECT DISTINCT run_id FROM backup_leftovers")
    assert [row["run_id"] for row in left] == [first.id]


async def test_corrections_of_many_months_that_come_meanwhile_make_few_files(
    backing: Backing, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [
        replace(call, started_at=call.started_at - timedelta(days=35 * (at % 4)))
        for at, call in enumerate(many_calls(40))
    ]
    await backing.stored(calls)
    await backing.asked(await backing.scheduled(kind="monthly"))
    stream = backing.machine.flow._steps.spooling._means.stream  # noqa: SLF001 - the moment before it is read
    plain: Callable[..., Awaitable[object]] = stream.chunk
    changed = [False]

    async def chunk(*args: object, **more: object) -> object:
        for call in () if changed[0] else calls:
            await backing.clock.advance(1)
            await backing.stored([one_with_a_note(call)], import_id="imp_2")
        changed[0] = True
        return await plain(*args, **more)

    monkeypatch.setattr(stream, "chunk", chunk)
    await backing.machine.step()
    assert len(backing.data_files()) == 4


async def test_a_clock_that_was_ahead_hides_no_stale_schedule(backing: Backing) -> None:
    schedule = await backing.scheduled()
    backing.clock.jump(30 * DAY_S)
    await backing.run(schedule)
    backing.clock.jump(-30 * DAY_S)
    await SqlWaitingRows(backing.rooms.engine, backing.clock).pull_back(30 * DAY_S * 1000)
    assert await backing.schedules.raise_stale() == 0
    await backing.clock.advance(2 * DAY_S)
    assert await backing.schedules.raise_stale() == 1


async def test_an_edit_that_leaves_the_times_alone_moves_none(backing: Backing) -> None:
    """What is overdue stays overdue, the run that was missed comes, and a first drill is not put off."""
    schedule = await backing.scheduled(drill_days=7)
    (before,) = await backing.runs.schedules(MAIN)
    await backing.clock.advance(6 * DAY_S)
    await backing.scheduled(name="renamed", created_at=schedule.created_at)
    (view,) = await backing.runs.schedules(MAIN)
    assert view.schedule.name == "renamed"
    times = ("stale_at_ms", "next_due_ms", "drill_due_at_ms")
    assert [getattr(view, name) for name in times] == [getattr(before, name) for name in times]
    assert view.is_stale
    assert await backing.schedules.begin_due() == 1
    await backing.scheduled(cron="0 4 * * *", created_at=schedule.created_at)
    (view,) = await backing.runs.schedules(MAIN)
    assert not view.is_stale
    assert view.next_due_ms is not None
    assert view.next_due_ms > backing.clock.now_ms()


@pytest.mark.parametrize(
    ("zone", "noon_before"),
    [
        ("Europe/Berlin", "2027-03-27T12:00:00+01:00"),
        ("Europe/Berlin", "2027-10-30T12:00:00+02:00"),
        ("America/New_York", "2027-03-13T12:00:00-05:00"),
        ("America/New_York", "2027-11-06T12:00:00-04:00"),
    ],
)
async def test_a_night_in_which_the_clocks_change_begins_one_run_each(
    backing: Backing, zone: str, noon_before: str
) -> None:
    noon = datetime.fromisoformat(noon_before)
    backing.clock.jump((noon - backing.clock.now()).total_seconds())
    crons = ("30 1 * * *", "30 2 * * *", "0 3 * * *")
    for at, cron in enumerate(crons):
        await backing.scheduled(id=ScheduleId(f"sch_{at}"), name=cron, cron=cron, zone=zone)
    # a run that is open would hold back a second one
    over = "UPDATE backup_runs SET due_at_ms = NULL, state = 'good'"
    for _ in range(24 * 4):
        await backing.clock.advance(900)
        await backing.schedules.begin_due()
        await backing.rooms.engine.write(lambda tx: tx.execute(over))
    runs = await backing.runs.runs(MAIN)
    assert sorted(run.schedule_name for run in runs) == sorted(crons)
    begun = [datetime.fromtimestamp(run.created_at_ms / 1000, ZoneInfo(zone)) for run in runs]
    assert {at.date() for at in begun} == {noon.date() + timedelta(days=1)}


async def test_runs_asked_for_in_a_row_delete_no_more_than_one(backing: Backing) -> None:
    """Who may ask for runs and change a retention, as the CRM may, cannot take the backups away in an hour."""
    await backing.stored(many_calls(5))
    schedule = await backing.scheduled(retention=Retention(daily=100))
    for _ in range(20):
        await backing.clock.advance(DAY_S)
        await backing.run(schedule)
    few = Retention(daily=1, weekly=0, monthly=0, yearly=0, min_count=1, min_age_days=1)
    schedule = await backing.scheduled(retention=few, created_at=schedule.created_at)
    await backing.clock.advance(DAY_S)
    for _ in range(4):
        await backing.run(schedule)
    assert len({file.app_properties[RUN_MARK] for file in backing.in_drive(trashed=True)}) == 1
    assert await backing.alerts() == {"backup.deletions_wait"}
    await backing.clock.advance(CLOSEST.total_seconds())
    await backing.run(schedule)
    assert len({file.app_properties[RUN_MARK] for file in backing.in_drive(trashed=True)}) == 2
