"""Leads of a downloaded file become leads like all others, with their raw JSON; what is known stays as it is."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial

from connector.domain.errors import BadInputError
from connector.domain.lead import FormId, LeadId, PageId, WorkspaceId
from connector.domain.lead_export import ExportedLead
from connector.ports import Clock
from connector.ports.lead_imports import Added
from state.chunks import chunks
from state.engine import Engine, Params, Row, Tx

WORKSPACE = "SELECT id FROM workspaces WHERE id = :workspace_id"
PAGES = """
    SELECT page_id, name FROM pages
     WHERE workspace_id = :workspace_id AND state <> 'disconnected' ORDER BY page_id"""
LISTED = "SELECT form_id, page_id FROM page_forms WHERE workspace_id = :workspace_id AND form_id IN "
READ = """
    SELECT f.form_id, f.page_id FROM forms f
      JOIN pages p ON p.page_id = f.page_id AND p.workspace_id = :workspace_id
     WHERE f.form_id IN """
KNOWN = """
    SELECT lead_id, CASE WHEN stage = 'parked' AND raw IS NULL THEN 1 ELSE 0 END AS is_empty FROM leads
     WHERE workspace_id = :workspace_id AND lead_id IN """
ADD = """
    INSERT INTO leads (workspace_id, lead_id, page_id, form_id, received_via, received_at_ms, stage, due_at_ms,
                       attempts, raw)
    VALUES (:workspace_id, :lead_id, :page_id, :form_id, 'import', :now_ms, 'resolve', :due_at_ms, 0, :raw)
    ON CONFLICT (lead_id, workspace_id) DO NOTHING"""
COMPLETE = """
    UPDATE leads SET stage = 'resolve', raw = :raw, form_id = COALESCE(form_id, :form_id), due_at_ms = :due_at_ms,
                     attempts = 0, reason = NULL, ladder = NULL
     WHERE lead_id = :lead_id AND workspace_id = :workspace_id AND stage = 'parked' AND raw IS NULL
       AND claim_id IS NULL"""
"""A lead that a webhook told of and Facebook does not give any more: the file is all that there is of it."""


class SqlLeadImports:
    """Implements `ports.lead_imports.LeadImports`."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def pages(self, workspace_id: WorkspaceId) -> Mapping[PageId, str]:
        where: Params = {"workspace_id": workspace_id}

        def find(tx: Tx) -> tuple[Row | None, Sequence[Row]]:
            return tx.row(WORKSPACE, where), tx.rows(PAGES, where)

        workspace, rows = await self._engine.read(find)
        if workspace is None:
            raise BadInputError(f"There is no workspace {workspace_id}: see `connector workspace list`.")
        return {row["page_id"]: row["name"] for row in rows}

    async def homes(self, workspace_id: WorkspaceId, form_ids: Sequence[FormId]) -> Mapping[FormId, PageId]:
        def find(tx: Tx) -> dict[FormId, PageId]:
            return {
                row["form_id"]: row["page_id"]
                for sql in (READ, LISTED)
                for listed, params in chunks(form_ids)
                for row in tx.rows(sql + listed, {**params, "workspace_id": workspace_id})
            }

        return await self._engine.read(find)

    async def wanted(self, workspace_id: WorkspaceId, lead_ids: Sequence[LeadId]) -> AbstractSet[LeadId]:
        def find(tx: Tx) -> set[LeadId]:
            known = [
                row["lead_id"]
                for listed, params in chunks(lead_ids)
                for row in tx.rows(KNOWN + listed, {**params, "workspace_id": workspace_id})
                if not row["is_empty"]
            ]
            return set(lead_ids).difference(known)

        return await self._engine.read(find)

    async def add(
        self, workspace_id: WorkspaceId, leads: Sequence[ExportedLead], due_at_ms: Sequence[int]
    ) -> Added:
        now_ms = self._clock.now_ms()
        rows: list[Params] = [
            {
                "workspace_id": workspace_id,
                "lead_id": lead.id,
                "page_id": lead.page_id,
                "form_id": lead.form_id,
                "raw": lead.raw,
                "due_at_ms": due,
                "now_ms": now_ms,
            }
            for lead, due in zip(leads, due_at_ms, strict=True)
        ]
        return await self._engine.write(partial(_add, rows=rows))


def _add(tx: Tx, *, rows: Sequence[Params]) -> Added:
    new = completed = 0
    for row in sorted(rows, key=lambda one: str(one["lead_id"])):  # one lock order on every machine
        if tx.execute(ADD, row):
            new += 1
        else:
            completed += tx.execute(COMPLETE, row)
    if new + completed:
        tx.wake("resolve")
    return Added(new=new, completed=completed)
