"""Alerts: one row an episode, an event in the feed of every workspace it concerns, mails to those who mend it."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial

from connector.domain.alert import Alert
from connector.domain.lead import WorkspaceId
from connector.domain.times import rfc3339
from connector.ports import Clock
from connector.wire.event import EventType
from state.engine import Engine, Row, Tx
from state.events import NewEvent, append_event
from state.mails import queue_raised, queue_resolved

RAISE = """
    INSERT INTO alerts (key, workspace_id, connection_id, severity, title, remedy, stage, raised_at_ms)
    VALUES (:key, :workspace_id, :connection_id, :severity, :title, :remedy, :stage, :now_ms)
    ON CONFLICT (key) WHERE resolved_at_ms IS NULL DO NOTHING
    RETURNING id, key, workspace_id, severity, title, remedy, stage, raised_at_ms, resolved_at_ms"""
NEXT_STAGE = """
    UPDATE alerts SET stage = :stage, severity = :severity, title = :title, remedy = :remedy
     WHERE key = :key AND resolved_at_ms IS NULL AND stage <> :stage
    RETURNING id, key, workspace_id, severity, title, remedy, stage, raised_at_ms, resolved_at_ms"""
RESOLVE = """
    UPDATE alerts SET resolved_at_ms = :now_ms WHERE key = :key AND resolved_at_ms IS NULL
    RETURNING id, key, workspace_id, severity, title, remedy, stage, raised_at_ms, resolved_at_ms"""
OPEN = "SELECT * FROM alerts WHERE resolved_at_ms IS NULL ORDER BY raised_at_ms, id"
WORKSPACES = "SELECT id FROM workspaces ORDER BY id"


class SqlAlerts:
    """Implements `ports.Alerts`."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id

    async def raise_once(self, alert: Alert) -> bool:
        return await self._engine.write(
            partial(raise_alert, alert=alert, now=self._clock.now(), new_id=self._new_id)
        )

    async def resolve(self, key: str) -> bool:
        return await self._engine.write(
            partial(resolve_alert, key=key, now=self._clock.now(), new_id=self._new_id)
        )

    async def open(self) -> Sequence[Row]:
        """Return the alerts that stand, oldest first."""
        return await self._engine.read(lambda tx: tx.rows(OPEN))


def raise_alert(tx: Tx, *, alert: Alert, now: datetime, new_id: Callable[[], str]) -> bool:
    """Open an episode unless it is open; True when this call opened it.

    Events and mails are rows of the same transaction. An open one that comes to another stage is announced and
    mailed again, with its new texts.
    """
    now_ms = int(now.timestamp() * 1000)
    row = {**asdict(alert), "now_ms": now_ms}
    raised = tx.row(RAISE, row)
    if raised is None:
        renewed = tx.row(NEXT_STAGE, row)
        if renewed is not None:
            _announce(tx, "alert.raised", renewed, now, new_id)
            queue_raised(tx, renewed, now_ms=now_ms, new_id=new_id)
        return False
    _announce(tx, "alert.raised", raised, now, new_id)
    queue_raised(tx, raised, now_ms=now_ms, new_id=new_id)
    return True


def resolve_alert(
    tx: Tx, *, key: str, now: datetime, new_id: Callable[[], str], quietly: bool = False
) -> bool:
    """Close an open episode; True when this call closed it.

    `quietly`: nothing is mailed, because something worse took its place.
    """
    now_ms = int(now.timestamp() * 1000)
    row = tx.row(RESOLVE, {"key": key, "now_ms": now_ms})
    if row is None:
        return False
    _announce(tx, "alert.resolved", row, now, new_id)
    queue_resolved(tx, row, now_ms=now_ms, new_id=new_id, quietly=quietly)
    return True


def _announce(tx: Tx, event_type: EventType, row: Row, now: datetime, new_id: Callable[[], str]) -> None:
    view = {name: row[name] for name in ("key", "severity", "title", "remedy")}
    for name in ("raised_at", "resolved_at"):
        at_ms = row[f"{name}_ms"]
        view[name] = rfc3339(datetime.fromtimestamp(at_ms / 1000, UTC)) if at_ms is not None else None
    for workspace_id in _concerned(tx, row["workspace_id"]):
        event = NewEvent(workspace_id=workspace_id, type=event_type, data={"alert": view})
        append_event(tx, event, now=now, new_id=new_id)


def _concerned(tx: Tx, workspace_id: WorkspaceId | None) -> Sequence[WorkspaceId]:
    if workspace_id is not None:
        return [workspace_id]
    return [row["id"] for row in tx.rows(WORKSPACES)]
