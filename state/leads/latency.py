"""How fast a workspace's leads reached the CRM: from a sample, so that it costs the same however many there were."""

from connector.domain.latency import Latency, latency_of
from connector.domain.lead import WorkspaceId
from state.chunks import chunks
from state.engine import Tx

SAMPLE = 1000
"""Events, evenly spread over the time, that stand for all of it."""

LAST = "SELECT last_sequence, restored_at_ms FROM workspaces WHERE id = :workspace_id"
AT = """
    SELECT sequence, created_at_ms FROM events WHERE workspace_id = :workspace_id AND sequence >= :sequence
     ORDER BY sequence LIMIT 1"""
TOOK = """
    SELECT d.settled_at_ms - d.accepted_at_ms AS took_ms
      FROM events e
      JOIN deliveries d ON d.event_id = e.id
      JOIN leads l ON l.lead_id = d.lead_id AND l.workspace_id = d.workspace_id
     WHERE e.workspace_id = :workspace_id AND e.sequence IN {sequences}
       AND d.state = 'delivered' AND d.is_replay = 0 AND d.accepted_at_ms IS NOT NULL AND l.backfill_id IS NULL"""
"""Imported history and replays go at a pace of their own: they say nothing of how fast a lead is."""


def latency(tx: Tx, workspace_id: WorkspaceId, *, since_ms: int) -> Latency | None:
    """Return the latency of leads whose events were made since then; None while there are none."""
    found = tx.row(LAST, {"workspace_id": workspace_id})
    if found is None:
        return None
    # a restore leaves numbers out, more than there are events: a sample over those would find none
    since_ms = max(since_ms, found["restored_at_ms"] or 0)
    first = _first(tx, workspace_id, last=found["last_sequence"], since_ms=since_ms)
    if first is None:
        return None
    count = found["last_sequence"] - first + 1
    sample = min(count, SAMPLE)
    chosen = [first + place * count // sample for place in range(sample)]
    took = [
        row["took_ms"]
        for listed, params in chunks(chosen)
        for row in tx.rows(TOOK.replace("{sequences}", listed), {**params, "workspace_id": workspace_id})
    ]
    return latency_of(took)


def _first(tx: Tx, workspace_id: WorkspaceId, *, last: int, since_ms: int) -> int | None:
    """Return the first event's sequence since then, None if there is none: numbers grow with time."""
    low, high = 1, last + 1
    while low < high:
        middle = (low + high) // 2
        row = tx.row(AT, {"workspace_id": workspace_id, "sequence": middle})
        if row is None or row["created_at_ms"] >= since_ms:
            high = middle
        else:
            low = middle + 1
    first = tx.row(AT, {"workspace_id": workspace_id, "sequence": low})
    return first["sequence"] if first else None
