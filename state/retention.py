"""Deleting what is over, a bounded part at a time. The audit log is kept: nothing here touches it.

Kept as well: deletion requests of persons, which they may look up and which name nobody, and undoings that were
given up, which a person has yet to settle.
"""

from collections.abc import Mapping
from functools import partial

from connector.domain.throttling import FORGOTTEN_MS
from connector.ports import Clock
from state.engine import Engine, Tx
from state.people.sessions import KNOWN_MS
from state.retention_found import Record, sweep_days, sweep_found

DAY_MS = 86_400_000
QUARTER_MS = 90 * DAY_MS
"""Longer than Google repeats a security event (30 days), and than a person asks why a mail came."""
YEAR_MS = 365 * DAY_MS
PART = 500
"""Rows deleted in one transaction: some milliseconds."""

NOTHING: Mapping[Record, int] = {}

LEFT_CONSENTS = "SELECT id FROM consent_attempts WHERE expires_at_ms <= :now_ms LIMIT 1"
SWEEP_CONSENTS = """
    DELETE FROM consent_attempts WHERE id IN (
        SELECT id FROM consent_attempts WHERE expires_at_ms <= :now_ms LIMIT :part)"""
SWEEPS: Mapping[str, int] = {
    # by the mails of an episode that is open it is known who was told, and of what: they stay until it is over
    """DELETE FROM mails WHERE id IN (
        SELECT m.id FROM mails m LEFT JOIN alerts a ON a.id = m.alert_id
         WHERE m.due_at_ms IS NULL AND m.created_at_ms < :before_ms
           AND (a.id IS NULL OR a.resolved_at_ms < :before_ms) LIMIT :part)""": QUARTER_MS,
    """DELETE FROM undoings WHERE id IN (
        SELECT id FROM undoings
         WHERE due_at_ms IS NULL AND state <> 'given_up' AND settled_at_ms < :before_ms LIMIT :part)""": QUARTER_MS,
    """DELETE FROM security_events WHERE jti IN (
        SELECT jti FROM security_events WHERE received_at_ms < :before_ms LIMIT :part)""": QUARTER_MS,
    """DELETE FROM privacy_requests WHERE code IN (
        SELECT code FROM privacy_requests
         WHERE kind = 'deauthorize' AND received_at_ms < :before_ms LIMIT :part)""": QUARTER_MS,
    """DELETE FROM alerts WHERE id IN (
        SELECT id FROM alerts WHERE resolved_at_ms < :before_ms LIMIT :part)""": YEAR_MS,
    """DELETE FROM backup_drills WHERE id IN (
        SELECT id FROM backup_drills
         WHERE due_at_ms IS NULL AND finished_at_ms < :before_ms LIMIT :part)""": YEAR_MS,
    """DELETE FROM backup_restores WHERE id IN (
        SELECT id FROM backup_restores
         WHERE due_at_ms IS NULL AND finished_at_ms < :before_ms LIMIT :part)""": YEAR_MS,
    """DELETE FROM sign_in_links WHERE hash IN (
        SELECT hash FROM sign_in_links WHERE expires_at_ms < :before_ms LIMIT :part)""": DAY_MS,
    """DELETE FROM sessions WHERE hash IN (
        SELECT hash FROM sessions WHERE expires_at_ms < :before_ms LIMIT :part)""": DAY_MS,
    """DELETE FROM known_browsers WHERE hash IN (
        SELECT hash FROM known_browsers WHERE created_at_ms < :before_ms LIMIT :part)""": KNOWN_MS,
    """DELETE FROM sign_in_failures WHERE key IN (
        SELECT key FROM sign_in_failures WHERE last_failed_at_ms < :before_ms LIMIT :part)""": FORGOTTEN_MS,
}
"""How old a row is when it goes, in ms."""


class SqlRetention:
    """Implements `pipelines.retention.Kept`."""

    def __init__(self, engine: Engine, clock: Clock, ages_ms: Mapping[Record, int] = NOTHING) -> None:
        """`ages_ms`: how old records grow that the settings speak of; those without an age are kept."""
        self._engine = engine
        self._clock = clock
        self._ages_ms = ages_ms

    async def sweep_consents(self) -> int:
        where = {"now_ms": self._clock.now_ms(), "part": PART}
        if await self._engine.read(lambda tx: tx.row(LEFT_CONSENTS, where)) is None:
            return 0  # nothing is written where there is nothing to do
        return await self._engine.write(lambda tx: tx.execute(SWEEP_CONSENTS, where))

    async def sweep_records(self) -> int:
        now_ms = self._clock.now_ms()
        for sql, age_ms in SWEEPS.items():
            where = {"before_ms": now_ms - age_ms, "part": PART}
            swept = await self._engine.write(partial(_delete, sql=sql, where=where))
            if swept:
                return swept
        found = await sweep_found(self._engine, self._ages_ms, now_ms=now_ms)
        if not found and (proofs_ms := self._ages_ms.get("proofs")):
            found = await sweep_days(self._engine, proofs_ms, now_ms=now_ms)
        return found


def _delete(tx: Tx, *, sql: str, where: Mapping[str, int]) -> int:
    return tx.execute(sql, where)
