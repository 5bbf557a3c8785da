"""What a Page's round changes: its forms, their successors, imports of history, the alert about its subscription."""

from collections.abc import Callable
from datetime import datetime

from connector.domain.alerts_catalogue import FORM_SUCCEEDED, MAPPING_CARRIED, SUBSCRIPTION_LOST
from connector.domain.lead import WorkspaceId
from connector.domain.reconcile_work import CONNECT, RoundDone, RoundWork, Subscribed
from connector.domain.reconciling import (
    DAY_MS,
    RETENTION_MS,
    SETTLING_MS,
    FormListing,
    ListedForm,
    predecessor_of,
)
from state.accounts.pages import stays_connected
from state.alerts import raise_alert, resolve_alert
from state.engine import Tx
from state.leads.carrying import LISTED, Place, carry_over, listed
from state.reconcile.backfills import add_backfill
from state.reconcile.budgets import charge
from state.reconcile.claims import fence

TOLD_MS = 7 * DAY_MS
"""How long the news of a successor stands."""

DONE = """
    UPDATE page_rounds
       SET due_at_ms = :due_at_ms, claim_id = NULL, failures = 0, reason = :reason,
           list_due_at_ms = COALESCE(CAST(:list_due_at_ms AS BIGINT), list_due_at_ms),
           listed_at_ms = COALESCE(CAST(:listed_at_ms AS BIGINT), listed_at_ms),
           subscribed_at_ms = COALESCE(CAST(:subscribed_at_ms AS BIGINT), subscribed_at_ms),
           healed_at_ms = COALESCE(CAST(:healed_at_ms AS BIGINT), healed_at_ms)
     WHERE id = :row_id AND claim_id = :claim_id"""
KNOW_FORM = """
    INSERT INTO page_forms (page_id, workspace_id, form_id, name, status, is_live, questions, asked, created_ms,
                            leads_count, successor_of, first_seen_ms, floor_ms, backfill_id, due_at_ms)
    VALUES (:page_id, :workspace_id, :form_id, :name, :status, :is_live, :questions, :asked, :created_ms,
            :leads_count, :successor_of, :now_ms, :floor_ms, :backfill_id, :now_ms)
    ON CONFLICT (form_id, workspace_id) DO UPDATE SET
        page_id = excluded.page_id, name = excluded.name, status = excluded.status, is_live = excluded.is_live,
        questions = COALESCE(excluded.questions, page_forms.questions),
        asked = COALESCE(excluded.asked, page_forms.asked), created_ms = excluded.created_ms,
        successor_of = COALESCE(page_forms.successor_of, excluded.successor_of),
        leads_count = excluded.leads_count,
        due_at_ms = CASE WHEN page_forms.claim_id IS NULL AND page_forms.due_at_ms > :now_ms
                          AND excluded.leads_count > page_forms.leads_count AND page_forms.is_live = 0
                         THEN :now_ms ELSE page_forms.due_at_ms END"""
"""A form that is read rarely is read at once when Meta counts more leads of it than before."""
HASTEN = """
    UPDATE page_forms SET due_at_ms = :now_ms
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND claim_id IS NULL AND due_at_ms > :now_ms"""
OLD_NEWS = """
    SELECT key FROM alerts
     WHERE resolved_at_ms IS NULL AND workspace_id = :workspace_id AND raised_at_ms <= :before_ms
       AND key LIKE :news"""


def write_round(
    tx: Tx, work: RoundWork, done: RoundDone, *, now: datetime, new_id: Callable[[], str]
) -> bool:
    """Write what a round found; False when the lease was lost, or the Page: nobody would end its alerts."""
    if not stays_connected(tx, {"page_id": work.page_id, "workspace_id": work.workspace_id}):
        return False
    now_ms = int(now.timestamp() * 1000)
    found = done.subscribed
    row = {
        "due_at_ms": done.due_at_ms,
        "reason": found.trouble,
        "list_due_at_ms": done.list_due_at_ms,
        "listed_at_ms": None if done.listing is None else now_ms,
        "subscribed_at_ms": now_ms if found.trouble is None else None,
        "healed_at_ms": now_ms if found.healed else None,
    }
    if not tx.execute(DONE, {**row, **fence(work)}):
        return False
    _tell(tx, work, found, now=now, new_id=new_id)
    if done.listing is not None:
        _know(tx, work, done.listing, now=now, new_id=new_id)
    if found.healed:
        tx.execute(HASTEN, {"now_ms": now_ms, "page_id": work.page_id, "workspace_id": work.workspace_id})
    return True


def _tell(tx: Tx, work: RoundWork, found: Subscribed, *, now: datetime, new_id: Callable[[], str]) -> None:
    """Raise the alert, or end it once a later round finds the Page subscribed."""
    key = SUBSCRIPTION_LOST.key(work.workspace_id, work.page_id)
    if found.trouble is None and not found.healed:
        resolve_alert(tx, key=key, now=now, new_id=new_id)
        return
    said = found.trouble or "It is subscribed again, and what was missed is being read."
    alert = SUBSCRIPTION_LOST.alert(
        work.workspace_id,
        work.page_id,
        workspace_id=work.workspace_id,
        remedy=found.remedy,
        stage="failed" if found.trouble else "healed",
        said=said,
    )
    raise_alert(tx, alert=alert, now=now, new_id=new_id)


def _know(tx: Tx, work: RoundWork, listing: FormListing, *, now: datetime, new_id: Callable[[], str]) -> None:
    now_ms = int(now.timestamp() * 1000)
    where = {"page_id": work.page_id, "workspace_id": work.workspace_id}
    known = {row["form_id"]: listed(row) for row in tx.rows(LISTED, where)}
    at = Place(workspace_id=work.workspace_id, page_id=work.page_id, now=now, new_id=new_id)
    for form in listing.forms:
        is_new = form.id not in known
        # what it asks is told for the first time, and so whose copy it is
        is_told = is_new or (known[form.id].digest is None and form.digest is not None)
        older = predecessor_of(form, known.values()) if is_told and not work.is_first else None
        history = _history(tx, work, form, now_ms=now_ms, new_id=new_id) if work.is_first and is_new else None
        floor_ms = now_ms - (SETTLING_MS if history else RETENTION_MS)
        row = {
            **where,
            "form_id": form.id,
            "name": form.name,
            "status": form.status,
            "is_live": int(form.is_live),
            "questions": form.digest,
            "asked": form.asked,
            "created_ms": form.created_ms,
            "leads_count": form.leads,
            "successor_of": older.id if older else None,
            "floor_ms": floor_ms,
            "backfill_id": history,
            "now_ms": now_ms,
        }
        tx.execute(KNOW_FORM, row)
        is_carried = is_told and carry_over(tx, at, form, known.values())
        if older is not None and not is_carried:
            _succeeded(tx, work, form, older, now=now, new_id=new_id)
    charge(tx, work.page_id, listing.calls, listing.used, now_ms=now_ms, leads=listing.leads)
    _end_old_news(tx, work.workspace_id, now=now, new_id=new_id)


def _history(
    tx: Tx, work: RoundWork, form: ListedForm, *, now_ms: int, new_id: Callable[[], str]
) -> str | None:
    """Put the import of a form's history in line; None for one that never had a lead."""
    if form.leads == 0:
        return None
    return add_backfill(
        tx,
        page_id=work.page_id,
        workspace_id=work.workspace_id,
        form_id=form.id,
        since_ms=now_ms - RETENTION_MS,
        until_ms=None,
        requested_by=CONNECT,
        now_ms=now_ms,
        new_id=new_id,
    )


def _succeeded(
    tx: Tx,
    work: RoundWork,
    form: ListedForm,
    older: ListedForm,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    alert = FORM_SUCCEEDED.alert(
        work.workspace_id,
        older.id,
        form.id,
        workspace_id=work.workspace_id,
        page=work.page_id,
    )
    raise_alert(tx, alert=alert, now=now, new_id=new_id)


def _end_old_news(tx: Tx, workspace_id: WorkspaceId, *, now: datetime, new_id: Callable[[], str]) -> None:
    before_ms = int(now.timestamp() * 1000) - TOLD_MS
    for kind in (FORM_SUCCEEDED, MAPPING_CARRIED):
        news = {"workspace_id": workspace_id, "before_ms": before_ms, "news": f"{kind.name}:%"}
        for row in tx.rows(OLD_NEWS, news):
            resolve_alert(tx, key=row["key"], now=now, new_id=new_id, quietly=True)
