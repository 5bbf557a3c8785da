"""Runs of backups as people deal with them: asked for, canceled, listed, their deletion confirmed."""

import json
from collections.abc import Callable, Sequence
from functools import partial

from connector.domain.audit import Actor, AuditEntry
from connector.domain.backup.drilling import DrillView
from connector.domain.backup.runs import RunFile, RunId
from connector.domain.backup.schedule import ScheduleId
from connector.domain.backup.views import RunView, ScheduleView
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.ports import Clock
from state.audit import append_audit
from state.backup.drills import drill_view
from state.backup.rows import run_id_of, schedule_of
from state.backup.schedules import ONE, begin_now
from state.chunks import chunks
from state.engine import Engine, Row, Tx

_RUNS = """
    SELECT r.*, s.name AS schedule_name FROM backup_runs r JOIN backup_schedules s ON s.id = r.schedule_id WHERE """
RUN = f"{_RUNS} r.id = :run_id"
OPEN_OF = f"{_RUNS} r.schedule_id = :schedule_id AND r.due_at_ms IS NOT NULL"
LISTED = f"""{_RUNS} r.workspace_id = :workspace_id
       AND (CAST(:schedule_id AS TEXT) IS NULL OR r.schedule_id = :schedule_id)
       AND (r.created_at_ms < :before_ms OR (r.created_at_ms = :before_ms AND r.id < :before_id))
     ORDER BY r.created_at_ms DESC, r.id DESC LIMIT :limit"""
FILES = "SELECT * FROM backup_files WHERE run_id = :run_id ORDER BY position"
CANCEL = """
    UPDATE backup_runs
       SET cancel_asked_at_ms = :now_ms, cancel_asked_by = :by,
           due_at_ms = CASE WHEN claim_id IS NULL THEN :now_ms ELSE due_at_ms END
     WHERE id = :run_id AND workspace_id = :workspace_id AND due_at_ms IS NOT NULL AND cancel_asked_at_ms IS NULL"""
CONFIRM = """
    UPDATE backup_runs SET confirmed_at_ms = :now_ms
     WHERE workspace_id = :workspace_id AND schedule_id = :schedule_id AND state = 'good'
       AND trashed_at_ms IS NULL AND id IN {values}"""
SCHEDULES = """
    SELECT s.*, c.account_name, c.state AS account_state
      FROM backup_schedules s LEFT JOIN connections c ON c.id = s.connection_id
     WHERE s.removed_at_ms IS NULL AND (CAST(:workspace_id AS TEXT) IS NULL OR s.workspace_id = :workspace_id)
       AND (CAST(:schedule_id AS TEXT) IS NULL OR s.id = :schedule_id)
     ORDER BY s.workspace_id, s.created_at_ms, s.id"""
LAST_DRILL = """
    SELECT * FROM backup_drills WHERE schedule_id = :schedule_id AND due_at_ms IS NULL
     ORDER BY created_at_ms DESC, id DESC LIMIT 1"""
_LAST_MS = 2**62


class SqlBackupRuns:
    """Implements `ports.BackupRuns`."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id

    async def ask(self, workspace_id: WorkspaceId, schedule_id: ScheduleId, *, by: Actor) -> RunId:
        return await self._engine.write(
            partial(self._ask, workspace_id=workspace_id, schedule_id=schedule_id, by=by)
        )

    async def cancel(self, workspace_id: WorkspaceId, run_id: RunId, *, by: Actor) -> bool:
        return await self._engine.write(
            partial(self._cancel, workspace_id=workspace_id, run_id=run_id, by=by)
        )

    async def confirm(
        self, workspace_id: WorkspaceId, schedule_id: ScheduleId, run_ids: Sequence[RunId], *, by: Actor
    ) -> int:
        return await self._engine.write(
            partial(self._confirm, workspace_id=workspace_id, schedule_id=schedule_id, run_ids=run_ids, by=by)
        )

    async def run(self, run_id: RunId) -> RunView | None:
        row = await self._engine.read(lambda tx: tx.row(RUN, {"run_id": run_id}))
        return run_view(row) if row else None

    async def runs(
        self,
        workspace_id: WorkspaceId,
        *,
        schedule_id: ScheduleId | None = None,
        limit: int = 50,
        before: tuple[int, str] | None = None,
    ) -> Sequence[RunView]:
        before_ms, before_id = before or (_LAST_MS, "")
        where = {
            "workspace_id": workspace_id,
            "schedule_id": schedule_id,
            "limit": limit,
            "before_ms": before_ms,
            "before_id": before_id,
        }
        rows = await self._engine.read(lambda tx: tx.rows(LISTED, where))
        return [run_view(row) for row in rows]

    async def files(self, run_id: RunId) -> Sequence[RunFile]:
        rows = await self._engine.read(lambda tx: tx.rows(FILES, {"run_id": run_id}))
        return [file_of(row) for row in rows]

    async def schedules(
        self, workspace_id: WorkspaceId | None = None, schedule_id: ScheduleId | None = None
    ) -> Sequence[ScheduleView]:
        now_ms = self._clock.now_ms()
        where = {"workspace_id": workspace_id, "schedule_id": schedule_id}
        return await self._engine.read(
            lambda tx: [_schedule_view(tx, row, now_ms=now_ms) for row in tx.rows(SCHEDULES, where)]
        )

    def _ask(self, tx: Tx, *, workspace_id: WorkspaceId, schedule_id: ScheduleId, by: Actor) -> RunId:
        """Begin a run, or return the one that is open."""
        row = tx.row(ONE, {"id": schedule_id})
        if row is None or row["workspace_id"] != workspace_id:
            raise BadInputError("There is no such schedule in this workspace: see `connector backup list`.")
        run_id, now_ms = self._new_id(), self._clock.now_ms()
        if begin_now(tx, row, run_id=run_id, by=by.name, now_ms=now_ms):
            entry = AuditEntry(
                actor=by, action="backup.run_asked", workspace_id=workspace_id, subject=schedule_id
            )
            append_audit(tx, entry, at_ms=now_ms)
            return RunId(run_id)
        found = tx.row(OPEN_OF, {"schedule_id": schedule_id})
        if found is None:
            raise BadInputError("The schedule's run ended in this moment: ask again.")
        return RunId(found["id"])

    def _cancel(self, tx: Tx, *, workspace_id: WorkspaceId, run_id: RunId, by: Actor) -> bool:
        now_ms = self._clock.now_ms()
        row = {"workspace_id": workspace_id, "run_id": run_id, "now_ms": now_ms, "by": by.name}
        if not tx.execute(CANCEL, row):
            return False
        entry = AuditEntry(actor=by, action="backup.run_canceled", workspace_id=workspace_id, subject=run_id)
        append_audit(tx, entry, at_ms=now_ms)
        tx.wake("backups")
        return True

    def _confirm(
        self,
        tx: Tx,
        *,
        workspace_id: WorkspaceId,
        schedule_id: ScheduleId,
        run_ids: Sequence[RunId],
        by: Actor,
    ) -> int:
        now_ms, confirmed = self._clock.now_ms(), 0
        for values, params in chunks(list(run_ids)):
            where = {"workspace_id": workspace_id, "schedule_id": schedule_id, "now_ms": now_ms}
            confirmed += tx.execute(CONFIRM.replace("{values}", values), {**params, **where})
        entry = AuditEntry(
            actor=by,
            action="backup.deletions_confirmed",
            workspace_id=workspace_id,
            subject=schedule_id,
            detail={"backups": confirmed},
        )
        append_audit(tx, entry, at_ms=now_ms)
        tx.wake("backups")
        return confirmed


def run_view(row: Row) -> RunView:
    """Return a run as people see it, of a row joined with its schedule's name."""
    plain = (
        "workspace_id", "schedule_id", "schedule_name", "kind", "origin", "requested_by", "scheduled_for_ms", "state",
        "state_since_ms", "hold", "reason", "due_at_ms", "failures", "connection_id", "account_email", "client_id",
        "folder_id", "calls",
        "rows_written", "bytes_total", "bytes_sent", "calls_sha256", "created_at_ms", "made_at_ms", "finished_at_ms",
        "trashed_at_ms",
    )  # fmt: skip
    return RunView(
        **{name: row[name] for name in plain},
        id=RunId(row["id"]),
        base_run_id=run_id_of(row["base_run_id"]),
        is_confirmed=row["confirmed_at_ms"] is not None,
        notices=tuple(json.loads(row["notices"])),
    )


def file_of(row: Row) -> RunFile:
    """Return a file of a run."""
    plain = (
        "name", "position", "format", "media_type", "size_bytes", "sha256", "md5", "state", "drive_id",
        "acknowledged_bytes", "tries",
    )  # fmt: skip
    return RunFile(
        **{name: row[name] for name in plain}, rows=row["call_rows"], is_sealed=bool(row["is_sealed"])
    )


def _schedule_view(tx: Tx, row: Row, *, now_ms: int) -> ScheduleView:
    schedule = schedule_of(row)
    last_good = tx.row(RUN, {"run_id": row["last_good_run_id"]}) if row["last_good_run_id"] else None
    open_run = tx.row(OPEN_OF, {"schedule_id": schedule.id})
    drill = tx.row(LAST_DRILL, {"schedule_id": schedule.id})
    last_drill: DrillView | None = drill_view(drill) if drill else None
    stale_at_ms = row["stale_at_ms"]
    return ScheduleView(
        schedule=schedule,
        account_email=row["account_name"],
        account_state=row["account_state"],
        next_due_ms=row["next_due_at_ms"],
        stale_at_ms=stale_at_ms,
        is_stale=stale_at_ms is not None and stale_at_ms <= now_ms,
        last_good_at_ms=row["last_good_at_ms"],
        last_good=run_view(last_good) if last_good else None,
        open_run=run_view(open_run) if open_run else None,
        folder_id=row["folder_id"],
        last_drill=last_drill,
        last_proved_at_ms=row["last_proved_at_ms"],
        drill_due_at_ms=row["drill_due_at_ms"],
    )
