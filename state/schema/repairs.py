"""What people corrected by hand, kept whole so that it can be shown and undone."""

REPAIRS = (
    # before, after: the contact as JSON; changes: [{place, before, after}]; edited_before: what was edited until then
    """CREATE TABLE repairs (
        id TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL,
        contact_id TEXT NOT NULL REFERENCES contacts (id),
        lead_id TEXT,
        actor_kind TEXT NOT NULL,
        actor TEXT NOT NULL,
        changes TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        edited_before TEXT NOT NULL,
        repaired_at_ms BIGINT NOT NULL,
        undone_at_ms BIGINT)""",
    "CREATE INDEX repairs_contact ON repairs (contact_id)",
)
