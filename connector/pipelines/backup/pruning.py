"""After a good run: old backups go to Drive's bin, few at a time, and only files that are ours beyond doubt."""

from collections.abc import Sequence

import structlog

from connector.domain.backup.retention import RetentionPlan, retention_of
from connector.domain.backup.runs import RunFile, RunId
from connector.domain.backup.schedule import Schedule
from connector.domain.errors import ConnectorError, GoneError
from connector.pipelines.backup.access import DriveAccess, Tokens
from connector.pipelines.backup.upload import RUN_MARK
from connector.ports import Clock
from connector.ports.backing_up import BackupRetention, BackupRuns, BackupWork
from connector.ports.backups import BackupDrive

log = structlog.stdlib.get_logger()


class Pruning:
    """Applies the retention of a schedule."""

    def __init__(
        self,
        retention: BackupRetention,
        runs: BackupRuns,
        work: BackupWork,
        drive: BackupDrive,
        tokens: Tokens,
        clock: Clock,
    ) -> None:
        self._retention = retention
        self._runs = runs
        self._work = work
        self._drive = drive
        self._tokens = tokens
        self._clock = clock

    async def plan(self, schedule: Schedule) -> RetentionPlan:
        """Return what is over and what becomes of it."""
        return retention_of(schedule, await self._retention.good(schedule.id), self._clock.now())

    async def run(self, schedule: Schedule) -> None:
        """Take away what may go. What fails is left to the next run: the backup itself is good."""
        try:
            plan = await self.plan(schedule)
            for run_id in plan.now:
                await self._trash(run_id)
            await self._retention.told(schedule, plan)
            for run_id in await self._retention.with_leftovers(schedule.id):
                await self.take_away(run_id)
        except ConnectorError as error:
            log.warning("backup.not_pruned", reason=str(error))
        else:
            if plan.over:
                log.info("backup.pruned", trashed=len(plan.now), waiting=len(plan.asks))

    async def take_away(self, run_id: RunId) -> None:
        """Take away what a run that is over without a backup sent. What fails is left to the next good run."""
        try:
            await self._clear(run_id)
        except ConnectorError as error:
            log.warning("backup.not_cleared", reason=str(error))

    async def _trash(self, run_id: RunId) -> None:
        access = await self._access(run_id)
        files: Sequence[RunFile] = await self._runs.files(run_id)
        for file in files:
            if file.drive_id is not None and await self._is_ours(access, file.drive_id, run_id):
                drive_id = file.drive_id
                await access.call(lambda token: self._drive.trash(token, drive_id))  # noqa: B023 - called at once
        await self._retention.trashed(run_id)

    async def _clear(self, run_id: RunId) -> None:
        access = await self._access(run_id)
        for drive_id in await self._work.leftovers(run_id):
            if await self._is_ours(access, drive_id, run_id):
                await access.call(lambda token: self._drive.trash(token, drive_id))  # noqa: B023 - called at once
            await self._work.taken_away(run_id, drive_id)

    async def _access(self, run_id: RunId) -> DriveAccess:
        """Return the way into the Drive that a run went to: its schedule may go to another one by now."""
        run = await self._runs.run(run_id)
        if run is None:
            raise LookupError(run_id)
        return DriveAccess(self._tokens, run.connection_id)

    async def _is_ours(self, access: DriveAccess, drive_id: str, run_id: RunId) -> bool:
        """Look whether a file carries our mark of this run: an id alone is not enough to delete."""
        try:
            found = await access.call(lambda token: self._drive.file(token, drive_id))
        except GoneError:
            return False
        return found.marks.get(RUN_MARK) == run_id and not found.is_trashed
