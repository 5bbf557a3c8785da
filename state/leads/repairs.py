"""Corrections by hand: what the CRM refused, the contact as a person mends it, the way back."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from typing import Any

from connector.domain.audit import Actor, AuditEntry
from connector.domain.contact import Contact
from connector.domain.delivery import FieldError
from connector.domain.lead import WorkspaceId
from connector.domain.matching import with_possible_duplicates
from connector.domain.repairing import Corrected, Refused, corrected
from connector.domain.times import rfc3339
from connector.ports import Clock
from connector.ports.repairs import Outdated, RefusedEvent
from connector.wire.contact import contact_from_json, contact_json
from state.audit import append_audit
from state.engine import Engine, Params, Row, Tx
from state.events import LOCK_WORKSPACE
from state.leads.contact_changes import (
    ContactChange,
    accepted_revision,
    sharing,
    store_contact,
    supersede_parked,
)

REFUSED = """
    SELECT d.event_id, d.workspace_id, d.sequence, d.lead_id, d.contact_id, d.errors, d.reason, d.settled_at_ms,
           c.body, c.edited, c.revision, c.crm_id, p.name AS page_name, f.definition AS form,
           d.revision AS refused_revision, COALESCE(p.country_hint, w.region) AS country_hint, e.body AS event
      FROM deliveries d
      JOIN contacts c ON c.id = d.contact_id
      JOIN events e ON e.id = d.event_id
      JOIN workspaces w ON w.id = d.workspace_id
      LEFT JOIN leads l ON l.lead_id = d.lead_id AND l.workspace_id = d.workspace_id
      LEFT JOIN pages p ON p.page_id = l.page_id AND p.workspace_id = l.workspace_id
      LEFT JOIN forms f ON f.form_id = l.form_id
     WHERE d.workspace_id = :workspace_id AND d.state = 'parked' AND {which}
       AND NOT EXISTS (
            SELECT 1 FROM deliveries n
             WHERE n.contact_id = d.contact_id AND n.state = 'parked' AND n.revision > d.revision)
     ORDER BY d.sequence DESC LIMIT :limit"""
PARKED = """
    SELECT l.lead_id, l.reason, l.received_at_ms, p.name AS page_name, l.page_id, f.definition AS form
      FROM leads l
      LEFT JOIN pages p ON p.page_id = l.page_id AND p.workspace_id = l.workspace_id
      LEFT JOIN forms f ON f.form_id = l.form_id
     WHERE l.workspace_id = :workspace_id AND l.stage = 'parked'
     ORDER BY l.received_at_ms DESC LIMIT :limit"""
NOTE = """
    INSERT INTO repairs (id, workspace_id, contact_id, lead_id, actor_kind, actor, changes, before, after,
                         edited_before, repaired_at_ms)
    VALUES (:id, :workspace_id, :contact_id, :lead_id, :actor_kind, :actor, :changes, :before, :after,
            :edited_before, :now_ms)"""
REPAIR = """
    SELECT r.id, r.contact_id, r.lead_id, r.before, r.after, r.edited_before, c.body, c.edited
      FROM repairs r JOIN contacts c ON c.id = r.contact_id
     WHERE r.id = :id AND r.workspace_id = :workspace_id AND r.undone_at_ms IS NULL"""
UNDONE = "UPDATE repairs SET undone_at_ms = :now_ms WHERE id = :id"
LAST_EVENT = """
    SELECT e.body FROM deliveries d JOIN events e ON e.id = d.event_id
     WHERE d.workspace_id = :workspace_id AND d.lead_id = :lead_id ORDER BY d.sequence DESC LIMIT 1"""


class SqlRepairs:
    """Implements `ports.repairs.Repairs`."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id

    async def refused(self, workspace_id: WorkspaceId, *, before: int, limit: int) -> Sequence[RefusedEvent]:
        where: Params = {"workspace_id": workspace_id, "before": before, "limit": limit}
        sql = REFUSED.replace("{which}", "d.sequence < :before")
        return await self._engine.read(lambda tx: [_refused(tx, row) for row in tx.rows(sql, where)])

    async def refused_one(self, workspace_id: WorkspaceId, event_id: str) -> RefusedEvent | None:
        def look(tx: Tx) -> RefusedEvent | None:
            row = _one(tx, workspace_id=workspace_id, event_id=event_id)
            return _refused(tx, row) if row else None

        return await self._engine.read(look)

    async def parked(self, workspace_id: WorkspaceId, *, limit: int) -> Sequence[Row]:
        where: Params = {"workspace_id": workspace_id, "limit": limit}
        rows = await self._engine.read(lambda tx: tx.rows(PARKED, where))
        return [{**row, "form_name": _form_name(row["form"])} for row in rows]

    async def correct(
        self,
        workspace_id: WorkspaceId,
        event_id: str,
        values: Mapping[str, str],
        *,
        revision: int,
        actor: Actor,
    ) -> Corrected | Refused | Outdated | None:
        unit = partial(
            _correct, where=(workspace_id, event_id), values=values, revision=revision, author=self._by(actor)
        )
        return await self._engine.write(unit)

    async def undo(self, workspace_id: WorkspaceId, repair_id: str, *, actor: Actor) -> bool:
        return await self._engine.write(
            partial(_undo, workspace_id=workspace_id, repair_id=repair_id, author=self._by(actor))
        )

    def _by(self, actor: Actor) -> "_Author":
        return _Author(actor, self._clock.now(), self._new_id)


class _Author:
    """Who corrects, when, and what names the rows it makes."""

    def __init__(self, actor: Actor, now: datetime, new_id: Callable[[], str]) -> None:
        self.actor = actor
        self.now = now
        self.now_ms = int(now.timestamp() * 1000)
        self.new_id = new_id


def _one(tx: Tx, *, workspace_id: WorkspaceId, event_id: str) -> Row | None:
    where = {"workspace_id": workspace_id, "event_id": event_id, "limit": 1}
    return tx.row(REFUSED.replace("{which}", "d.event_id = :event_id"), where)


def _correct(
    tx: Tx, *, where: tuple[WorkspaceId, str], values: Mapping[str, str], revision: int, author: _Author
) -> Corrected | Refused | Outdated | None:
    workspace_id, event_id = where
    tx.execute(LOCK_WORKSPACE, {"workspace_id": workspace_id})
    row = _one(tx, workspace_id=workspace_id, event_id=event_id)
    if row is None:
        return None
    if row["revision"] != revision:
        return Outdated()
    before, edited = contact_from_json(row["body"]), frozenset(json.loads(row["edited"]))
    done = corrected(before, edited, values, country_hint=row["country_hint"], now=author.now)
    if not isinstance(done, Corrected) or not done.changes:
        return done
    after = with_possible_duplicates(done.contact, sharing(tx, workspace_id, done.contact))
    lead = {"workspace_id": workspace_id, "lead_id": row["lead_id"], "contact_id": row["contact_id"]}
    supersede_parked(tx, row["contact_id"], now_ms=author.now_ms)
    _store(tx, lead, before, after, done.edited, event=row["event"], author=author)
    note = {
        **lead,
        "id": f"rep_{author.new_id()}",
        "actor_kind": author.actor.kind,
        "actor": author.actor.name,
        "changes": json.dumps([asdict(change) for change in done.changes], ensure_ascii=False),
        "before": row["body"],
        "after": contact_json(after),
        "edited_before": row["edited"],
        "now_ms": author.now_ms,
    }
    tx.execute(NOTE, note)
    _audit(tx, "contact.corrected", lead, [change.place for change in done.changes], author)
    return replace(done, contact=after)


def _undo(tx: Tx, *, workspace_id: WorkspaceId, repair_id: str, author: _Author) -> bool:
    tx.execute(LOCK_WORKSPACE, {"workspace_id": workspace_id})
    row = tx.row(REPAIR, {"id": repair_id, "workspace_id": workspace_id})
    if row is None or row["body"] != row["after"]:
        return False
    lead = {"workspace_id": workspace_id, "lead_id": row["lead_id"], "contact_id": row["contact_id"]}
    before = contact_from_json(row["body"])
    after = replace(contact_from_json(row["before"]), updated_at=rfc3339(author.now))
    last = tx.row(LAST_EVENT, lead)
    tx.execute(UNDONE, {"id": repair_id, "now_ms": author.now_ms})
    edited = frozenset(json.loads(row["edited_before"]))
    _store(tx, lead, before, after, edited, event=last["body"] if last else b"{}", author=author)
    _audit(tx, "contact.correction_undone", lead, [], author)
    return True


def _store(
    tx: Tx,
    lead: Mapping[str, Any],
    before: Contact,
    after: Contact,
    edited: frozenset[str],
    *,
    event: bytes,
    author: _Author,
) -> None:
    """Write the contact and tell of it; a CRM that took no revision of it is told that it is new."""
    is_known = accepted_revision(tx, lead["workspace_id"], before) is not None
    change = ContactChange(
        workspace_id=lead["workspace_id"],
        contact_id=lead["contact_id"],
        lead_id=lead["lead_id"],
        before=before,
        after=after,
        edited=edited,
        event_type="contact.updated" if is_known else "contact.created",
        accepted_at_ms=author.now_ms,
        lead=json.loads(bytes(event)).get("data", {}).get("lead"),
    )
    store_contact(tx, change, now=author.now, new_id=author.new_id)


def _audit(tx: Tx, action: str, lead: Mapping[str, Any], places: Sequence[str], author: _Author) -> None:
    entry = AuditEntry(
        actor=author.actor,
        action=action,
        workspace_id=lead["workspace_id"],
        subject=lead["lead_id"] or lead["contact_id"],
        detail={"fields": ", ".join(places)} if places else {},
    )
    append_audit(tx, entry, at_ms=author.now_ms)


def _refused(tx: Tx, row: Row) -> RefusedEvent:
    contact = contact_from_json(row["body"])
    accepted = accepted_revision(tx, row["workspace_id"], contact)
    errors = json.loads(row["errors"]) if row["errors"] else []
    return RefusedEvent(
        event_id=row["event_id"],
        sequence=row["sequence"],
        lead_id=row["lead_id"],
        revision=row["revision"],
        contact=contact,
        errors=tuple(FieldError(**error) for error in errors),
        reason=row["reason"],
        refused_at_ms=row["settled_at_ms"],
        page_name=row["page_name"],
        form_name=_form_name(row["form"]),
        newer_accepted=accepted is not None and accepted > row["refused_revision"],
    )


def _form_name(definition: str | None) -> str | None:
    name = json.loads(definition).get("name") if definition else None
    return name if isinstance(name, str) else None
