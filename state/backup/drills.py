"""Drills as rows: asked for or due, claimed under a lease, settled by whoever holds it."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from connector.domain.alerts_catalogue import BACKUP_DRILL_FAILED
from connector.domain.audit import Actor, AuditEntry
from connector.domain.backup.drilling import DrillFault, DrillId, DrillState, DrillView
from connector.domain.backup.runs import RunId
from connector.domain.backup.schedule import ScheduleId
from connector.domain.backup.work import DrillWork
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.ports import Clock
from state.alerts import raise_alert, resolve_alert
from state.audit import append_audit
from state.backup.claims import BackupClaims, fence, told
from state.engine import Engine, Row, Tx

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


class SqlBackupDrills:
    """Implements `ports.BackupDrills`."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id
        self._claims = BackupClaims(engine, clock, new_id, "backup_drills")

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
        row = await self._claims.claim()
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
        return await self._claims.renew(work)

    async def postpone(self, work: DrillWork, reason: str, *, due_at_ms: int) -> None:
        await self._claims.postpone(work, reason, due_at_ms=due_at_ms)

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
            **fence(work),
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
        return await self._claims.next_due_ms()

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
        if not told(tx, SETTLE_DRILL, row):
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
