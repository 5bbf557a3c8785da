"""The tables of form mappings: every version of each, and past leads that are read again under a new one."""

MAPPINGS = (
    # one row a version; the highest counts. body: the mapping as JSON; origin: the form that it was carried over from
    """CREATE TABLE form_mappings (
        workspace_id TEXT NOT NULL REFERENCES workspaces (id),
        form_id TEXT NOT NULL,
        version BIGINT NOT NULL,
        body TEXT NOT NULL,
        origin TEXT,
        origin_version BIGINT,
        actor_kind TEXT NOT NULL,
        actor TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, form_id, version))""",
    # cursor: the last lead's row that was looked at; until_id: the last that there was when it began
    """CREATE TABLE remappings (
        id TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL,
        form_id TEXT NOT NULL,
        state TEXT NOT NULL,
        cursor BIGINT NOT NULL,
        until_id BIGINT NOT NULL,
        total BIGINT NOT NULL,
        seen BIGINT NOT NULL,
        changed BIGINT NOT NULL,
        left_alone BIGINT NOT NULL,
        failed BIGINT NOT NULL,
        pause_ms BIGINT NOT NULL,
        due_at_ms BIGINT,
        actor_kind TEXT NOT NULL,
        actor TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        settled_at_ms BIGINT)""",
    "CREATE INDEX remappings_queue ON remappings (due_at_ms) WHERE due_at_ms IS NOT NULL",
    "CREATE INDEX remappings_form ON remappings (form_id, workspace_id)",
    # under which version a lead became a contact (0 or null: under none), or was parked by it
    "ALTER TABLE leads ADD COLUMN mapping_version BIGINT",
    # written once a lead, when it has become a contact
    "CREATE INDEX leads_mapped ON leads (form_id, workspace_id, id) WHERE stage = 'contact'",
    # what the form asks, as its Page's list tells it: before its first lead nothing else is known of it
    "ALTER TABLE page_forms ADD COLUMN asked TEXT",
)
