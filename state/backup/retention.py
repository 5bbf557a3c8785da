"""The good backups of a schedule: which there are, which were taken away, and what people are asked about them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from connector.domain.alerts_catalogue import BACKUP_DELETIONS_WAIT, BACKUP_SHRUNK
from connector.domain.backup.retention import GoodBackups, Kept, RetentionPlan
from connector.domain.backup.runs import RunId
from connector.domain.backup.schedule import Schedule, ScheduleId
from connector.ports import Clock
from state.alerts import raise_alert, resolve_alert
from state.backup.rows import run_id_of
from state.engine import Engine, Row, Tx

GOOD = """
    SELECT r.id, r.base_run_id, r.made_at_ms, r.calls, r.confirmed_at_ms,
           (SELECT d.state FROM backup_drills d
             WHERE d.schedule_id = s.id AND d.run_id = r.id AND d.state IN ('proved', 'failed')
               AND COALESCE(d.fault, '') NOT IN ('not_reached', 'account_lost')
             ORDER BY d.finished_at_ms DESC, d.id DESC LIMIT 1) AS drilled
      FROM backup_schedules s JOIN backup_runs r ON r.schedule_id = s.id AND r.connection_id = s.connection_id
     WHERE s.id = :schedule_id AND r.state = 'good' AND r.trashed_at_ms IS NULL ORDER BY r.made_at_ms, r.id"""
"""Those in a Drive that the schedule went to before stay there: its new one's retention is not theirs."""
LAST_TRASHED = "SELECT MAX(trashed_at_ms) AS at_ms FROM backup_runs WHERE schedule_id = :schedule_id"
TRASHED = "UPDATE backup_runs SET trashed_at_ms = :now_ms WHERE id = :run_id AND trashed_at_ms IS NULL"
TRASHED_FILES = "UPDATE backup_files SET state = 'trashed' WHERE run_id = :run_id"
WITH_LEFTOVERS = """
    SELECT DISTINCT l.run_id FROM backup_leftovers l JOIN backup_runs r ON r.id = l.run_id
     WHERE r.schedule_id = :schedule_id AND r.due_at_ms IS NULL ORDER BY l.run_id LIMIT 20"""
LAST_SUCCESSES = """
    SELECT workspace_id, MIN(last_good_at_ms) AS backup_ms,
           MIN(CASE WHEN drill_days > 0 THEN last_proved_at_ms END) AS drill_ms,
           MIN(stale_at_ms) AS stale_ms,
           MIN(CASE WHEN drill_days > 0 AND last_good_run_id IS NOT NULL
                    THEN 2 * drill_days * 86400000 + COALESCE(
                        (SELECT MAX(d.finished_at_ms) FROM backup_drills d
                          WHERE d.schedule_id = s.id AND d.state IN ('proved', 'partly')),
                        last_proved_at_ms, s.created_at_ms) END) AS unproved_ms
      FROM backup_schedules s WHERE is_on = 1 AND removed_at_ms IS NULL GROUP BY workspace_id"""
"""Of several schedules the one that is most behind: a good one must not hide another. Sealed files that nothing here
opens are no worse than two drills ago when the last one found them as they were sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSuccesses:
    """Of a workspace's schedules the one that is most behind.

    Its last good backup and last proved drill, and when either was missing for two of its times.
    """

    workspace_id: str
    backup_ms: int | None
    drill_ms: int | None
    stale_ms: int | None
    unproved_ms: int | None


class SqlBackupRetention:
    """Implements `ports.BackupRetention`."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id

    async def good(self, schedule_id: ScheduleId) -> GoodBackups:
        return await self._engine.read(partial(_good, schedule_id=schedule_id))

    async def trashed(self, run_id: RunId) -> None:
        row = {"run_id": run_id, "now_ms": self._clock.now_ms()}

        def unit(tx: Tx) -> None:
            tx.execute(TRASHED, row)
            tx.execute(TRASHED_FILES, {"run_id": run_id})

        await self._engine.write(unit)

    async def told(self, schedule: Schedule, plan: RetentionPlan) -> None:
        await self._engine.write(partial(self._told, schedule=schedule, plan=plan))

    async def with_leftovers(self, schedule_id: ScheduleId) -> Sequence[RunId]:
        rows = await self._engine.read(lambda tx: tx.rows(WITH_LEFTOVERS, {"schedule_id": schedule_id}))
        return [RunId(row["run_id"]) for row in rows]

    async def last_successes(self) -> Sequence[LastSuccesses]:
        """Return of each workspace when its backups and drills were last good, and when it is stale."""
        rows = await self._engine.read(lambda tx: tx.rows(LAST_SUCCESSES))
        return [LastSuccesses(**row) for row in rows]

    def _told(self, tx: Tx, *, schedule: Schedule, plan: RetentionPlan) -> None:
        """Ask about what waits, say what is odd; take both back when they are over."""
        now = self._clock.now()
        where = (schedule.workspace_id, schedule.id)
        if plan.asks:
            alert = BACKUP_DELETIONS_WAIT.alert(
                *where, workspace_id=schedule.workspace_id, name=schedule.name, count=str(len(plan.asks))
            )
            raise_alert(tx, alert=alert, now=now, new_id=self._new_id)
        else:
            resolve_alert(tx, key=BACKUP_DELETIONS_WAIT.key(*where), now=now, new_id=self._new_id)
        if plan.is_shrunk:
            alert = BACKUP_SHRUNK.alert(*where, workspace_id=schedule.workspace_id, name=schedule.name)
            raise_alert(tx, alert=alert, now=now, new_id=self._new_id)
        else:
            resolve_alert(tx, key=BACKUP_SHRUNK.key(*where), now=now, new_id=self._new_id)


def _good(tx: Tx, *, schedule_id: ScheduleId) -> GoodBackups:
    rows, last = (
        tx.rows(GOOD, {"schedule_id": schedule_id}),
        tx.row(LAST_TRASHED, {"schedule_id": schedule_id}),
    )
    return GoodBackups(
        backups=[_kept(row) for row in rows],
        confirmed={RunId(row["id"]) for row in rows if row["confirmed_at_ms"] is not None},
        last_deleted_at=_instant(last["at_ms"]) if last and last["at_ms"] is not None else None,
    )


def _instant(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def _kept(row: Row) -> Kept:
    return Kept(
        run_id=RunId(row["id"]),
        made_at=_instant(row["made_at_ms"]),
        base=run_id_of(row["base_run_id"]),
        calls=row["calls"],
        is_proved=row["drilled"] == "proved",
    )
