"""Pages of a workspace: their tokens, sealed; their troubles; and setting free the leads that waited for them.

A trouble and its end are written with their alert, in one transaction.
"""

from collections.abc import Callable
from datetime import datetime

from connector.domain.disconnecting import DISCONNECTED_REASON
from connector.domain.lead import PageId, WorkspaceId
from connector.domain.pages import page_alert, page_trouble_key
from connector.domain.work import PageTrouble
from state.alerts import raise_alert, resolve_alert
from state.engine import Params, Row, Tx
from state.vault import Vault

PAGE = "SELECT * FROM pages WHERE page_id = :page_id AND workspace_id = :workspace_id"
CONNECTED = f"{PAGE} AND state <> 'disconnected' /*for update*/"

MARK = """
    UPDATE pages SET state = :state, reason = :reason, remedy = :remedy
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND sealed_token = :sealed_token
       AND state <> 'disconnected'"""
READS = """
    UPDATE pages SET state = 'ok', reason = NULL, remedy = NULL
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND sealed_token = :sealed_token
       AND state <> 'disconnected'
    RETURNING paused_until_ms"""
RELEASE = """
    UPDATE pages SET state = 'ok', reason = NULL, remedy = NULL, paused_until_ms = 0
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND state <> 'disconnected'"""
HASTEN_LEADS = """
    UPDATE leads SET due_at_ms = :due_at_ms
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND stage = 'fetch'
       AND due_at_ms IS NOT NULL AND due_at_ms > :due_at_ms AND claim_id IS NULL
       AND (ladder IS NULL OR ladder = 'outage')"""
"""What waits for itself (not visible yet, a fault of ours) is none the readier for its Page."""
RELEASE_LEADS = """
    UPDATE leads SET stage = 'fetch', due_at_ms = :due_at_ms, claim_id = NULL, reason = NULL
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND stage = 'held'"""
RELEASE_PARKED = """
    UPDATE leads SET stage = 'fetch', due_at_ms = :now_ms, attempts = 0, ladder = NULL, reason = NULL
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND stage = 'parked' AND reason = :reason"""
"""What was parked because nobody connected the Page any more; what else is parked has reasons of its own."""


def page_binding(workspace_id: WorkspaceId, page_id: PageId) -> str:
    """Return what a Page token is bound to in the vault."""
    return f"page:{workspace_id}:{page_id}"


def open_page_token(vault: Vault, page: Row) -> str:
    """Return the Page's token. Raises BadInputError when no key opens it."""
    return vault.open(page["sealed_token"], bound_to=page_binding(page["workspace_id"], page["page_id"]))


def stays_connected(tx: Tx, page: Params) -> bool:
    """Tell whether the workspace has the Page, which nobody disconnects then before the commit."""
    return tx.row(CONNECTED, page) is not None


def mark_page(
    tx: Tx, page: Params, trouble: PageTrouble, *, now: datetime, new_id: Callable[[], str]
) -> bool:
    """Write a Page's trouble and raise its alert.

    `page` has page_id, workspace_id, and the sealed_token that met the trouble: False, and nothing is written,
    when the Page has another one by now or is connected no more.
    """
    said = {"state": trouble.state, "reason": trouble.reason, "remedy": trouble.remedy}
    if not tx.execute(MARK, {**page, **said}):
        return False
    alert = page_alert(WorkspaceId(str(page["workspace_id"])), PageId(str(page["page_id"])), trouble)
    raise_alert(tx, alert=alert, now=now, new_id=new_id)
    return True


def end_trouble(tx: Tx, page: Params, *, now: datetime, new_id: Callable[[], str]) -> bool:
    """Write that a Page reads, end its alert and make due what waited for it; False as in `mark_page`.

    A pause that stands is kept: no batch is claimed during one, so it was asked for after this one was.
    """
    row = tx.row(READS, page)
    if row is None:
        return False
    _set_free(tx, page, due_at_ms=max(int(now.timestamp() * 1000), row["paused_until_ms"]))
    key = page_trouble_key(str(page["workspace_id"]), str(page["page_id"]))
    resolve_alert(tx, key=key, now=now, new_id=new_id)
    return True


def release_page(tx: Tx, page_id: PageId, workspace_id: WorkspaceId, *, now_ms: int) -> int:
    """End a Page's trouble and pause, for it has a new token; return how many of its leads it sets free."""
    page: Params = {"page_id": page_id, "workspace_id": workspace_id}
    tx.execute(RELEASE, page)
    parked = tx.execute(RELEASE_PARKED, {**page, "now_ms": now_ms, "reason": DISCONNECTED_REASON})
    return parked + _set_free(tx, page, due_at_ms=now_ms)


def _set_free(tx: Tx, page: Params, *, due_at_ms: int) -> int:
    where = {"page_id": page["page_id"], "workspace_id": page["workspace_id"], "due_at_ms": due_at_ms}
    tx.execute(HASTEN_LEADS, where)
    freed = tx.execute(RELEASE_LEADS, where)
    tx.wake("fetch")
    return freed
