"""Runs of backups, from the claim to the good end: written here, brought to Drive, compared, older ones pruned."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from connector.domain.backup.runs import Fails, decide
from connector.domain.backup.work import CanceledError, LeaseLostError, RunWork, is_sealed_alike
from connector.domain.connection import ConnectionId
from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    PermanentError,
    StateUnavailableError,
    SuspendedError,
)
from connector.pipelines.backup.chains import Chains
from connector.pipelines.backup.pruning import Pruning
from connector.pipelines.backup.spool import Spool, holds
from connector.pipelines.backup.spooling import Spooling
from connector.pipelines.backup.sweeping import SpoolSweep
from connector.pipelines.backup.upload import Upload
from connector.pipelines.means import Means
from connector.ports.backing_up import BackupWork

BEAT_S = 60.0
"""Seconds between two renewals of the lease, whatever else happens: a fifth of it."""

Look = Callable[[ConnectionId], Awaitable[bool]]
"""Have an account looked at now, so that what Drive said of it becomes its health."""

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSteps:
    """The parts of a run."""

    chains: Chains
    spooling: Spooling
    upload: Upload
    pruning: Pruning
    sweep: SpoolSweep


class BackupFlow:
    """Claims runs that are due and does them; one `handle` is one run, or as far as it comes."""

    def __init__(
        self,
        work: BackupWork,
        steps: RunSteps,
        spool: Spool,
        means: Means,
        look: Look,
        stopping: asyncio.Event,
    ) -> None:
        self._work = work
        self._steps = steps
        self._spool = spool
        self._means = means
        self._look = look
        self._stopping = stopping

    async def claim(self, free: int) -> Sequence[RunWork]:
        """Return one run."""
        del free
        work = await self._work.claim()
        return () if work is None else (work,)

    async def release(self, works: Sequence[RunWork]) -> None:
        """Give runs back as they are."""
        for work in works:
            await self._work.release(work)

    async def idle_s(self) -> float:
        """Return how long nothing will be due, at most five seconds."""
        return self._means.idle_s(await self._work.next_due_ms())

    async def handle(self, work: RunWork) -> None:
        """Do one run as far as it goes, and settle it. Raises StateUnavailableError: its lease ends by itself."""
        with structlog.contextvars.bound_contextvars(
            run_id=work.id, workspace_id=work.schedule.workspace_id, schedule_id=work.schedule.id
        ):
            try:
                done = await leased(
                    self._bring(work), lambda: self._work.renew(work), self._means.clock.sleep, self._stopping
                )
                if done:
                    await self._finish(work)
                else:
                    await self._work.release(work)
                    log.info("backup.interrupted")
            except CanceledError:
                await self._canceled(work)
            except LeaseLostError:
                log.info("backup.lease_lost")
                await self._steps.sweep.sweep()
            except StateUnavailableError:
                raise
            except ConnectorError as error:
                await self._failed(work, error)
            except Exception as error:
                log.exception("job.failed", job="backup")
                await self._failed(
                    work, PermanentError(f"Our own fault ({type(error).__name__}): report it.")
                )

    async def _bring(self, work: RunWork) -> None:
        await self._work.renew(work)  # somebody may have canceled it while it waited
        if not await self._is_spooled(work):
            broken = await self._steps.chains.broken(work)
            work = await self._steps.spooling.run(work, goes_on=broken is None)
            if broken is not None:
                await self._work.note(work, broken)
        await self._steps.upload.run(work)

    async def _finish(self, work: RunWork) -> None:
        """Call the run good, then take away what is over; that concerns this run no more, nor its lease."""
        if not await self._work.finish(work):
            raise LeaseLostError(work.id)
        log.info("backup.finished", kind=work.schedule.kind)
        await self._steps.sweep.sweep()
        await self._steps.pruning.run(work.schedule)

    async def _is_spooled(self, work: RunWork) -> bool:
        """Tell whether its files lie here and are sealed as they should: on the machine that wrote them."""
        if work.state != "uploading" or work.spool is None or not is_sealed_alike(work):
            return False
        files = await self._work.files(work)
        return await asyncio.to_thread(holds, self._spool.folder(work.folder), files)

    async def _canceled(self, work: RunWork) -> None:
        if await self._work.cancel(work):
            log.info("backup.canceled")
            await self._steps.sweep.sweep()
            await self._steps.pruning.take_away(work.id)

    async def _failed(self, work: RunWork, error: ConnectorError) -> None:
        if isinstance(error, AuthLostError | SuspendedError):
            await self._look(work.connection_id)
        why = decide(
            error,
            failures=work.failures + 1,
            now_ms=self._means.clock.now_ms(),
            jitter=self._means.chance(),
        )
        if isinstance(why, Fails):
            if await self._work.fail(work, why):
                log.error("backup.failed", reason=why.reason)
                await self._steps.sweep.sweep()
                await self._steps.pruning.take_away(work.id)
            return
        wait_s = (why.due_at_ms - self._means.clock.now_ms()) // 1000
        if await self._work.postpone(work, why):
            log.warning("backup.postponed", reason=why.reason, hold=why.hold, wait_s=wait_s)


async def leased(
    doing: Coroutine[Any, Any, None],
    renew: Callable[[], Awaitable[None]],
    sleep: Callable[[float], Awaitable[None]],
    stopping: asyncio.Event,
) -> bool:
    """Do work while its lease is renewed; when that fails the work ends. False: we are stopping, it is not done.

    Raises what either raised.
    """

    async def beat() -> None:
        while True:
            await sleep(BEAT_S)
            await renew()

    work, beating = asyncio.ensure_future(doing), asyncio.ensure_future(beat())
    stop = asyncio.ensure_future(stopping.wait())
    tasks: set[asyncio.Future[Any]] = {work, beating, stop}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if work in done:
        work.result()
        return True
    if beating in done:
        beating.result()
    return False
