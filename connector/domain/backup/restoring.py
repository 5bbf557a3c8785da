"""Restoring calls: which word of a call counts, the stored one or the backup's; and what a restore did or would do.

A later record of the same store holds everything of an earlier one, so it is taken over as it is: a restore into an
empty store gives an equal one. Where both sides lived on their own, the ordinary rules of merging apply, the newer
record's names and notes winning. Once or twice makes no difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType

from connector.domain.backup.runs import RunId
from connector.domain.call import Call
from connector.domain.calls.merging import merge

RestoreId = NewType("RestoreId", str)
RestoreMode = Literal["preview", "apply"]
WorkState = Literal["waiting", "done", "failed"]


@dataclass(slots=True, kw_only=True)
class RestoreCounts:
    """What a restore does or would do. `withheld`: of private or erased numbers; `rejected`: unreadable rows."""

    read: int = 0
    adds: int = 0
    changes: int = 0
    keeps: int = 0
    withheld: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreView:
    """A restore as people see it."""

    id: RestoreId
    workspace_id: str
    run_id: RunId
    mode: RestoreMode
    state: WorkState
    reason: str | None
    counts: RestoreCounts
    requested_by: str | None
    created_at_ms: int
    finished_at_ms: int | None


def restored(known: Call, told: Call, *, now: datetime) -> Call:
    """Return what a stored call becomes when a backup tells of it; `known` itself when nothing changes."""
    newest = _changed(told) > _changed(known)
    if known.call_id == told.call_id and known.first_seen_at == told.first_seen_at:
        return told if newest else known
    return merge(known, told, now=now, newest=newest)


def _changed(call: Call) -> float:
    at = call.updated_at or call.first_seen_at
    return at.timestamp() if at else 0.0


def chain_of(run_id: RunId, bases: dict[RunId, RunId | None]) -> Sequence[RunId]:
    """Return the runs that restoring one takes, the full one first. Raises LookupError when one is not known."""
    chain: list[RunId] = []
    at: RunId | None = run_id
    while at is not None:
        if at in chain:
            raise LookupError(at)
        chain.append(at)
        at = bases[at]
    return chain[::-1]
