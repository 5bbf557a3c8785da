"""What every page of the dashboard shows of a workspace: open alerts and the numbers beside the navigation."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from connector.domain.lead import WorkspaceId
from state.engine import Engine, Params, Row, Tx

ALERTS = """
    SELECT a.id, a.key, a.severity, a.title, a.remedy, a.raised_at_ms, a.resolved_at_ms, a.connection_id,
           c.provider, (SELECT MIN(m.sent_at_ms) FROM mails m WHERE m.alert_id = a.id) AS mailed_at_ms
      FROM alerts a LEFT JOIN connections c ON c.id = a.connection_id
     WHERE (a.workspace_id = :workspace_id OR a.workspace_id IS NULL) AND {which}
     ORDER BY {order} LIMIT :limit"""
OPEN = ("a.resolved_at_ms IS NULL", "a.severity, a.raised_at_ms, a.id")  # critical sorts before warning
PAST = ("a.resolved_at_ms IS NOT NULL AND a.id < :before", "a.id DESC")
OPEN_MAX = 100
NUMBERS = """
    SELECT (SELECT COUNT(*) FROM connections
             WHERE workspace_id = :workspace_id AND state IN ('degraded', 'reconnect', 'suspended')) AS troubled,
           (SELECT COUNT(*) FROM connections
             WHERE workspace_id = :workspace_id AND state IN ('reconnect', 'suspended')) AS dead,
           (SELECT COUNT(*) FROM leads WHERE workspace_id = :workspace_id AND stage = 'parked') AS parked,
           (SELECT COUNT(*) FROM deliveries WHERE workspace_id = :workspace_id AND state = 'parked') AS refused,
           (SELECT COUNT(*) FROM quarantine WHERE released_at_ms IS NULL) AS quarantined"""
QUARANTINE = """
    SELECT digest, reason, field_name, page_id, lead_id, seen, first_seen_ms, last_seen_ms FROM quarantine
     WHERE released_at_ms IS NULL
       AND (last_seen_ms < :before OR (last_seen_ms = :before AND digest > :after))
     ORDER BY last_seen_ms DESC, digest LIMIT :limit"""
"""Many notices of one webhook are seen in the same millisecond: the digest goes on where a page ended."""


class SqlGlance:
    """Implements `ports.Glance`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def at(self, workspace_id: WorkspaceId) -> Mapping[str, Any]:
        return await self._engine.read(partial(_glance, workspace_id=workspace_id))

    async def past_alerts(self, workspace_id: WorkspaceId, *, before: int, limit: int) -> Sequence[Row]:
        where: Params = {"workspace_id": workspace_id, "before": before, "limit": limit}
        return await self._engine.read(lambda tx: tx.rows(_alerts(PAST), where))

    async def quarantine(self, *, before: tuple[int, str], limit: int) -> Sequence[Row]:
        where: Params = {"before": before[0], "after": before[1], "limit": limit}
        return await self._engine.read(lambda tx: tx.rows(QUARANTINE, where))


def _alerts(part: tuple[str, str]) -> str:
    which, order = part
    return ALERTS.replace("{which}", which).replace("{order}", order)


def _glance(tx: Tx, *, workspace_id: WorkspaceId) -> dict[str, Any]:
    where: Params = {"workspace_id": workspace_id}
    alerts = tx.rows(_alerts(OPEN), {**where, "limit": OPEN_MAX})
    return {**(tx.row(NUMBERS, where) or {}), "alerts": alerts}
