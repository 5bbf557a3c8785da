"""A state that cannot be opened is one sentence with what to do, and leaves nothing open behind."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from connector.domain.errors import NewerStateError, StateUnavailableError
from state.migrations import STEPS, Step, migrate_sqlite
from state.sqlite import SqliteEngine
from state.sqlite_file import plain_sqlite


def spoil(path: Path, how: str) -> Path:
    """Return where the state is to be, and why it cannot be opened there."""
    if how == "no folder":
        return path / "nowhere" / "state.db"
    if how == "a file as folder":
        path.write_bytes(b"")
        return path / "state.db"
    if how == "a folder as file":
        path.mkdir()
        return path
    if how == "no rights":
        return Path("/proc/state.db")  # not even root may make a file there
    path.write_bytes(b"this is no database" * 100)
    return path


def descriptors() -> set[str]:
    """Return what this process has open."""
    found = set()
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - links that may be gone by now
        target = Path("/proc/self/fd") / name
        if target.is_symlink():
            found.add(str(target.readlink()))
    return found


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("no folder", "folder does not exist"),
        ("a file as folder", "folder does not exist"),
        ("a folder as file", "let the user"),
        ("no rights", "let the user"),
        ("no database", "not a database: put a backup"),
    ],
)
async def test_what_cannot_be_opened_is_said(tmp_path: Path, how: str, says: str, *, running: bool) -> None:
    path = spoil(tmp_path / "state.db", how)
    with pytest.raises(StateUnavailableError) as raised:
        SqliteEngine(path, exclusive=running)
    said = str(raised.value)
    assert str(path) in said
    assert says in said
    assert "\n" not in said
    assert not [name for name in descriptors() if name.startswith(str(path))]


async def test_a_locked_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (id TEXT)")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StateUnavailableError, match="locked: wait for the other program"):
            SqliteEngine(path, busy_timeout_ms=1)


async def test_a_refused_start_gives_the_run_lock_back(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with plain_sqlite(path) as db:
        migrate_sqlite(db, (*STEPS, Step("9999_from_the_future", ("CREATE TABLE future (id TEXT)",))))
    for _ in range(2):  # a lock that was kept would be a BadInputError
        with pytest.raises(NewerStateError):
            SqliteEngine(path, exclusive=True)
    path.unlink()
    engine = SqliteEngine(path, exclusive=True)
    await engine.aclose()
