"""The tables of silence: how often a Page gets leads, whose ads bring them, and how its silence was last judged."""

RHYTHM = (
    # a workspace looks at its latest imports of history
    "CREATE INDEX backfills_workspace ON backfills (workspace_id, created_at_ms)",
    # leads by hour since the epoch, of the time in which they were submitted; eight weeks before the last one
    """CREATE TABLE page_hours (
        page_id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        hour BIGINT NOT NULL,
        leads BIGINT NOT NULL,
        PRIMARY KEY (page_id, workspace_id, hour))""",
    # the ads that brought them, as the leads name them
    """CREATE TABLE page_ads (
        page_id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        ad_id TEXT NOT NULL,
        seen_ms BIGINT NOT NULL,
        PRIMARY KEY (page_id, workspace_id, ad_id))""",
    # told_at_ms: when a webhook last told of a lead that reading had found before it
    """CREATE TABLE page_rhythms (
        page_id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        last_lead_ms BIGINT,
        last_push_ms BIGINT,
        told_at_ms BIGINT,
        hearing TEXT,
        overdue_at_ms BIGINT,
        ads TEXT,
        ads_asked_at_ms BIGINT,
        judged_at_ms BIGINT,
        PRIMARY KEY (page_id, workspace_id))""",
    # how far a reader of all leads has come, by their ids
    """CREATE TABLE lead_readers (
        name TEXT PRIMARY KEY,
        seen_id BIGINT NOT NULL)""",
)
