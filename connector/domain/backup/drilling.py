"""Drills: a backup restored into a scratch store and compared; each way in which it may not hold has its own name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NewType

from connector.domain.backup.runs import RunId

DrillId = NewType("DrillId", str)
DrillState = Literal["waiting", "proved", "partly", "failed"]
"""partly: the sealed files are whole, but no identity here opens them: what is inside was not looked at."""
DrillFault = Literal[
    "no_backup",
    "file_missing",
    "file_changed",
    "other_client",
    "account_lost",
    "manifest_unreadable",
    "cannot_unseal",
    "file_unreadable",
    "calls_differ",
    "not_reached",
]
"""Why a drill failed; not_reached: Google or our own disk, so it is tried again and proves nothing yet."""

FAULTS: dict[DrillFault, str] = {
    "no_backup": "There is no good backup yet.",
    "file_missing": "A file of the backup is not in the Drive any more.",
    "file_changed": "A file of the backup is not what was uploaded: its bytes changed.",
    "other_client": "The files belong to another OAuth client of Google: this installation cannot see them.",
    "account_lost": "The Google account must be connected again.",
    "manifest_unreadable": "The backup's manifest cannot be read.",
    "cannot_unseal": "The sealed files do not open with the identity that is set here.",
    "file_unreadable": "A file of the backup cannot be read as what it is.",
    "calls_differ": "What was restored is not what was backed up: the calls differ.",
    "not_reached": "The backup could not be fetched.",
}
"""What each fault says to people."""


class DrillFailedError(Exception):
    """A drill found what it looks for."""

    def __init__(self, fault: DrillFault, detail: str = "") -> None:
        super().__init__(f"{FAULTS[fault]} {detail}".strip())
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillView:
    """A drill as people see it: `calls` were restored and compared, `runs` is the chain it took."""

    id: DrillId
    workspace_id: str
    schedule_id: str
    run_id: RunId | None
    state: DrillState
    fault: DrillFault | None
    reason: str | None
    calls: int
    runs: Sequence[RunId]
    requested_by: str | None
    created_at_ms: int
    finished_at_ms: int | None
