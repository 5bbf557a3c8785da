"""A run under a lease, so that two machines make one run.

Every step begins the lease anew and names the claim: who takes it learns at once that another worker, or a person's
wish to cancel, came in between.
"""

import json

from connector.domain.backup.runs import RunId
from connector.domain.backup.work import CanceledError, LeaseLostError, RunWork
from state.backup.claims import fence
from state.backup.rows import run_id_of, schedule_of
from state.engine import Row, Tx

LEASE_MS = 5 * 60_000
"""Longer than one chunk that is sent, with its retries of seconds; every progress begins it anew."""

_LIVES = """EXISTS (SELECT 1 FROM connections c
                     WHERE c.id = r.connection_id AND c.state IN ('healthy', 'degraded'))"""
_READY = f"(r.cancel_asked_at_ms IS NOT NULL OR {_LIVES})"
"""A run of an account that must be connected again stays due, for the moment in which it is."""
CLAIM = f"""
    UPDATE backup_runs SET claim_id = :claim_id, due_at_ms = :lease_until_ms
     WHERE id = (SELECT r.id FROM backup_runs r WHERE r.due_at_ms <= :now_ms AND {_READY}
                  ORDER BY r.due_at_ms, r.id LIMIT 1 /*skip locked*/)
    RETURNING *"""  # noqa: S608 - our own constants
NEXT_DUE = f"SELECT MIN(r.due_at_ms) AS due FROM backup_runs r WHERE r.due_at_ms IS NOT NULL AND {_READY}"  # noqa: S608 - our own constants
SCHEDULE = "SELECT * FROM backup_schedules WHERE id = :schedule_id"
RELEASE = """
    UPDATE backup_runs SET due_at_ms = :now_ms, claim_id = NULL WHERE id = :id AND claim_id = :claim_id"""
RENEW = """
    UPDATE backup_runs SET due_at_ms = :lease_until_ms WHERE id = :id AND claim_id = :claim_id
    RETURNING cancel_asked_at_ms"""


def claimed(tx: Tx, *, claim_id: str, now_ms: int) -> RunWork | None:
    """Claim the run that is due first; none whose account must be connected again."""
    row = tx.row(CLAIM, {"claim_id": claim_id, "now_ms": now_ms, "lease_until_ms": now_ms + LEASE_MS})
    if row is None:
        return None
    schedule = tx.row(SCHEDULE, {"schedule_id": row["schedule_id"]})
    if schedule is None:
        raise LookupError("a run without a schedule")
    return _work(row, schedule)


def renewed(tx: Tx, work: RunWork, *, now_ms: int) -> None:
    """Begin the lease anew. Raises LeaseLostError, CanceledError."""
    row = tx.row(RENEW, {**fence(work), "lease_until_ms": now_ms + LEASE_MS})
    if row is None:
        raise LeaseLostError(work.id)
    if row["cancel_asked_at_ms"] is not None:
        raise CanceledError(work.id)


def _work(row: Row, schedule: Row) -> RunWork:
    plain = (
        "claim_id", "connection_id", "state", "failures", "chain", "changed_after_ms", "until_ms", "made_at_ms",
        "spool", "folder_id", "calls",
    )  # fmt: skip
    return RunWork(
        **{name: row[name] for name in plain},
        id=RunId(row["id"]),
        schedule=schedule_of(schedule),
        base_run_id=run_id_of(row["base_run_id"]),
        settings=json.loads(row["settings"]) if row["settings"] else {},
    )
