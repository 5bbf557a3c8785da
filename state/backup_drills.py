"""Drills and restores as rows: asked for or due, claimed under a lease, settled by whoever holds it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from connector.domain.alerts_catalogue import BACKUP_DRILL_FAILED
from connector.domain.audit import Actor, AuditEntry
from connector.domain.backup.drilling import DrillFault, DrillId, DrillState, DrillView
from connector.domain.backup.restoring import RestoreCounts, RestoreId, RestoreMode, RestoreView
from connector.domain.backup.runs import RunId
from connector.domain.backup.schedule import ScheduleId
from connector.domain.backup.work import DrillWork, RestoreWork
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.ports import Clock
from state.alerts import raise_alert, resolve_alert
from state.audit import append_audit
from state.backup_schedules import PROGRESS
from state.engine import Engine, Row, Tx

LEASE_MS = 10 * 60_000
"""Each part that is fetched or stored begins it anew."""
DAY_MS = 86_400_000

ADD_DRILL = """
    INSERT INTO backup_drills (id, workspace_id, schedule_id, state, due_at_ms, requested_by, created_at_ms)
    SELECT :id, s.workspace_id, s.id, 'waiting', :now_ms, :by, :now_ms FROM backup_schedules s
     WHERE s.id = :schedule_id AND s.workspace_id = :workspace_id AND s.removed_at_ms IS NULL
    ON CONFLICT DO NOTHING"""
DUE_DRILLS = """
    SELECT id, workspace_id, drill_days FROM backup_schedules
     WHERE drill_due_at_ms <= :now_ms AND last_good_run_id IS NOT NULL AND removed_at_ms IS NULL /*for update*/"""
NEXT_DRILL = "UPDATE backup_schedules SET drill_due_at_ms = :due_at_ms WHERE id = :schedule_id"
CLAIM = """
    UPDATE {table} SET claim_id = :claim_id, due_at_ms = :lease_until_ms
     WHERE id = (SELECT id FROM {table} WHERE due_at_ms <= :now_ms ORDER BY due_at_ms, id LIMIT 1 /*skip locked*/)
    RETURNING *"""
NEXT = "SELECT MIN(due_at_ms) AS due FROM {table} WHERE due_at_ms IS NOT NULL"
RENEW = "UPDATE {table} SET due_at_ms = :lease_until_ms WHERE id = :id AND claim_id = :claim_id"
POSTPONE = """
    UPDATE {table} SET due_at_ms = :due_at_ms, claim_id = NULL, failures = failures + 1, reason = :reason
     WHERE id = :id AND claim_id = :claim_id"""
NEWEST_GOOD = """
    SELECT s.last_good_run_id AS run_id, s.name FROM backup_schedules s WHERE s.id = :schedule_id"""
SETTLE_DRILL = """
    UPDATE backup_drills
       SET state = :state, fault = :fault, reason = :reason, calls = :calls, runs = :runs, run_id = :run_id,
           due_at_ms = NULL, claim_id = NULL, finished_at_ms = :now_ms
     WHERE id = :id AND claim_id = :claim_id"""
PROVED = "UPDATE backup_schedules SET last_proved_at_ms = :now_ms WHERE id = :schedule_id"
DRILL = "SELECT * FROM backup_drills WHERE id = :id"
DRILLS = """
    SELECT * FROM backup_drills WHERE schedule_id = :schedule_id ORDER BY created_at_ms DESC, id DESC LIMIT :limit"""
OPEN_DRILL = "SELECT id FROM backup_drills WHERE schedule_id = :schedule_id AND due_at_ms IS NOT NULL"
ADD_RESTORE = """
    INSERT INTO backup_restores (id, workspace_id, run_id, mode, state, due_at_ms, requested_by, created_at_ms)
    SELECT :id, r.workspace_id, r.id, :mode, 'waiting', :now_ms, :by, :now_ms FROM backup_runs r
     WHERE r.id = :run_id AND r.workspace_id = :workspace_id AND r.state = 'good'"""
STEP_RESTORE = """
    UPDATE backup_restores SET due_at_ms = :lease_until_ms, counts = :counts
     WHERE id = :id AND claim_id = :claim_id"""
SETTLE_RESTORE = """
    UPDATE backup_restores
       SET state = :state, reason = :reason, counts = :counts, due_at_ms = NULL, claim_id = NULL,
           finished_at_ms = :now_ms
     WHERE id = :id AND claim_id = :claim_id"""
RESTORE = "SELECT * FROM backup_restores WHERE id = :id"
RESTORES = """
    SELECT * FROM backup_restores WHERE workspace_id = :workspace_id
     ORDER BY created_at_ms DESC, id DESC LIMIT :limit"""


class SqlBackupDrills:
    """Implements `ports.BackupDrills`."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id

    async def ask(self, workspace_id: WorkspaceId, schedule_id: ScheduleId, *, by: Actor) -> DrillId:
        def unit(tx: Tx) -> DrillId:
            row = {"id": self._new_id(), "schedule_id": schedule_id, "workspace_id": workspace_id}
            if not tx.execute(ADD_DRILL, {**row, "by": by.name, "now_ms": self._clock.now_ms()}):
                found = tx.row(OPEN_DRILL, {"schedule_id": schedule_id})
                if found is None:
                    raise BadInputError("There is no such schedule in this workspace.")
                return DrillId(found["id"])
            asked = AuditEntry(
                actor=by, action="backup.drill_asked", workspace_id=workspace_id, subject=schedule_id
            )
            append_audit(tx, asked, at_ms=self._clock.now_ms())
            tx.wake("drills")
            return DrillId(row["id"])

        return await self._engine.write(unit)

    async def begin_due(self) -> int:
        return await self._engine.write(self._begin_due)

    async def claim(self) -> DrillWork | None:
        row = await self._engine.write(partial(_claim, table="backup_drills", lease=self._lease()))
        if row is None:
            return None
        newest = await self._engine.read(lambda tx: tx.row(NEWEST_GOOD, {"schedule_id": row["schedule_id"]}))
        return DrillWork(
            id=DrillId(row["id"]),
            claim_id=row["claim_id"],
            workspace_id=WorkspaceId(row["workspace_id"]),
            schedule_id=ScheduleId(row["schedule_id"]),
            schedule_name=newest["name"] if newest else "",
            run_id=RunId(newest["run_id"]) if newest and newest["run_id"] else None,
            failures=row["failures"],
        )

    async def renew(self, work: DrillWork) -> bool:
        return await self._engine.write(
            partial(_renew, table="backup_drills", work=work, lease=self._lease())
        )

    async def postpone(self, work: DrillWork, reason: str, *, due_at_ms: int) -> None:
        await self._engine.write(
            partial(_postpone, table="backup_drills", work=work, reason=reason, due_at_ms=due_at_ms)
        )

    async def settle(
        self,
        work: DrillWork,
        state: DrillState,
        *,
        fault: DrillFault | None = None,
        reason: str | None = None,
        calls: int = 0,
        runs: Sequence[RunId] = (),
    ) -> bool:
        row = {
            "id": work.id,
            "claim_id": work.claim_id,
            "state": state,
            "fault": fault,
            "reason": reason,
            "calls": calls,
            "runs": json.dumps(list(runs)),
            "run_id": work.run_id,
            "now_ms": self._clock.now_ms(),
        }
        return await self._engine.write(partial(self._settle, work=work, row=row))

    async def drill(self, drill_id: DrillId) -> DrillView | None:
        row = await self._engine.read(lambda tx: tx.row(DRILL, {"id": drill_id}))
        return drill_view(row) if row else None

    async def drills(self, schedule_id: ScheduleId, *, limit: int = 20) -> Sequence[DrillView]:
        where = {"schedule_id": schedule_id, "limit": limit}
        return [drill_view(row) for row in await self._engine.read(lambda tx: tx.rows(DRILLS, where))]

    async def next_due_ms(self) -> int | None:
        row = await self._engine.read(lambda tx: tx.row(NEXT.format(table="backup_drills")))
        return row["due"] if row else None

    def _lease(self) -> dict[str, Any]:
        return _lease(self._clock.now_ms(), self._new_id())

    def _begin_due(self, tx: Tx) -> int:
        now_ms, begun = self._clock.now_ms(), 0
        for row in tx.rows(DUE_DRILLS, {"now_ms": now_ms}):
            drill = {
                "id": self._new_id(),
                "schedule_id": row["id"],
                "workspace_id": row["workspace_id"],
                "by": None,
                "now_ms": now_ms,
            }
            begun += tx.execute(ADD_DRILL, drill)
            due_at_ms = now_ms + max(row["drill_days"], 1) * DAY_MS
            tx.execute(NEXT_DRILL, {"schedule_id": row["id"], "due_at_ms": due_at_ms})
        if begun:
            tx.wake("drills")
        return begun

    def _settle(self, tx: Tx, *, work: DrillWork, row: dict[str, Any]) -> bool:
        """Write the outcome and raise or resolve its alarm; what could only partly be proved is no all-clear."""
        if not _told(tx, sql=SETTLE_DRILL, row=row):
            return False
        now = self._clock.now()
        if row["state"] == "proved":
            tx.execute(PROVED, {"schedule_id": work.schedule_id, "now_ms": row["now_ms"]})
            resolve_alert(
                tx,
                key=BACKUP_DRILL_FAILED.key(work.workspace_id, work.schedule_id),
                now=now,
                new_id=self._new_id,
            )
        elif row["state"] == "failed":
            alert = BACKUP_DRILL_FAILED.alert(
                work.workspace_id,
                work.schedule_id,
                workspace_id=work.workspace_id,
                stage=row["fault"] or "",
                name=work.schedule_name,
                reason=row["reason"] or "",
            )
            raise_alert(tx, alert=alert, now=now, new_id=self._new_id)
        return True


class SqlBackupRestores:
    """Implements `ports.BackupRestores`."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id

    async def ask(
        self, workspace_id: WorkspaceId, run_id: RunId, mode: RestoreMode, *, by: Actor
    ) -> RestoreId:
        now_ms = self._clock.now_ms()
        row = {
            "id": self._new_id(),
            "workspace_id": workspace_id,
            "run_id": run_id,
            "mode": mode,
            "by": by.name,
            "now_ms": now_ms,
        }

        def unit(tx: Tx) -> RestoreId:
            if not tx.execute(ADD_RESTORE, row):
                raise BadInputError("There is no such good backup in this workspace.")
            action = "backup.restore_asked" if mode == "apply" else "backup.preview_asked"
            append_audit(
                tx,
                AuditEntry(actor=by, action=action, workspace_id=workspace_id, subject=run_id),
                at_ms=now_ms,
            )
            tx.wake("restores")
            return RestoreId(str(row["id"]))

        return await self._engine.write(unit)

    async def claim(self) -> RestoreWork | None:
        lease = _lease(self._clock.now_ms(), self._new_id())
        row = await self._engine.write(partial(_claim, table="backup_restores", lease=lease))
        if row is None:
            return None
        return RestoreWork(
            id=RestoreId(row["id"]),
            claim_id=row["claim_id"],
            workspace_id=WorkspaceId(row["workspace_id"]),
            run_id=RunId(row["run_id"]),
            mode=row["mode"],
            failures=row["failures"],
        )

    async def renew(self, work: RestoreWork) -> bool:
        lease = _lease(self._clock.now_ms(), self._new_id())
        return await self._engine.write(partial(_renew, table="backup_restores", work=work, lease=lease))

    async def step(self, work: RestoreWork, counts: RestoreCounts) -> bool:
        row = {
            "id": work.id,
            "claim_id": work.claim_id,
            "counts": json.dumps(asdict(counts)),
            "lease_until_ms": self._clock.now_ms() + LEASE_MS,
        }
        return await self._engine.write(partial(_told, sql=STEP_RESTORE, row=row)) > 0

    async def postpone(self, work: RestoreWork, reason: str, *, due_at_ms: int) -> None:
        await self._engine.write(
            partial(_postpone, table="backup_restores", work=work, reason=reason, due_at_ms=due_at_ms)
        )

    async def settle(self, work: RestoreWork, counts: RestoreCounts, *, failed: str | None = None) -> bool:
        row = {
            "id": work.id,
            "claim_id": work.claim_id,
            "state": "failed" if failed else "done",
            "reason": failed,
            "counts": json.dumps(asdict(counts)),
            "now_ms": self._clock.now_ms(),
        }
        return await self._engine.write(partial(_told, sql=SETTLE_RESTORE, row=row)) > 0

    async def restore(self, restore_id: RestoreId) -> RestoreView | None:
        row = await self._engine.read(lambda tx: tx.row(RESTORE, {"id": restore_id}))
        return restore_view(row) if row else None

    async def restores(self, workspace_id: WorkspaceId, *, limit: int = 20) -> Sequence[RestoreView]:
        where = {"workspace_id": workspace_id, "limit": limit}
        return [restore_view(row) for row in await self._engine.read(lambda tx: tx.rows(RESTORES, where))]

    async def next_due_ms(self) -> int | None:
        row = await self._engine.read(lambda tx: tx.row(NEXT.format(table="backup_restores")))
        return row["due"] if row else None


def _lease(now_ms: int, claim_id: str) -> dict[str, Any]:
    return {"claim_id": claim_id, "lease_until_ms": now_ms + LEASE_MS, "now_ms": now_ms}


def _claim(tx: Tx, *, table: str, lease: dict[str, Any]) -> Row | None:
    return tx.row(CLAIM.format(table=table), lease)


def _told(tx: Tx, *, sql: str, row: dict[str, Any]) -> int:
    tx.wake(PROGRESS)
    return tx.execute(sql, row)


def _renew(tx: Tx, *, table: str, work: DrillWork | RestoreWork, lease: dict[str, Any]) -> bool:
    return tx.execute(RENEW.format(table=table), {**lease, "id": work.id, "claim_id": work.claim_id}) > 0


def _postpone(tx: Tx, *, table: str, work: DrillWork | RestoreWork, reason: str, due_at_ms: int) -> None:
    row = {"id": work.id, "claim_id": work.claim_id, "reason": reason, "due_at_ms": due_at_ms}
    _told(tx, sql=POSTPONE.format(table=table), row=row)


def drill_view(row: Row) -> DrillView:
    """Return a drill as people see it."""
    plain = (
        "workspace_id",
        "schedule_id",
        "state",
        "fault",
        "reason",
        "calls",
        "requested_by",
        "created_at_ms",
    )
    return DrillView(
        **{name: row[name] for name in plain},
        id=DrillId(row["id"]),
        run_id=RunId(row["run_id"]) if row["run_id"] else None,
        runs=tuple(json.loads(row["runs"])),
        finished_at_ms=row["finished_at_ms"],
    )


def restore_view(row: Row) -> RestoreView:
    """Return a restore as people see it."""
    plain = ("workspace_id", "mode", "state", "reason", "requested_by", "created_at_ms", "finished_at_ms")
    return RestoreView(
        **{name: row[name] for name in plain},
        id=RestoreId(row["id"]),
        run_id=RunId(row["run_id"]),
        counts=RestoreCounts(**json.loads(row["counts"])),
    )
