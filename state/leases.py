"""Leases: claiming work moves its due time forward and takes a fresh claim id; settling names that id."""

RELEASE_ALL = (
    "UPDATE leads SET due_at_ms = :now_ms, claim_id = NULL WHERE claim_id IS NOT NULL AND due_at_ms IS NOT NULL",
    "UPDATE deliveries SET due_at_ms = :now_ms, claim_id = NULL WHERE claim_id IS NOT NULL AND due_at_ms IS NOT NULL",
    "UPDATE mails SET due_at_ms = :now_ms, claim_id = NULL WHERE claim_id IS NOT NULL AND due_at_ms IS NOT NULL",
    "UPDATE trials SET due_at_ms = :now_ms, claim_id = NULL WHERE claim_id IS NOT NULL AND due_at_ms IS NOT NULL",
    "UPDATE undoings SET due_at_ms = :now_ms, claim_id = NULL WHERE claim_id IS NOT NULL AND due_at_ms IS NOT NULL",
    "UPDATE page_rounds SET due_at_ms = :now_ms, claim_id = NULL WHERE claim_id IS NOT NULL",
    "UPDATE page_forms SET due_at_ms = :now_ms, claim_id = NULL WHERE claim_id IS NOT NULL AND due_at_ms IS NOT NULL",
    "UPDATE backfills SET due_at_ms = :now_ms, claim_id = NULL WHERE claim_id IS NOT NULL AND due_at_ms IS NOT NULL",
    "UPDATE watches SET due_at_ms = :now_ms, claim_id = NULL WHERE claim_id IS NOT NULL",
    """UPDATE backup_runs SET due_at_ms = :now_ms, claim_id = NULL
        WHERE claim_id IS NOT NULL AND due_at_ms IS NOT NULL""",
    """UPDATE backup_restores SET due_at_ms = :now_ms, claim_id = NULL
        WHERE claim_id IS NOT NULL AND due_at_ms IS NOT NULL""",
    """UPDATE backup_drills SET due_at_ms = :now_ms, claim_id = NULL
        WHERE claim_id IS NOT NULL AND due_at_ms IS NOT NULL""",
    "UPDATE connections SET probe_due_at_ms = :now_ms, probe_claim_id = NULL WHERE probe_claim_id IS NOT NULL",
    """UPDATE connections SET refresh_due_at_ms = :now_ms, refresh_claim_id = NULL, refresh_lease_until_ms = NULL
        WHERE refresh_claim_id IS NOT NULL AND refresh_due_at_ms IS NOT NULL""",
)
"""Frees what a dead process had claimed: right only where no other process can hold a lease."""
