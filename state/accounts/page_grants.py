"""Consents that cover a Page: one of them reads it now (`pages`), the others stand by and take over by themselves.

A grant's token is bound in the vault as the Page's own is, so that it can take the Page's place as it is.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from connector.domain.alerts_catalogue import CONNECTION_STANDBY
from connector.domain.connection import ConnectionId, PageGrant, PageState
from connector.domain.lead import PageId, WorkspaceId
from state.accounts.pages import page_binding, release_page
from state.alerts import raise_alert, resolve_alert
from state.engine import Params, Tx
from state.vault import Vault

SAVE = """
    INSERT INTO page_grants (connection_id, page_id, workspace_id, name, sealed_token, tasks, state,
                             state_since_ms, subscribed_by_us, created_at_ms)
    VALUES (:connection_id, :page_id, :workspace_id, :name, :sealed_token, :tasks, 'ok', :now_ms, 0, :now_ms)
    ON CONFLICT (connection_id, page_id) DO UPDATE SET
        name = excluded.name, sealed_token = excluded.sealed_token, tasks = excluded.tasks, state = 'ok',
        reason = NULL, remedy = NULL,
        state_since_ms = CASE WHEN page_grants.state = 'ok' THEN page_grants.state_since_ms
                              ELSE excluded.state_since_ms END"""
READ_WITH = """
    INSERT INTO pages (workspace_id, page_id, name, connection_id, sealed_token, state, paused_until_ms,
                       created_at_ms)
    VALUES (:workspace_id, :page_id, :name, :connection_id, :sealed_token, 'ok', 0, :now_ms)
    ON CONFLICT (page_id, workspace_id) DO UPDATE SET
        name = excluded.name, connection_id = excluded.connection_id, sealed_token = excluded.sealed_token,
        state = 'ok', reason = NULL, remedy = NULL
     WHERE pages.connection_id = excluded.connection_id OR pages.state <> 'ok'
        OR NOT EXISTS (SELECT 1 FROM connections c
                        WHERE c.id = pages.connection_id AND c.state IN ('healthy', 'degraded'))"""
"""One statement, so that of two consents to a new Page one reads it and the other stands by."""
USABLE = """
      FROM page_grants g JOIN connections c ON c.id = g.connection_id
     WHERE g.page_id = :page_id AND g.workspace_id = :workspace_id AND g.state = 'ok'
       AND c.state IN ('healthy', 'degraded')"""
SPARE = f"""
    SELECT g.connection_id, g.sealed_token {USABLE} AND g.connection_id <> :connection_id
     ORDER BY c.consented_at_ms DESC, g.connection_id LIMIT 1"""
COUNT_USABLE = f"SELECT COUNT(*) AS usable {USABLE}"
TAKE = """
    UPDATE pages SET connection_id = :spare, sealed_token = :sealed_token, state = 'ok', reason = NULL,
                     remedy = NULL, paused_until_ms = 0
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND connection_id = :connection_id
       AND state <> 'disconnected'"""
MARK = """
    UPDATE page_grants SET state = :state, reason = :reason, remedy = :remedy,
                           state_since_ms = CASE WHEN state = :state THEN state_since_ms ELSE :now_ms END
     WHERE connection_id = :connection_id AND page_id = :page_id"""
RENEW = """
    UPDATE page_grants SET sealed_token = :sealed_token
     WHERE connection_id = :connection_id AND page_id = :page_id"""
RENEW_PAGE = """
    UPDATE pages SET sealed_token = :sealed_token
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND connection_id = :connection_id
       AND state <> 'disconnected'"""
SUBSCRIBED = """
    UPDATE page_grants SET subscribed_by_us = 1 WHERE connection_id = :connection_id AND page_id = :page_id"""
COVERED = "SELECT page_id FROM page_grants WHERE connection_id = :connection_id ORDER BY page_id"


def save_grant(
    tx: Tx,
    connection_id: ConnectionId,
    workspace_id: WorkspaceId,
    page: PageGrant,
    *,
    vault: Vault,
    now_ms: int,
) -> bool:
    """Store a consent to a Page; True when the Page is read with it now, False when it stands by."""
    row: Params = {
        "connection_id": connection_id,
        "workspace_id": workspace_id,
        "page_id": page.page_id,
        "name": page.name,
        "sealed_token": vault.seal(page.token, bound_to=page_binding(workspace_id, page.page_id)),
        "tasks": ",".join(page.tasks),
        "now_ms": now_ms,
    }
    tx.execute(SAVE, row)
    return tx.execute(READ_WITH, row) > 0


def take_over(
    tx: Tx,
    *,
    workspace_id: WorkspaceId,
    page_id: PageId,
    connection_id: ConnectionId,
    now: datetime,
    new_id: Callable[[], str],
    reason: str | None = None,
) -> bool:
    """Read the Page with another admin's consent instead of `connection_id`'s; False when there is none.

    All that waited is due at once. With `reason` the alert of the standby says so, until there is one to spare
    again; without it the caller tells of it in another way.
    """
    where: Params = {"page_id": page_id, "workspace_id": workspace_id, "connection_id": connection_id}
    spare = tx.row(SPARE, where)
    if spare is None:
        return False
    given = {"spare": spare["connection_id"], "sealed_token": spare["sealed_token"]}
    if not tx.execute(TAKE, {**where, **given}):
        return False
    release_page(tx, page_id, workspace_id, now_ms=int(now.timestamp() * 1000))
    if reason is not None:
        alert = CONNECTION_STANDBY.alert(
            workspace_id,
            page_id,
            workspace_id=workspace_id,
            connection_id=connection_id,
            reason=reason,
        )
        raise_alert(tx, alert=alert, now=now, new_id=new_id)
    return True


def mark_grant(
    tx: Tx,
    connection_id: ConnectionId,
    page_id: PageId,
    state: PageState,
    *,
    reason: str | None = None,
    remedy: str | None = None,
    now_ms: int,
) -> None:
    """Write how a consent stands for one Page."""
    where: Params = {"connection_id": connection_id, "page_id": page_id, "now_ms": now_ms}
    tx.execute(MARK, {**where, "state": state, "reason": reason, "remedy": remedy})


def renew_grant(
    tx: Tx,
    connection_id: ConnectionId,
    workspace_id: WorkspaceId,
    page_id: PageId,
    token: str,
    *,
    vault: Vault,
) -> None:
    """Replace the Page's token of a consent, and the Page's own where it is read with it."""
    row: Params = {
        "connection_id": connection_id,
        "workspace_id": workspace_id,
        "page_id": page_id,
        "sealed_token": vault.seal(token, bound_to=page_binding(workspace_id, page_id)),
    }
    tx.execute(RENEW, row)
    tx.execute(RENEW_PAGE, row)


def note_subscribed(tx: Tx, connection_id: ConnectionId, page_id: PageId) -> None:
    """Remember that we put our app on the Page: disconnecting takes off what connecting put on."""
    tx.execute(SUBSCRIBED, {"connection_id": connection_id, "page_id": page_id})


def spare_is_back(
    tx: Tx, workspace_id: WorkspaceId, page_id: PageId, *, now: datetime, new_id: Callable[[], str]
) -> bool:
    """End the standby's alert when there are two usable consents again."""
    row = tx.row(COUNT_USABLE, {"page_id": page_id, "workspace_id": workspace_id})
    if row is None or row["usable"] < 2:  # noqa: PLR2004 - one reads, one is to spare
        return False
    return resolve_alert(tx, key=CONNECTION_STANDBY.key(workspace_id, page_id), now=now, new_id=new_id)


def covered(tx: Tx, connection_id: ConnectionId) -> Sequence[PageId]:
    """Return the Pages that a connection covers, read or standing by."""
    return [PageId(row["page_id"]) for row in tx.rows(COVERED, {"connection_id": connection_id})]
