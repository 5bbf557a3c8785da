"""Drills: the newest good backup of a schedule, fetched from Drive, restored into a scratch store and compared."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import structlog

from connector.domain.backup.drilling import DrillFailedError
from connector.domain.backup.restoring import RestoreCounts
from connector.domain.backup.runs import DiskFullError, RunId, Waits, decide
from connector.domain.backup.views import RunView
from connector.domain.backup.work import DrillWork, LeaseLostError
from connector.domain.errors import ConnectorError, PermanentError, StateUnavailableError
from connector.domain.lead import WorkspaceId
from connector.pipelines.backup.fetching import Fetching
from connector.pipelines.backup.restore import Restore, Unpacked
from connector.pipelines.backup.run import leased
from connector.pipelines.backup.spool import Spool
from connector.pipelines.means import Means
from connector.ports.backing_up import BackupDrills, ScratchRestore

TRIES_MAX = 8
"""Tries that an outage may cost, over some hours; then the drill has failed: it proved nothing."""
STOPPED = "We were stopping; it begins again at the next start."
IDENTITIES = "set backup.identities, or drill by hand with the key sheet"

Scratch = Callable[[Path, WorkspaceId], AbstractAsyncContextManager[ScratchRestore]]
"""A store of its own at a path, with the workspace in it."""

log = structlog.stdlib.get_logger()


class DrillFlow:
    """Claims drills and does them."""

    def __init__(
        self,
        drills: BackupDrills,
        fetching: Fetching,
        restore: Restore,
        scratch: Scratch,
        spool: Spool,
        means: Means,
        stopping: asyncio.Event,
    ) -> None:
        self._drills = drills
        self._fetching = fetching
        self._restore = restore
        self._scratch = scratch
        self._spool = spool
        self._means = means
        self._stopping = stopping

    async def step(self) -> bool:
        """Do the drill that is due first; False when none is."""
        work = await self._drills.claim()
        if work is None:
            return False
        with structlog.contextvars.bound_contextvars(drill_id=work.id, workspace_id=work.workspace_id):
            await self._done(work)
        return True

    async def idle_s(self) -> float:
        """Return how long nothing will be due, at most five seconds."""
        return self._means.idle_s(await self._drills.next_due_ms())

    async def _done(self, work: DrillWork) -> None:
        try:
            folder = await asyncio.to_thread(self._spool.fresh, work.folder)
            done = await leased(
                self._drilled(work, folder),
                lambda: self._renewed(work),
                self._means.clock.sleep,
                self._stopping,
            )
            if not done:
                await self._drills.postpone(work, STOPPED, due_at_ms=self._means.clock.now_ms())
        except LeaseLostError:
            log.info("drill.lease_lost")
        except StateUnavailableError:
            raise
        except DrillFailedError as error:
            await self._settled(work, error)
        except ConnectorError as error:
            await self._postponed(work, error)
        except OSError as error:
            await self._postponed(work, DiskFullError(f"Our own disk: {error.strerror}."))
        except Exception as error:
            log.exception("job.failed", job="drill")
            await self._postponed(work, PermanentError(f"Our own fault ({type(error).__name__}): report it."))
        finally:
            await asyncio.to_thread(self._spool.remove, [work.folder])

    async def _drilled(self, work: DrillWork, folder: Path) -> None:
        if work.run_id is None:
            raise DrillFailedError("no_backup")
        chain = await self._fetching.chain(work.run_id)
        unpacked = await self._fetched(work, chain, folder)
        runs = [run.id for run in chain]
        if unpacked is None:
            said = f"The sealed files are as they were sent; nothing here opens them: {IDENTITIES}."
            await self._drills.settle(work, "partly", reason=said, runs=runs)
            log.info("drill.finished", outcome="partly", runs=len(runs))
            return
        calls = await self._compared(work, unpacked, folder)
        await self._drills.settle(work, "proved", calls=calls, runs=runs)
        log.info("drill.finished", outcome="proved", calls=calls, runs=len(runs))

    async def _fetched(
        self, work: DrillWork, chain: Sequence[RunView], folder: Path
    ) -> Sequence[Unpacked] | None:
        """Fetch the chain; None when it is sealed for keys that are not here."""
        unpacked: list[Unpacked] = []
        is_closed = False
        for at, run in enumerate(chain):
            await self._renewed(work)
            part = folder / str(at)
            await asyncio.to_thread(part.mkdir)
            fetched = await self._fetching.fetch(run, part)
            is_closed = is_closed or fetched.manifest is None
            unpacked.append(Unpacked(files=fetched.files, manifest=fetched.manifest))
        return None if is_closed else unpacked

    async def _compared(self, work: DrillWork, unpacked: Sequence[Unpacked], folder: Path) -> int:
        """Restore into a scratch store; return how many calls that made, all of them as they were."""

        async def noted(counts: RestoreCounts) -> None:
            del counts
            await self._renewed(work)

        async with self._scratch(folder / "scratch.db", work.workspace_id) as scratch:
            counts = await self._restore.run(scratch, work.workspace_id, unpacked, "apply", noted)
            digest = await scratch.digest(work.workspace_id)
        if counts.rejected:
            raise DrillFailedError("file_unreadable", f"{counts.rejected} rows are no calls.")
        if digest.calls != counts.adds or counts.changes or counts.keeps or counts.withheld:
            raise DrillFailedError("calls_differ", f"{counts.read} were read, {digest.calls} restored.")
        whole = unpacked[0].manifest if len(unpacked) == 1 else None
        if whole is not None and digest.hexdigest() != whole.calls_sha256:
            raise DrillFailedError("calls_differ", "Their hash is another one.")
        return digest.calls

    async def _renewed(self, work: DrillWork) -> None:
        if not await self._drills.renew(work):
            raise LeaseLostError(work.id)

    async def _settled(self, work: DrillWork, error: DrillFailedError, runs: Sequence[RunId] = ()) -> None:
        if await self._drills.settle(work, "failed", fault=error.fault, reason=str(error), runs=runs):
            log.error("drill.failed", fault=error.fault, reason=str(error))

    async def _postponed(self, work: DrillWork, error: ConnectorError) -> None:
        now_ms = self._means.clock.now_ms()
        why = decide(error, failures=work.failures + 1, now_ms=now_ms, jitter=self._means.chance())
        if isinstance(why, Waits) and work.failures + 1 < TRIES_MAX:
            await self._drills.postpone(work, why.reason, due_at_ms=why.due_at_ms)
            log.warning("drill.postponed", reason=why.reason)
            return
        await self._settled(work, DrillFailedError("not_reached", why.reason))
