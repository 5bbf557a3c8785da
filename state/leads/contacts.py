"""Fetched leads becoming contacts: matching, merging, the event and the audit row, all in one transaction."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from connector.domain.contact import Contact
from connector.domain.matching import (
    SHARED_PHONE_CONTACTS,
    Attach,
    Candidate,
    Create,
    MatchKey,
    Unchanged,
    decide,
    match_keys,
    with_possible_duplicates,
)
from connector.domain.merging import merge
from connector.domain.work import Draft, ParkedLead, ResolveOutcome, ResolveWork
from connector.ports import Clock
from connector.wire.contact import contact_from_json, contact_json, contact_value
from connector.wire.event import EventType
from state.alerts import raise_alert
from state.chunks import chunks
from state.engine import Engine, Params, Row, Tx
from state.events import LOCK_WORKSPACE, NewEvent, append_event

LEASE_MS = 60_000

CLAIM = """
    UPDATE leads SET claim_id = :claim_id, due_at_ms = :lease_until_ms, attempts = attempts + 1
     WHERE id IN (
        WITH due AS MATERIALIZED (
            SELECT id FROM leads
             WHERE stage = 'resolve' AND due_at_ms IS NOT NULL AND due_at_ms <= :now_ms
             ORDER BY due_at_ms, id LIMIT :limit /*skip locked*/)
        SELECT id FROM due)"""
CLAIMED = """
    SELECT l.claim_id, l.workspace_id, l.lead_id, l.page_id, l.form_id, p.name AS page_name,
           COALESCE(p.country_hint, w.region) AS country_hint, l.received_via, l.received_at_ms, l.attempts,
           l.raw, f.definition AS form, m.body AS mapping, m.version AS mapping_version,
           CASE WHEN l.contact_id IS NULL THEN 0 ELSE 1 END AS has_contact
      FROM leads l
      JOIN workspaces w ON w.id = l.workspace_id
      LEFT JOIN pages p ON p.page_id = l.page_id AND p.workspace_id = l.workspace_id
      LEFT JOIN forms f ON f.form_id = l.form_id
      LEFT JOIN form_mappings m
        ON m.workspace_id = l.workspace_id AND m.form_id = l.form_id
       AND m.version = CASE WHEN l.contact_id IS NOT NULL THEN l.mapping_version ELSE (
                SELECT MAX(v.version) FROM form_mappings v
                 WHERE v.workspace_id = l.workspace_id AND v.form_id = l.form_id) END
     WHERE l.stage = 'resolve' AND l.due_at_ms = :lease_until_ms AND l.claim_id = :claim_id
     ORDER BY l.id"""
"""Found by the lease's end, which the queue's index knows: an index of claims would be written twice a lead."""

SETTLE = """
    UPDATE leads SET stage = :stage, due_at_ms = NULL, claim_id = NULL, reason = :reason,
                     contact_id = COALESCE(:contact_id, contact_id), normaliser = :normaliser,
                     mapping_version = CASE WHEN contact_id IS NULL
                                            THEN CAST(:mapping_version AS BIGINT) ELSE mapping_version END,
                     resolved_at_ms = :now_ms
     WHERE lead_id = :lead_id AND workspace_id = :workspace_id AND claim_id = :claim_id"""
"""A lead that has a contact already stays under its mapping, until that is applied anew."""
RETRY = """
    UPDATE leads SET due_at_ms = :due_at_ms, claim_id = NULL, reason = :reason
     WHERE lead_id = :lead_id AND workspace_id = :workspace_id AND claim_id = :claim_id"""
IN_FORCE = """
    SELECT form_id, MAX(version) AS version FROM form_mappings
     WHERE workspace_id = :workspace_id AND form_id IN {forms} GROUP BY form_id"""
NEXT_DUE = "SELECT MIN(due_at_ms) AS due FROM leads WHERE stage = 'resolve' AND due_at_ms IS NOT NULL"
BY_KEY = """
    SELECT c.id, c.body, c.edited FROM contact_keys k JOIN contacts c ON c.id = k.contact_id
     WHERE k.workspace_id = :workspace_id AND k.kind = :kind AND k.value = :value
     ORDER BY c.created_at_ms, c.id LIMIT :limit"""
CONTACT_OF_LEAD = """
    SELECT c.id, c.body, c.edited FROM leads l JOIN contacts c ON c.id = l.contact_id
     WHERE l.lead_id = :lead_id AND l.workspace_id = :workspace_id"""
ADD_CONTACT = """
    INSERT INTO contacts (id, workspace_id, revision, body, edited, created_at_ms, updated_at_ms)
    VALUES (:contact_id, :workspace_id, :revision, :body, '[]', :now_ms, :now_ms)"""
FLOOR = "SELECT revision_floor FROM workspaces WHERE id = :workspace_id"
"""The first revision is 1, unless an older state was restored: then the CRM may have higher ones of this contact."""

CHANGE_CONTACT = """
    UPDATE contacts SET revision = revision + 1, body = :body, updated_at_ms = :now_ms WHERE id = :contact_id
    RETURNING revision, crm_id"""
ADD_KEY = """
    INSERT INTO contact_keys (workspace_id, kind, value, contact_id)
    VALUES (:workspace_id, :kind, :value, :contact_id) ON CONFLICT DO NOTHING"""
AUDIT = """
    INSERT INTO merges (workspace_id, contact_id, lead_id, why, before, after, merged_at_ms)
    VALUES (:workspace_id, :contact_id, :lead_id, :why, :before, :after, :now_ms)"""


class SqlResolver:
    """Implements `ports.Resolver`."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id

    async def claim(self, *, limit: int) -> Sequence[ResolveWork]:
        return await self._engine.write(
            partial(_claim, limit=limit, claim_id=self._new_id(), now_ms=self._clock.now_ms()),
            durable=False,
        )

    async def commit(self, outcomes: Sequence[tuple[ResolveWork, ResolveOutcome]]) -> int:
        return await self._engine.write(
            partial(_commit, outcomes=outcomes, now=self._clock.now(), new_id=self._new_id)
        )

    async def retry(self, work: ResolveWork, *, due_at_ms: int, reason: str) -> None:
        row: Params = {
            "lead_id": work.lead_id,
            "workspace_id": work.workspace_id,
            "claim_id": work.claim_id,
            "due_at_ms": due_at_ms,
            "reason": reason,
        }
        await self._engine.write(lambda tx: tx.execute(RETRY, row))

    async def next_due_ms(self) -> int | None:
        row = await self._engine.read(lambda tx: tx.row(NEXT_DUE))
        return row["due"] if row else None


def _claim(tx: Tx, *, limit: int, claim_id: str, now_ms: int) -> Sequence[ResolveWork]:
    lease = {"claim_id": claim_id, "lease_until_ms": now_ms + LEASE_MS}
    if not tx.execute(CLAIM, {**lease, "now_ms": now_ms, "limit": limit}):
        return ()
    rows = tx.rows(CLAIMED, lease)
    return [ResolveWork(**{**row, "has_contact": bool(row["has_contact"])}) for row in rows]


def _commit(
    tx: Tx,
    *,
    outcomes: Sequence[tuple[ResolveWork, ResolveOutcome]],
    now: datetime,
    new_id: Callable[[], str],
) -> int:
    in_force: dict[tuple[str, str | None], int] = {}
    for workspace_id in sorted({work.workspace_id for work, _ in outcomes}):
        tx.execute(LOCK_WORKSPACE, {"workspace_id": workspace_id})  # and with it its mappings
        forms = sorted({w.form_id for w, _ in outcomes if w.workspace_id == workspace_id and w.form_id})
        for listed, params in chunks(forms):
            rows = tx.rows(IN_FORCE.replace("{forms}", listed), {**params, "workspace_id": workspace_id})
            in_force |= {(workspace_id, row["form_id"]): row["version"] for row in rows}
    return sum(
        _settle(tx, work, outcome, now, new_id)
        if work.has_contact or in_force.get((work.workspace_id, work.form_id)) == work.mapping_version
        else _again(tx, work, now)
        for work, outcome in outcomes
    )


def _again(tx: Tx, work: ResolveWork, now: datetime) -> int:
    """Let a lead be made anew whose form's mapping was saved while it was read.

    Whoever saved it let go on what was parked by then, and may have had past leads read again: nobody comes back for
    this one.
    """
    row = {"lead_id": work.lead_id, "workspace_id": work.workspace_id, "claim_id": work.claim_id}
    tx.execute(RETRY, {**row, "due_at_ms": int(now.timestamp() * 1000), "reason": None})
    return 0


def _settle(
    tx: Tx, work: ResolveWork, outcome: ResolveOutcome, now: datetime, new_id: Callable[[], str]
) -> int:
    """Settle one lead; 0 when the lease was lost."""
    row: dict[str, str | int | None] = {
        "lead_id": work.lead_id,
        "workspace_id": work.workspace_id,
        "claim_id": work.claim_id,
        "now_ms": int(now.timestamp() * 1000),
        "stage": "test",
        "reason": None,
        "contact_id": None,
        "normaliser": None,
        "mapping_version": None,
    }
    if isinstance(outcome, ParkedLead):
        row |= {"stage": "parked", "reason": outcome.reason}
        row |= {"mapping_version": work.mapping_version if outcome.by_mapping else None}
    if not isinstance(outcome, Draft):
        settled = tx.execute(SETTLE, row)
        if settled and isinstance(outcome, ParkedLead) and outcome.alert is not None:
            raise_alert(tx, alert=outcome.alert, now=now, new_id=new_id)
        return settled
    decision = _decide(tx, work, outcome)
    normaliser = outcome.contact.normaliser
    contact_id = outcome.contact.contact_id if isinstance(decision, Create) else decision.contact.contact_id
    row |= {
        "stage": "contact",
        "contact_id": contact_id,
        "normaliser": f"{normaliser.version} {normaliser.phone_metadata} {normaliser.email_validator}",
        "mapping_version": work.mapping_version,
    }
    if not tx.execute(SETTLE, row):
        return 0
    match decision:
        case Create():
            _create(tx, work, outcome, decision, now, new_id)
        case Attach():
            _attach(tx, work, outcome, decision, now, new_id)
        case Unchanged():
            pass
    return 1


def _decide(tx: Tx, work: ResolveWork, draft: Draft) -> Create | Attach | Unchanged:
    """Ask the rules, with everyone who shares a key; a lead that is known stays with its contact."""
    known = tx.row(CONTACT_OF_LEAD, {"lead_id": work.lead_id, "workspace_id": work.workspace_id})
    own = [_candidate(known)] if known else []
    keys = match_keys(draft.contact)
    by_email = [c for key in keys if key.kind == "email" for c in _sharing(tx, work, key)]
    by_phone = [c for key in keys if key.kind == "phone" for c in _sharing(tx, work, key)]
    return decide(draft.contact, [*own, *by_email], [*own, *by_phone])


def _sharing(tx: Tx, work: ResolveWork, key: MatchKey) -> list[Candidate]:
    where = {"workspace_id": work.workspace_id, "kind": key.kind, "value": key.value}
    found = tx.rows(BY_KEY, {**where, "limit": SHARED_PHONE_CONTACTS + 1})
    if key.kind == "phone" and len(found) > SHARED_PHONE_CONTACTS:
        return []  # a shop's or an office's number says nothing about the person
    return [_candidate(row) for row in found]


def _candidate(row: Row) -> Candidate:
    return Candidate(contact=contact_from_json(row["body"]), edited=frozenset(json.loads(row["edited"])))


def _create(
    tx: Tx, work: ResolveWork, draft: Draft, decision: Create, now: datetime, new_id: Callable[[], str]
) -> None:
    contact = with_possible_duplicates(draft.contact, decision.possible_duplicates)
    floor = tx.row(FLOOR, {"workspace_id": work.workspace_id})
    if floor is None:
        raise LookupError(f"no workspace {work.workspace_id}")
    revision = int(floor["revision_floor"]) + 1
    row = {
        "contact_id": contact.contact_id,
        "workspace_id": work.workspace_id,
        "revision": revision,
        "body": contact_json(contact),
        "now_ms": int(now.timestamp() * 1000),
    }
    tx.execute(ADD_CONTACT, row)
    _add_keys(tx, work, contact)
    event = _event("contact.created", work, draft, contact, revision=revision, crm_id=None)
    append_event(tx, event, now=now, new_id=new_id)


def _attach(
    tx: Tx, work: ResolveWork, draft: Draft, decision: Attach, now: datetime, new_id: Callable[[], str]
) -> None:
    before = decision.contact
    merged = merge(before, draft.contact, edited=decision.edited, now=now)
    contact = with_possible_duplicates(merged, decision.possible_duplicates)
    if contact == before:
        return
    now_ms = int(now.timestamp() * 1000)
    body = contact_json(contact)
    row = {"contact_id": contact.contact_id, "body": body, "now_ms": now_ms}
    changed = tx.row(CHANGE_CONTACT, row)
    if changed is None:
        raise LookupError("the contact vanished inside its transaction")
    who = {"workspace_id": work.workspace_id, "lead_id": work.lead_id, "why": decision.why}
    tx.execute(AUDIT, {**row, **who, "before": contact_json(before), "after": body})
    _add_keys(tx, work, contact)
    revision, crm_id = int(changed["revision"]), changed["crm_id"]
    event = _event("contact.updated", work, draft, contact, revision=revision, crm_id=crm_id)
    append_event(tx, event, now=now, new_id=new_id)


def _add_keys(tx: Tx, work: ResolveWork, contact: Contact) -> None:
    rows: list[Params] = [
        {
            "workspace_id": work.workspace_id,
            "kind": key.kind,
            "value": key.value,
            "contact_id": contact.contact_id,
        }
        for key in match_keys(contact)
    ]
    if rows:
        tx.execute_many(ADD_KEY, rows)


def _event(
    event_type: EventType,
    work: ResolveWork,
    draft: Draft,
    contact: Contact,
    *,
    revision: int,
    crm_id: str | None,
) -> NewEvent:
    return NewEvent(
        workspace_id=work.workspace_id,
        type=event_type,
        data={"crm_id": crm_id, "contact": contact_value(contact), "lead": draft.lead},
        contact_id=contact.contact_id,
        revision=revision,
        lead_id=work.lead_id,
        accepted_at_ms=work.received_at_ms if work.received_via != "import" else None,
    )
