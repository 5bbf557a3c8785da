"""Reading again as people see and steer it: Pages, their budgets, imports of history."""

from collections.abc import Callable, Sequence
from typing import Any

from connector.domain.audit import Actor, AuditEntry
from connector.domain.lead import WorkspaceId
from connector.domain.reconcile_work import BackfillOrder, BackfillPlan
from connector.ports import Clock
from state.audit import append_audit
from state.engine import Engine, Row, Tx
from state.reconcile import backfills
from state.reconcile.budgets import budget_of

NEWEST_MAX = 200
"""Imports, the latest, that are looked at for those that are over."""

PAGES = """
    SELECT p.page_id, p.name, p.state, p.paused_until_ms, COUNT(f.form_id) AS forms,
           COALESCE(SUM(f.is_live), 0) AS live_forms,
           MIN(CASE WHEN f.is_live = 1 THEN f.due_at_ms END) AS due_at_ms,
           MAX(CASE WHEN f.is_live = 1 THEN f.read_at_ms END) AS read_at_ms,
           MAX(f.newest_lead_ms) AS newest_lead_ms, MAX(h.last_lead_ms) AS learnt_lead_ms, MAX(h.hearing) AS hearing,
           MAX(h.overdue_at_ms) AS overdue_at_ms, MAX(h.ads) AS ads, MAX(h.ads_asked_at_ms) AS ads_asked_at_ms
      FROM pages p
      LEFT JOIN page_forms f ON f.page_id = p.page_id AND f.workspace_id = p.workspace_id
      LEFT JOIN page_rhythms h ON h.page_id = p.page_id AND h.workspace_id = p.workspace_id
     WHERE p.workspace_id = :workspace_id AND p.state <> 'disconnected'
     GROUP BY p.page_id, p.name, p.state, p.paused_until_ms ORDER BY p.name, p.page_id"""
FORMS = """
    SELECT f.form_id, f.name FROM page_forms f
      JOIN pages p ON p.page_id = f.page_id AND p.workspace_id = f.workspace_id
     WHERE f.workspace_id = :workspace_id AND p.state <> 'disconnected'
     ORDER BY f.name, f.form_id LIMIT :limit"""
_IMPORTS = """
    SELECT b.id, b.page_id, b.form_id, p.name AS page_name, f.name AS form_name, b.since_ms, b.until_ms, b.state,
           b.requested_by, CASE WHEN m.accepted_at_ms IS NULL THEN q.email ELSE q.name END AS requested_by_name,
           b.found, b.new, b.calls, b.reason, b.began_ms, b.created_at_ms, b.settled_at_ms, b.due_at_ms,
           f.leads_count AS total
      FROM backfills b
      LEFT JOIN pages p ON p.page_id = b.page_id AND p.workspace_id = b.workspace_id
      LEFT JOIN page_forms f ON f.form_id = b.form_id AND f.workspace_id = b.workspace_id
      LEFT JOIN people q ON q.id = b.requested_by
      LEFT JOIN memberships m ON m.person_id = b.requested_by AND m.workspace_id = b.workspace_id
     WHERE b.workspace_id = :workspace_id"""
WAITING = f"{_IMPORTS} AND b.due_at_ms IS NOT NULL ORDER BY b.created_at_ms DESC, b.id"
NEWEST = f"{_IMPORTS} ORDER BY b.created_at_ms DESC, b.id LIMIT :most"


class SqlReadingDesk:
    """Implements `ports.reading_desk.ReadingDesk`."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id

    async def pages(self, workspace_id: WorkspaceId) -> Sequence[Row]:
        def look(tx: Tx) -> list[Row]:
            return [_page(tx, row) for row in tx.rows(PAGES, {"workspace_id": workspace_id})]

        return await self._engine.read(look)

    async def forms(self, workspace_id: WorkspaceId, *, limit: int) -> Sequence[Row]:
        where = {"workspace_id": workspace_id, "limit": limit}
        return await self._engine.read(lambda tx: tx.rows(FORMS, where))

    async def imports(self, workspace_id: WorkspaceId) -> Sequence[Row]:
        where = {"workspace_id": workspace_id, "most": NEWEST_MAX}
        waiting, newest = await self._engine.read(
            lambda tx: (tx.rows(WAITING, where), tx.rows(NEWEST, where))
        )
        found = {row["id"]: row for row in (*waiting, *newest)}
        return sorted(found.values(), key=lambda row: (-row["created_at_ms"], row["id"]))

    async def plan(self, order: BackfillOrder) -> Sequence[BackfillPlan]:
        return await self._engine.read(lambda tx: backfills.plan(tx, order))

    async def ask(self, order: BackfillOrder, *, actor: Actor) -> int:
        now_ms = self._clock.now_ms()

        def ask(tx: Tx) -> int:
            count = len(backfills.ask(tx, order, now_ms=now_ms, new_id=self._new_id))
            _note(tx, "import.asked", order, actor, count, now_ms=now_ms)
            return count

        return await self._engine.write(ask)

    async def stop(self, order: BackfillOrder, *, actor: Actor) -> int:
        now_ms = self._clock.now_ms()

        def stop(tx: Tx) -> int:
            count = backfills.stop(tx, order, now_ms=now_ms)
            if count:
                _note(tx, "import.stopped", order, actor, count, now_ms=now_ms)
                tx.wake("reconcile")
            return count

        return await self._engine.write(stop)


def _page(tx: Tx, row: Row) -> Row:
    known: dict[str, Any] = {
        name: row[name] for name in row if name not in {"newest_lead_ms", "learnt_lead_ms"}
    }
    last = [one for one in (row["newest_lead_ms"], row["learnt_lead_ms"]) if one is not None]
    return {**known, "last_lead_ms": max(last, default=None), "budget": budget_of(tx, row["page_id"])}


def _note(tx: Tx, action: str, order: BackfillOrder, actor: Actor, count: int, *, now_ms: int) -> None:
    entry = AuditEntry(
        actor=actor,
        action=action,
        workspace_id=order.workspace_id,
        subject=order.form_id or order.page_id,
        detail={"forms": count, "since_ms": order.window.since_ms, "until_ms": order.window.until_ms},
    )
    append_audit(tx, entry, at_ms=now_ms)
