"""Leases: claiming work moves its due time forward and takes a fresh claim id; settling names that id."""

RELEASE_ALL = (
    "UPDATE leads SET due_at_ms = :now_ms, claim_id = NULL WHERE claim_id IS NOT NULL AND due_at_ms IS NOT NULL",
    "UPDATE deliveries SET due_at_ms = :now_ms, claim_id = NULL WHERE claim_id IS NOT NULL AND due_at_ms IS NOT NULL",
)
"""Frees what a dead process had claimed: right only where no other process can hold a lease."""
