"""Counts for a support bundle: how much there is of what, and no value of anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from state.copies.checks import row_counts
from state.copies.sqlite_copy import sqlite_tables
from state.engine import Engine, Tx
from state.keys.resealing import sealed_counts
from state.sqlite import SqliteTx

POSTGRES_TABLES = """
    SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name"""
GROUPS: Mapping[str, str] = {
    "leads": "SELECT stage, received_via, COUNT(*) AS n FROM leads GROUP BY stage, received_via",
    "deliveries": "SELECT state, COUNT(*) AS n FROM deliveries GROUP BY state",
    "connections": "SELECT provider, state, COUNT(*) AS n FROM connections GROUP BY provider, state",
    "alerts": "SELECT key, COUNT(*) AS n FROM alerts WHERE resolved_at_ms IS NULL GROUP BY key",
    "runs": "SELECT kind, outcome, COUNT(*) AS n FROM state_runs GROUP BY kind, outcome",
    "daemons": "SELECT version, COUNT(*) AS n FROM daemons GROUP BY version",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Rows by table, groups as rows of labels and a count, sealed values by the name of their key."""

    tables: Mapping[str, int]
    groups: Mapping[str, Sequence[Sequence[Any]]]
    sealed: Mapping[str, int]


async def bundle_counts(engine: Engine) -> Counts:
    """Count everything on one snapshot."""
    return await engine.read(_count)


def _count(tx: Tx) -> Counts:
    names = (
        sqlite_tables(tx) if isinstance(tx, SqliteTx) else [row["name"] for row in tx.rows(POSTGRES_TABLES)]
    )
    return Counts(
        tables=row_counts(tx, names),
        groups={name: [list(row.values()) for row in tx.rows(sql)] for name, sql in GROUPS.items()},
        sealed=sealed_counts(tx),
    )
