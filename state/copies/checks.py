"""What a copy of the state is judged by: its counts, its keys, and what must hold in any state."""

from collections.abc import Mapping, Sequence

from state.engine import Tx

# each returns rows of what does not fit; a copy with any is not good
INVARIANTS: Mapping[str, str] = {
    "the feed is ahead of its own counter": """
        SELECT w.id FROM workspaces w
         WHERE w.last_sequence < (SELECT MAX(e.sequence) FROM events e WHERE e.workspace_id = w.id)""",
    "a delivery has no event": """
        SELECT d.event_id FROM deliveries d LEFT JOIN events e ON e.id = d.event_id
         WHERE e.id IS NULL AND d.due_at_ms IS NOT NULL LIMIT 1""",
    "a key leads to no contact": """
        SELECT k.value FROM contact_keys k LEFT JOIN contacts c ON c.id = k.contact_id
         WHERE c.id IS NULL LIMIT 1""",
    "a contact's revision is behind its events": """
        SELECT c.id FROM contacts c JOIN events e ON e.contact_id = c.id
         WHERE e.revision > c.revision LIMIT 1""",
}


def row_counts(tx: Tx, tables: Sequence[str]) -> Mapping[str, int]:
    """Return how many rows each table has."""
    counts: dict[str, int] = {}
    for table in tables:
        row = tx.row(f'SELECT COUNT(*) AS rows FROM "{table}"')  # noqa: S608 - a name of our own schema
        counts[table] = int(row["rows"]) if row else 0
    return counts


def broken(tx: Tx) -> Sequence[str]:
    """Return what does not hold in this state, as sentences; none in a good one."""
    return [said for said, sql in INVARIANTS.items() if tx.row(sql) is not None]
