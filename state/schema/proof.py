"""The daily proof: a form's day at Meta beside the same day here, and every lead that differs."""

PROOF = (
    """CREATE TABLE proof_days (
        workspace_id TEXT NOT NULL,
        page_id TEXT NOT NULL,
        form_id TEXT NOT NULL,
        day BIGINT NOT NULL,
        at_meta BIGINT NOT NULL,
        pushed BIGINT NOT NULL,
        pulled BIGINT NOT NULL,
        delivered BIGINT NOT NULL,
        waiting BIGINT NOT NULL,
        parked BIGINT NOT NULL,
        test BIGINT NOT NULL,
        erased BIGINT NOT NULL,
        refused BIGINT NOT NULL,
        missing BIGINT NOT NULL,
        proved_at_ms BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, form_id, day))""",
    # healed, waiting, parked, refused, missing: what a person may ask about, by id
    """CREATE TABLE proof_differences (
        workspace_id TEXT NOT NULL,
        form_id TEXT NOT NULL,
        day BIGINT NOT NULL,
        lead_id TEXT NOT NULL,
        fate TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (workspace_id, form_id, day, lead_id))""",
    # what one machine of all does now and then
    """CREATE TABLE rounds (
        name TEXT PRIMARY KEY,
        due_at_ms BIGINT NOT NULL)""",
)
