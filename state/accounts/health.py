"""How connections stand: signals are judged and all that follows is written in one transaction.

What follows: the work of the Pages is held or set free, the alert is raised or resolved, the feed is told.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from connector.domain.alerts_catalogue import CONNECTION_EXPIRING
from connector.domain.connection import ConnectionId
from connector.domain.expiry import expiry_alert
from connector.domain.health import OVER, Standing, Transition, failed_check, follow, lost_alert
from connector.domain.lead import PageId, WorkspaceId
from connector.domain.pages import page_trouble_key
from connector.domain.probing import SUSPENDED_S
from connector.domain.signals import Consented, Forecast, Signal
from state.accounts.checks import write_checks
from state.accounts.connection_events import append_connection_changed
from state.accounts.page_grants import take_over
from state.accounts.pages import release_page
from state.alerts import raise_alert, resolve_alert
from state.engine import Params, Row, Tx

STANDING = """
    SELECT id, workspace_id, provider, state, cause, reason, remedy, short_lives, consented_at_ms
      FROM connections WHERE id = :id /*for update*/"""
WRITE = """
    UPDATE connections
       SET state_since_ms = CASE WHEN state = :state THEN state_since_ms ELSE :now_ms END,
           state = :state, cause = :cause, reason = :reason, remedy = :remedy, short_lives = :short_lives,
           consented_at_ms = :consented_at_ms, updated_at_ms = :now_ms
     WHERE id = :id"""
PROBE_AT = "UPDATE connections SET probe_due_at_ms = :due_at_ms, probe_claim_id = NULL WHERE id = :id"
READ_WITH = """
    SELECT page_id FROM pages WHERE connection_id = :id AND state <> 'disconnected' ORDER BY page_id"""
LOSE_PAGE = """
    UPDATE pages SET state = 'auth_lost', reason = :reason, remedy = :remedy
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND connection_id = :id
       AND state <> 'disconnected'"""
HOLD_LEADS = """
    UPDATE leads SET stage = 'held', due_at_ms = NULL, claim_id = NULL, reason = :reason
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND stage = 'fetch'
       AND (claim_id IS NULL OR due_at_ms <= :now_ms)"""
"""What is being read now comes here by itself when the read fails, and goes on when it does not."""
LOST_PAGES = """
    SELECT p.page_id FROM pages p JOIN page_grants g ON g.page_id = p.page_id AND g.connection_id = p.connection_id
     WHERE p.connection_id = :id AND p.state = 'auth_lost' AND g.state = 'ok' ORDER BY p.page_id"""


def hear(
    tx: Tx,
    connection_id: ConnectionId,
    signals: Sequence[Signal],
    *,
    now: datetime,
    new_id: Callable[[], str],
    announced: bool = True,
) -> Transition | None:
    """Judge signals and write what follows; None when there is no such connection.

    `announced` False leaves the event out: the caller appends it when all is written.
    """
    row = tx.row(STANDING, {"id": connection_id})
    if row is None:
        return None
    done = follow(standing_of(row), signals)
    now_ms = int(now.timestamp() * 1000)
    if done.is_changed and done.standing.health == "reconnect":
        write_checks(tx, connection_id, [failed_check(done.standing)], now_ms=now_ms)
    if done.standing != done.before:
        tx.execute(WRITE, {"id": connection_id, "now_ms": now_ms, **_values(done.standing)})
    _plan_probe(tx, connection_id, done, now_ms)
    _change_work(tx, row, done, now=now, new_id=new_id)
    _warn_of_end(tx, row, done, signals, now=now, new_id=new_id)
    if done.is_changed and announced:
        append_connection_changed(tx, connection_id, now=now, new_id=new_id)
    return done


def hold_leads(tx: Tx, page: Params, *, reason: str | None, now_ms: int) -> int:
    """Let all leads of a Page wait that nobody reads now; return how many."""
    where = {"page_id": page["page_id"], "workspace_id": page["workspace_id"]}
    return tx.execute(HOLD_LEADS, {**where, "reason": reason, "now_ms": now_ms})


def standing_of(row: Row) -> Standing:
    """Return how a connection stands by its row."""
    return Standing(
        provider=row["provider"],
        health=row["state"],
        consented_at=datetime.fromtimestamp(row["consented_at_ms"] / 1000, UTC),
        cause=row["cause"],
        reason=row["reason"],
        remedy=row["remedy"],
        short_lives=row["short_lives"],
    )


def _values(standing: Standing) -> Params:
    return {
        "state": standing.health,
        "cause": standing.cause,
        "reason": standing.reason,
        "remedy": standing.remedy,
        "short_lives": standing.short_lives,
        "consented_at_ms": int(standing.consented_at.timestamp() * 1000),
    }


def _plan_probe(tx: Tx, connection_id: ConnectionId, done: Transition, now_ms: int) -> None:
    """Look again when that is worth it; who waits for a person is not looked at."""
    if done.probe:
        tx.execute(PROBE_AT, {"id": connection_id, "due_at_ms": now_ms})
        tx.wake("health")
    elif done.is_changed and done.standing.health == "suspended":
        tx.execute(PROBE_AT, {"id": connection_id, "due_at_ms": now_ms + int(SUSPENDED_S * 1000)})
    elif done.is_changed and done.standing.health in {"reconnect", *OVER}:
        tx.execute(PROBE_AT, {"id": connection_id, "due_at_ms": None})


def _change_work(tx: Tx, row: Row, done: Transition, *, now: datetime, new_id: Callable[[], str]) -> None:
    standing = done.standing
    if done.work == "release":
        _set_free(tx, row, now=now, new_id=new_id)
    if done.lost == "resolve":
        resolve_alert(
            tx, key=lost_alert(standing, row["id"], row["workspace_id"]).key, now=now, new_id=new_id
        )
    if done.work == "hold" and standing.health not in OVER:  # disconnecting looks after its Pages itself
        taken, left = _lose_pages(tx, row, standing, now=now, new_id=new_id)
        if done.lost == "raise":
            alert = lost_alert(_told(standing, taken, left), row["id"], row["workspace_id"])
            severity = "warning" if taken and not left else alert.severity
            raise_alert(tx, alert=replace(alert, severity=severity), now=now, new_id=new_id)


def _lose_pages(
    tx: Tx, row: Row, standing: Standing, *, now: datetime, new_id: Callable[[], str]
) -> tuple[int, int]:
    """Give every Page to another admin's consent, or hold its leads; return how many of each."""
    taken, left = 0, 0
    for page in tx.rows(READ_WITH, {"id": row["id"]}):
        where = {"page_id": page["page_id"], "workspace_id": row["workspace_id"], "id": row["id"]}
        page_id, workspace_id = PageId(page["page_id"]), WorkspaceId(row["workspace_id"])
        if take_over(
            tx, workspace_id=workspace_id, page_id=page_id, connection_id=row["id"], now=now, new_id=new_id
        ):
            taken += 1
        else:
            left += 1
            tx.execute(LOSE_PAGE, {**where, "reason": standing.reason, "remedy": standing.remedy})
            hold_leads(tx, where, reason=standing.reason, now_ms=int(now.timestamp() * 1000))
        # what was said of one Page is part of the account's trouble now
        resolve_alert(tx, key=page_trouble_key(workspace_id, page_id), now=now, new_id=new_id, quietly=True)
    return taken, left


def _told(standing: Standing, taken: int, left: int) -> Standing:
    if not taken:
        return standing
    said = f"{taken} of its {taken + left} Pages go on with another admin's account."
    return replace(standing, reason=f"{standing.reason or ''} {said}".strip())


def _set_free(tx: Tx, row: Row, *, now: datetime, new_id: Callable[[], str]) -> None:
    """Read the Pages again that were held with the account, not those with a trouble of their own."""
    now_ms = int(now.timestamp() * 1000)
    for page in tx.rows(LOST_PAGES, {"id": row["id"]}):
        release_page(tx, page["page_id"], row["workspace_id"], now_ms=now_ms)
        key = page_trouble_key(row["workspace_id"], page["page_id"])
        resolve_alert(tx, key=key, now=now, new_id=new_id)


def _warn_of_end(
    tx: Tx,
    row: Row,
    done: Transition,
    signals: Sequence[Signal],
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    """Say that the consent ends soon, once at each threshold; something worse or a new consent ends that."""
    forecast = next((one for one in signals if isinstance(one, Forecast)), None)
    is_over = done.standing.health not in {"healthy", "degraded"}
    if forecast is not None and not is_over:
        alert = expiry_alert(
            row["id"], row["workspace_id"], row["provider"], ends_at=forecast.ends_at, now=now
        )
        if alert is not None:
            raise_alert(tx, alert=alert, now=now, new_id=new_id)
        is_past = forecast.ends_at is not None and forecast.ends_at <= now
        is_over = alert is None and not is_past
    if is_over or any(isinstance(one, Consented) for one in signals):
        key = CONNECTION_EXPIRING.key(row["id"])
        quietly = done.standing.health not in {"healthy", "degraded"}
        resolve_alert(tx, key=key, now=now, new_id=new_id, quietly=quietly)
