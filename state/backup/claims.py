"""Drills and restores claimed under a lease: rows of two tables that are due, claimed and put off alike."""

from collections.abc import Callable
from typing import Any, Literal

from connector.domain.backup.work import DrillWork, RestoreWork, RunWork
from connector.ports import Clock
from state.backup.schedules import PROGRESS
from state.engine import Engine, Row, Tx

LEASE_MS = 10 * 60_000
"""Each part that is fetched or stored begins it anew."""

CLAIM = """
    UPDATE {table} SET claim_id = :claim_id, due_at_ms = :lease_until_ms
     WHERE id = (SELECT id FROM {table} WHERE due_at_ms <= :now_ms ORDER BY due_at_ms, id LIMIT 1 /*skip locked*/)
    RETURNING *"""
NEXT = "SELECT MIN(due_at_ms) AS due FROM {table} WHERE due_at_ms IS NOT NULL"
RENEW = "UPDATE {table} SET due_at_ms = :lease_until_ms WHERE id = :id AND claim_id = :claim_id"
POSTPONE = """
    UPDATE {table} SET due_at_ms = :due_at_ms, claim_id = NULL, failures = failures + 1, reason = :reason
     WHERE id = :id AND claim_id = :claim_id"""

Table = Literal["backup_drills", "backup_restores"]


class BackupClaims:
    """Claims on one of the tables."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[], str], table: Table) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id
        self._table = table

    async def claim(self) -> Row | None:
        """Claim the row that is due first."""
        now_ms = self._clock.now_ms()
        lease = {"claim_id": self._new_id(), "lease_until_ms": now_ms + LEASE_MS, "now_ms": now_ms}
        return await self._engine.write(lambda tx: tx.row(self._sql(CLAIM), lease))

    async def renew(self, work: DrillWork | RestoreWork) -> bool:
        """Begin the lease anew; False when it is lost."""
        row = {**fence(work), "lease_until_ms": self._clock.now_ms() + LEASE_MS}
        return await self._engine.write(lambda tx: tx.execute(self._sql(RENEW), row)) > 0

    async def postpone(self, work: DrillWork | RestoreWork, reason: str, *, due_at_ms: int) -> None:
        """Try again later; a claim that is lost changes nothing."""
        row = {**fence(work), "reason": reason, "due_at_ms": due_at_ms}
        await self._engine.write(lambda tx: told(tx, self._sql(POSTPONE), row))

    async def next_due_ms(self) -> int | None:
        """Return when one is due."""
        row = await self._engine.read(lambda tx: tx.row(self._sql(NEXT)))
        return row["due"] if row else None

    def _sql(self, sql: str) -> str:
        return sql.format(table=self._table)


def fence(work: RunWork | DrillWork | RestoreWork) -> dict[str, Any]:
    """Return what every step names: the row, and the claim that it is under."""
    return {"id": work.id, "claim_id": work.claim_id}


def told(tx: Tx, sql: str, row: dict[str, Any]) -> int:
    """Run a step and tell whoever watches; return how many rows it changed, none when the claim is lost."""
    tx.wake(PROGRESS)
    return tx.execute(sql, row)
