"""Whether what an incremental run goes on from still lies in the Drive: what nobody can restore is no base."""

from connector.domain.backup.drilling import DrillFailedError
from connector.domain.backup.manifest import restorable
from connector.domain.backup.work import RunWork
from connector.pipelines.backup.fetching import Fetching
from connector.ports.backing_up import BackupRuns

BROKEN = "This backup is a full one: what it would have gone on from is not whole in the Drive any more."


class Chains:
    """Looks at chains. Nothing is fetched; of each run Drive is asked for the files that a restore reads."""

    def __init__(self, runs: BackupRuns, fetching: Fetching) -> None:
        self._runs = runs
        self._fetching = fetching

    async def broken(self, work: RunWork) -> str | None:
        """Return what to say of a run that cannot go on from the newest good one; None: it can, or has none.

        Raises ConnectorError kinds.
        """
        if work.schedule.kind != "incremental":
            return None
        views = await self._runs.schedules(schedule_id=work.schedule.id)
        newest = views[0].last_good if views else None
        if newest is None or newest.kind != "incremental" or newest.connection_id != work.connection_id:
            return None
        try:
            for run in await self._fetching.chain(newest.id):
                files = await self._runs.files(run.id)
                for file in (*(one for one in files if one.is_manifest), *restorable(files)):
                    await self._fetching.look(run, file)
        except DrillFailedError:
            return BROKEN
        return None
