"""What waits for a connection: leads of its Pages that are not read yet."""

from dataclasses import dataclass

from connector.domain.connection import ConnectionId
from state.engine import Tx

WAITING = """
    SELECT COUNT(*) AS leads, MIN(received_at_ms) AS since_ms FROM (
        SELECT l.received_at_ms FROM pages p
          JOIN leads l ON l.page_id = p.page_id AND l.workspace_id = p.workspace_id
         WHERE p.connection_id = :connection_id AND l.stage = 'held'
        UNION ALL
        SELECT l.received_at_ms FROM pages p
          JOIN leads l ON l.page_id = p.page_id AND l.workspace_id = p.workspace_id
         WHERE p.connection_id = :connection_id AND l.stage = 'fetch' AND l.due_at_ms IS NOT NULL) w"""
"""Two halves, so that each has its index. A Page that another consent reads now waits for nothing of this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many leads, and when the first of them came in (ms); None when there is none."""

    leads: int
    since_ms: int | None


def waiting_for(tx: Tx, connection_id: ConnectionId) -> Waiting:
    """Count what waits for a connection."""
    row = tx.row(WAITING, {"connection_id": connection_id})
    return (
        Waiting(leads=int(row["leads"]), since_ms=row["since_ms"]) if row else Waiting(leads=0, since_ms=None)
    )
