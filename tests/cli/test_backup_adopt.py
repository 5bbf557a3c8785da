"""`connector backup adopt`: a new installation finds what lies in a Drive and takes over how it was made."""

import json
from typing import Any

import pytest
from cli.test_backup import CALLS, Desk
from cli.test_backup import desk as desk  # noqa: PLC0414 - a fixture
from support.rooms import MAIN

from adapters.sandbox.google.drive.content import Content
from connector.domain.calls.filters import CallSettings, number_print
from connector.wire.manifest import MANIFEST_BYTES_MAX
from state.calls.settings import SqlCallSettings

PRIVATE = number_print(MAIN, "+919000000001")
TAKE = ("--schedule", "--settings")


async def settings(desk: Desk, **more: Any) -> CallSettings:  # noqa: ANN401 - handed through
    return await SqlCallSettings(desk.rooms.engine).change(MAIN, **more)


@pytest.fixture
async def run_id(desk: Desk) -> str:
    """Back up under settings, and return the run as another installation finds it: the state forgot all of it."""
    await settings(desk, private=[PRIVATE], owners={"sim": "asha"}, hours="Mon-Fri 09:00-18:00")
    run = await desk.backed_up()
    assert [(one["run_id"], one["is_own"]) for one in await desk.rows("adopt")] == [(run["id"], True)]
    await desk.rooms.empty("backup_files", "backup_runs", "backup_schedules", "call_settings")
    return str(run["id"])


async def audited(desk: Desk) -> list[dict[str, Any]]:
    rows = await desk.rooms.rows("SELECT detail FROM audit WHERE action = 'backup.adopted' ORDER BY id")
    return [json.loads(row["detail"]) for row in rows]


async def test_what_lies_in_the_drive_is_found_and_taken_over(desk: Desk, run_id: str) -> None:
    (found,) = await desk.rows("adopt")
    assert (found["run_id"], found["schedule"], found["calls"]) == (run_id, "nightly", CALLS)
    assert (found["is_own"], found["made_at"][:2], found["said"]) == (False, "20", None)
    said = await desk.done("adopt", run_id, *TAKE)
    assert "would be taken over (new)" in said
    assert "Nothing was changed; --yes does it." in said
    assert await desk.rows("schedule", "list") == []
    assert (await settings(desk)).owners == {}
    assert not await audited(desk)
    said = await desk.done("adopt", run_id, *TAKE, "--yes")
    assert "1 owners added, 0 replaced; 1 private numbers added; work hours Mon-Fri 09:00-18:00" in said
    (schedule,) = await desk.rows("schedule", "list")
    assert (schedule["name"], schedule["cron"], schedule["status"]["account_email"]) == (
        "nightly",
        "30 2 * * *",
        "ada@example.com",
    )
    after = await settings(desk)
    assert (after.owners, after.filters.private) == ({"sim": "asha"}, frozenset([PRIVATE]))
    assert await audited(desk) == [
        {"is_replaced": False, "schedule": "new", "owners": 1, "private_numbers": 1, "work_hours": "taken"}
    ]
    (again,) = await desk.rows("run", "nightly", "--wait")
    assert again["state"] == "good"
    assert [one.trashed for one in desk.files()] == [False] * 4
    table = await desk.done("adopt")
    assert [table.count(f" {word} ") for word in ("yes", "no")] == [1, 1]


async def test_what_is_set_here_stays_unless_it_is_to_be_replaced(desk: Desk, run_id: str) -> None:
    await desk.done("schedule", "set", "nightly", "--cron", "0 5 * * *")
    await settings(desk, owners={"sim": "bo"}, hours="Sat 09:00-10:00")
    said = await desk.done("adopt", run_id, *TAKE, "--yes")
    assert "one of this name is here and stays" in said
    assert "kept: 1 owners and work hours" in said
    (before,) = await desk.rows("schedule", "list")
    kept = await settings(desk)
    assert (before["cron"], kept.owners) == ("0 5 * * *", {"sim": "bo"})
    (told,) = await desk.rows("adopt", run_id, *TAKE, "--replace", "--yes")
    assert (told["mode"], told["schedule"]["fate"], told["settings"]["owners_replaced"]) == (
        "apply",
        "replaced",
        1,
    )
    (after,) = await desk.rows("schedule", "list")
    assert (after["id"], after["cron"]) == (before["id"], "30 2 * * *")
    assert (await settings(desk)).owners == {"sim": "asha"}


async def test_a_manifest_by_hand_suffices_and_the_restore_says_so(desk: Desk, run_id: str) -> None:
    folder = desk.downloaded()
    desk.stand.world.refresh_tokens.clear()
    desk.stand.world.access_tokens.clear()
    assert (await desk.call("adopt", run_id, "--settings")).exit_code == 77
    restored = await desk.call("restore", str(folder))
    assert (restored.exit_code, "connector backup adopt MANIFEST" in restored.stderr) == (0, True)
    manifest = next(one for one in folder.iterdir() if "manifest" in one.name)
    assert "1 owners added" in await desk.done("adopt", str(manifest), "--settings", "--yes")
    assert (await settings(desk)).owners == {"sim": "asha"}


async def test_prints_of_another_workspace_are_left_out(desk: Desk, run_id: str) -> None:
    del run_id
    manifest = next(one for one in desk.downloaded().iterdir() if "manifest" in one.name)
    value = json.loads(manifest.read_bytes())
    manifest.write_text(json.dumps({**value, "workspace_id": "shop"}), encoding="utf-8")
    said = await desk.done("adopt", str(manifest), "--settings", "--yes")
    assert "Left out: 1 private numbers" in said
    assert not (await settings(desk)).filters.private


async def test_what_cannot_be_taken_over_is_said(desk: Desk, run_id: str) -> None:
    empty = desk.folder / "empty.json"
    empty.write_text("{}", encoding="utf-8")
    large = desk.folder / "large.json"
    with large.open("wb") as file:
        file.truncate(MANIFEST_BYTES_MAX + 1)
    for args, code, said in (
        (("--yes", "--dry-run"), 2, "--dry-run"),
        ((run_id,), 2, "--settings"),
        (("--settings",), 2, "MANIFEST"),
        (("--passphrase-stdin",), 2, "--identity"),
        (("nobody", "--settings"), 65, "no such backup"),
        (("gone.json", "--settings"), 65, "no file gone.json"),
        ((str(empty), "--settings"), 65, "manifest"),
        ((str(large), "--settings"), 65, "too large"),
        ((run_id, "--schedule", "--connection", "bo@example.com"), 65, "ada@example.com"),
    ):
        result = await desk.call("adopt", *args)
        assert (result.exit_code, said in result.stderr) == (code, True), (args, result.output)
    manifest = next(one for one in desk.files() if "manifest" in one.name)
    manifest.content = Content(b" " * (MANIFEST_BYTES_MAX + 1))
    (row,) = await desk.rows("adopt")
    assert (row["schedule"], row["said"]) == (None, "The manifest is too large to be one of ours.")
