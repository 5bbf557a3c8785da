"""Making an older state fit to go on: fresh numbers, nothing claimed, nobody signed in, and everybody told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from connector.domain.alerts_catalogue import STATE_RESTORED
from connector.domain.audit import Actor, AuditEntry
from connector.domain.errors import BadInputError
from connector.domain.own_state import Manifest, numbers_after
from connector.domain.times import rfc3339
from connector.ports import Clock
from state.alerts import raise_alert
from state.audit import append_audit
from state.copies.checks import broken, row_counts
from state.engine import Tx
from state.keys.resealing import opened_counts
from state.leases import RELEASE_ALL
from state.vault import Vault

WORKSPACES = "SELECT id, last_sequence, revision_floor FROM workspaces ORDER BY id"
HIGHEST = "SELECT MAX(revision) AS revision FROM contacts WHERE workspace_id = :id"
RENUMBER = """
    UPDATE workspaces SET last_sequence = :sequence, revision_floor = :revision, restored_at_ms = :now_ms
     WHERE id = :id"""
RAISE_REVISIONS = "UPDATE contacts SET revision = :revision WHERE workspace_id = :id"
# whoever was signed in, or on the way, may have been shown out since
SHOW_OUT = (
    "DELETE FROM sessions",
    "DELETE FROM sign_in_links",
    "DELETE FROM consent_attempts",
    "DELETE FROM daemons",
)
READ_AGAIN = (
    "UPDATE page_forms SET due_at_ms = :now_ms WHERE due_at_ms IS NOT NULL",
    "UPDATE page_rounds SET due_at_ms = :now_ms, list_due_at_ms = :now_ms, listed_at_ms = NULL",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What a restore needs besides the copy."""

    vault: Vault
    clock: Clock
    new_id: Callable[[], str]
    actor: Actor

    @property
    def stamp(self) -> str:
        """Return a word for what is set aside now: it sorts by time, and no two are alike."""
        return f"{self.clock.now():%Y%m%dT%H%M%S}{self.clock.now_ms() % 1000:03d}Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came back: rows in all, and sealed values by whether a key of the ring opens them."""

    rows: int
    opened: int
    shut: int


def check_restored(tx: Tx, manifest: Manifest | None, vault: Vault) -> Restored:
    """Compare a restored state with its manifest, and look whether it holds together.

    Raises BadInputError that says what does not fit.
    """
    tables = list(manifest.rows) if manifest else []
    counts = row_counts(tx, tables)
    differing = [name for name in tables if manifest and counts[name] != manifest.rows[name]]
    if differing:
        raise BadInputError(f"the copy lacks rows, or has too many: {', '.join(differing)}")
    if trouble := broken(tx):
        raise BadInputError(f"the copy does not hold together: {'; '.join(trouble)}")
    opened, shut = opened_counts(tx, vault)
    return Restored(rows=sum(counts.values()), opened=opened, shut=shut)


def go_on_from(tx: Tx, *, made_at_ms: int | None, hands: Hands) -> None:
    """Make the state go on from here. What was numbered since the copy is taken: see `domain.own_state`."""
    now_ms = hands.clock.now_ms()
    for row in tx.rows(WORKSPACES):
        highest = tx.row(HIGHEST, {"id": row["id"]})
        numbers = numbers_after(
            last_sequence=int(row["last_sequence"]),
            last_revision=max(int((highest and highest["revision"]) or 0), int(row["revision_floor"])),
            now_ms=now_ms,
        )
        where = {"id": row["id"], "now_ms": now_ms}
        tx.execute(RENUMBER, {**where, "sequence": numbers.sequence, "revision": numbers.revision})
        tx.execute(RAISE_REVISIONS, {"id": row["id"], "revision": numbers.revision})
    for sql in SHOW_OUT:
        tx.execute(sql)
    for sql in (*RELEASE_ALL, *READ_AGAIN):
        tx.execute(sql, {"now_ms": now_ms})
    made_at = (
        "an unknown time" if made_at_ms is None else rfc3339(datetime.fromtimestamp(made_at_ms / 1000, UTC))
    )
    alert = STATE_RESTORED.alert(made_at=made_at, stage=str(now_ms))
    raise_alert(tx, alert=alert, now=hands.clock.now(), new_id=hands.new_id)
    entry = AuditEntry(actor=hands.actor, action="state.restored", detail={"copy_made_at": made_at})
    append_audit(tx, entry, at_ms=now_ms)
