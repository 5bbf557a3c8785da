"""What `doctor` asks of the database itself. Nothing here brings a schema up to date."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sqlite_utils import Migrations

from connector.domain.connection import PageAccess
from connector.domain.errors import BadInputError
from state.engine import Engine, Row
from state.migrations import SET, STEPS
from state.pages import open_page_token
from state.postgres_connection import connect_bounded
from state.sqlite_file import plain_sqlite
from state.vault import Vault

TOUCH = "UPDATE workspaces SET created_at_ms = created_at_ms"
"""Changes nothing and still goes to the disk."""
CONNECTIONS = "SELECT id, sealed_token FROM connections ORDER BY id"
PAGES = """
    SELECT p.workspace_id, p.page_id, p.sealed_token, p.state, p.reason, p.remedy, c.account_id
      FROM pages p JOIN connections c ON c.id = p.connection_id ORDER BY p.workspace_id, p.page_id"""
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


async def sealed_connections(engine: Engine, vault: Vault) -> tuple[int, int]:
    """Return how many connections' tokens open, and how many do not."""
    rows = await engine.read(lambda tx: tx.rows(CONNECTIONS))
    opened = await asyncio.to_thread(lambda: sum(_opens(vault, row) for row in rows))
    return opened, len(rows) - opened


async def inspected_pages(engine: Engine, vault: Vault) -> Sequence[InspectedPage]:
    """Return every connected Page."""
    return [_page(vault, row) for row in await engine.read(lambda tx: tx.rows(PAGES))]


def _opens(vault: Vault, row: Row) -> bool:
    try:
        vault.open(row["sealed_token"], bound_to=f"connection:{row['id']}")
    except BadInputError:
        return False
    return True


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
