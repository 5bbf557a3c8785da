"""Forms with what they ask and how their answers are mapped; every saved mapping is a version that stays."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from connector.domain.alerts_catalogue import MAPPING_CARRIED
from connector.domain.audit import Actor, AuditEntry
from connector.domain.lead import FormId, WorkspaceId
from connector.domain.mapping.forms import KnownForm, Outdated, Saved, StoredMapping
from connector.domain.mapping.rules import FormMapping
from connector.domain.raw import form_from_graph, tracking_keys
from connector.domain.work import ResolveWork
from connector.ports import Clock
from connector.wire.mapping import mapping_from_json, mapping_json
from state.alerts import resolve_alert
from state.audit import append_audit
from state.engine import Engine, Params, Row, Tx
from state.events import LOCK_WORKSPACE

_FORMS = """
    SELECT k.form_id, k.page_id, p.name AS page_name, p.state AS page_state, l.name, l.status, l.is_live,
           l.created_ms, l.successor_of, l.asked, d.definition, m.version, m.body, m.origin, m.origin_version,
           m.actor_kind, m.actor, m.created_at_ms,
           CASE WHEN s.accepted_at_ms IS NULL THEN o.email ELSE o.name END AS actor_name
      FROM (
        SELECT form_id, page_id FROM page_forms WHERE workspace_id = :workspace_id
         UNION
        SELECT f.form_id, f.page_id FROM forms f JOIN pages q
               ON q.page_id = f.page_id AND q.workspace_id = :workspace_id
         WHERE NOT EXISTS (SELECT 1 FROM page_forms x
                            WHERE x.form_id = f.form_id AND x.workspace_id = :workspace_id)) k
      JOIN pages p ON p.page_id = k.page_id AND p.workspace_id = :workspace_id
      LEFT JOIN page_forms l ON l.form_id = k.form_id AND l.workspace_id = :workspace_id
      LEFT JOIN forms d ON d.form_id = k.form_id
      LEFT JOIN form_mappings m
        ON m.workspace_id = :workspace_id AND m.form_id = k.form_id
       AND m.version = (SELECT MAX(v.version) FROM form_mappings v
                         WHERE v.workspace_id = :workspace_id AND v.form_id = k.form_id)
      LEFT JOIN people o ON o.id = m.actor
      LEFT JOIN memberships s ON s.person_id = m.actor AND s.workspace_id = :workspace_id
"""
FORMS = _FORMS + " WHERE k.form_id > :after ORDER BY k.form_id LIMIT :limit"
FORM = _FORMS + " WHERE k.form_id = :form_id"
VERSIONS = """
    SELECT m.version, m.body, m.origin, m.origin_version, m.actor_kind, m.actor, m.created_at_ms,
           CASE WHEN s.accepted_at_ms IS NULL THEN o.email ELSE o.name END AS actor_name
      FROM form_mappings m
      LEFT JOIN people o ON o.id = m.actor
      LEFT JOIN memberships s ON s.person_id = m.actor AND s.workspace_id = :workspace_id
     WHERE m.workspace_id = :workspace_id AND m.form_id = :form_id
     ORDER BY m.version DESC LIMIT :limit"""
ADD = """
    INSERT INTO form_mappings (workspace_id, form_id, version, body, origin, origin_version, actor_kind, actor,
                               created_at_ms)
    VALUES (:workspace_id, :form_id, :version, :body, :origin, :origin_version, :actor_kind, :actor, :now_ms)
    ON CONFLICT DO NOTHING"""
GO_ON = """
    UPDATE leads SET stage = 'resolve', due_at_ms = :now_ms, claim_id = NULL, attempts = 0, reason = NULL,
                     mapping_version = CASE WHEN contact_id IS NULL THEN NULL ELSE mapping_version END
     WHERE id IN (
        SELECT id FROM leads WHERE stage = 'parked' AND workspace_id = :workspace_id AND form_id = :form_id
           AND mapping_version IS NOT NULL AND raw IS NOT NULL)"""
SAMPLES = """
    SELECT l.workspace_id, l.lead_id, l.page_id, l.form_id, p.name AS page_name,
           COALESCE(p.country_hint, w.region) AS country_hint, l.received_via, l.received_at_ms, l.attempts, l.raw,
           f.definition AS form, '' AS claim_id
      FROM leads l
      JOIN workspaces w ON w.id = l.workspace_id
      LEFT JOIN pages p ON p.page_id = l.page_id AND p.workspace_id = l.workspace_id
      LEFT JOIN forms f ON f.form_id = l.form_id
     WHERE l.form_id = :form_id AND l.workspace_id = :workspace_id AND l.stage = {stage} AND l.raw IS NOT NULL
     ORDER BY l.id DESC LIMIT :limit"""
TOLD = (
    "SELECT key FROM alerts WHERE resolved_at_ms IS NULL AND workspace_id = :workspace_id AND key LIKE :key"
)


class SqlMappings:
    """Implements `ports.mappings.Mappings`."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id

    async def forms(self, workspace_id: WorkspaceId, *, after: str = "", limit: int) -> Sequence[KnownForm]:
        where: Params = {"workspace_id": workspace_id, "after": after, "limit": limit}
        return [_form(row) for row in await self._engine.read(lambda tx: tx.rows(FORMS, where))]

    async def form(self, workspace_id: WorkspaceId, form_id: FormId) -> KnownForm | None:
        where: Params = {"workspace_id": workspace_id, "form_id": form_id}
        row = await self._engine.read(lambda tx: tx.row(FORM, where))
        return _form(row) if row else None

    async def versions(
        self, workspace_id: WorkspaceId, form_id: FormId, *, limit: int
    ) -> Sequence[StoredMapping]:
        where: Params = {"workspace_id": workspace_id, "form_id": form_id, "limit": limit}
        return [_stored(row) for row in await self._engine.read(lambda tx: tx.rows(VERSIONS, where))]

    async def save(
        self,
        workspace_id: WorkspaceId,
        form_id: FormId,
        mapping: FormMapping,
        *,
        based_on: int,
        actor: Actor,
    ) -> Saved | Outdated:
        where = {"workspace_id": workspace_id, "form_id": form_id}
        unit = partial(
            _save,
            where=where,
            mapping=mapping,
            based_on=based_on,
            actor=actor,
            now=self._clock.now(),
            new_id=self._new_id,
        )
        return await self._engine.write(unit)

    async def samples(
        self, workspace_id: WorkspaceId, form_id: FormId, *, limit: int
    ) -> Sequence[ResolveWork]:
        where: Params = {"workspace_id": workspace_id, "form_id": form_id, "limit": limit}

        def find(tx: Tx) -> list[Row]:
            stages = ("'contact'", "'parked'")
            return [row for stage in stages for row in tx.rows(SAMPLES.replace("{stage}", stage), where)]

        rows = await self._engine.read(find)
        newest = sorted(rows, key=lambda row: row["received_at_ms"], reverse=True)[:limit]
        return [ResolveWork(**row) for row in newest]


def _save(
    tx: Tx,
    *,
    where: Params,
    mapping: FormMapping,
    based_on: int,
    actor: Actor,
    now: datetime,
    new_id: Callable[[], str],
) -> Saved | Outdated:
    tx.execute(LOCK_WORKSPACE, where)
    former = tx.row(VERSIONS, {**where, "limit": 1})
    version = int(former["version"]) if former else 0
    if version != based_on:
        return Outdated(version=version)
    _confirmed(tx, where, now=now, new_id=new_id)
    if former and former["origin"] is None and mapping_from_json(former["body"]) == mapping:
        return Saved(stored=_stored(former), is_new=False)
    now_ms = int(now.timestamp() * 1000)
    by = {"actor_kind": actor.kind, "actor": actor.name, "origin": None, "origin_version": None}
    tx.execute(ADD, {**where, **by, "version": version + 1, "body": mapping_json(mapping), "now_ms": now_ms})
    retried = tx.execute(GO_ON, {**where, "now_ms": now_ms})
    if retried:
        tx.wake("resolve")
    entry = AuditEntry(
        actor=actor,
        action="mapping.saved",
        workspace_id=WorkspaceId(str(where["workspace_id"])),
        subject=str(where["form_id"]),
        detail={"version": version + 1, "rules": len(mapping.rules), "parked_leads_retried": retried},
    )
    append_audit(tx, entry, at_ms=now_ms)
    (row,) = tx.rows(VERSIONS, {**where, "limit": 1})
    return Saved(stored=_stored(row), is_new=True, retried=retried)


def _confirmed(tx: Tx, where: Params, *, now: datetime, new_id: Callable[[], str]) -> None:
    """End the news that a mapping was carried over to this form: somebody has looked at it."""
    news = MAPPING_CARRIED.key(str(where["workspace_id"]), "%", str(where["form_id"]))
    for row in tx.rows(TOLD, {"workspace_id": where["workspace_id"], "key": news}):
        if not row["key"].endswith(f":{where['form_id']}"):
            continue  # `_` of an id stands for any character here
        resolve_alert(tx, key=row["key"], now=now, new_id=new_id, quietly=True)


def _form(row: Row) -> KnownForm:
    raw = json.loads(row["definition"]) if row["definition"] else {}
    told = form_from_graph(raw)
    if not told.questions and row["asked"]:
        told = form_from_graph({**raw, "questions": json.loads(row["asked"])})
    is_connected = row["page_state"] != "disconnected"
    return KnownForm(
        id=row["form_id"],
        page_id=row["page_id"],
        page_name=row["page_name"],
        name=row["name"] or told.name,
        status=row["status"],
        is_connected=is_connected,
        is_live=is_connected and (row["is_live"] is None or bool(row["is_live"])),
        created_ms=row["created_ms"],
        successor_of=row["successor_of"],
        questions=told.questions,
        checkboxes=told.checkboxes,
        hidden=tracking_keys(raw),
        is_asked_known=bool(told.questions),
        current=_stored(row) if row["version"] is not None else None,
    )


def _stored(row: Row) -> StoredMapping:
    return StoredMapping(
        version=int(row["version"]),
        mapping=mapping_from_json(row["body"]),
        actor_kind=row["actor_kind"],
        actor=row["actor"],
        actor_name=row["actor_name"],
        saved_at_ms=row["created_at_ms"],
        origin=row["origin"],
        origin_version=row["origin_version"],
    )
