"""`connection.changed`: the CRM is told of each change of an account's health, with what waits for it."""

from collections.abc import Callable
from datetime import UTC, datetime

from connector.domain.connection import ConnectionId
from connector.domain.times import rfc3339
from connector.wire.event import ConnectionPageView, ConnectionView, connection_value
from state.engine import Row, Tx
from state.events import NewEvent, append_event
from state.waiting import Waiting, waiting_for

CONNECTION = """
    SELECT id, workspace_id, provider, state, reason, remedy, state_since_ms
      FROM connections WHERE id = :connection_id"""
PAGES = "SELECT page_id, name, state FROM pages WHERE connection_id = :connection_id ORDER BY page_id"


def append_connection_changed(
    tx: Tx, connection_id: ConnectionId, *, now: datetime, new_id: Callable[[], str]
) -> int:
    """Append the event as the connection stands in this transaction; return its sequence.

    To be called after its row, its Pages and its leads were written. Raises LookupError: no such connection.
    """
    row = tx.row(CONNECTION, {"connection_id": connection_id})
    if row is None:
        raise LookupError(f"no connection {connection_id}")
    pages = tuple(ConnectionPageView(**page) for page in tx.rows(PAGES, {"connection_id": connection_id}))
    view = _view(row, pages, waiting_for(tx, connection_id))
    event = NewEvent(
        workspace_id=row["workspace_id"],
        type="connection.changed",
        data={"connection": connection_value(view)},
    )
    return append_event(tx, event, now=now, new_id=new_id)


def _view(row: Row, pages: tuple[ConnectionPageView, ...], waiting: Waiting) -> ConnectionView:
    return ConnectionView(
        id=row["id"],
        provider=row["provider"],
        state=row["state"],
        reason=row["reason"],
        remedy=row["remedy"],
        waiting_leads=waiting.leads,
        waiting_since=_instant(waiting.since_ms) if waiting.since_ms is not None else None,
        pages=pages,
        changed_at=_instant(row["state_since_ms"]),
    )


def _instant(at_ms: int) -> str:
    return rfc3339(datetime.fromtimestamp(at_ms / 1000, UTC))
