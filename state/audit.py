"""The audit log. A deed's line is written in the transaction that does it."""

import json
from collections.abc import Sequence

from connector.domain.audit import AuditEntry, AuditRecord, bounded_detail
from connector.domain.lead import WorkspaceId
from connector.ports import Clock
from state.engine import Engine, Row, Tx

APPEND = """
    INSERT INTO audit (workspace_id, at_ms, actor_kind, actor, action, subject, detail)
    VALUES (:workspace_id, :at_ms, :actor_kind, :actor, :action, :subject, :detail)"""
# a name is told where its person belongs; of others the workspace knows the address, and no more
NEWEST = """
    SELECT a.id, a.workspace_id, a.at_ms, a.actor_kind, a.actor, a.action, a.subject, a.detail,
           CASE WHEN mp.accepted_at_ms IS NULL THEN p.email ELSE p.name END AS actor_name,
           CASE WHEN ms.accepted_at_ms IS NULL THEN s.email ELSE s.name END AS subject_name
      FROM audit a
      LEFT JOIN people p ON p.id = a.actor
      LEFT JOIN people s ON s.id = a.subject
      LEFT JOIN memberships mp ON mp.person_id = a.actor AND mp.workspace_id = a.workspace_id
      LEFT JOIN memberships ms ON ms.person_id = a.subject AND ms.workspace_id = a.workspace_id
     WHERE a.workspace_id = :workspace_id AND a.id < :before_id
     ORDER BY a.id DESC LIMIT :limit"""
_PAST_ALL = 2**62


class SqlAuditLog:
    """Implements `ports.AuditLog`."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def record(self, entry: AuditEntry) -> None:
        at_ms = self._clock.now_ms()
        await self._engine.write(lambda tx: append_audit(tx, entry, at_ms=at_ms))

    async def newest(
        self, workspace_id: WorkspaceId, *, limit: int, before_id: int | None = None
    ) -> Sequence[AuditRecord]:
        where = {"workspace_id": workspace_id, "before_id": before_id or _PAST_ALL, "limit": limit}
        rows = await self._engine.read(lambda tx: tx.rows(NEWEST, where))
        return [_record(row) for row in rows]


def append_audit(tx: Tx, entry: AuditEntry, *, at_ms: int) -> None:
    """Append a line as a part of what it tells of."""
    detail = bounded_detail(entry.detail)
    row = {
        "workspace_id": entry.workspace_id,
        "at_ms": at_ms,
        "actor_kind": entry.actor.kind,
        "actor": entry.actor.name,
        "action": entry.action,
        "subject": entry.subject,
        "detail": json.dumps(detail, ensure_ascii=False) if detail else None,
    }
    tx.execute(APPEND, row)


def _record(row: Row) -> AuditRecord:
    return AuditRecord(
        id=row["id"],
        at_ms=row["at_ms"],
        workspace_id=row["workspace_id"],
        actor_kind=row["actor_kind"],
        actor=row["actor"],
        actor_name=row["actor_name"],
        action=row["action"],
        subject=row["subject"],
        subject_name=row["subject_name"],
        detail=json.loads(row["detail"]) if row["detail"] else {},
    )
