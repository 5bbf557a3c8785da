"""Schedules, runs, restores and drills as people see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from connector.domain.backup.drilling import DrillView
from connector.domain.backup.runs import Hold, RunId, RunState
from connector.domain.backup.schedule import Schedule
from connector.domain.connection import ConnectionId


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run as people see it: `rows_written` of `calls` while spooling, `bytes_sent` of `bytes_total` afterwards.

    Rates follow from two looks: `state_since_ms` is when this state began.
    """

    id: RunId
    workspace_id: str
    schedule_id: str
    schedule_name: str
    kind: str
    origin: Literal["schedule", "person"]
    requested_by: str | None
    scheduled_for_ms: int | None
    state: RunState
    state_since_ms: int
    hold: Hold | None
    reason: str | None
    due_at_ms: int | None
    failures: int
    base_run_id: RunId | None
    connection_id: ConnectionId
    account_email: str | None
    client_id: str | None
    folder_id: str | None
    calls: int
    rows_written: int
    bytes_total: int
    bytes_sent: int
    calls_sha256: str | None
    created_at_ms: int
    made_at_ms: int | None
    finished_at_ms: int | None
    trashed_at_ms: int | None
    is_confirmed: bool
    notices: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleView:
    """A schedule as people see it. `account_email` is the Drive that it goes to."""

    schedule: Schedule
    account_email: str | None
    account_state: str | None
    next_due_ms: int | None
    stale_at_ms: int | None
    is_stale: bool
    last_good_at_ms: int | None
    last_good: RunView | None
    open_run: RunView | None
    folder_id: str | None
    last_drill: DrillView | None
    last_proved_at_ms: int | None
    drill_due_at_ms: int | None
