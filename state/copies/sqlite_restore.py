"""Putting a copy in the place of a SQLite file: proved beside it, then changed over by one rename."""

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

from sqlite_utils import Database

from connector.domain.errors import BadInputError, StateUnavailableError
from connector.domain.own_state import Manifest
from state.copies.folder import check_bytes, sync
from state.copies.restoring import Hands, Restored, check_restored, go_on_from
from state.copies.sqlite_copy import check_integrity, looked_into
from state.migrations import migrate_sqlite
from state.sqlite import SqliteTx
from state.sqlite_file import refused, take_lock

RESTORING = ".restoring"
LOGS = ("-wal", "-shm")
READERS_S = 2.0
"""Seconds that commands get to end which still read the state that is to be replaced."""


def prepare_sqlite(
    copy: Path, target: Path, *, manifest: Manifest | None, hands: Hands, accept_shut: bool = False
) -> Restored:
    """Make a state of the copy at `target` that is fit to go on, proved and on disk.

    Raises BadInputError when the copy is no good or the ring lacks a key, NewerStateError when its version is newer,
    StateUnavailableError when the place takes none.
    """
    if manifest is not None:
        check_bytes(copy, manifest)
    with looked_into(copy):
        pass
    shutil.copyfile(copy, target)
    target.chmod(0o600)
    try:
        found = _made_fit(target, manifest=manifest, hands=hands, accept_shut=accept_shut)
    except sqlite3.DatabaseError as error:
        raise refused("to put the copy back", error) from error
    sync(target)
    return found


def _made_fit(target: Path, *, manifest: Manifest | None, hands: Hands, accept_shut: bool) -> Restored:
    with contextlib.closing(sqlite3.connect(target, isolation_level=None, cached_statements=256)) as conn:
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA synchronous = FULL")
        db = Database(conn)
        tx = SqliteTx(db)
        # counted before the migration, which may fill tables anew
        found = check_before(tx, manifest, hands)
        if found.shut and not accept_shut:
            raise _lacking_key(found, manifest)
        migrate_sqlite(db)
        conn.execute("BEGIN IMMEDIATE")
        go_on_from(tx, made_at_ms=manifest.made_at_ms if manifest else None, hands=hands)
        conn.execute("COMMIT")
        check_integrity(conn)
    return found


def check_before(tx: SqliteTx, manifest: Manifest | None, hands: Hands) -> Restored:
    """Judge the copy as it is. Raises BadInputError; a file that is no state of ours included."""
    try:
        return check_restored(tx, manifest, hands.vault)
    except sqlite3.OperationalError as error:
        raise BadInputError("this is a database, and no state of connector") from error


def restore_sqlite(
    copy: Path, path: Path, *, manifest: Manifest | None, hands: Hands, replace: bool, accept_shut: bool
) -> tuple[Restored, Path | None]:
    """Put a copy in the place of the state; return what came back, and where the old file lies.

    A kill at any moment leaves the old state or the new one, whole. Raises BadInputError when a daemon runs on the
    file, when there is one and `replace` is not given, or when the copy is no good; nothing was changed then.
    """
    lock = take_lock(path)
    try:
        if path.exists() and not replace:
            raise BadInputError(
                f"{path} exists and is kept: give --replace to put the copy in its place (it is kept beside it)"
            )
        fresh = Path(f"{path}{RESTORING}")
        _sweep(fresh)  # a kill may have left its journal, which SQLite would play into the new file
        try:
            restored = prepare_sqlite(copy, fresh, manifest=manifest, hands=hands, accept_shut=accept_shut)
            aside = _set_aside(path, f"{path}.before-{hands.stamp}")
            fresh.replace(path)
            sync(path.parent)
        except OSError as error:
            raise StateUnavailableError(f"{path} cannot be restored: {error.strerror}") from error
        finally:
            _sweep(fresh)
        return restored, aside
    finally:
        os.close(lock)


def _sweep(fresh: Path) -> None:
    for suffix in ("", *LOGS, "-journal"):
        Path(f"{fresh}{suffix}").unlink(missing_ok=True)


def _set_aside(path: Path, aside: str) -> Path | None:
    """Give the old state a second name, its log with it, and take the log away from the first.

    The log must not be met by the new file: SQLite would play it into it. So all that is in it must be in the file
    before: a kill may come when the log is gone and the new file is not there yet. Raises BadInputError while
    somebody reads.
    """
    if not path.exists():
        for log in LOGS:
            Path(f"{path}{log}").unlink(missing_ok=True)
        return None
    with (
        contextlib.suppress(sqlite3.Error),  # it may be what is broken
        contextlib.closing(sqlite3.connect(path, timeout=READERS_S, isolation_level=None)) as conn,
    ):
        is_busy, *_ = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            raise BadInputError(f"another program reads {path}: let it end first")
    for suffix in ("", *LOGS):
        if Path(f"{path}{suffix}").exists():
            os.link(f"{path}{suffix}", f"{aside}{suffix}")
    sync(path.parent)
    for log in LOGS:
        Path(f"{path}{log}").unlink(missing_ok=True)
    return Path(aside)


def _lacking_key(found: Restored, manifest: Manifest | None) -> BadInputError:
    names = f" (it needs the keys {', '.join(manifest.keys)})" if manifest and manifest.keys else ""
    return BadInputError(
        f"{found.shut} of {found.opened + found.shut} sealed secrets in the copy open with no key of "
        f"state.encryption_keys{names}: put the keys back (`connector keys recover` reads a key sheet), or give "
        "--accept-lost-keys and connect those accounts again"
    )
