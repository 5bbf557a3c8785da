"""The ordered feed of a workspace: gapless numbers, fixed bytes, and a delivery for each entry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.domain.lead import WorkspaceId
from connector.wire.event import EventType, event_bytes
from state.engine import Tx

NEXT_SEQUENCE = """
    UPDATE workspaces SET last_sequence = last_sequence + 1 WHERE id = :workspace_id
    RETURNING last_sequence"""
"""Locks the workspace's row until the commit: numbers become visible in order and without a gap."""

LOCK_WORKSPACE = "UPDATE workspaces SET last_sequence = last_sequence WHERE id = :workspace_id"
"""The same lock without a number: one machine at a time makes or changes contacts of a workspace."""

APPEND = """
    INSERT INTO events (workspace_id, sequence, id, type, contact_id, revision, lead_id, body, created_at_ms)
    VALUES (:workspace_id, :sequence, :id, :type, :contact_id, :revision, :lead_id, :body, :now_ms)"""
QUEUE = """
    INSERT INTO deliveries (event_id, workspace_id, sequence, contact_id, revision, lead_id, state, due_at_ms,
                            attempts, is_replay, accepted_at_ms)
    VALUES (:id, :workspace_id, :sequence, :contact_id, :revision, :lead_id, 'waiting', :now_ms,
            0, 0, :accepted_at_ms)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """What to append. `data` gains the workspace, the sequence and the revision here."""

    workspace_id: WorkspaceId
    type: EventType
    data: Mapping[str, object]
    contact_id: str | None = None
    revision: int | None = None
    lead_id: str | None = None
    accepted_at_ms: int | None = None


def append_event(tx: Tx, event: NewEvent, *, now: datetime, new_id: Callable[[], str]) -> int:
    """Append one event and queue its delivery; return its sequence. Raises LookupError: no such workspace."""
    numbered = tx.row(NEXT_SEQUENCE, {"workspace_id": event.workspace_id})
    if numbered is None:
        raise LookupError(f"no workspace {event.workspace_id}")
    sequence = int(numbered["last_sequence"])
    head = {"workspace": event.workspace_id, "sequence": sequence, "revision": event.revision}
    row = {
        "id": f"evt_{new_id()}",
        "workspace_id": event.workspace_id,
        "sequence": sequence,
        "contact_id": event.contact_id,
        "revision": event.revision,
        "lead_id": event.lead_id,
        "now_ms": int(now.timestamp() * 1000),
    }
    body = event_bytes(event.type, now, {**head, **event.data})
    tx.execute(APPEND, {**row, "type": event.type, "body": body})
    tx.execute(QUEUE, {**row, "accepted_at_ms": event.accepted_at_ms})
    tx.wake("deliver")
    tx.wake("feed")
    return sequence
