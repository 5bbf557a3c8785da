"""What `doctor` asks of the database itself. Nothing here brings a schema up to date."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from sqlite_utils import Migrations

from connector.domain.connection import PageAccess
from connector.domain.errors import BadInputError
from state.accounts.pages import open_page_token
from state.engine import Engine, Row, Tx
from state.migrations import SET, STEPS
from state.postgres_connection import connect_bounded
from state.sqlite import SqliteEngine
from state.sqlite_file import plain_sqlite
from state.vault import Vault

TOUCH = "UPDATE workspaces SET created_at_ms = created_at_ms"
"""Changes nothing and still goes to the disk."""
PAGES = """
    SELECT p.workspace_id, p.page_id, p.sealed_token, p.state, p.reason, p.remedy, c.account_id
      FROM pages p JOIN connections c ON c.id = p.connection_id
     WHERE p.state <> 'disconnected' ORDER BY p.workspace_id, p.page_id"""
GOOGLE = """
    SELECT id, state, reason, remedy FROM connections
     WHERE provider = 'google' AND state <> 'disconnected' ORDER BY id"""
CHECKS = "SELECT name, outcome, detail, remedy FROM connection_checks WHERE connection_id = :id ORDER BY name"
TIME = "SELECT EXTRACT(EPOCH FROM clock_timestamp()) AS now_s"
HAS_MIGRATIONS = "SELECT to_regclass('migrations') IS NOT NULL"
APPLIED = "SELECT name FROM migrations"
COMMITS = 5
LOOK_S = 5.0
"""Seconds that PostgreSQL gets to tell its migrations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedPage:
    """A connected Page as stored. `access` is None when no key opens its token."""

    page_id: str
    account_id: str
    state: str
    reason: str | None
    remedy: str | None
    access: PageAccess | None


def applied_steps(url: str) -> Sequence[str] | None:
    """Return the names of the migrations a database has had; None: there is no SQLite file yet.

    Raises sqlite3.Error, psycopg.Error or OSError when it cannot be opened.
    """
    if not url.startswith("sqlite:"):
        with connect_bounded(url, longest_s=LOOK_S) as conn:
            row = conn.execute(HAS_MIGRATIONS).fetchone()
            rows = conn.execute(APPLIED).fetchall() if row and row[0] else []
            return [str(name) for (name,) in rows]
    path = Path(url.removeprefix("sqlite:///"))
    if not path.exists():
        return None
    with plain_sqlite(path) as db:
        return [done.name for done in Migrations(SET).applied(db)]


def known_steps() -> Sequence[str]:
    """Return the names of all migrations of this version."""
    return [step.name for step in STEPS]


async def commit_seconds(engine: Engine) -> float:
    """Return the median time of a small durable write, in seconds. Raises StateUnavailableError."""
    times: list[float] = []
    for _ in range(COMMITS):
        started = time.perf_counter()
        await engine.write(lambda tx: tx.execute(TOUCH))
        times.append(time.perf_counter() - started)
    return median(times)


async def inspected_pages(engine: Engine, vault: Vault) -> Sequence[InspectedPage]:
    """Return every connected Page."""
    return [_page(vault, row) for row in await engine.read(lambda tx: tx.rows(PAGES))]


async def google_accounts(engine: Engine) -> Sequence[tuple[Row, Sequence[Row]]]:
    """Return every connected Google account as it stands, with the checks of its last look."""

    def look(tx: Tx) -> list[tuple[Row, Sequence[Row]]]:
        return [(row, tx.rows(CHECKS, {"id": row["id"]})) for row in tx.rows(GOOGLE)]

    return await engine.read(look)


async def database_time(engine: Engine) -> datetime | None:
    """Return what time PostgreSQL has it; None on SQLite, whose clock is this machine's."""
    if isinstance(engine, SqliteEngine):
        return None
    row = await engine.read(lambda tx: tx.row(TIME))
    return datetime.fromtimestamp(float(row["now_s"]), UTC) if row else None


def _page(vault: Vault, row: Row) -> InspectedPage:
    try:
        access = PageAccess(page_id=row["page_id"], token=open_page_token(vault, row))
    except BadInputError:
        access = None
    return InspectedPage(
        page_id=row["page_id"],
        account_id=row["account_id"],
        state=row["state"],
        reason=row["reason"],
        remedy=row["remedy"],
        access=access,
    )
