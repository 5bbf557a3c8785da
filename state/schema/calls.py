"""The tables of call logs: calls, what each is known by, and how a workspace takes them."""

CALLS = (
    # body: the Call 1.0 as JSON; peer_key: E.164, digits, text or presentation; precision: ms, s, min
    """CREATE TABLE calls (
        workspace_id TEXT NOT NULL,
        call_id TEXT NOT NULL,
        owner TEXT NOT NULL,
        peer_key TEXT NOT NULL,
        direction TEXT NOT NULL,
        type TEXT NOT NULL,
        status TEXT NOT NULL,
        duration_s BIGINT NOT NULL,
        started_at_ms BIGINT NOT NULL,
        exactness TEXT NOT NULL,
        import_id TEXT NOT NULL,
        body TEXT NOT NULL,
        first_seen_at_ms BIGINT NOT NULL,
        updated_at_ms BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, call_id))""",
    "CREATE INDEX calls_started ON calls (workspace_id, started_at_ms, call_id)",
    "CREATE INDEX calls_peer ON calls (workspace_id, peer_key, started_at_ms)",
    "CREATE INDEX calls_changed ON calls (workspace_id, updated_at_ms, call_id)",
    # every fingerprint and native id under which a call was ever told: what a re-import is recognised by
    """CREATE TABLE call_keys (
        workspace_id TEXT NOT NULL,
        key TEXT NOT NULL,
        call_id TEXT NOT NULL,
        PRIMARY KEY (workspace_id, key))""",
    "CREATE INDEX call_keys_call ON call_keys (workspace_id, call_id)",
    # private: JSON list of prints of numbers; owners: JSON object, own number, SIM, device or name → user
    """CREATE TABLE call_settings (
        workspace_id TEXT PRIMARY KEY REFERENCES workspaces (id),
        private TEXT NOT NULL,
        owners TEXT NOT NULL,
        work_hours TEXT,
        work_hours_zone TEXT)""",
)
