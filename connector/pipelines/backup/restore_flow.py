"""Restores and previews that people asked for on the dashboard or through the API: fetched from Drive, then read."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from connector.domain.backup.drilling import DrillFailedError
from connector.domain.backup.restoring import RestoreCounts, RestoreId
from connector.domain.backup.runs import DiskFullError, Fails, decide
from connector.domain.backup.work import LeaseLostError, RestoreWork
from connector.domain.errors import ConnectorError, PermanentError, StateUnavailableError
from connector.pipelines.backup.fetching import Fetching
from connector.pipelines.backup.restore import Restore, Unpacked
from connector.pipelines.backup.run import leased
from connector.pipelines.backup.spool import Spool
from connector.pipelines.means import Means
from connector.ports.backing_up import BackupRestores, CallRestore

TRIES_MAX = 10
STOPPED = "We were stopping; it begins again at the next start."

log = structlog.stdlib.get_logger()


class RestoreFlow:
    """Claims restores and does them. `live` gives the live store, for one restore."""

    def __init__(
        self,
        restores: BackupRestores,
        fetching: Fetching,
        restore: Restore,
        live: Callable[[RestoreId], CallRestore],
        spool: Spool,
        means: Means,
        stopping: asyncio.Event,
    ) -> None:
        self._restores = restores
        self._fetching = fetching
        self._restore = restore
        self._live = live
        self._spool = spool
        self._means = means
        self._stopping = stopping

    async def step(self) -> bool:
        """Do the restore that is due first; False when none is."""
        work = await self._restores.claim()
        if work is None:
            return False
        with structlog.contextvars.bound_contextvars(restore_id=work.id, workspace_id=work.workspace_id):
            await self._done(work)
        return True

    async def idle_s(self) -> float:
        """Return how long nothing will be due, at most five seconds."""
        return self._means.idle_s(await self._restores.next_due_ms())

    async def _done(self, work: RestoreWork) -> None:
        counts = RestoreCounts()
        try:
            folder = await asyncio.to_thread(self._spool.fresh, work.folder)
            done = await leased(
                self._restored(work, folder, counts),
                lambda: self._renewed(work),
                self._means.clock.sleep,
                self._stopping,
            )
        except LeaseLostError:
            log.info("restore.lease_lost")
        except StateUnavailableError:
            raise
        except DrillFailedError as error:
            await self._failed(work, counts, str(error))
        except ConnectorError as error:
            await self._postponed(work, counts, error)
        except OSError as error:
            await self._postponed(work, counts, DiskFullError(f"Our own disk: {error.strerror}."))
        except Exception as error:
            log.exception("job.failed", job="restore")
            why = PermanentError(f"Our own fault ({type(error).__name__}): report it.")
            await self._postponed(work, counts, why)
        else:
            if done:
                await self._restores.settle(work, counts)
                log.info("restore.finished", mode=work.mode)
            else:
                await self._restores.postpone(work, STOPPED, due_at_ms=self._means.clock.now_ms())
        finally:
            await asyncio.to_thread(self._spool.remove, [work.folder])

    async def _restored(self, work: RestoreWork, folder: Path, counts: RestoreCounts) -> None:
        unpacked: list[Unpacked] = []
        chain = await self._fetching.chain(work.run_id)
        for at, run in enumerate(chain):
            part = folder / str(at)
            await asyncio.to_thread(part.mkdir)
            fetched = await self._fetching.fetch(run, part)
            if fetched.manifest is None:
                raise DrillFailedError("cannot_unseal", "Restore its files by hand, with the key sheet.")
            unpacked.append(Unpacked(files=fetched.files, manifest=fetched.manifest))

        async def noted(counts: RestoreCounts) -> None:
            await self._noted(work, counts)

        await self._restore.run(
            self._live(work.id), work.workspace_id, unpacked, work.mode, noted, counts=counts
        )

    async def _renewed(self, work: RestoreWork) -> None:
        if not await self._restores.renew(work):
            raise LeaseLostError(work.id)

    async def _noted(self, work: RestoreWork, counts: RestoreCounts) -> None:
        if not await self._restores.step(work, counts):
            raise LeaseLostError(work.id)

    async def _failed(self, work: RestoreWork, counts: RestoreCounts, reason: str) -> None:
        if await self._restores.settle(work, counts, failed=reason):
            log.warning("restore.failed", reason=reason)

    async def _postponed(self, work: RestoreWork, counts: RestoreCounts, error: ConnectorError) -> None:
        now_ms = self._means.clock.now_ms()
        why = decide(error, failures=work.failures + 1, now_ms=now_ms, jitter=self._means.chance())
        if isinstance(why, Fails) or work.failures + 1 >= TRIES_MAX:
            await self._failed(work, counts, why.reason)
            return
        await self._restores.postpone(work, why.reason, due_at_ms=why.due_at_ms)
        log.warning("restore.postponed", reason=why.reason)
