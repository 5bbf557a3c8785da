"""The file behind SQLite: opening it, the lock of the daemon that runs on it, what to do when it cannot be had."""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database

from connector.domain.errors import BadInputError, StateUnavailableError
from state.migrations import migrate_sqlite

BUSY_TIMEOUT_MS = 5_000
"""How long a write waits for another program's."""
_REMEDIES = {  # sqlite.org/rescode.html
    sqlite3.SQLITE_FULL: "make room on its disk",
    sqlite3.SQLITE_IOERR: "look at its disk, which is full, failing or gone",
    sqlite3.SQLITE_BUSY: "wait for the other program that writes to it, or end it",
    sqlite3.SQLITE_READONLY: "let the user who runs this write to the file and its folder",
    sqlite3.SQLITE_CORRUPT: "put a backup of the state in its place",
    sqlite3.SQLITE_NOTADB: "put a backup of the state in its place",
}


def open_file(path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Database:
    """Open one connection. Raises sqlite3.Error; nothing stays open then."""
    conn = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        conn.execute(f"PRAGMA busy_timeout = {busy_timeout_ms}")
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = FULL")  # a commit is on disk when it returns
        conn.execute("PRAGMA foreign_keys = ON")
        return Database(conn)
    except BaseException:
        conn.close()
        raise


def open_migrated(path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Database:
    """Open one connection and bring the schema up to date. Raises StateUnavailableError or NewerStateError."""
    try:
        db = open_file(path, busy_timeout_ms=busy_timeout_ms)
        try:
            migrate_sqlite(db)
        except BaseException:
            db.close()
            raise
    except sqlite3.DatabaseError as error:
        raise _unavailable(path, error) from error
    return db


def take_lock(path: Path) -> int:
    """Hold the file's run lock; the caller closes the descriptor.

    Raises BadInputError when another daemon has it, StateUnavailableError when the folder cannot be written.
    """
    try:
        descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unavailable(path, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise BadInputError(
            f"another connector runs on {path}: stop it first, or use PostgreSQL for several machines"
        ) from None
    except OSError as error:  # a file system without locks
        os.close(descriptor)
        raise _unavailable(path, error) from error
    return descriptor


@contextlib.contextmanager
def plain_sqlite(path: Path) -> Iterator[Database]:
    """Open the file without migrating it: for checks and tests."""
    db = open_file(path)
    try:
        yield db
    finally:
        db.close()


def is_refusal(error: BaseException) -> bool:
    """Whether the database is the reason, not the statement: full, locked, read-only, or damaged."""
    return isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError


def refused(doing: str, error: BaseException) -> StateUnavailableError:
    """Say in one sentence what SQLite did not do, why, and what to do."""
    code = getattr(error, "sqlite_errorcode", None)  # missing where the module itself raises
    remedy = _REMEDIES.get(code & 0xFF) if code is not None else None
    said = f"SQLite refused {doing}: {error}"
    return StateUnavailableError(f"{said}: {remedy}" if remedy else said)


def _unavailable(path: Path, error: OSError | sqlite3.DatabaseError) -> StateUnavailableError:
    """Say in one sentence what cannot be opened, why, and what to do."""
    said = error.strerror if isinstance(error, OSError) else str(error)
    if not path.absolute().parent.is_dir():
        why = "its folder does not exist: make it, owned by the user who runs this, or mend state.url"
    elif type(error) is sqlite3.DatabaseError:
        why = f"{said}: put a backup of the state in its place, or mend state.url"
    elif "locked" in str(said):
        why = f"{said}: wait for the other program that writes to it, or end it"
    else:
        why = f"{said}: let the user who runs this write to the file and its folder, or mend state.url"
    return StateUnavailableError(f"The state {path} cannot be opened, {why}.")
