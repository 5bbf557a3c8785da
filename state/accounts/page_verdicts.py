"""What a look at a Page found, written: the consent's state, the Page's own, its leads, its alert."""

from collections.abc import Callable
from datetime import datetime

from connector.domain.connection import ConnectionId
from connector.domain.fetching import ACCESS_RETRY_S
from connector.domain.lead import PageId, WorkspaceId
from connector.domain.pages import page_alert, page_trouble_key
from connector.domain.probing import HELD_LEAST_S, PageVerdict
from connector.domain.work import PageTrouble
from state.accounts.health import hold_leads
from state.accounts.page_grants import mark_grant, note_subscribed, renew_grant, spare_is_back, take_over
from state.accounts.pages import PAGE, RELEASE_LEADS, mark_page, release_page
from state.alerts import raise_alert, resolve_alert
from state.engine import Params, Tx
from state.vault import Vault

LEADS_WAIT = """
    SELECT 1 AS found FROM leads
     WHERE page_id = :page_id AND workspace_id = :workspace_id
       AND (stage = 'held' OR (stage = 'fetch' AND due_at_ms IS NOT NULL)) LIMIT 1"""
LOST_SINCE = """
    SELECT state_since_ms FROM page_grants
     WHERE connection_id = :connection_id AND page_id = :page_id AND state = 'auth_lost'"""
PAUSE = """
    UPDATE pages SET paused_until_ms = :due_at_ms
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND paused_until_ms < :due_at_ms"""


def write_page_verdict(
    tx: Tx,
    connection_id: ConnectionId,
    workspace_id: WorkspaceId,
    verdict: PageVerdict,
    *,
    vault: Vault,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    """Write what was found of one Page of a connection that works; its checks are the caller's to write."""
    if verdict.subscribed_by_us:
        note_subscribed(tx, connection_id, verdict.page_id)
    if verdict.fresh is not None:
        renew_grant(tx, connection_id, workspace_id, verdict.page_id, verdict.fresh.token, vault=vault)
    page = tx.row(PAGE, {"page_id": verdict.page_id, "workspace_id": workspace_id})
    if page is None or page["state"] == "disconnected":
        return
    is_read = page["connection_id"] == connection_id
    if verdict.state is None:
        if is_read and page["state"] == "auth_lost":
            _tell(tx, workspace_id, verdict.page_id, page, now=now, new_id=new_id)
        return
    if verdict.state == "ok" and is_read and _is_outweighed(tx, connection_id, page, verdict, now=now):
        if page["state"] == "auth_lost":
            _tell(tx, workspace_id, verdict.page_id, page, now=now, new_id=new_id)
        return
    mark_grant(
        tx,
        connection_id,
        verdict.page_id,
        verdict.state,
        reason=verdict.reason if verdict.state != "ok" else None,
        remedy=verdict.remedy if verdict.state != "ok" else None,
        now_ms=int(now.timestamp() * 1000),
    )
    if verdict.state == "ok":
        _reads(tx, connection_id, workspace_id, page, now=now, new_id=new_id)
    elif is_read:
        _does_not(tx, connection_id, workspace_id, page, verdict, now=now, new_id=new_id)


def _is_outweighed(
    tx: Tx, connection_id: ConnectionId, page: Params, verdict: PageVerdict, *, now: datetime
) -> bool:
    """Tell whether reads of leads that were refused say more than this look, which read none.

    Were the Page set free by it, its leads would be refused again, without end. A pause ends by itself; a Page
    that is held is tried after a while.
    """
    where = {"page_id": page["page_id"], "workspace_id": page["workspace_id"]}
    if page["state"] == "ok" or verdict.has_read or tx.row(LEADS_WAIT, where) is None:
        return False
    if page["state"] != "auth_lost":
        return verdict.fresh is None
    lost = tx.row(LOST_SINCE, {"connection_id": connection_id, "page_id": page["page_id"]})
    is_recent = lost is not None and now.timestamp() * 1000 - lost["state_since_ms"] < HELD_LEAST_S * 1000
    return verdict.fresh is None and is_recent


def _reads(
    tx: Tx,
    connection_id: ConnectionId,
    workspace_id: WorkspaceId,
    page: Params,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    """Set a Page free that was in trouble; one that another consent cannot read is taken over."""
    page_id = PageId(str(page["page_id"]))
    if page["state"] != "ok":
        if page["connection_id"] == connection_id:
            release_page(tx, page_id, workspace_id, now_ms=int(now.timestamp() * 1000))
        else:
            active = ConnectionId(str(page["connection_id"]))
            said = str(page["reason"] or "")
            if not take_over(
                tx,
                workspace_id=workspace_id,
                page_id=page_id,
                connection_id=active,
                now=now,
                new_id=new_id,
                reason=said,
            ):
                return
        resolve_alert(tx, key=page_trouble_key(workspace_id, page_id), now=now, new_id=new_id)
    spare_is_back(tx, workspace_id, page_id, now=now, new_id=new_id)


def _does_not(
    tx: Tx,
    connection_id: ConnectionId,
    workspace_id: WorkspaceId,
    page: Params,
    verdict: PageVerdict,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    said = verdict.reason or ""
    if take_over(
        tx,
        workspace_id=workspace_id,
        page_id=verdict.page_id,
        connection_id=connection_id,
        now=now,
        new_id=new_id,
        reason=said,
    ):
        resolve_alert(
            tx, key=page_trouble_key(workspace_id, verdict.page_id), now=now, new_id=new_id, quietly=True
        )
        return
    trouble = PageTrouble(state=verdict.state or "auth_lost", reason=said, remedy=verdict.remedy or "")
    mark_page(tx, page, trouble, now=now, new_id=new_id)
    now_ms = int(now.timestamp() * 1000)
    if trouble.state == "auth_lost":
        hold_leads(tx, page, reason=said, now_ms=now_ms)
    elif page["state"] == "auth_lost":  # what was held with a dead token is tried as after a refused read
        where = {"page_id": verdict.page_id, "workspace_id": workspace_id}
        due = {"due_at_ms": now_ms + int(ACCESS_RETRY_S * 1000)}
        tx.execute(PAUSE, {**where, **due})
        tx.execute(RELEASE_LEADS, {**where, **due})


def _tell(
    tx: Tx,
    workspace_id: WorkspaceId,
    page_id: PageId,
    page: Params,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    """Say that a Page is held whose account could not be asked: it may take a while until it can."""
    trouble = PageTrouble(
        state="auth_lost", reason=str(page["reason"] or ""), remedy=str(page["remedy"] or "")
    )
    raise_alert(tx, alert=page_alert(workspace_id, page_id, trouble), now=now, new_id=new_id)
