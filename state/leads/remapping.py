"""Past leads read again under their form's mapping in force: a few in one transaction, contact and event with it."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from connector.domain.alerts_catalogue import LEAD_MINOR
from connector.domain.audit import Actor, AuditEntry
from connector.domain.lead import FormId, WorkspaceId
from connector.domain.mapping.forms import RemapProgress
from connector.domain.mapping.rereading import Reread, Told, reread, told_of
from connector.domain.mapping.rules import NO_MAPPING, FormMapping
from connector.domain.matching import with_possible_duplicates
from connector.ports import Clock
from connector.ports.mappings import Looked, Stepped
from connector.wire.contact import contact_from_json
from connector.wire.event import lead_value
from connector.wire.lead_view import lead_view
from connector.wire.mapping import mapping_from_json
from state.alerts import raise_alert
from state.audit import append_audit
from state.chunks import chunks
from state.engine import Engine, Params, Row, Tx
from state.events import LOCK_WORKSPACE
from state.leads.contact_changes import (
    ContactChange,
    accepted_revision,
    sharing,
    store_contact,
    supersede_parked,
)

PART = 10
"""Leads in one transaction: SQLite has one writer, and webhooks wait for it too."""
NEWEST = 2**62

_TOLD = """
    SELECT l.id, l.lead_id, l.workspace_id, l.page_id, p.name AS page_name, l.received_via, l.raw, l.contact_id,
           COALESCE(p.country_hint, w.region) AS country_hint, f.definition AS form, v.body AS mapping,
           l.mapping_version
      FROM leads l
      JOIN workspaces w ON w.id = l.workspace_id
      LEFT JOIN pages p ON p.page_id = l.page_id AND p.workspace_id = l.workspace_id
      LEFT JOIN forms f ON f.form_id = l.form_id
      LEFT JOIN form_mappings v
        ON v.workspace_id = l.workspace_id AND v.form_id = l.form_id AND v.version = l.mapping_version"""
OF_FORM = " WHERE l.form_id = :form_id AND l.workspace_id = :workspace_id AND l.stage = 'contact'"
FORWARD = f"{_TOLD}{OF_FORM} AND l.id > :after AND l.id <= :until ORDER BY l.id LIMIT :limit"
BACK = f"{_TOLD}{OF_FORM} AND l.id < :before ORDER BY l.id DESC LIMIT :limit"
OTHERS = f"{_TOLD} WHERE l.workspace_id = :workspace_id AND l.contact_id = :contact_id AND l.lead_id IN "
CONTACT = "SELECT id, body, edited FROM contacts WHERE id = :contact_id"
COUNT = f"SELECT COUNT(*) AS leads, MAX(l.id) AS last FROM leads l{OF_FORM}"  # noqa: S608 - our own constants
IN_FORCE = """
    SELECT version, body FROM form_mappings WHERE workspace_id = :workspace_id AND form_id = :form_id
     ORDER BY version DESC LIMIT 1"""
FAULTS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What our own code breaks with on one lead; what the database says is none of them."""

READ_UNDER = "UPDATE leads SET mapping_version = :version WHERE id = :id"

ASK = """
    INSERT INTO remappings (id, workspace_id, form_id, state, cursor, until_id, total, seen, changed, left_alone,
                            failed, pause_ms, due_at_ms, actor_kind, actor, created_at_ms)
    VALUES (:id, :workspace_id, :form_id, 'waiting', 0, :until_id, :total, 0, 0, 0, 0,
            :pause_ms, :now_ms, :actor_kind, :actor, :now_ms)"""
LOCK_FORM = "UPDATE forms SET page_id = page_id WHERE form_id = :form_id"
"""One machine at a time asks for an application: the later one ends the earlier one."""
STOP = """
    UPDATE remappings SET state = 'stopped', due_at_ms = NULL, settled_at_ms = :now_ms
     WHERE form_id = :form_id AND workspace_id = :workspace_id AND state = 'waiting'"""
LATEST = """
    SELECT * FROM remappings WHERE form_id = :form_id AND workspace_id = :workspace_id
     ORDER BY created_at_ms DESC, id DESC LIMIT 1"""
DUE = """
    SELECT * FROM remappings WHERE due_at_ms IS NOT NULL AND due_at_ms <= :now_ms
     ORDER BY due_at_ms LIMIT 1 /*skip locked*/"""
NOTE = """
    UPDATE remappings SET cursor = :cursor, seen = seen + :seen, changed = changed + :changed,
                          left_alone = left_alone + :left_alone, failed = failed + :failed, state = :state,
                          due_at_ms = :due_at_ms, settled_at_ms = :settled_at_ms
     WHERE id = :id"""
NEXT_DUE = "SELECT MIN(due_at_ms) AS due FROM remappings WHERE due_at_ms IS NOT NULL"


class SqlRemappings:
    """Implements `ports.mappings.Remappings`."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id

    async def count(self, workspace_id: WorkspaceId, form_id: FormId) -> int:
        where: Params = {"workspace_id": workspace_id, "form_id": form_id}
        row = await self._engine.read(lambda tx: tx.row(COUNT, where))
        return int(row["leads"]) if row else 0

    async def look(
        self,
        workspace_id: WorkspaceId,
        form_id: FormId,
        mapping: FormMapping,
        *,
        before_id: int | None,
        limit: int,
    ) -> Looked:
        where = {
            "workspace_id": workspace_id,
            "form_id": form_id,
            "before": before_id or NEWEST,
            "limit": limit,
        }
        return await self._engine.read(partial(_look, where=where, mapping=mapping, now=self._clock.now()))

    async def ask(
        self, workspace_id: WorkspaceId, form_id: FormId, *, per_second: float, actor: Actor
    ) -> RemapProgress:
        where = {"workspace_id": workspace_id, "form_id": form_id, "now_ms": self._clock.now_ms()}
        row = {
            "id": f"map_{self._new_id()}",
            "pause_ms": round(PART * 1000 / per_second),
            "actor_kind": actor.kind,
            "actor": actor.name,
        }
        return await self._engine.write(partial(_ask, where=where, row=row, actor=actor))

    async def stop(self, workspace_id: WorkspaceId, form_id: FormId, *, actor: Actor) -> bool:
        where = {"workspace_id": workspace_id, "form_id": form_id, "now_ms": self._clock.now_ms()}

        def end(tx: Tx) -> bool:
            stopped = tx.execute(STOP, where) > 0
            if stopped:
                _audit(tx, where, "mapping.application_stopped", actor, {})
            return stopped

        return await self._engine.write(end)

    async def progress(self, workspace_id: WorkspaceId, form_id: FormId) -> RemapProgress | None:
        where: Params = {"workspace_id": workspace_id, "form_id": form_id}
        row = await self._engine.read(lambda tx: tx.row(LATEST, where))
        return _progress(row) if row else None

    async def step(self) -> Stepped | None:
        return await self._engine.write(partial(next_leads, now=self._clock.now(), new_id=self._new_id))

    async def next_due_ms(self) -> int | None:
        row = await self._engine.read(lambda tx: tx.row(NEXT_DUE))
        return row["due"] if row else None


def _ask(tx: Tx, *, where: dict[str, Any], row: dict[str, Any], actor: Actor) -> RemapProgress:
    tx.execute(LOCK_FORM, where)
    tx.execute(STOP, where)
    counted = tx.row(COUNT, where) or {"leads": 0, "last": None}
    tx.execute(ASK, {**where, **row, "total": counted["leads"], "until_id": counted["last"] or 0})
    _audit(tx, where, "mapping.applied", actor, {"leads": counted["leads"]})
    tx.wake("remap")
    (made,) = tx.rows(LATEST, where)
    return _progress(made)


def _audit(tx: Tx, where: Params, action: str, actor: Actor, detail: dict[str, int]) -> None:
    entry = AuditEntry(
        actor=actor,
        action=action,
        workspace_id=WorkspaceId(str(where["workspace_id"])),
        subject=str(where["form_id"]),
        detail=detail,
    )
    append_audit(tx, entry, at_ms=int(str(where["now_ms"])))


def _look(tx: Tx, *, where: dict[str, Any], mapping: FormMapping, now: datetime) -> Looked:
    rows = tx.rows(BACK, where)
    read: list[tuple[str, Reread | None]] = []
    faulty: list[tuple[str, Exception]] = []
    for row in rows:
        try:
            read.append((row["contact_id"], _reread(tx, row, mapping, now)))
        except FAULTS as error:
            faulty.append((row["lead_id"], error))
    return Looked(
        seen=len(rows),
        changed=frozenset(contact_id for contact_id, one in read if one is not None and one.is_changed),
        left_alone=sum(one is None or one.is_left_alone for _, one in read),
        faulty=tuple(faulty),
        last_id=rows[-1]["id"] if len(rows) == where["limit"] else None,
    )


def next_leads(tx: Tx, *, now: datetime, new_id: Callable[[], str]) -> Stepped | None:
    """Read the next few leads again of whichever application is due; None: none is."""
    now_ms = int(now.timestamp() * 1000)
    job = tx.row(DUE, {"now_ms": now_ms})
    if job is None:
        return None
    where = {"workspace_id": job["workspace_id"], "form_id": job["form_id"]}
    tx.execute(LOCK_WORKSPACE, where)
    force = tx.row(IN_FORCE, where)
    mapping = mapping_from_json(force["body"]) if force else NO_MAPPING
    version = int(force["version"]) if force else None
    rows = tx.rows(FORWARD, {**where, "after": job["cursor"], "until": job["until_id"], "limit": PART})
    changed = left_alone = 0
    faulty: list[tuple[str, Exception]] = []
    for row in rows:
        try:
            with tx.savepoint():
                one = _reread(tx, row, mapping, now)
                if one is None or one.is_left_alone:
                    left_alone += 1
                    _tell_of_child(tx, row, one, now=now, new_id=new_id)
                    continue
                changed += _write(tx, row, one, now=now, new_id=new_id)
                tx.execute(READ_UNDER, {"version": version, "id": row["id"]})
        except FAULTS as error:  # with this lead: the others go on
            faulty.append((row["lead_id"], error))
    is_over = len(rows) < PART
    note = {
        "id": job["id"],
        "cursor": rows[-1]["id"] if rows else job["cursor"],
        "seen": len(rows),
        "changed": changed,
        "left_alone": left_alone,
        "failed": len(faulty),
        "state": "done" if is_over else "waiting",
        "due_at_ms": None if is_over else now_ms + job["pause_ms"],
        "settled_at_ms": now_ms if is_over else None,
    }
    tx.execute(NOTE, note)
    return Stepped(
        remapping_id=job["id"],
        **where,
        seen=len(rows),
        changed=changed,
        faulty=tuple(faulty),
        is_over=is_over,
    )


def _reread(tx: Tx, row: Row, mapping: FormMapping, now: datetime) -> Reread | None:
    """Return what the lead's contact becomes; None when the lead, or its contact, is not here any more."""
    kept = tx.row(CONTACT, {"contact_id": row["contact_id"]})
    if kept is None or row["raw"] is None:
        return None
    existing = contact_from_json(kept["body"])
    return reread(
        existing,
        _told(row),
        mapping,
        others=lambda: _others(tx, row, [lead.lead_id for lead in existing.leads]),
        edited=frozenset(json.loads(kept["edited"])),
        now=now,
    )


def _others(tx: Tx, row: Row, lead_ids: Sequence[str]) -> list[Told] | None:
    """Return the contact's other leads as they were read, oldest first; None when one of them cannot be read."""
    wanted = [lead_id for lead_id in lead_ids if lead_id != row["lead_id"]]
    own = {"workspace_id": row["workspace_id"], "contact_id": row["contact_id"]}
    rows = {
        one["lead_id"]: one
        for listed, params in chunks(wanted)
        for one in tx.rows(OTHERS + listed, {**own, **params})
        if one["raw"] is not None
    }
    return [_told(rows[lead_id]) for lead_id in wanted] if len(rows) == len(wanted) else None


def _told(row: Row) -> Told:
    return told_of(
        raw=json.loads(row["raw"]),
        form=json.loads(row["form"]) if row["form"] else None,
        page_id=row["page_id"],
        page_name=row["page_name"],
        country_hint=row["country_hint"],
        mapping=mapping_from_json(row["mapping"]) if row["mapping"] else NO_MAPPING,
    )


def _write(tx: Tx, row: Row, one: Reread, *, now: datetime, new_id: Callable[[], str]) -> bool:
    """Write the contact and tell of it; False when it stays as it is."""
    if not one.is_changed:
        return False
    workspace_id = row["workspace_id"]
    after = with_possible_duplicates(one.after, sharing(tx, workspace_id, one.after))
    parked = supersede_parked(tx, row["contact_id"], now_ms=int(now.timestamp() * 1000))
    is_new = parked > 0 and accepted_revision(tx, workspace_id, one.before) is None
    view = lead_view(one.lead, one.form, consents=one.consents, received_via=row["received_via"])
    change = ContactChange(
        workspace_id=workspace_id,
        contact_id=row["contact_id"],
        lead_id=row["lead_id"],
        before=one.before,
        after=after,
        edited=one.edited,
        event_type="contact.created" if is_new else "contact.updated",
        accepted_at_ms=None,
        lead=lead_value(view),
    )
    store_contact(tx, change, now=now, new_id=new_id)
    return True


def _tell_of_child(tx: Tx, row: Row, one: Reread | None, *, now: datetime, new_id: Callable[[], str]) -> None:
    if one is None or not one.is_child:
        return
    alert = LEAD_MINOR.alert(row["workspace_id"], row["lead_id"], workspace_id=row["workspace_id"])
    raise_alert(tx, alert=alert, now=now, new_id=new_id)


def _progress(row: Row) -> RemapProgress:
    names = (
        "id",
        "state",
        "total",
        "seen",
        "changed",
        "left_alone",
        "failed",
        "created_at_ms",
        "settled_at_ms",
    )
    return RemapProgress(**{name: row[name] for name in names})
