"""`connector backup` from the first schedule to the restore by hand, against the sandbox, without a daemon."""

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import calling, write_settings
from click.testing import Result
from fake_clock import FakeClock
from support.backing_up import many_calls
from support.counters import SeenCounters
from support.google_accounts import GoogleStand, opened_stand
from support.rooms import KEY, MAIN, Rooms

from adapters.sandbox.google.drive.content import Content
from adapters.sandbox.google.objects import FOLDER, File
from adapters.sandbox.google.world import GoogleWorld
from state.calls.calls import SqlCalls
from state.daemons import SeenDaemon, SqlDaemons
from state.sqlite import SqliteEngine

CALLS = 40


@dataclass(kw_only=True)
class Desk:
    """Commands in a thread of their own, while the sandbox's Google answers here."""

    stand: GoogleStand
    rooms: Rooms
    config: Path
    folder: Path

    async def call(self, *args: str, **more: str) -> Result:
        return await asyncio.to_thread(calling(self.config), "backup", *args, **more)

    async def done(self, *args: str, **more: str) -> str:
        result = await self.call(*args, **more)
        assert result.exit_code == 0, result.output
        return result.stdout

    async def rows(self, *args: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (await self.done(*args, "--json")).splitlines()]

    def files(self) -> Sequence[File]:
        return [one for one in self.stand.world.files.values() if one.mime_type != FOLDER]

    def downloaded(self, name: str = "by-hand") -> Path:
        """Save every file as a person does in Drive's page."""
        folder = self.folder / name
        folder.mkdir()
        for one in self.files():
            (folder / one.name).write_bytes(one.content.read(0, 10**9))
        return folder

    def configure(self, stand: GoogleStand) -> None:
        """Point the settings at a Google."""
        sections: dict[str, dict[str, object]] = {
            "state": {"encryption_keys": [KEY.hex()]},
            "google": dict(stand.google.settings()),
            "backup": {"spool_dir": str(self.folder / "spool")},
        }
        write_settings(self.config, self.folder / "state.db", sections)

    async def backed_up(self) -> dict[str, Any]:
        """Make a schedule and run it."""
        await self.done("schedule", "set", "nightly", "--cron", "30 2 * * *")
        (run,) = await self.rows("run", "nightly", "--wait")
        assert run["state"] == "good"
        return run


@pytest.fixture
async def desk(tmp_path: Path, new_id: Callable[[], str]) -> AsyncIterator[Desk]:
    clock = FakeClock(datetime.now(UTC))  # the commands have the system's
    world = GoogleWorld.invented(random.Random(1))  # noqa: S311 - repeatable
    world.add_account("ada@example.com")
    async with AsyncExitStack() as stack:
        engine = SqliteEngine(tmp_path / "state.db")
        stack.push_async_callback(engine.aclose)
        rooms = Rooms.on(engine, clock, SeenCounters(), new_id)
        stack.push_async_callback(rooms.aclose)
        stand = await stack.enter_async_context(opened_stand(rooms, world))
        await stand.connected()
        await rooms.workspaces.change(MAIN, {"call_tracking": 1})
        await SqlCalls(engine, clock).add(MAIN, many_calls(CALLS), import_id="imp_1")
        opened = Desk(stand=stand, rooms=rooms, config=tmp_path / "settings.toml", folder=tmp_path)
        opened.configure(stand)
        yield opened


async def test_a_schedule_is_set_shown_and_removed(desk: Desk) -> None:
    plan = ("schedule", "set", "nightly", "--cron", "30 2 * * *", "--zone", "Europe/Rome")
    assert "Would be saved" in await desk.done(*plan, "--dry-run")
    assert await desk.rows("schedule", "list") == []
    said = await desk.done(*plan, "--format", "jsonl", "--format", "csv", "--keep", "daily=3")
    assert said.count(" 02:30 CE") == 5
    assert "ada@example.com" in said
    (one,) = await desk.rows("schedule", "list")
    assert (one["formats"], one["retention"]["daily"], one["zone"]) == (["jsonl", "csv"], 3, "Europe/Rome")
    assert len(one["status"]["next_runs"]) == 5
    result = await desk.call("schedule", "set", one["id"], "--format", "xml", "--dry-run")
    assert (result.exit_code, "formats: Nothing of it could be restored" in result.stderr) == (65, True)
    await desk.done("schedule", "set", one["id"], "--off", "--rename", "manual")
    shown = await desk.done("schedule", "show", "manual")
    assert "Next runs  none" in shown
    assert "csv" in shown
    assert "Would remove manual" in await desk.done("schedule", "remove", "manual", "--dry-run")
    assert "Removed manual" in await desk.done("schedule", "remove", "manual")
    assert "No schedules yet" in await desk.done("schedule", "list")


async def test_mistakes_are_named_with_their_option(desk: Desk) -> None:
    for args, code, said in (
        (("nightly",), 65, "--cron"),
        (("nightly", "--cron", "61 * * * *", "--zone", "Mars"), 65, "Mars"),
        (("nightly", "--cron", "* * * * *"), 65, "cron: "),
        (("nightly", "--cron", "0 1 * * *", "--keep", "daily"), 65, "daily=14"),
        (("nightly", "--cron", "0 1 * * *", "--keep", "hourly=1"), 65, "retention"),
        (("nightly", "--cron", "0 1 * * *", "--account", "bo@example.com"), 65, "ada@example.com"),
        (("nightly", "--cron", "0 1 * * *", "--recipient", "age1x", "--unsealed"), 2, "--recipient"),
    ):
        result = await desk.call("schedule", "set", *args)
        assert (result.exit_code, said in result.stderr) == (code, True), result.stderr
    assert await desk.rows("schedule", "list") == []


async def test_a_run_is_done_here_listed_verified_and_drilled(desk: Desk) -> None:
    run = await desk.backed_up()
    assert (run["calls"], run["account_email"], run["origin"]) == (CALLS, "ada@example.com", "person")
    (listed,) = await desk.rows("list")
    assert [file["format"] for file in listed["files"]] == ["jsonl", None]
    said = await desk.done("list", run["id"])
    assert said.count("https://drive.google.com/") == 3
    assert "All 2 files" in await desk.done("verify", run["id"])
    assert f"Proved: {CALLS} calls" in await desk.done("drill")
    assert "Nothing waits" in await desk.done("confirm", "nightly")
    assert (await desk.call("cancel", run["id"])).exit_code == 65


async def test_what_is_wrong_with_a_backup_is_said_with_the_way_on(desk: Desk) -> None:
    run = await desk.backed_up()
    data = next(one for one in desk.files() if one.name.endswith(".jsonl"))
    body = data.content.read(0, 10**9)
    data.content = Content(body[:-1] + b"?")
    result = await desk.call("verify", run["id"])
    assert (result.exit_code, "bytes changed" in result.stdout) == (1, True)
    result = await desk.call("drill", "nightly")
    assert (result.exit_code, "Failed: " in result.stdout) == (1, True)
    result = await desk.call("restore", run["id"])
    assert (result.exit_code, "connector backup run" in result.stderr) == (69, True)
    assert (await desk.call("verify", "nobody")).exit_code == 65


async def test_a_run_that_waits_says_for_what(desk: Desk) -> None:
    await desk.done("schedule", "set", "nightly", "--cron", "30 2 * * *")
    asked = await desk.call("run", "nightly")
    assert (asked.exit_code, "--wait" in asked.stderr) == (0, True)
    account = next(iter(desk.stand.world.accounts.values()))
    account.limit_bytes = account.used_elsewhere_bytes
    result = await desk.call("run", "nightly", "--wait")
    assert (result.exit_code, "Make room in that Drive" in result.stderr) == (75, True), result.output
    (run,) = await desk.rows("list")
    assert run["hold"] == "storage"
    said = await desk.done("cancel", run["id"], "--dry-run")
    assert re.fullmatch(rf"Would end run {run['id']} of nightly: uploading, 0 bytes of \S+ KB sent\.\n", said)
    assert (await desk.rows("list"))[0]["hold"] == "storage"
    assert "within a minute" in await desk.done("cancel", run["id"])


async def test_what_a_run_would_send_and_delete_is_said_first(desk: Desk) -> None:
    await desk.done("schedule", "set", "nightly", "--cron", "30 2 * * *")
    said = await desk.done("run", "nightly", "--dry-run")
    assert said == (
        f"Would back up nightly (full: jsonl), to ada@example.com. Stored are {CALLS} calls. "
        "Old backups that would go: 0; that somebody would be asked about: 0.\n"
    )
    assert await desk.rows("list") == []
    asked = await desk.rows("run", "nightly")
    (would,) = await desk.rows("run", "nightly", "--dry-run")
    assert (would["open_run_id"], would["would_delete"]) == (asked[0]["id"], [])
    assert f"Run {asked[0]['id']} of nightly" in await desk.done("run", "nightly", "--dry-run")


async def test_with_a_daemon_a_run_is_left_to_it(desk: Desk) -> None:
    await desk.done("schedule", "set", "nightly", "--cron", "30 2 * * *")
    daemon = SeenDaemon(id="d", version="1", keys=())
    await SqlDaemons(desk.rooms.engine, desk.rooms.clock).seen(daemon)
    asked = await desk.call("run", "nightly")
    assert (asked.exit_code, asked.stderr) == (0, "")
    assert (await desk.rows("list"))[0]["state"] == "waiting"
    following = asyncio.create_task(desk.call("run", "nightly", "--wait"))
    await SqlDaemons(desk.rooms.engine, desk.rooms.clock).gone("d")
    assert (await following).exit_code == 0
    assert (await desk.rows("list"))[0]["state"] == "good"


async def test_files_by_hand_are_previewed_and_restored_once(desk: Desk) -> None:
    run = await desk.backed_up()
    folder = desk.downloaded()
    await desk.rooms.empty("call_keys", "calls")
    desk.stand.world.files.clear()
    for token in ("restore", str(folder)), ("restore", *map(str, sorted(folder.iterdir()))):
        assert f"{CALLS} added" in await desk.done(*token)
    assert await desk.rooms.rows("SELECT 1 FROM calls") == []
    assert f"Restored: {CALLS} calls read, {CALLS} added" in await desk.done(
        "restore", str(folder), "--apply"
    )
    assert f"{CALLS} kept" in await desk.done("restore", str(folder), "--apply")
    assert len(await desk.rooms.rows("SELECT 1 FROM calls")) == CALLS
    (entry, _) = await desk.rooms.rows("SELECT detail FROM audit WHERE action = 'backup.restored'")
    assert json.loads(entry["detail"])["adds"] == CALLS
    result = await desk.call("restore", run["id"])
    assert (result.exit_code, "restore FILE" in result.stderr) == (69, True), result.output


async def test_a_run_is_restored_out_of_the_drive_into_a_file_of_its_own(desk: Desk) -> None:
    run = await desk.backed_up()
    scratch = desk.folder / "scratch.db"
    await desk.done("restore", run["id"], "--into", str(scratch))
    assert not scratch.exists()
    (counts,) = await desk.rows("restore", run["id"], "--into", str(scratch), "--apply")
    assert (counts["adds"], counts["mode"]) == (CALLS, "apply")
    assert scratch.exists()
    assert (await desk.rows("restore", run["id"]))[0]["keeps"] == CALLS


async def test_a_dead_account_leaves_the_way_by_hand(desk: Desk) -> None:
    run = await desk.backed_up()
    folder = desk.downloaded()
    desk.stand.world.refresh_tokens.clear()
    desk.stand.world.access_tokens.clear()
    for args in ("restore", run["id"]), ("verify", run["id"]):
        result = await desk.call(*args)
        assert result.exit_code == 77, result.output
    assert "restore FILE" in (await desk.call("restore", run["id"])).stderr
    result = await desk.call("run", "nightly", "--wait")
    assert (result.exit_code, "Connect the Google account again" in result.stderr) == (75, True)
    assert f"{CALLS} kept" in await desk.done("restore", str(folder))


async def test_another_oauth_client_is_named_and_leaves_the_way_by_hand(desk: Desk) -> None:
    """`[google]` names a client of another Cloud project, and the account consented anew: Google hides the files."""
    run = await desk.backed_up()
    folder = desk.downloaded()
    world = desk.stand.world
    before, after = world.client, world.add_client()
    world.clients = {after.id: after, **world.clients}
    async with opened_stand(desk.rooms, world) as stand:
        await stand.connected()
        desk.configure(stand)
        for args, code in (
            (("restore", run["id"]), 69),
            (("verify", run["id"]), 1),
            (("drill", "nightly"), 1),
        ):
            result = await desk.call(*args)
            assert result.exit_code == code, result.output
            assert f"made through the Cloud project {before.project}" in result.output
            assert f"this installation uses {after.project}" in result.output
            assert "connector backup restore FILE" in result.output
        listed = await desk.call("adopt")
        assert "Google shows an app only what its own Cloud project made" in listed.output
        await desk.rooms.empty("call_keys", "calls")
        assert f"{CALLS} added" in await desk.done("restore", str(folder), "--apply")
        (anew,) = await desk.rows("run", "nightly", "--wait")
        assert (anew["state"], anew["calls"]) == ("good", CALLS)
        assert "Proved" in await desk.done("drill", "nightly")


async def test_a_mistyped_file_is_no_run(desk: Desk) -> None:
    desk.config.unlink()
    for name in "calls.jsonl", "./calls", "a b":
        result = await desk.call("restore", name, "--into", "scratch.db")
        assert (result.exit_code, "There is no file" in result.stderr) == (65, True)


async def test_nothing_is_restored_where_calls_are_not_tracked(desk: Desk) -> None:
    await desk.backed_up()
    folder = desk.downloaded()
    await desk.rooms.workspaces.change(MAIN, {"call_tracking": 0})
    result = await desk.call("restore", str(folder), "--apply")
    assert (result.exit_code, "--call-tracking on" in result.stderr) == (77, True)


async def test_files_are_restored_without_any_settings(desk: Desk) -> None:
    await desk.backed_up()
    folder, scratch = desk.downloaded(), desk.folder / "away" / "scratch.db"
    scratch.parent.mkdir()
    desk.config.unlink()
    said = await desk.done("restore", str(folder), "--into", str(scratch), "--apply")
    assert f"{CALLS} added" in said


@pytest.mark.parametrize("phrase", [None, "correct horse battery staple"])
async def test_sealed_files_open_with_the_sheet_that_was_printed_once(desk: Desk, phrase: str | None) -> None:
    plan = ("schedule", "set", "sealed", "--cron", "30 2 * * *")
    how = ["--passphrase-stdin"] if phrase else ["--new-key"]
    said = await desk.done(*plan, *how, input=f"{phrase}\n")
    assert said.count("KEY SHEET") == 1
    sheet = desk.folder / "sheet.txt"
    sheet.write_text(said.partition("Saved:")[0], encoding="utf-8")
    (run,) = await desk.rows("run", "sealed", "--wait")
    assert "sealed and were compared as they were sent" in await desk.done("verify", run["id"])
    folder = desk.downloaded()
    result = await desk.call("restore", str(folder))
    assert (result.exit_code, "key" in result.stderr) == (65, True)
    opened = ["--identity", str(sheet), *(["--passphrase-stdin"] if phrase else [])]
    for source in str(folder), run["id"]:
        assert f"{CALLS} kept" in await desk.done("restore", source, *opened, input=f"{phrase}\n")
    (found,) = await desk.rows("adopt")
    assert (found["schedule"], "key" in found["said"]) == (None, True)
    said = await desk.done("adopt", run["id"], "--schedule", *opened, input=f"{phrase}\n")
    assert "Schedule sealed: one of this name is here" in said
    if phrase:
        wrong = await desk.call("restore", str(folder), *opened, input="another phrase of mine\n")
        assert wrong.exit_code == 65
        assert (await desk.call("restore", str(folder), "--identity", str(sheet))).exit_code == 65


async def test_old_backups_go_only_after_a_word(desk: Desk) -> None:
    await desk.backed_up()
    await desk.rooms.engine.write(
        lambda tx: tx.execute("UPDATE backup_schedules SET created_at_ms = created_at_ms - 864000000000")
    )
    for _ in range(4):
        await desk.done("run", "nightly", "--wait")
    await desk.rooms.engine.write(
        lambda tx: tx.execute("UPDATE backup_runs SET made_at_ms = made_at_ms - 8640000000")
    )
    keep = [f"--keep={name}=0" for name in ("daily", "weekly", "monthly", "yearly")]
    await desk.done("schedule", "set", "nightly", *keep, "--keep", "min_count=1")
    rows = await desk.rows("confirm", "nightly", "--dry-run")
    assert len(rows) == 3
    assert (await desk.call("confirm", "nightly", "--run", "nobody")).exit_code == 65
    assert "1 backups are allowed" in await desk.done("confirm", "nightly", "--run", rows[0]["id"])
    await desk.done("run", "nightly", "--wait")  # one went unasked, and the next only in a quarter of an hour
    deleted = "SELECT id FROM backup_runs WHERE trashed_at_ms IS NOT NULL"
    gone = len(await desk.rooms.rows(deleted))
    assert gone == 2
    assert "2 backups are allowed" in await desk.done("confirm", "nightly")
    await desk.done("run", "nightly", "--wait")
    assert len(await desk.rooms.rows(deleted)) == 5
