"""What was backed up comes back as it was: into an empty store, into a living one, twice, from Drive and by hand."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.backing_up import ADA, DAY_S, Backing, many_calls
from support.calls import START, a_call
from support.rooms import MAIN

from adapters.call_files.formats import FileFormats
from adapters.call_files.sealing import AgeSealing
from connector.domain.backup.restoring import RestoreCounts, RestoreMode, RestoreView
from connector.domain.backup.runs import RunId
from connector.domain.call import Call
from connector.domain.calls.filters import number_print
from connector.domain.calls.identity import peer_key
from connector.domain.errors import BadInputError
from connector.pipelines.backup.restore import Restore, unpack_by_hand
from connector.wire.call import call_line
from state.backup.call_restore import SqlCallRestore
from state.calls.settings import SqlCallSettings

BODIES = "SELECT call_id, body FROM calls WHERE workspace_id = 'main' ORDER BY call_id"
KEYS = "SELECT key, call_id FROM call_keys WHERE workspace_id = 'main' ORDER BY key"


async def stored(backing: Backing) -> dict[str, object]:
    """Return every record as it lies there, when we met it and changed it included."""
    return {row["call_id"]: json.loads(row["body"]) for row in await backing.rooms.rows(BODIES)}


async def emptied(backing: Backing) -> None:
    await backing.rooms.empty("calls", "call_keys")


async def restored(backing: Backing, run_id: RunId, mode: RestoreMode = "apply") -> RestoreView:
    restore_id = await backing.restores.ask(MAIN, run_id, mode, by=ADA)
    assert await backing.machine.restores.step()
    found = await backing.restores.restore(restore_id)
    assert found is not None
    assert found.state == "done", found.reason
    return found


def changed(calls: list[Call]) -> list[Call]:
    return [replace(call, note="told later", peer=replace(call.peer, name="Asha")) for call in calls]


async def test_a_restore_into_an_empty_store_gives_an_equal_one_and_twice_is_once(backing: Backing) -> None:
    await backing.stored(many_calls(450))
    await backing.clock.advance(3600)
    await backing.stored(changed(many_calls(30)), import_id="imp_2")
    run = await backing.run(await backing.scheduled())
    before, keys = await stored(backing), await backing.rooms.rows(KEYS)
    await emptied(backing)
    await backing.clock.advance(DAY_S)
    preview = await restored(backing, run.id, "preview")
    assert preview.counts == RestoreCounts(read=450, adds=450)
    assert await stored(backing) == {}
    done = await restored(backing, run.id)
    assert done.counts == RestoreCounts(read=450, adds=450)
    assert await stored(backing) == before
    assert await backing.rooms.rows(KEYS) == keys
    again = await restored(backing, run.id)
    assert again.counts == RestoreCounts(read=450, keeps=450)
    assert await stored(backing) == before


async def test_a_chain_is_restored_whole_each_call_in_its_newest_word(backing: Backing) -> None:
    schedule = await backing.scheduled(kind="incremental")
    await backing.stored(many_calls(20))
    first = last = await backing.run(schedule)
    for day in range(1, 4):
        await backing.clock.advance(DAY_S)
        await backing.stored(changed(many_calls(2, first=day)), import_id=f"imp_{day}")
        await backing.stored(many_calls(5, first=100 * day))
        last = await backing.run(schedule)
    before = await stored(backing)
    await emptied(backing)
    done = await restored(backing, last.id)
    assert done.counts == RestoreCounts(read=35, adds=35)
    assert await stored(backing) == before
    older = await restored(backing, first.id)
    assert older.counts == RestoreCounts(read=20, keeps=20), "an older word changes nothing"
    assert await stored(backing) == before


async def test_a_restored_call_is_known_to_whatever_told_of_it(backing: Backing) -> None:
    exact = a_call(at=START)
    to_the_minute = a_call(at=START.replace(second=0, microsecond=0), precision="min", system="csv")
    await backing.stored([to_the_minute])
    await backing.stored([exact], import_id="imp_2")
    run = await backing.run(await backing.scheduled())
    await emptied(backing)
    await restored(backing, run.id)
    for number, call in enumerate((exact, to_the_minute)):
        await backing.stored([call], import_id=f"again_{number}")
    assert len(await stored(backing)) == 1


async def test_calls_that_share_a_number_of_their_source_stay_two(backing: Backing) -> None:
    """The id of another source, filled in later, may be the id of another call of the first one."""
    first = a_call("+919000000001", system="csv")
    await backing.stored([first])
    await backing.stored(
        [replace(first, source=replace(first.source, system="api", native_id="17"))], import_id="b"
    )
    await backing.stored([a_call("+919000000002", system="csv", native_id="17")], import_id="c")
    before = await stored(backing)
    assert len(before) == 2
    run = await backing.run(await backing.scheduled())
    await emptied(backing)
    await restored(backing, run.id)
    assert await stored(backing) == before


async def test_a_living_store_keeps_what_it_learnt_since(backing: Backing) -> None:
    calls = many_calls(10)
    await backing.stored(calls)
    run = await backing.run(await backing.scheduled())
    await backing.clock.advance(DAY_S)
    await backing.stored(changed(calls[:3]), import_id="imp_2")
    await backing.stored(many_calls(2, first=50))
    before = await stored(backing)
    done = await restored(backing, run.id)
    assert done.counts == RestoreCounts(read=10, keeps=10)
    assert await stored(backing) == before


async def test_another_store_is_filled_where_it_is_empty(backing: Backing) -> None:
    calls = many_calls(3)
    await backing.stored(changed(calls))
    run = await backing.run(await backing.scheduled())
    await emptied(backing)
    await backing.clock.advance(DAY_S)
    ours = [replace(calls[0], note="ours"), calls[1]]
    await backing.stored(ours)
    preview = await restored(backing, run.id, "preview")
    done = await restored(backing, run.id)
    assert preview.counts == done.counts == RestoreCounts(read=3, adds=1, changes=2)
    notes = {body["note"] for body in (await stored(backing)).values()}  # type: ignore[index] # a record
    assert notes == {"ours", "told later"}
    assert (await restored(backing, run.id)).counts == RestoreCounts(read=3, keeps=3)


async def test_what_is_restored_goes_into_the_next_incremental_run(backing: Backing) -> None:
    schedule = await backing.scheduled(kind="incremental")
    await backing.stored(many_calls(10))
    first = await backing.run(schedule)
    await backing.clock.advance(DAY_S)
    await emptied(backing)
    await backing.run(schedule)
    await backing.clock.advance(DAY_S)
    await restored(backing, first.id)
    assert (await backing.run(schedule)).calls == 10


async def test_private_numbers_stay_away(backing: Backing) -> None:
    calls = many_calls(3)
    await backing.stored(calls)
    run = await backing.run(await backing.scheduled())
    await emptied(backing)
    private = number_print(MAIN, peer_key(calls[0].peer))
    await SqlCallSettings(backing.rooms.engine).change(MAIN, private=[private])
    assert (await restored(backing, run.id)).counts == RestoreCounts(read=3, adds=2, withheld=1)


async def test_with_tracking_off_nothing_comes_back_and_it_is_said(backing: Backing) -> None:
    await backing.stored(many_calls(3))
    run = await backing.run(await backing.scheduled())
    await backing.rooms.workspaces.change(MAIN, {"call_tracking": 0})
    restore_id = await backing.restores.ask(MAIN, run.id, "apply", by=ADA)
    assert await backing.machine.restores.step()
    found = await backing.restores.restore(restore_id)
    assert found is not None
    assert found.state == "failed"
    assert "Call tracking is off" in str(found.reason)
    await backing.clock.advance(DAY_S)
    assert (await backing.run(backing.schedule())).calls == 3, "what is stored is backed up all the same"


async def test_files_by_hand_need_no_account(backing: Backing, tmp_path: Path) -> None:
    schedule = await backing.scheduled(kind="incremental", formats=("jsonl", "csv"))
    await backing.stored(many_calls(10))
    await backing.run(schedule)
    await backing.clock.advance(DAY_S)
    await backing.stored(changed(many_calls(2)), import_id="imp_2")
    await backing.run(schedule)
    before = await stored(backing)
    everything = by_browser(backing, tmp_path)
    world = backing.stand.world
    world.revoke(next(iter(world.accounts.values())), world.client.project)
    await emptied(backing)
    for given in (everything, [path for path in everything if path.suffix == ".jsonl"]):
        counts = await by_hand(backing, given, tmp_path / "work")
        assert (counts.adds, counts.keeps) in {(10, 0), (0, 20)}, "without manifests each word is read"
        assert await stored(backing) == before


def by_browser(backing: Backing, folder: Path) -> list[Path]:
    """Download everything as a person does; return the files, sorted by name."""
    for file in backing.in_drive():
        (folder / file.name).write_bytes(file.content.read(0, 10**9))
    (folder / "work").mkdir()
    return sorted(path for path in folder.iterdir() if path.suffix in {".json", ".jsonl", ".csv"})


async def by_hand(backing: Backing, paths: list[Path], work: Path) -> RestoreCounts:
    unpacked, notes = await asyncio.to_thread(unpack_by_hand, AgeSealing(), paths, work, ())
    assert not notes

    async def nothing(counts: RestoreCounts) -> None:
        del counts

    target = SqlCallRestore(backing.rooms.engine, backing.clock, "restore:by hand")
    return await Restore(FileFormats()).run(target, MAIN, unpacked, "apply", nothing)


async def test_files_that_are_none_or_too_few_are_said(backing: Backing, tmp_path: Path) -> None:
    await backing.stored(many_calls(4))
    await backing.stored(many_calls(2, first=60 * 24 * 40))
    await backing.run(await backing.scheduled(kind="monthly"))
    everything = by_browser(backing, tmp_path)
    work = tmp_path / "work"
    manifest = next(path for path in everything if "manifest" in path.name)
    months = [path for path in everything if path.suffix == ".jsonl"]
    with pytest.raises(BadInputError, match="None of the files holds calls"):
        unpack_by_hand(AgeSealing(), [manifest], work, ())
    unpacked, notes = unpack_by_hand(AgeSealing(), [manifest, months[0]], work, ())
    assert "1 of 2 files are not given" in notes[0]
    assert [one.manifest for one in unpacked] == [None]
    broken = tmp_path / "x.manifest.json"
    broken.write_bytes(manifest.read_bytes()[:-400])
    with pytest.raises(BadInputError, match="manifest cannot be read"):
        unpack_by_hand(AgeSealing(), [broken], work, ())
    with pytest.raises(BadInputError, match="cannot be read"):
        unpack_by_hand(AgeSealing(), [tmp_path / "nowhere"], work, ())


async def test_a_restore_is_asked_of_good_backups_of_ones_own_only(backing: Backing) -> None:
    schedule = await backing.scheduled()
    run_id = await backing.asked(schedule)
    with pytest.raises(BadInputError):
        await backing.restores.ask(MAIN, run_id, "apply", by=ADA)
    await backing.machine.step()
    await backing.rooms.workspaces.add("other")
    with pytest.raises(BadInputError):
        await backing.restores.ask("other", run_id, "apply", by=ADA)  # type: ignore[arg-type] # an id


async def test_files_without_manifests_give_each_calls_newest_word_in_any_order(
    backing: Backing, tmp_path: Path
) -> None:
    schedule = await backing.scheduled(kind="incremental")
    await backing.stored(many_calls(6))
    await backing.run(schedule)
    await backing.clock.advance(DAY_S)
    await backing.stored(changed(many_calls(2)), import_id="imp_2")
    await backing.run(schedule)
    before = await stored(backing)
    calls = [path for path in by_browser(backing, tmp_path) if path.suffix == ".jsonl"]
    for number, given in enumerate((calls, calls[::-1])):
        await emptied(backing)
        work = tmp_path / f"work {number}"
        work.mkdir()
        await by_hand(backing, given, work)
        assert await stored(backing) == before


async def test_two_files_of_one_name_are_a_question_and_not_one_of_them(
    backing: Backing, tmp_path: Path
) -> None:
    schedule = await backing.scheduled(kind="incremental", file_name="{schedule}")
    given = []
    for number in range(2):
        await backing.stored(many_calls(3, first=10 * number))
        await backing.run(schedule)
        await backing.clock.advance(DAY_S)
    for number, file in enumerate(backing.data_files()):
        (tmp_path / str(number)).mkdir()
        given.append(tmp_path / str(number) / file.name)
        given[-1].write_bytes(file.content.read(0, 10**9))
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(BadInputError, match="Several of the files are called"):
        unpack_by_hand(AgeSealing(), given, work, ())


async def test_a_record_under_no_id_is_rejected(backing: Backing, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    nobody, nonsense, real = many_calls(3)
    lines = [call_line(replace(nobody, call_id="")), call_line(replace(nonsense, call_id="g" * 64))]
    path.write_bytes(b"".join([*lines, call_line(real)]))
    work = tmp_path / "work"
    work.mkdir()
    counts = await by_hand(backing, [path], work)
    assert (counts.adds, counts.rejected) == (1, 2)


async def test_a_change_under_a_clock_set_back_is_newer_than_a_backup_under_the_one_before(
    backing: Backing,
) -> None:
    (call,) = many_calls(1)
    schedule = await backing.scheduled()
    backing.clock.jump(DAY_S)
    await backing.stored([replace(call, note="then")])
    run = await backing.run(schedule)
    backing.clock.jump(-DAY_S)
    await backing.stored([replace(call, note="now")], import_id="imp_2")
    await backing.restores.ask(MAIN, run.id, "apply", by=ADA)
    assert await backing.machine.restores.step()
    (body,) = (await stored(backing)).values()
    assert isinstance(body, dict)
    assert body["note"] == "now"
