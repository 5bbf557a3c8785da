"""What becomes of a Page whose token the provider refuses: another consent takes over, or its leads wait.

All in the transaction of the read that found it: between the death and the standby no lead waits.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from connector.domain.connection import ConnectionId, Health
from connector.domain.errors import LossCause
from connector.domain.health import WORKING
from connector.domain.lead import PageId, WorkspaceId
from connector.domain.pages import page_alert
from connector.domain.probing import HASTE_S
from connector.domain.signals import TokenDied
from connector.domain.work import PageTrouble
from state.accounts.health import hear
from state.accounts.page_grants import mark_grant, take_over
from state.accounts.pages import MARK
from state.alerts import raise_alert
from state.engine import Params, Row, Tx

OF_THE_ACCOUNT: frozenset[LossCause] = frozenset({"app_removed", "checkpoint", "password_changed"})
"""These end all of the person's tokens: the whole account is lost, not this Page."""
UNCLEAR: frozenset[LossCause] = frozenset({"unknown", "expired", "revoked", "page_token", "scope"})
"""The person's own token may live and give the Page another one: the probe asks, and only then is it told."""

READ_WITH = """
    SELECT p.connection_id, c.state FROM pages p JOIN connections c ON c.id = p.connection_id
     WHERE p.page_id = :page_id AND p.workspace_id = :workspace_id AND p.sealed_token = :sealed_token
       AND p.state <> 'disconnected'"""
READ_NOW = "SELECT connection_id FROM pages WHERE page_id = :page_id AND workspace_id = :workspace_id"
LOCK = "SELECT state FROM connections WHERE id = :connection_id /*for update*/"
LOCK_READER = """
    SELECT id, state FROM connections
     WHERE id = (SELECT connection_id FROM pages WHERE page_id = :page_id AND workspace_id = :workspace_id)
       /*for update*/"""
_LOOKABLE = """
     WHERE id = :connection_id AND state IN ('healthy', 'degraded', 'suspended') AND probe_claim_id IS NULL"""
PROBE_NOW = f"""
    UPDATE connections SET probe_due_at_ms = :now_ms, hastened_at_ms = :now_ms {_LOOKABLE}
       AND (hastened_at_ms IS NULL OR hastened_at_ms <= :recent_ms OR probe_due_at_ms <= :now_ms)"""  # noqa: S608 - our own constants
PROBE_SOON = f"""
    UPDATE connections SET probe_due_at_ms = hastened_at_ms + :haste_ms {_LOOKABLE}
       AND (probe_due_at_ms IS NULL OR probe_due_at_ms > hastened_at_ms + :haste_ms)"""  # noqa: S608 - our own constants
HASTE_MS = int(HASTE_S * 1000)

Loss = Literal["stale", "taken_over", "lost"]


def lose_page(
    tx: Tx, page: Params, trouble: PageTrouble, *, now: datetime, new_id: Callable[[], str]
) -> Loss:
    """Write that a Page's token is dead; `page` has page_id, workspace_id and the sealed_token that was refused.

    stale: the Page has another token by now, or is disconnected, and nothing was written.
    """
    seen = tx.row(READ_WITH, page)
    if seen is None:
        return "stale"
    connection_id = ConnectionId(seen["connection_id"])
    locked = tx.row(
        LOCK, {"connection_id": connection_id}
    )  # before the Page: the order in which consents are saved
    if locked is None or tx.row(READ_WITH, page) is None:
        return "stale"
    if trouble.cause in OF_THE_ACCOUNT and locked["state"] in WORKING:  # all its Pages, in their order
        died = TokenDied(at=now, reason=trouble.reason, remedy=trouble.remedy, cause=trouble.cause)
        hear(tx, connection_id, [died], now=now, new_id=new_id)
        return _outcome(tx, page, connection_id)
    said = {"state": trouble.state, "reason": trouble.reason, "remedy": trouble.remedy}
    if not tx.execute(MARK, {**page, **said}):
        return "stale"
    return _lose_one(tx, page, connection_id, locked["state"], trouble, now=now, new_id=new_id)


def lock_reader(tx: Tx, page: Params) -> Row | None:
    """Lock the account that reads a Page, before anything of the Page is written: the order of everybody."""
    return tx.row(LOCK_READER, {"page_id": page["page_id"], "workspace_id": page["workspace_id"]})


def ask_to_look(tx: Tx, connection_id: ConnectionId, *, now_ms: int) -> bool:
    """Have the account looked at; False when no look begins now, as after one that was asked for just before."""
    where = {"connection_id": connection_id, "now_ms": now_ms}
    if tx.execute(PROBE_NOW, {**where, "recent_ms": now_ms - HASTE_MS}):
        tx.wake("health")
        return True
    tx.execute(PROBE_SOON, {"connection_id": connection_id, "haste_ms": HASTE_MS})
    return False


def look_again(tx: Tx, page: Params, *, health: Health, now_ms: int) -> None:
    """Have the account that reads the Page looked at, if it is said to stand so: the read said otherwise."""
    reader = lock_reader(tx, page)
    if reader is not None and reader["state"] == health:
        ask_to_look(tx, ConnectionId(reader["id"]), now_ms=now_ms)


def _lose_one(
    tx: Tx,
    page: Params,
    connection_id: ConnectionId,
    health: str,
    trouble: PageTrouble,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> Loss:
    """Lose this Page alone: the account may be well, or may be known to be lost."""
    page_id, workspace_id = PageId(str(page["page_id"])), WorkspaceId(str(page["workspace_id"]))
    now_ms = int(now.timestamp() * 1000)
    is_told = False
    if health in WORKING:
        mark_grant(
            tx,
            connection_id,
            page_id,
            trouble.state,
            reason=trouble.reason,
            remedy=trouble.remedy,
            now_ms=now_ms,
        )
        # who is not looked at now, because one look just was or one has died, is told of at once
        is_told = not ask_to_look(tx, connection_id, now_ms=now_ms) or trouble.cause not in UNCLEAR
    if take_over(
        tx,
        workspace_id=workspace_id,
        page_id=page_id,
        connection_id=connection_id,
        now=now,
        new_id=new_id,
        reason=trouble.reason if health in WORKING else None,
    ):
        return "taken_over"
    if is_told:
        raise_alert(tx, alert=page_alert(workspace_id, page_id, trouble), now=now, new_id=new_id)
    return "lost"


def _outcome(tx: Tx, page: Params, connection_id: ConnectionId) -> Loss:
    reads = tx.row(READ_NOW, page)
    return "lost" if reads is None or reads["connection_id"] == connection_id else "taken_over"
