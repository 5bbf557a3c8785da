"""A consistent copy of a SQLite file while a daemon writes to it, and opening one without changing it."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from sqlite_utils import Database, Migrations

from connector.domain.errors import BadInputError, StateUnavailableError
from state.migrations import SET
from state.sqlite import SqliteTx
from state.sqlite_file import refused

PAGES = 2_000
"""Copied between two looks whether to go on: 8 MiB."""
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"


def copy_sqlite(source: Path, target: Path, *, go_on: Callable[[], bool] = lambda: True) -> None:
    """Copy by SQLite's backup API into one file without a log beside it.

    The source is read in one transaction: its writers go on, and the copy is the state of one moment. `go_on` False
    ends it. Raises StateUnavailableError.
    """

    def look(_status: int, _left: int, _total: int) -> None:
        if not go_on():
            raise StateUnavailableError("the copy was broken off")

    try:
        with (
            contextlib.closing(sqlite3.connect(_uri(source, "rw"), uri=True, isolation_level=None)) as live,
            contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            live.execute("BEGIN")
            live.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()  # now the snapshot stands
            live.backup(copy, pages=PAGES, progress=look, sleep=0)
            live.execute("ROLLBACK")
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        raise refused("to copy the state", error) from error


@contextlib.contextmanager
def looked_into(path: Path) -> Iterator[SqliteTx]:
    """Open a copy to read; nothing of it is changed, no file appears beside it.

    Raises BadInputError when it is damaged or no database.
    """
    try:
        with contextlib.closing(sqlite3.connect(_uri(path, "ro"), uri=True, isolation_level=None)) as conn:
            check_integrity(conn)
            yield SqliteTx(Database(conn))
    except sqlite3.DatabaseError as error:
        raise BadInputError(f"{path.name} is damaged: {error}") from error


def check_integrity(conn: sqlite3.Connection) -> None:
    """Raise BadInputError unless SQLite finds every page, index and reference right."""
    found = conn.execute("PRAGMA integrity_check(1)").fetchone()
    if found is None or found[0] != "ok":
        raise BadInputError("the copy is damaged: SQLite's integrity check fails")
    if conn.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise BadInputError("the copy is damaged: a row refers to one that is not there")


def sqlite_tables(tx: SqliteTx) -> Sequence[str]:
    """Return the names of the tables."""
    return [row["name"] for row in tx.rows(TABLES)]


def sqlite_steps(db: Database) -> tuple[str, ...]:
    """Return the migrations that a file has had."""
    return tuple(done.name for done in Migrations(SET).applied(db))


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(str(path.absolute()))}?mode={mode}"
