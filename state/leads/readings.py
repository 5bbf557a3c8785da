"""What the dashboard shows of one workspace's leads: counts, lists with cursors, one lead's life."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from connector.domain.lead import WorkspaceId
from state.engine import Engine, Params, Row, Tx
from state.leads.latency import latency

DAY_MS = 86_400_000
NEWEST = 2**62

FLOOR = """
    SELECT id FROM leads WHERE id < :newest AND received_at_ms < :since_ms ORDER BY id DESC LIMIT 1"""
"""Ids grow with time, so this reads back exactly as far as the window reaches: no index by time is kept up."""
PER_DAY = """
    SELECT received_at_ms / 86400000 AS day, COUNT(*) AS leads FROM leads
     WHERE id > :floor AND workspace_id = :workspace_id AND stage <> 'test' AND received_at_ms >= :since_ms
     GROUP BY received_at_ms / 86400000"""
WAITING = """
    SELECT COUNT(*) AS leads, MIN(received_at_ms) AS since_ms FROM leads
     WHERE workspace_id = :workspace_id AND stage IN ('fetch', 'resolve') AND due_at_ms IS NOT NULL"""
RESTING = """
    SELECT COUNT(*) AS leads, MIN(received_at_ms) AS since_ms FROM leads
     WHERE workspace_id = :workspace_id AND stage = {stage}"""
SENDING = """
    SELECT COUNT(*) AS leads, MIN(accepted_at_ms) AS since_ms FROM deliveries
     WHERE workspace_id = :workspace_id AND due_at_ms IS NOT NULL AND lead_id IS NOT NULL"""
REFUSED = """
    SELECT COUNT(*) AS leads FROM deliveries
     WHERE workspace_id = :workspace_id AND state = 'parked' AND lead_id IS NOT NULL"""
DELIVERED = """
    SELECT COUNT(*) AS leads FROM deliveries d JOIN leads l
        ON l.lead_id = d.lead_id AND l.workspace_id = d.workspace_id
     WHERE l.id > :floor AND d.workspace_id = :workspace_id AND d.state = 'delivered'"""
LEADS = """
    SELECT l.id, l.lead_id, l.page_id, l.form_id, l.received_at_ms, l.stage, l.reason, l.received_via,
           p.name AS page_name, f.definition AS form, c.body AS contact, d.state AS delivery, d.reason AS refusal
      FROM leads l
      LEFT JOIN pages p ON p.page_id = l.page_id AND p.workspace_id = l.workspace_id
      LEFT JOIN forms f ON f.form_id = l.form_id
      LEFT JOIN contacts c ON c.id = l.contact_id
      LEFT JOIN deliveries d ON d.event_id = (
           SELECT n.event_id FROM deliveries n
            WHERE n.lead_id = l.lead_id AND n.workspace_id = l.workspace_id ORDER BY n.sequence DESC LIMIT 1)
     WHERE l.workspace_id = :workspace_id AND l.id < :before AND {filters}
     ORDER BY l.id DESC LIMIT :limit"""
_EVENT_OF = """
    SELECT s.id FROM deliveries e JOIN leads s ON s.lead_id = e.lead_id AND s.workspace_id = e.workspace_id
     WHERE e.workspace_id = :workspace_id AND """
STATES: Mapping[str, str] = {
    "fetching": "l.id IN (SELECT s.id FROM leads s WHERE s.stage = 'fetch' AND s.due_at_ms IS NOT NULL)",
    "held": "l.id IN (SELECT s.id FROM leads s WHERE s.stage = 'held')",
    "matching": "l.id IN (SELECT s.id FROM leads s WHERE s.stage = 'resolve' AND s.due_at_ms IS NOT NULL)",
    "sending": f"l.stage = 'contact' AND l.id IN ({_EVENT_OF} e.due_at_ms IS NOT NULL)",
    "delivered": "l.stage = 'contact' AND (d.state = 'delivered' OR d.state IS NULL)",
    "parked": (
        "(l.id IN (SELECT s.id FROM leads s WHERE s.stage = 'parked') OR "  # noqa: S608 - our own constants
        f"(l.stage = 'contact' AND d.state = 'parked' AND l.id IN ({_EVENT_OF} e.state = 'parked')))"
    ),
    "test": "l.id IN (SELECT s.id FROM leads s WHERE s.stage = 'test')",
}
"""A lead's state as people see it → what its rows say. What is rare is found by the index of just these rows."""
FILTERS: Mapping[str, str] = {"page": "l.page_id = :page", "form": "l.form_id = :form"}
CHOICES_MAX = 500
"""Entries of a choice: more forms than this are found by nobody in a list."""
PAGES = "SELECT page_id, name FROM pages WHERE workspace_id = :workspace_id ORDER BY name, page_id"
FORMS = """
    SELECT f.form_id, f.definition FROM pages p JOIN forms f ON f.page_id = p.page_id
     WHERE p.workspace_id = :workspace_id LIMIT :limit"""
LEAD = """
    SELECT raw, fetched_at_ms, resolved_at_ms, normaliser, mapping_version, attempts, contact_id, due_at_ms
      FROM leads
     WHERE workspace_id = :workspace_id AND lead_id = :lead_id"""
CRM_ID = "SELECT crm_id FROM contacts WHERE id = :contact_id"
MERGES = """
    SELECT why, merged_at_ms FROM merges
     WHERE workspace_id = :workspace_id AND lead_id = :lead_id ORDER BY id"""
CORRECTIONS = """
    SELECT r.id, r.changes, r.after, r.actor_kind, r.actor, r.repaired_at_ms, r.undone_at_ms,
           CASE WHEN m.accepted_at_ms IS NULL THEN p.email ELSE p.name END AS actor_name
      FROM repairs r
      LEFT JOIN people p ON p.id = r.actor
      LEFT JOIN memberships m ON m.person_id = r.actor AND m.workspace_id = r.workspace_id
     WHERE r.workspace_id = :workspace_id AND r.contact_id = :contact_id ORDER BY r.repaired_at_ms, r.id"""
CONTACT = "SELECT body FROM contacts WHERE id = :contact_id"
SENT = """
    SELECT event_id, sequence, state, due_at_ms, settled_at_ms, is_replay FROM deliveries
     WHERE workspace_id = :workspace_id AND lead_id = :lead_id ORDER BY sequence"""
ATTEMPTS = """
    SELECT t.event_id, t.attempt, t.at_ms, t.duration_ms, t.status, t.reason
      FROM deliveries d JOIN attempts t ON t.event_id = d.event_id
     WHERE d.workspace_id = :workspace_id AND d.lead_id = :lead_id ORDER BY t.id"""
DELIVERIES = """
    SELECT d.event_id, d.sequence, e.type, d.lead_id, d.state, d.attempts, d.last_status, d.reason, d.due_at_ms,
           d.settled_at_ms, d.is_replay
      FROM events e JOIN deliveries d ON d.event_id = e.id
     WHERE e.workspace_id = :workspace_id AND e.sequence < :before AND {filters}
     ORDER BY e.sequence DESC LIMIT :limit"""
DELIVERY_STATES: Mapping[str, str] = {
    "waiting": "d.event_id IN (SELECT s.event_id FROM deliveries s WHERE s.due_at_ms IS NOT NULL)",
    "delivered": "d.state = 'delivered'",
    "parked": "d.event_id IN (SELECT s.event_id FROM deliveries s WHERE s.state = 'parked')",
}


class SqlReadings:
    """Implements `ports.Readings`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def overview(self, workspace_id: WorkspaceId, *, now_ms: int, days: int) -> Mapping[str, Any]:
        return await self._engine.read(
            partial(_overview, workspace_id=workspace_id, now_ms=now_ms, days=days)
        )

    async def leads(
        self, workspace_id: WorkspaceId, filters: Mapping[str, str], *, before: int, limit: int
    ) -> Sequence[Mapping[str, Any]]:
        conditions = [FILTERS[name] for name in ("page", "form") if filters.get(name)]
        conditions += [STATES[state]] if (state := filters.get("state", "")) in STATES else []
        sql = LEADS.replace("{filters}", " AND ".join(conditions) or "1 = 1")
        where: Params = {
            "workspace_id": workspace_id,
            "before": before,
            "limit": limit,
            **{name: filters[name] for name in ("page", "form") if filters.get(name)},
        }
        return [_lead(row) for row in await self._engine.read(lambda tx: tx.rows(sql, where))]

    async def choices(self, workspace_id: WorkspaceId) -> tuple[Mapping[str, str], Mapping[str, str]]:
        where: Params = {"workspace_id": workspace_id}
        pages, forms = await self._engine.read(
            lambda tx: (tx.rows(PAGES, where), tx.rows(FORMS, {**where, "limit": CHOICES_MAX}))
        )
        return (
            {row["page_id"]: row["name"] for row in pages},
            dict(
                sorted(
                    ((row["form_id"], _form_name(row["definition"]) or row["form_id"]) for row in forms),
                    key=lambda form: (form[1].casefold(), form[0]),
                )
            ),
        )

    async def life(self, workspace_id: WorkspaceId, lead_id: str) -> Mapping[str, Any] | None:
        return await self._engine.read(partial(_life, workspace_id=workspace_id, lead_id=lead_id))

    async def deliveries(
        self, workspace_id: WorkspaceId, *, state: str | None, before: int, limit: int
    ) -> Sequence[Row]:
        sql = DELIVERIES.replace("{filters}", DELIVERY_STATES.get(state or "", "1 = 1"))
        where: Params = {"workspace_id": workspace_id, "before": before, "limit": limit}
        return await self._engine.read(lambda tx: tx.rows(sql, where))


def _overview(tx: Tx, *, workspace_id: WorkspaceId, now_ms: int, days: int) -> dict[str, Any]:
    where = {"workspace_id": workspace_id}
    today = now_ms // DAY_MS
    since_ms = (today - days + 1) * DAY_MS
    floor = tx.row(FLOOR, {"newest": NEWEST, "since_ms": since_ms})
    window = {**where, "floor": floor["id"] if floor else 0, "since_ms": since_ms}
    per_day = {int(row["day"]): int(row["leads"]) for row in tx.rows(PER_DAY, window)}
    week = tx.row(FLOOR, {"newest": NEWEST, "since_ms": now_ms - 7 * DAY_MS})
    waiting = [tx.row(WAITING, where), tx.row(SENDING, where)]
    held = tx.row(RESTING.replace("{stage}", "'held'"), where)
    parked = tx.row(RESTING.replace("{stage}", "'parked'"), where)
    refused = tx.row(REFUSED, where)
    delivered = tx.row(DELIVERED, {**where, "floor": week["id"] if week else 0})
    since = [row["since_ms"] for row in (*waiting, held) if row and row["since_ms"] is not None]
    return {
        "per_day": [(today - back, per_day.get(today - back, 0)) for back in range(days - 1, -1, -1)],
        "waiting": sum(int(row["leads"]) for row in (*waiting, held) if row),
        "waiting_since_ms": min(since, default=None),
        "held": int(held["leads"]) if held else 0,
        "parked": sum(int(row["leads"]) for row in (parked, refused) if row),
        "delivered": int(delivered["leads"]) if delivered else 0,
        "latency_day": latency(tx, workspace_id, since_ms=now_ms - DAY_MS),
        "latency_week": latency(tx, workspace_id, since_ms=now_ms - 7 * DAY_MS),
    }


def _lead(row: Row) -> dict[str, Any]:
    body = json.loads(row["contact"]) if row["contact"] else None
    shown = {name: row[name] for name in row if name not in {"contact", "form"}}
    return {**shown, "form_name": _form_name(row["form"]), "contact": body}


def _form_name(definition: str | None) -> str | None:
    name = json.loads(definition).get("name") if definition else None
    return name if isinstance(name, str) else None


def _life(tx: Tx, *, workspace_id: WorkspaceId, lead_id: str) -> dict[str, Any] | None:
    where = {"workspace_id": workspace_id, "lead_id": lead_id}
    row = tx.row(LEAD, where)
    if row is None:
        return None
    sql = LEADS.replace("{filters}", "l.lead_id = :lead_id")
    listed = tx.row(sql, {**where, "before": 2**62, "limit": 1})
    tries: defaultdict[str, list[Row]] = defaultdict(list)
    for made in tx.rows(ATTEMPTS, where):
        tries[made["event_id"]].append(made)
    crm = tx.row(CRM_ID, {"contact_id": row["contact_id"]}) if row["contact_id"] else None
    return {
        **(_lead(listed) if listed else {}),
        **{name: row[name] for name in row if name != "raw"},
        "raw": json.loads(row["raw"]) if row["raw"] else None,
        "crm_id": crm["crm_id"] if crm else None,
        "merges": tx.rows(MERGES, where),
        "corrections": _corrections(tx, workspace_id, row["contact_id"]),
        "deliveries": [{**sent, "tries": tries[sent["event_id"]]} for sent in tx.rows(SENT, where)],
    }


def _corrections(tx: Tx, workspace_id: WorkspaceId, contact_id: str | None) -> list[dict[str, Any]]:
    """Return what people changed of the contact; the last one can be undone while nothing came after it."""
    where = {"workspace_id": workspace_id, "contact_id": contact_id}
    now = tx.row(CONTACT, where) if contact_id else None
    if now is None:
        return []
    return [
        {
            **{name: row[name] for name in row if name not in {"changes", "after"}},
            "changes": json.loads(row["changes"]),
            "may_undo": row["undone_at_ms"] is None and row["after"] == now["body"],
        }
        for row in tx.rows(CORRECTIONS, where)
    ]
