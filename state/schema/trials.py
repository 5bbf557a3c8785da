"""Test leads sent on purpose: each run with the times of its hops."""

TRIALS = (
    """CREATE TABLE trials (
        id TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL,
        page_id TEXT NOT NULL,
        form_id TEXT NOT NULL,
        lead_id TEXT,
        state TEXT NOT NULL,
        reason TEXT,
        contact TEXT,
        ping_event_id TEXT,
        asked_at_ms BIGINT NOT NULL,
        made_at_ms BIGINT,
        received_at_ms BIGINT,
        received_via TEXT,
        fetched_at_ms BIGINT,
        recognised_at_ms BIGINT,
        answered_at_ms BIGINT,
        removed_at_ms BIGINT,
        finished_at_ms BIGINT,
        due_at_ms BIGINT,
        claim_id TEXT,
        attempts BIGINT NOT NULL)""",
    "CREATE INDEX test_runs_queue ON trials (due_at_ms) WHERE due_at_ms IS NOT NULL",
    "CREATE INDEX test_runs_workspace ON trials (workspace_id, asked_at_ms)",
)
