"""`connector state` and `connector keys` as an operator calls them, on both engines."""

import asyncio
import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from cli.conftest import KEY, Call, write_settings
from click.testing import Result
from support.engines import open_engine

from connector.runtime.clock import SystemClock
from state.copies import sqlite_restore
from state.daemons import SeenDaemon, SqlDaemons
from state.sqlite_file import take_lock
from state.vault import Vault

ROOT = Path(__file__).parents[2]
NEW = "22" * 32
DIE = "lambda *_, **__: os._exit(9)"
ADD = """
    INSERT INTO undoings (id, connection_id, workspace_id, provider, kind, sealed_token, state, attempts,
                          created_at_ms)
    VALUES ('u1', 'c', 'main', 'google', 'revoke_grant', '{sealed}', 'waiting', 0, 0)"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere"


@pytest.fixture
def configure(tmp_path: Path, state_url: str) -> Callable[..., Path]:
    """Write settings for a state of either engine."""

    def write(name: str = "settings.toml", **state: object) -> Path:
        given = {"url": state_url, "encryption_keys": [KEY], **state}
        return write_settings(tmp_path / name, tmp_path / "state.db", {"state": given})

    return write


@pytest.fixture
def config(configure: Callable[..., Path]) -> Path:
    return configure()


def copy_of(folder: Path) -> Path:
    return next(path for path in sorted(folder.iterdir()) if path.suffix in {".db", ".dump"})


def made(call: Call, folder: Path) -> Path:
    assert call("workspace", "add", "acme").exit_code == 0
    answer = call("state", "backup", str(folder))
    assert answer.exit_code == 0, answer.output
    return copy_of(folder)


def spoken(answer: Result, code: int, words: str) -> None:
    assert answer.exit_code == code, answer.output
    assert words in answer.output
    assert "Traceback" not in answer.output


def test_a_copy_is_made_listed_and_drilled(call: Call, folder: Path) -> None:
    copy = made(call, folder)
    (row,) = [json.loads(line) for line in call("state", "list", str(folder), "--json").output.splitlines()]
    assert row["file"] == copy.name
    spoken(call("state", "drill", str(folder)), 0, f"{copy.name} can be restored")
    copy.write_bytes(b"broken")
    spoken(call("state", "drill", str(folder)), 65, "not what its manifest says")


def test_a_restore_brings_back_what_was_and_keeps_what_is(call: Call, folder: Path) -> None:
    copy = made(call, folder)
    assert call("workspace", "add", "later").exit_code == 0
    spoken(call("state", "restore", str(copy)), 65, "--replace")
    assert "later" in call("workspace", "list").output
    spoken(call("state", "restore", str(copy), "--replace"), 0, "The old state is kept as")
    rows = [json.loads(line) for line in call("workspace", "list", "--json").output.splitlines()]
    assert {row["id"] for row in rows} == {"main", "acme"}
    assert all(row["last_sequence"] > 1_700_000_000_000 for row in rows)
    spoken(call("alerts", "--json"), 0, "was restored from a copy")
    spoken(call("state", "restore", str(copy), "--replace"), 0, "Restored")


def test_a_dry_run_proves_a_copy_and_changes_nothing(
    call: Call, folder: Path, configure: Callable[..., Path]
) -> None:
    copy = made(call, folder)
    before = sorted(folder.iterdir())
    assert call("workspace", "add", "later").exit_code == 0
    answer = call("state", "restore", str(copy), "--dry-run")
    spoken(answer, 0, "could be restored")
    assert "give --replace" in answer.output
    answer = call("state", "restore", str(copy), "--dry-run", "--replace")
    spoken(answer, 0, "would be kept aside")
    assert sorted(folder.iterdir()) == before
    assert "later" in call("workspace", "list").output
    Path(f"{copy}.json").unlink()
    spoken(call("state", "restore", str(copy), "--dry-run"), 65, "has no manifest beside it")
    spoken(call("state", "restore", str(copy), "--dry-run", "--no-manifest"), 0, "could be restored")
    copy.write_bytes(b"no copy of anything")
    assert call("state", "restore", str(copy), "--dry-run", "--no-manifest").exit_code in {65, 75}
    assert "later" in call("workspace", "list").output


def test_a_restore_into_nothing_needs_no_leave(
    call: Call, folder: Path, tmp_path: Path, state_url: str
) -> None:
    copy = made(call, folder)
    if state_url.startswith("sqlite"):
        (tmp_path / "state.db").rename(tmp_path / "gone.db")
    else:
        _execute(state_url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    spoken(call("state", "restore", str(copy)), 0, "Restored")
    assert "acme" in call("workspace", "list").output


def test_nothing_is_changed_by_a_copy_that_is_no_good(call: Call, folder: Path, tmp_path: Path) -> None:
    copy = made(call, folder)
    whole, beside = copy.read_bytes(), Path(f"{copy}.json")
    manifest = beside.read_text()
    copy.write_bytes(whole[:-10])
    spoken(call("state", "restore", str(copy), "--replace"), 65, "not what its manifest says")
    copy.write_bytes(b"no copy of anything")
    assert call("state", "restore", str(copy), "--replace", "--no-manifest").exit_code in {65, 75}
    copy.write_bytes(whole)
    beside.unlink()
    spoken(call("state", "restore", str(copy), "--replace"), 65, "has no manifest beside it")
    beside.write_text(manifest.replace('"main"', '"man"').replace('"workspaces": 2', '"workspaces": 3'))
    spoken(call("state", "restore", str(copy), "--replace"), 65, "workspaces")
    assert "acme" in call("workspace", "list").output, "the state that was there does not stand any more"
    assert not [path for path in tmp_path.iterdir() if "before" in path.name or "restoring" in path.name]


def test_a_copy_without_a_manifest_is_taken_when_it_must_be(call: Call, folder: Path) -> None:
    copy = made(call, folder)
    Path(f"{copy}.json").unlink()
    spoken(call("state", "restore", str(copy), "--replace", "--no-manifest"), 0, "Restored")
    assert "acme" in call("workspace", "list").output


def test_no_state_is_replaced_under_a_daemon(
    call: Call, folder: Path, tmp_path: Path, state_url: str
) -> None:
    copy = made(call, folder)
    if state_url.startswith("sqlite"):
        with closing(_Lock(tmp_path / "state.db")):
            spoken(call("state", "restore", str(copy), "--replace"), 65, "another connector runs")
        return
    _run_daemon(state_url, ("k",))
    spoken(call("state", "restore", str(copy), "--replace"), 65, "a daemon runs on this database")


@pytest.mark.parametrize("state_url", ["sqlite"], indirect=True)
def test_what_a_killed_restore_left_does_not_spoil_the_next_one(
    call: Call, folder: Path, tmp_path: Path
) -> None:
    first = made(call, tmp_path / "first")
    _leave_a_restore(first, tmp_path / "state.db.restoring")
    assert (tmp_path / "state.db.restoring-journal").exists()
    for number in range(40):
        assert call("workspace", "add", f"other{number}").exit_code == 0
    assert call("state", "backup", str(folder)).exit_code == 0
    spoken(call("state", "restore", str(copy_of(folder)), "--replace"), 0, "Restored")
    assert "other39" in call("workspace", "list").output
    assert not list(tmp_path.glob("*restoring*"))


@pytest.mark.postgres
@pytest.mark.parametrize("state_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("moment", ["check_restored", "run_program"])
def test_nobody_opens_what_a_killed_restore_left(
    call: Call, folder: Path, config: Path, state_url: str, moment: str
) -> None:
    copy = made(call, folder)
    assert call("workspace", "add", "later").exit_code == 0
    restore = ("--config", str(config), "state", "restore", str(copy), "--replace")
    place = "import os; from connector.cli import main; from state.copies import postgres_copy as it"
    dying = f"{place}; it.{moment} = {DIE}"
    killed = subprocess.run([sys.executable, "-c", f"{dying}; main({restore!r})"], check=False, cwd=ROOT)  # noqa: S603 - our own words
    assert killed.returncode == 9
    for command in (("workspace", "list"), ("migrate",), ("run",)):
        spoken(call(*command), 65, "a restore was cut off")
    (copy.parent / "broken.dump").write_bytes(b"no copy of anything")
    assert call("state", "restore", str(copy.parent / "broken.dump"), "--no-manifest").exit_code == 75
    spoken(call("workspace", "list"), 65, "a restore was cut off")
    spoken(call("state", "restore", str(copy)), 0, "Restored")
    listed = call("workspace", "list").output
    assert "acme" in listed
    assert "later" not in listed
    with psycopg.connect(state_url) as conn:
        schemas = [row[0] for row in conn.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'")]
    (aside,) = {*schemas} - {"public", "information_schema"}
    _execute(state_url, f"DROP SCHEMA public CASCADE; ALTER SCHEMA {aside} RENAME TO public")
    assert "later" in call("workspace", "list").output


@pytest.mark.parametrize("state_url", ["sqlite"], indirect=True)
def test_no_state_is_replaced_while_its_log_cannot_be_taken_in(
    call: Call, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_restore, "READERS_S", 0.1)
    copy = made(call, folder)
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM workspaces").fetchone()
        assert call("workspace", "add", "later").exit_code == 0  # is in the log, which the reader holds
        spoken(call("state", "restore", str(copy), "--replace"), 65, "another program reads")
    assert "later" in call("workspace", "list").output
    spoken(call("state", "restore", str(copy), "--replace"), 0, "Restored")


def test_a_copy_whose_key_is_lost_is_refused_unless_that_is_accepted(
    call: Call, folder: Path, configure: Callable[..., Path], state_url: str
) -> None:
    assert call("migrate").exit_code == 0
    _execute(state_url, ADD.format(sealed="v1.deadbeef.AAAA"))
    copy = made(call, folder)
    for more in ((), ("--dry-run",)):
        spoken(call("state", "restore", str(copy), "--replace", *more), 65, "connector keys recover")
    spoken(call("state", "restore", str(copy), "--dry-run", "--accept-lost-keys"), 0, "1 do not")
    spoken(call("state", "restore", str(copy), "--replace", "--accept-lost-keys"), 0, "1 do not")


def test_keys_are_rotated_counted_and_the_old_one_named(
    call: Call, configure: Callable[..., Path], state_url: str
) -> None:
    assert call("migrate").exit_code == 0
    old = Vault([bytes.fromhex(KEY)])
    _execute(state_url, ADD.format(sealed=old.seal("token", bound_to="undoing:u1")))
    configure(encryption_keys=[NEW, KEY])
    spoken(call("keys", "rotate", "--dry-run"), 0, "1 would be sealed anew")
    new = Vault([bytes.fromhex(NEW)])
    for ring in (
        old.names,
        (*old.names, *new.names),
    ):  # it knows the new key and seals under the old one still
        _run_daemon(state_url, ring)
        spoken(call("keys", "rotate"), 75, "does not seal under the first key")
        _execute(state_url, "DELETE FROM daemons")
    _run_daemon(state_url, (*new.names, *old.names))
    spoken(call("keys", "rotate"), 0, f"1 sealed anew. This state needs these keys no more: {old.names[0]}")
    _execute(state_url, "DELETE FROM daemons")
    configure(encryption_keys=[NEW])
    spoken(call("keys", "rotate"), 0, "0 sealed anew")
    configure(encryption_keys=[KEY])
    spoken(call("keys", "rotate"), 1, "1 stored secrets are not under the first key")


def test_a_key_sheet_is_printed_and_read_back(call: Call, tmp_path: Path) -> None:
    sheet, secret = tmp_path / "sheet.txt", tmp_path / "passphrase"
    secret.write_text("correct horse battery\n")
    key = base64.b64encode(bytes.fromhex(KEY)).decode()
    for more in ((), ("--passphrase-file", str(secret))):
        answer = call("keys", "sheet", *more)
        assert answer.exit_code == 0
        assert key not in answer.output
        sheet.write_text(answer.output)
        assert call("keys", "recover", str(sheet), *more).output == f"{key}\n"
    assert call("keys", "recover", str(sheet), input="correct horse battery\n").exit_code == 0
    spoken(call("keys", "recover", str(sheet), input="wrong horse battery!\n"), 65, "not the passphrase")
    sheet.write_text(sheet.read_text().replace("\n02 ", "\n03 "))
    spoken(call("keys", "recover", str(sheet)), 65, "line 03")


def test_postgres_needs_a_folder(call: Call, state_url: str) -> None:
    answer = call("state", "list")
    if state_url.startswith("sqlite"):
        spoken(answer, 0, "holds no finished copy")
    else:
        spoken(answer, 2, "state.backup_dir")


class _Lock:
    """Holds the run lock of a file."""

    def __init__(self, path: Path) -> None:
        self._descriptor = take_lock(path)

    def close(self) -> None:
        os.close(self._descriptor)


def _execute(url: str, sql: str) -> None:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db, db:
            db.execute(sql)
        return
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(sql.encode())


def _leave_a_restore(copy: Path, target: Path) -> None:
    """Leave what a restore leaves that is killed in the middle of its last transaction: a file and a hot journal."""
    work = target.with_name("work.db")
    shutil.copyfile(copy, work)
    with closing(sqlite3.connect(work, isolation_level=None)) as conn:
        conn.execute("PRAGMA cache_size = 1")
        conn.execute("BEGIN IMMEDIATE")
        conn.execute("UPDATE workspaces SET last_sequence = last_sequence + 5")
        conn.execute("CREATE TABLE much (text TEXT)")
        conn.executemany("INSERT INTO much VALUES (?)", [("x" * 3000,)] * 300)
        for suffix in ("", "-journal"):
            shutil.copyfile(f"{work}{suffix}", f"{target}{suffix}")


def _run_daemon(url: str, keys: tuple[str, ...]) -> None:
    """Leave the trace that a running daemon leaves."""

    async def leave() -> None:
        engine = open_engine(url)
        await SqlDaemons(engine, SystemClock()).seen(SeenDaemon(id="d", version="1", keys=keys))
        await engine.aclose()

    asyncio.run(leave())
