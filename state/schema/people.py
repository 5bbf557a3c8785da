"""The tables of the dashboard's users: who may sign in, who is signed in, who did what."""

PEOPLE = (
    """CREATE TABLE people (
        id TEXT PRIMARY KEY,
        email TEXT NOT NULL,
        email_key TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        password_hash TEXT,
        created_at_ms BIGINT NOT NULL,
        removed_at_ms BIGINT)""",
    # accepted_at_ms NULL: somebody added a person who has an account elsewhere, and who has not joined yet
    """CREATE TABLE memberships (
        person_id TEXT NOT NULL REFERENCES people (id),
        workspace_id TEXT NOT NULL REFERENCES workspaces (id),
        role TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        accepted_at_ms BIGINT,
        PRIMARY KEY (person_id, workspace_id))""",
    "CREATE INDEX memberships_workspace ON memberships (workspace_id)",
    """CREATE TABLE sessions (
        hash TEXT PRIMARY KEY,
        person_id TEXT NOT NULL REFERENCES people (id),
        workspace_id TEXT REFERENCES workspaces (id),
        opened_by TEXT NOT NULL,
        label TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        seen_at_ms BIGINT NOT NULL,
        expires_at_ms BIGINT NOT NULL)""",
    "CREATE INDEX sessions_person ON sessions (person_id)",
    """CREATE TABLE sign_in_links (
        hash TEXT PRIMARY KEY,
        person_id TEXT NOT NULL REFERENCES people (id),
        workspace_id TEXT REFERENCES workspaces (id),
        return_to TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        expires_at_ms BIGINT NOT NULL,
        used_at_ms BIGINT)""",
    "CREATE INDEX sign_in_links_person ON sign_in_links (person_id)",
    # a browser that signed in by password before: its attempts are counted apart
    """CREATE TABLE known_browsers (
        hash TEXT PRIMARY KEY,
        person_id TEXT NOT NULL REFERENCES people (id),
        created_at_ms BIGINT NOT NULL)""",
    "CREATE INDEX known_browsers_person ON known_browsers (person_id)",
    """CREATE TABLE sign_in_failures (
        key TEXT PRIMARY KEY,
        failures BIGINT NOT NULL,
        last_failed_at_ms BIGINT NOT NULL,
        blocked_until_ms BIGINT NOT NULL)""",
    "CREATE INDEX sign_in_failures_old ON sign_in_failures (last_failed_at_ms)",
    """CREATE TABLE audit (
        id {identity},
        workspace_id TEXT,
        at_ms BIGINT NOT NULL,
        actor_kind TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT,
        detail TEXT)""",
    "CREATE INDEX audit_workspace ON audit (workspace_id, id)",
)
