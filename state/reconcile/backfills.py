"""Imports of history: put in line, stopped, shown. One row a form; its cursor survives a restart."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence

from connector.domain.errors import BadInputError
from connector.domain.lead import FormId, PageId, WorkspaceId
from connector.domain.reconcile_work import BackfillOrder, BackfillPlan, BackfillProgress
from state.chunks import chunks
from state.engine import Params, Row, Tx

ADD = """
    INSERT INTO backfills (id, workspace_id, page_id, form_id, since_ms, until_ms, requested_by, state, due_at_ms,
                           created_at_ms)
    VALUES (:id, :workspace_id, :page_id, :form_id, :since_ms, :until_ms, :requested_by, 'waiting', :now_ms,
            :now_ms)"""
_COLUMNS = """
    SELECT b.id, b.workspace_id, b.page_id, b.form_id, b.state, b.requested_by, b.found, b.new, b.calls, b.reason,
           b.due_at_ms, b.created_at_ms, b.settled_at_ms, f.leads_count AS total
      FROM backfills b LEFT JOIN page_forms f ON f.form_id = b.form_id AND f.workspace_id = b.workspace_id
     WHERE """
WAITING = f"{_COLUMNS} b.due_at_ms IS NOT NULL ORDER BY b.created_at_ms DESC, b.id"
NAMED = f"{_COLUMNS} b.id IN "
FORMS = """
    SELECT f.workspace_id, f.page_id, f.form_id, f.name, f.leads_count FROM page_forms f
      JOIN pages p ON p.page_id = f.page_id AND p.workspace_id = f.workspace_id
     WHERE p.state <> 'disconnected'
       AND (CAST(:page_id AS TEXT) IS NULL OR f.page_id = :page_id)
       AND (CAST(:form_id AS TEXT) IS NULL OR f.form_id = :form_id)
       AND (CAST(:workspace_id AS TEXT) IS NULL OR f.workspace_id = :workspace_id)
     ORDER BY f.workspace_id, f.page_id, f.created_ms DESC, f.form_id"""
_KNOWN = """
    SELECT workspace_id, form_id, COUNT(*) AS leads FROM leads WHERE {which} AND form_id IN {forms}
     GROUP BY workspace_id, form_id"""
KNOWN = tuple(
    _KNOWN.replace("{which}", which)
    for which in (
        "stage = 'contact'",
        "stage = 'test'",
        "stage = 'parked'",
        "stage = 'held'",
        "stage IN ('fetch', 'resolve') AND due_at_ms IS NOT NULL",
    )
)
"""Leads that are here, by what each has an index for: whoever looks what an import costs reads no other form's."""
STOP = """
    UPDATE backfills SET state = 'stopped', due_at_ms = NULL, claim_id = NULL, settled_at_ms = :now_ms,
                         reason = 'Stopped by a person; what was read is kept.'
     WHERE state = 'waiting' AND due_at_ms IS NOT NULL
       AND (CAST(:page_id AS TEXT) IS NULL OR page_id = :page_id)
       AND (CAST(:form_id AS TEXT) IS NULL OR form_id = :form_id)
       AND (CAST(:workspace_id AS TEXT) IS NULL OR workspace_id = :workspace_id)"""
FORGET = """
    UPDATE page_forms SET backfill_id = NULL
     WHERE backfill_id IS NOT NULL
       AND EXISTS (SELECT 1 FROM backfills b WHERE b.id = page_forms.backfill_id AND b.state <> 'waiting')"""
"""A form whose history is not imported any more keeps a watermark of its own from then on."""
ROWS_A_CALL = 500


def add_backfill(  # noqa: PLR0913 - a row's values, by name
    tx: Tx,
    *,
    page_id: PageId,
    workspace_id: WorkspaceId,
    form_id: FormId,
    since_ms: int,
    until_ms: int | None,
    requested_by: str,
    now_ms: int,
    new_id: Callable[[], str],
) -> str:
    """Put an import of one form's history in line; return its id."""
    backfill_id = f"bf_{new_id()}"
    row = {
        "id": backfill_id,
        "workspace_id": workspace_id,
        "page_id": page_id,
        "form_id": form_id,
        "since_ms": since_ms,
        "until_ms": until_ms,
        "requested_by": requested_by,
        "now_ms": now_ms,
    }
    tx.execute(ADD, row)
    return backfill_id


def plan(tx: Tx, order: BackfillOrder) -> Sequence[BackfillPlan]:
    """Return which forms an order concerns, what each has and may cost. Raises BadInputError when none is known."""
    forms = _forms(tx, order)
    here = Counter[tuple[str, str]]()
    for listed, params in chunks(sorted({row["form_id"] for row in forms})):
        for sql in KNOWN:
            for row in tx.rows(sql.replace("{forms}", listed), params):
                here[row["workspace_id"], row["form_id"]] += row["leads"]
    return [_planned(row, here[row["workspace_id"], row["form_id"]]) for row in forms]


def _forms(tx: Tx, order: BackfillOrder) -> Sequence[Row]:
    forms = tx.rows(FORMS, _scope(order))
    if not forms:
        raise BadInputError(
            "No form is known there: see `connector connections` for the Pages. A form is known once the daemon has"
            " listed its Page, within a quarter of an hour after connecting."
        )
    return forms


def ask(tx: Tx, order: BackfillOrder, *, now_ms: int, new_id: Callable[[], str]) -> Sequence[str]:
    """Put an import in line for each form of an order; return their ids. Raises BadInputError when none is known."""
    ids = [
        add_backfill(
            tx,
            page_id=one["page_id"],
            workspace_id=one["workspace_id"],
            form_id=one["form_id"],
            since_ms=order.window.since_ms,
            until_ms=order.window.until_ms,
            requested_by=order.requested_by,
            now_ms=now_ms,
            new_id=new_id,
        )
        for one in _forms(tx, order)
    ]
    tx.wake("reconcile")
    return ids


def stop(tx: Tx, order: BackfillOrder, *, now_ms: int) -> int:
    """Stop the imports in an order's scope; return how many."""
    stopped = tx.execute(STOP, {**_scope(order), "now_ms": now_ms})
    tx.execute(FORGET)
    return stopped


def progress(tx: Tx, ids: Collection[str] | None) -> Sequence[BackfillProgress]:
    """Return the named imports, or those that wait."""
    if ids is None:
        return [_progress(row) for row in tx.rows(WAITING)]
    rows = [row for listed, params in chunks(sorted(ids)) for row in tx.rows(NAMED + listed, params)]
    found = {row["id"]: _progress(row) for row in rows}
    return sorted(found.values(), key=lambda one: (-one.created_at_ms, one.id))


def _scope(order: BackfillOrder) -> Params:
    return {"page_id": order.page_id, "form_id": order.form_id, "workspace_id": order.workspace_id}


def _planned(row: Row, here: int) -> BackfillPlan:
    leads = row["leads_count"]
    missing = max((leads or 0) - here, 0)
    return BackfillPlan(
        workspace_id=row["workspace_id"],
        page_id=row["page_id"],
        form_id=row["form_id"],
        name=row["name"],
        leads=leads,
        known=here,
        calls=max(-(-(leads or 0) // ROWS_A_CALL), 1) + missing,
    )


def _progress(row: Row) -> BackfillProgress:
    return BackfillProgress(**{name: row[name] for name in BackfillProgress.__dataclass_fields__})
