"""What becomes of a run: its end, its alerts and its event are one transaction."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from connector.domain.alert import Alert
from connector.domain.alerts_catalogue import (
    BACKUP_FAILED,
    BACKUP_FOLDER_REPLACED,
    BACKUP_NO_ROOM,
    BACKUP_STALE,
    AlertKind,
)
from connector.domain.backup.runs import Fails, Waits
from connector.domain.backup.schedule import Schedule, stale_at
from connector.domain.backup.work import RunWork
from connector.domain.times import rfc3339
from connector.ports import Clock
from connector.wire.event import BackupEventView, EventType, backup_value
from state.alerts import raise_alert, resolve_alert
from state.backup.schedules import PROGRESS
from state.engine import Params, Row, Tx
from state.events import NewEvent, append_event

SETTLE = """
    UPDATE backup_runs
       SET state = :state, state_since_ms = :now_ms, due_at_ms = NULL, claim_id = NULL, hold = NULL, reason = :reason,
           spool = NULL, finished_at_ms = :now_ms
     WHERE id = :id AND claim_id = :claim_id
    RETURNING *"""
FILES = "SELECT COUNT(*) AS files, COALESCE(SUM(size_bytes), 0) AS bytes FROM backup_files WHERE run_id = :id"
LEAVE = """
    INSERT INTO backup_leftovers (drive_id, run_id, connection_id)
    SELECT f.drive_id, f.run_id, r.connection_id FROM backup_files f JOIN backup_runs r ON r.id = f.run_id
     WHERE f.run_id = :id AND f.drive_id IS NOT NULL AND (CAST(:name AS TEXT) IS NULL OR f.name = :name)
    ON CONFLICT DO NOTHING"""
"""What was begun in a Drive is to be taken away: all of a run, or one of its files."""
GOOD = """
    UPDATE backup_schedules
       SET last_good_run_id = :id, last_good_at_ms = :made_at_ms, folder_id = :folder_id,
           stale_at_ms = CASE WHEN is_on = 1 AND removed_at_ms IS NULL THEN CAST(:stale_at_ms AS BIGINT) END
     WHERE id = :schedule_id"""
POSTPONE = """
    UPDATE backup_runs
       SET due_at_ms = CASE WHEN :hold = 'account' AND NOT EXISTS (
                                     SELECT 1 FROM connections c WHERE c.id = backup_runs.connection_id
                                        AND c.state IN ('healthy', 'degraded'))
                            THEN CAST(:now_ms AS BIGINT) ELSE CAST(:due_at_ms AS BIGINT) END,
           claim_id = NULL, hold = :hold, reason = :reason, failures = failures + 1
     WHERE id = :id AND claim_id = :claim_id"""
"""Whose account must be connected again is due at once when it is: until then nobody may claim it."""


class Outcomes:
    """Writes them, in the caller's transaction; False where the claim is lost."""

    def __init__(self, clock: Clock, new_id: Callable[[], str]) -> None:
        self._clock = clock
        self._new_id = new_id

    def finish(self, tx: Tx, *, work: RunWork) -> bool:
        """Call a run good: everything is in the Drive and compared."""
        row = self._settle(tx, work, "good", None)
        if row is None:
            return False
        made_at = datetime.fromtimestamp(row["made_at_ms"] / 1000, UTC)
        stale_ms = round(stale_at(work.schedule, made_at).timestamp() * 1000)
        good: Params = {
            "id": work.id,
            "schedule_id": work.schedule.id,
            "made_at_ms": row["made_at_ms"],
            "folder_id": row["folder_id"],
            "stale_at_ms": stale_ms,
        }
        tx.execute(GOOD, good)
        notices = json.loads(row["notices"])
        for kind in (BACKUP_FAILED, BACKUP_STALE, BACKUP_NO_ROOM):
            self._resolve(tx, kind, work.schedule)
        if not notices:  # the run after the one that told of it
            self._resolve(tx, BACKUP_FOLDER_REPLACED, work.schedule)
        self._tell(tx, "backup.finished", row, work.schedule, None)
        return True

    def fail(self, tx: Tx, *, work: RunWork, why: Fails) -> bool:
        """End a run that no retry helps."""
        row = self._settle(tx, work, "failed", why.reason)
        if row is None:
            return False
        tx.execute(LEAVE, {"id": work.id, "name": None})
        self._raise(tx, self._alert(BACKUP_FAILED, work.schedule, reason=why.reason))
        self._resolve(tx, BACKUP_NO_ROOM, work.schedule)
        self._tell(tx, "backup.failed", row, work.schedule, why.reason)
        return True

    def cancel(self, tx: Tx, *, work: RunWork) -> bool:
        """End a run as a person wishes."""
        row = self._settle(tx, work, "canceled", "Canceled by a person.")
        if row is None:
            return False
        tx.execute(LEAVE, {"id": work.id, "name": None})
        self._resolve(tx, BACKUP_NO_ROOM, work.schedule)
        return True

    def postpone(self, tx: Tx, *, work: RunWork, why: Waits) -> bool:
        """Let a run wait; what only a person can mend is an alert."""
        row: Params = {
            "id": work.id,
            "claim_id": work.claim_id,
            "due_at_ms": why.due_at_ms,
            "hold": why.hold,
            "reason": why.reason,
            "now_ms": self._clock.now_ms(),
        }
        if not tx.execute(POSTPONE, row):
            return False
        tx.wake(PROGRESS)
        if why.hold in {"storage", "disk"}:
            alert = self._alert(BACKUP_NO_ROOM, work.schedule, stage=why.hold, reason=why.reason)
            self._raise(tx, alert)
        return True

    def folder_replaced(self, tx: Tx, work: RunWork) -> None:
        """Say that backups go to another folder from now on."""
        self._raise(tx, self._alert(BACKUP_FOLDER_REPLACED, work.schedule))

    def _settle(self, tx: Tx, work: RunWork, state: str, reason: str | None) -> Row | None:
        row: Params = {
            "id": work.id,
            "claim_id": work.claim_id,
            "state": state,
            "reason": reason,
            "now_ms": self._clock.now_ms(),
        }
        tx.wake(PROGRESS)
        return tx.row(SETTLE, row)

    def _alert(self, kind: AlertKind, schedule: Schedule, *, stage: str = "", reason: str = "") -> Alert:
        return kind.alert(
            schedule.workspace_id,
            schedule.id,
            workspace_id=schedule.workspace_id,
            stage=stage,
            name=schedule.name,
            reason=reason,
        )

    def _raise(self, tx: Tx, alert: Alert) -> None:
        raise_alert(tx, alert=alert, now=self._clock.now(), new_id=self._new_id)

    def _resolve(self, tx: Tx, kind: AlertKind, schedule: Schedule) -> None:
        key = kind.key(schedule.workspace_id, schedule.id)
        resolve_alert(tx, key=key, now=self._clock.now(), new_id=self._new_id)

    def _tell(self, tx: Tx, event_type: EventType, row: Row, schedule: Schedule, reason: str | None) -> None:
        counted: Any = tx.row(FILES, {"id": row["id"]})
        view = BackupEventView(
            run_id=row["id"],
            schedule_id=schedule.id,
            schedule=schedule.name,
            kind=row["kind"],
            calls=row["calls"],
            files=counted["files"],
            size_bytes=int(counted["bytes"]),
            calls_sha256=row["calls_sha256"],
            finished_at=rfc3339(self._clock.now()),
            reason=reason,
        )
        event = NewEvent(
            workspace_id=schedule.workspace_id, type=event_type, data={"backup": backup_value(view)}
        )
        append_event(tx, event, now=self._clock.now(), new_id=self._new_id)
