"""Schedules of backups: changing them, and beginning what is due, once for all machines."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from connector.domain.alerts_catalogue import (
    BACKUP_DELETIONS_WAIT,
    BACKUP_DRILL_FAILED,
    BACKUP_FAILED,
    BACKUP_FOLDER_REPLACED,
    BACKUP_NO_ROOM,
    BACKUP_SHRUNK,
    BACKUP_STALE,
)
from connector.domain.audit import Actor, AuditEntry
from connector.domain.backup.editing import schedules_version
from connector.domain.backup.schedule import Schedule, ScheduleId, next_time
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.domain.times import rfc3339
from connector.ports import Clock
from state.alerts import raise_alert, resolve_alert
from state.audit import append_audit
from state.backup.rows import ms, schedule_of, schedule_row
from state.engine import Engine, Params, Row, Tx

SAVE = """
    INSERT INTO backup_schedules (id, workspace_id, connection_id, name, cron, zone, kind, formats, folder, file_name,
                                  sealing, retention, drill_days, is_on, created_at_ms, updated_at_ms, next_due_at_ms,
                                  stale_at_ms, drill_due_at_ms)
    VALUES (:id, :workspace_id, :connection_id, :name, :cron, :zone, :kind, :formats, :folder, :file_name,
            :sealing, :retention, :drill_days, :is_on, :created_at_ms, :now_ms, :next_due_at_ms,
            :stale_at_ms, :drill_due_at_ms)
    ON CONFLICT (id) DO UPDATE SET
        connection_id = excluded.connection_id, name = excluded.name, cron = excluded.cron, zone = excluded.zone,
        kind = excluded.kind, formats = excluded.formats, folder = excluded.folder, file_name = excluded.file_name,
        sealing = excluded.sealing, retention = excluded.retention, drill_days = excluded.drill_days,
        is_on = excluded.is_on, updated_at_ms = excluded.updated_at_ms, next_due_at_ms = excluded.next_due_at_ms,
        stale_at_ms = excluded.stale_at_ms, drill_due_at_ms = excluded.drill_due_at_ms"""
ONE = "SELECT * FROM backup_schedules WHERE id = :id AND removed_at_ms IS NULL /*for update*/"
ALL = """
    SELECT * FROM backup_schedules WHERE workspace_id = :workspace_id AND removed_at_ms IS NULL
     ORDER BY created_at_ms, id"""
LOCK = "SELECT id FROM workspaces WHERE id = :workspace_id /*for update*/"
"""Whoever replaces a workspace's schedules does so alone."""
ACCOUNT = """
    SELECT id FROM connections
     WHERE id = :connection_id AND workspace_id = :workspace_id AND provider = 'google'"""
REMOVE = """
    UPDATE backup_schedules
       SET removed_at_ms = :now_ms, is_on = 0, next_due_at_ms = NULL, stale_at_ms = NULL, drill_due_at_ms = NULL
     WHERE id = :id AND workspace_id = :workspace_id AND removed_at_ms IS NULL"""
STOP_OPEN = """
    UPDATE backup_runs SET cancel_asked_at_ms = :now_ms, cancel_asked_by = :by, due_at_ms = :now_ms
     WHERE schedule_id = :id AND due_at_ms IS NOT NULL AND claim_id IS NULL"""
STOP_CLAIMED = """
    UPDATE backup_runs SET cancel_asked_at_ms = :now_ms, cancel_asked_by = :by
     WHERE schedule_id = :id AND due_at_ms IS NOT NULL AND claim_id IS NOT NULL"""
DUE = """
    SELECT * FROM backup_schedules
     WHERE next_due_at_ms <= :now_ms AND is_on = 1 AND removed_at_ms IS NULL
     ORDER BY next_due_at_ms, id LIMIT 20 /*for update*/"""
PLAN = """
    UPDATE backup_schedules SET next_due_at_ms = :next_due_at_ms
     WHERE id = :id AND next_due_at_ms = :seen_ms"""
BEGIN = """
    INSERT INTO backup_runs (id, workspace_id, schedule_id, connection_id, kind, origin, requested_by,
                             scheduled_for_ms, state, state_since_ms, due_at_ms, created_at_ms)
    VALUES (:run_id, :workspace_id, :id, :connection_id, :kind, :origin, :requested_by, :scheduled_for_ms, 'waiting',
            :now_ms, :now_ms, :now_ms)
    ON CONFLICT DO NOTHING"""
"""One open run a schedule, one run a time: whoever comes second begins nothing."""
STALE = """
    SELECT * FROM backup_schedules WHERE stale_at_ms <= :now_ms AND is_on = 1 AND removed_at_ms IS NULL"""
NEXT = """
    SELECT MIN(CASE WHEN stale_at_ms > :now_ms AND stale_at_ms < next_due_at_ms THEN stale_at_ms
                    ELSE next_due_at_ms END) AS due
      FROM backup_schedules WHERE is_on = 1 AND removed_at_ms IS NULL"""

PROGRESS = "backup_progress"
"""The topic that is announced with each progress of a run, restore or drill, for whoever shows it."""

_KINDS = (
    BACKUP_FAILED, BACKUP_STALE, BACKUP_NO_ROOM, BACKUP_FOLDER_REPLACED, BACKUP_SHRUNK, BACKUP_DELETIONS_WAIT,
    BACKUP_DRILL_FAILED,
)  # fmt: skip


class SqlBackupSchedules:
    """Implements `ports.BackupSchedules`."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id

    async def save(self, schedule: Schedule, *, by: Actor) -> None:
        await self._engine.write(partial(self._save, schedule=schedule, by=by))

    async def replace(
        self, workspace_id: WorkspaceId, schedules: Sequence[Schedule], *, based_on: str | None, by: Actor
    ) -> str | None:
        return await self._engine.write(
            partial(self._replace, workspace_id=workspace_id, schedules=schedules, based_on=based_on, by=by)
        )

    async def remove(self, workspace_id: WorkspaceId, schedule_id: ScheduleId, *, by: Actor) -> bool:
        return await self._engine.write(
            partial(self._remove, workspace_id=workspace_id, schedule_id=schedule_id, by=by)
        )

    async def one(self, schedule_id: ScheduleId) -> Schedule | None:
        row = await self._engine.read(
            lambda tx: tx.row(ONE.replace("/*for update*/", ""), {"id": schedule_id})
        )
        return schedule_of(row) if row else None

    async def begin_due(self) -> int:
        return await self._engine.write(self._begin_due)

    async def raise_stale(self) -> int:
        return await self._engine.write(self._raise_stale)

    async def next_due_ms(self) -> int | None:
        row = await self._engine.read(lambda tx: tx.row(NEXT, {"now_ms": self._clock.now_ms()}))
        return row["due"] if row else None

    def _save(self, tx: Tx, *, schedule: Schedule, by: Actor) -> None:
        where: Params = {"connection_id": schedule.connection_id, "workspace_id": schedule.workspace_id}
        if tx.row(ACCOUNT, where) is None:
            raise BadInputError("A schedule needs a Google account that is connected in its workspace.")
        now, now_ms = self._clock.now(), self._clock.now_ms()
        known = tx.row(ONE, {"id": schedule.id})
        if known is not None and known["workspace_id"] != schedule.workspace_id:
            raise BadInputError("There is no such schedule in this workspace.")
        tx.execute(SAVE, {**schedule_row(schedule, known, now), "now_ms": now_ms})
        if known is not None and known["connection_id"] != schedule.connection_id:
            _stop(
                tx, schedule.id, now_ms=now_ms, by=by.name
            )  # what lies in the other Drive is not gone on with
        entry = AuditEntry(
            actor=by,
            action="backup.schedule_changed" if known else "backup.schedule_made",
            workspace_id=schedule.workspace_id,
            subject=schedule.id,
            detail={"cron": schedule.cron, "kind": schedule.kind, "is_on": schedule.is_on},
        )
        append_audit(tx, entry, at_ms=now_ms)
        tx.wake("backup_clock")

    def _replace(
        self,
        tx: Tx,
        *,
        workspace_id: WorkspaceId,
        schedules: Sequence[Schedule],
        based_on: str | None,
        by: Actor,
    ) -> str | None:
        tx.row(LOCK, {"workspace_id": workspace_id})
        known = {one.id: one for one in map(schedule_of, tx.rows(ALL, {"workspace_id": workspace_id}))}
        version = schedules_version(known.values())
        if based_on != version and (based_on is not None or known):
            return version
        for schedule in schedules:
            if known.pop(schedule.id, None) != schedule:
                self._save(tx, schedule=schedule, by=by)
        for gone in known:
            self._remove(tx, workspace_id=workspace_id, schedule_id=gone, by=by)
        return None

    def _remove(self, tx: Tx, *, workspace_id: WorkspaceId, schedule_id: ScheduleId, by: Actor) -> bool:
        now, now_ms = self._clock.now(), self._clock.now_ms()
        if not tx.execute(REMOVE, {"id": schedule_id, "workspace_id": workspace_id, "now_ms": now_ms}):
            return False
        _stop(tx, schedule_id, now_ms=now_ms, by=by.name)
        for kind in _KINDS:
            resolve_alert(tx, key=kind.key(workspace_id, schedule_id), now=now, new_id=self._new_id)
        entry = AuditEntry(
            actor=by, action="backup.schedule_removed", workspace_id=workspace_id, subject=schedule_id
        )
        append_audit(tx, entry, at_ms=now_ms)
        tx.wake("backups")
        return True

    def _begin_due(self, tx: Tx) -> int:
        """Begin one run of each schedule that is due, however many of its times went by."""
        now, now_ms = self._clock.now(), self._clock.now_ms()
        begun = 0
        for row in tx.rows(DUE, {"now_ms": now_ms}):
            coming = ms(next_time(row["cron"], row["zone"], now))
            seen: Params = {"id": row["id"], "seen_ms": row["next_due_at_ms"], "next_due_at_ms": coming}
            if not tx.execute(PLAN, seen):
                continue
            run = _new_run(row, run_id=self._new_id(), now_ms=now_ms)
            begun += tx.execute(
                BEGIN, {**run, "origin": "schedule", "scheduled_for_ms": row["next_due_at_ms"]}
            )
        if begun:
            tx.wake("backups")
        return begun

    def _raise_stale(self, tx: Tx) -> int:
        now = self._clock.now()
        raised = 0
        for row in tx.rows(STALE, {"now_ms": self._clock.now_ms()}):
            last = _at(row["last_good_at_ms"])
            alert = BACKUP_STALE.alert(
                row["workspace_id"],
                row["id"],
                workspace_id=row["workspace_id"],
                name=row["name"],
                last=rfc3339(last) if last else "there is none",
            )
            raised += raise_alert(tx, alert=alert, now=now, new_id=self._new_id)
        return raised


def begin_now(tx: Tx, row: Row, *, run_id: str, by: str, now_ms: int) -> bool:
    """Begin a run of a schedule because a person asks; False when one is open."""
    run = _new_run(row, run_id=run_id, now_ms=now_ms)
    begun = tx.execute(BEGIN, {**run, "origin": "person", "requested_by": by})
    tx.wake("backups")
    return begun > 0


def _new_run(row: Row, *, run_id: str, now_ms: int) -> dict[str, Any]:
    names = ("id", "workspace_id", "connection_id", "kind")
    extra = {"run_id": run_id, "requested_by": None, "scheduled_for_ms": None, "now_ms": now_ms}
    return {**{name: row[name] for name in names}, **extra}


def _stop(tx: Tx, schedule_id: ScheduleId, *, now_ms: int, by: str) -> None:
    where: Params = {"id": schedule_id, "now_ms": now_ms, "by": by}
    tx.execute(STOP_OPEN, where)
    tx.execute(STOP_CLAIMED, where)


def _at(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC)
