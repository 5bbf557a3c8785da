"""Copies of a PostgreSQL state by `pg_dump`, counted in the dump's own snapshot; restores by `pg_restore`."""

import contextlib
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row

from connector.domain.errors import BadInputError, StateUnavailableError
from connector.domain.own_state import Manifest, copy_name
from state.copies.checks import row_counts
from state.copies.folder import Copies, check_bytes, digest
from state.copies.keeper import GoOn
from state.copies.postgres_tools import run_program
from state.copies.restoring import Hands, Restored, check_restored, go_on_from
from state.keys.resealing import sealed_counts
from state.migrations import RESTORING, migrate_postgres
from state.postgres import PostgresTx
from state.postgres_connection import bounded_conninfo

TABLES = """
    SELECT table_name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name"""
STEPS = "SELECT name FROM migrations ORDER BY name"
CUT_OFF = "SELECT nspname FROM pg_namespace WHERE nspname = :name"
ALIVE = "SELECT id FROM daemons WHERE seen_at_ms >= :since_ms"
SCRATCH = "connector_drill_"
LEFT = "SELECT datname FROM pg_database WHERE starts_with(datname, :prefix)"
LEFT_MS = 86_400_000
"""A scratch database that is older was left by a kill: no drill takes that long."""
ROLE = """
    SELECT rolcreatedb OR rolsuper AS may, CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT) AS now_ms
      FROM pg_roles WHERE rolname = current_user"""
"""What it may, and the server's time, which all machines share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresCopyist:
    """Implements `state.copies.keeper.Copyist`."""

    url: str
    version: str

    def make(self, copies: Copies, now_ms: int, *, go_on: GoOn) -> Manifest:
        name = copy_name(now_ms, "postgres")
        with copies.begun(name) as part, _opened(self.url) as conn:
            conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            tx = PostgresTx(conn)
            snapshot = tx.rows("SELECT pg_export_snapshot() AS name")[0]["name"]
            arguments = ["--format=custom", "--schema=public", f"--snapshot={snapshot}", f"--file={part}"]
            run_program("pg_dump", arguments, self.url, go_on=go_on)
            run_program("pg_restore", ["--list", str(part)], self.url, go_on=go_on)
            manifest = Manifest(
                file=name,
                made_at_ms=now_ms,
                engine="postgres",
                version=self.version,
                steps=tuple(row["name"] for row in tx.rows(STEPS)),
                keys=tuple(sorted(sealed_counts(tx))),
                rows=row_counts(tx, _tables(tx)),
                bytes=part.stat().st_size,
                sha256=digest(part),
            )
            copies.finish(part, manifest)
        return manifest

    def drill(
        self, copy: Path, manifest: Manifest | None, hands: Hands, *, go_on: GoOn, accept_shut: bool = False
    ) -> Restored:
        with _scratch(self.url) as url:
            return prepare_postgres(
                copy, url, manifest=manifest, hands=hands, accept_shut=accept_shut, go_on=go_on
            )

    def is_there(self) -> bool:
        with _opened(self.url) as conn:
            return bool(_tables(PostgresTx(conn)))


def prepare_postgres(
    copy: Path,
    url: str,
    *,
    manifest: Manifest | None,
    hands: Hands,
    accept_shut: bool = False,
    go_on: GoOn = lambda: True,
) -> Restored:
    """Read a copy into an empty schema and make it fit to go on. Raises as the SQLite way does."""
    if manifest is not None:
        check_bytes(copy, manifest)
    name = str(conninfo_to_dict(url)["dbname"])
    arguments = [
        "--schema=public",
        "--no-owner",
        "--no-privileges",
        "--exit-on-error",
        "--single-transaction",
    ]
    run_program("pg_restore", [*arguments, f"--dbname={name}", str(copy)], url, go_on=go_on)
    with _opened(url) as conn, conn.transaction():
        found = check_restored(PostgresTx(conn), manifest, hands.vault)
    if found.shut and not accept_shut:
        raise BadInputError(
            f"{found.shut} of {found.opened + found.shut} sealed secrets in the copy open with no key of "
            "state.encryption_keys: put the keys back (`connector keys recover` reads a key sheet), or give "
            "--accept-lost-keys and connect those accounts again"
        )
    migrate_postgres(url, is_restoring=True)
    with _opened(url) as conn, conn.transaction():
        go_on_from(PostgresTx(conn), made_at_ms=manifest.made_at_ms if manifest else None, hands=hands)
        conn.execute(f"DROP SCHEMA IF EXISTS {RESTORING}")
    return found


def restore_postgres(
    copy: Path,
    url: str,
    *,
    manifest: Manifest | None,
    hands: Hands,
    replace: bool,
    accept_shut: bool,
    alive_ms: int,
) -> tuple[Restored, str | None]:
    """Put a copy in the place of the state; return what came back, and the schema that keeps the old one.

    Raises BadInputError while a daemon runs, when the database is not empty and `replace` is not given, or when the
    copy is no good: then the old state stands as before. A kill leaves a database that nobody opens until a restore
    was run to its end; the old state is in its schema.
    """
    with _opened(url) as conn:
        was_cut_off = PostgresTx(conn).row(CUT_OFF, {"name": RESTORING}) is not None
        since_ms = hands.clock.now_ms() - alive_ms
        aside = _make_room(conn, hands, replace=replace, was_cut_off=was_cut_off, since_ms=since_ms)
        try:
            restored = prepare_postgres(copy, url, manifest=manifest, hands=hands, accept_shut=accept_shut)
        except BaseException:
            with conn.transaction():
                conn.execute("DROP SCHEMA public CASCADE")
                conn.execute(f"ALTER SCHEMA {aside} RENAME TO public" if aside else "CREATE SCHEMA public")
                if not was_cut_off:
                    conn.execute(f"DROP SCHEMA IF EXISTS {RESTORING}")
            raise
    return restored, aside


def _make_room(
    conn: psycopg.Connection[Any], hands: Hands, *, replace: bool, was_cut_off: bool, since_ms: int
) -> str | None:
    """Rename the schema that holds the old state, make an empty one and mark it; what a cut-off restore left goes."""
    tx = PostgresTx(conn)
    tables = () if was_cut_off else _tables(tx)
    if tables and not replace:
        raise BadInputError(
            "the database is not empty and is kept: give --replace to put the copy in its place "
            "(the old tables are kept in a schema beside it)"
        )
    if "daemons" in tables and tx.row(ALIVE, {"since_ms": since_ms}):
        raise BadInputError("a daemon runs on this database: stop all of them first")
    aside = f"before_{hands.stamp}".lower() if tables else None
    with conn.transaction():
        if aside or was_cut_off:
            conn.execute(f"ALTER SCHEMA public RENAME TO {aside}" if aside else "DROP SCHEMA public CASCADE")
            conn.execute("CREATE SCHEMA public")
        conn.execute(f"CREATE SCHEMA IF NOT EXISTS {RESTORING}")
    return aside


@contextlib.contextmanager
def _scratch(url: str) -> Iterator[str]:
    """Lend an empty database that is gone afterwards, and end those that a kill left.

    Raises StateUnavailableError when the role may make none.
    """
    with _opened(url) as conn:
        (role,) = PostgresTx(conn).rows(ROLE)
        if not role["may"]:
            raise StateUnavailableError(
                "a drill needs a scratch database, and the role may not create one: ALTER ROLE … CREATEDB"
            )
        _sweep(conn, before_ms=role["now_ms"] - LEFT_MS)
        name = f"{SCRATCH}{role['now_ms']}_{secrets.token_hex(4)}"
        conn.execute(f"CREATE DATABASE {name}")
        try:
            yield make_conninfo(url, dbname=name)
        finally:
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _sweep(conn: psycopg.Connection[Any], *, before_ms: int) -> None:
    for row in PostgresTx(conn).rows(LEFT, {"prefix": SCRATCH}):
        made = re.fullmatch(rf"{SCRATCH}(\d+)_[0-9a-f]+", row["datname"])
        if made and int(made[1]) < before_ms:
            conn.execute(f"DROP DATABASE IF EXISTS {made[0]} WITH (FORCE)")


@contextlib.contextmanager
def _opened(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Open a connection for long work. Raises StateUnavailableError; the server's own words may hold data."""
    try:
        with psycopg.connect(bounded_conninfo(url), autocommit=True, row_factory=dict_row) as conn:
            yield conn
    except psycopg.Error as error:
        raise StateUnavailableError(f"PostgreSQL refused: {type(error).__name__}") from None


def _tables(tx: PostgresTx) -> Sequence[str]:
    return [row["table_name"] for row in tx.rows(TABLES)]
