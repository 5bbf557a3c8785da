"""The tables about this state itself: who runs on it, its copies and drills, where numbers go on after a restore."""

OWN_STATE = (
    # one row a daemon that runs, or ran until a kill: keys are the names of its key ring, the sealing one first
    """CREATE TABLE daemons (
        id TEXT PRIMARY KEY,
        version TEXT NOT NULL,
        keys TEXT NOT NULL,
        started_at_ms BIGINT NOT NULL,
        seen_at_ms BIGINT NOT NULL)""",
    # kind: copy, drill; outcome: good, failed
    """CREATE TABLE state_runs (
        id {identity},
        kind TEXT NOT NULL,
        outcome TEXT NOT NULL,
        file TEXT,
        bytes BIGINT NOT NULL,
        row_count BIGINT NOT NULL,
        reason TEXT,
        began_at_ms BIGINT NOT NULL,
        ended_at_ms BIGINT NOT NULL)""",
    "CREATE INDEX state_runs_kind ON state_runs (kind, ended_at_ms)",
    # revision_floor: every revision made from now on is higher; raised by a restore
    "ALTER TABLE workspaces ADD COLUMN revision_floor BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE workspaces ADD COLUMN restored_at_ms BIGINT",
)
