"""Restores as rows: asked for, claimed under a lease, settled by whoever holds it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict

from connector.domain.audit import Actor, AuditEntry
from connector.domain.backup.restoring import RestoreCounts, RestoreId, RestoreMode, RestoreView
from connector.domain.backup.runs import RunId
from connector.domain.backup.work import RestoreWork
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.ports import Clock
from state.audit import append_audit
from state.backup.claims import LEASE_MS, BackupClaims, fence, told
from state.engine import Engine, Row, Tx

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


class SqlBackupRestores:
    """Implements `ports.BackupRestores`."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id
        self._claims = BackupClaims(engine, clock, new_id, "backup_restores")

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
        row = await self._claims.claim()
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
        return await self._claims.renew(work)

    async def step(self, work: RestoreWork, counts: RestoreCounts) -> bool:
        row = {
            **fence(work),
            "counts": json.dumps(asdict(counts)),
            "lease_until_ms": self._clock.now_ms() + LEASE_MS,
        }
        return await self._engine.write(lambda tx: told(tx, STEP_RESTORE, row)) > 0

    async def postpone(self, work: RestoreWork, reason: str, *, due_at_ms: int) -> None:
        await self._claims.postpone(work, reason, due_at_ms=due_at_ms)

    async def settle(self, work: RestoreWork, counts: RestoreCounts, *, failed: str | None = None) -> bool:
        row = {
            **fence(work),
            "state": "failed" if failed else "done",
            "reason": failed,
            "counts": json.dumps(asdict(counts)),
            "now_ms": self._clock.now_ms(),
        }
        return await self._engine.write(lambda tx: told(tx, SETTLE_RESTORE, row)) > 0

    async def restore(self, restore_id: RestoreId) -> RestoreView | None:
        row = await self._engine.read(lambda tx: tx.row(RESTORE, {"id": restore_id}))
        return restore_view(row) if row else None

    async def restores(self, workspace_id: WorkspaceId, *, limit: int = 20) -> Sequence[RestoreView]:
        where = {"workspace_id": workspace_id, "limit": limit}
        return [restore_view(row) for row in await self._engine.read(lambda tx: tx.rows(RESTORES, where))]

    async def next_due_ms(self) -> int | None:
        return await self._claims.next_due_ms()


def restore_view(row: Row) -> RestoreView:
    """Return a restore as people see it."""
    plain = ("workspace_id", "mode", "state", "reason", "requested_by", "created_at_ms", "finished_at_ms")
    return RestoreView(
        **{name: row[name] for name in plain},
        id=RestoreId(row["id"]),
        run_id=RunId(row["run_id"]),
        counts=RestoreCounts(**json.loads(row["counts"])),
    )
