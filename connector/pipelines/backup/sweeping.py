"""Folders of backups whose claim is over: of a process that was killed, of a worker that lost its lease. Removed."""

import asyncio

import structlog

from connector.pipelines.backup.spool import Spool
from connector.ports.backing_up import BackupSpools

log = structlog.stdlib.get_logger()


class SpoolSweep:
    """Removes them, on this machine."""

    def __init__(self, spool: Spool, spools: BackupSpools) -> None:
        self._spool = spool
        self._spools = spools

    async def step(self) -> bool:
        """Sweep; there is never more to do at once."""
        await self.sweep()
        return False

    async def sweep(self) -> int:
        """Remove what no claim needs any more; return how many folders."""
        there = await asyncio.to_thread(self._spool.keys)  # before we ask: a folder is younger than its claim
        over = await self._spools.over(there) if there else ()
        if over:
            await asyncio.to_thread(self._spool.remove, over)
            log.info("backup.spool_swept", folders=len(over))
        return len(over)
