"""Claimed work done side by side: a few jobs at once, claimed in batches, each failing for itself."""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

import structlog
from structlog.typing import FilteringBoundLogger

from connector.domain.errors import ConnectorError
from connector.ports import Clock
from connector.runtime.worker import LONGEST_PAUSE_S, Outage, pause_s

JobT = TypeVar("JobT")


class Flow(Protocol[JobT]):
    """What a pipeline offers the lanes."""

    async def claim(self, free: int) -> Sequence[JobT]:
        """Return up to `free` jobs, or none when nothing is due or nothing may be done."""

    async def handle(self, job: JobT) -> None:
        """Do one job and settle it."""

    async def release(self, jobs: Sequence[JobT]) -> None:
        """Give claimed jobs back undone."""

    async def idle_s(self) -> float:
        """Return how many seconds nothing will be due."""


class Lanes(Generic[JobT]):
    """Runs a flow in `width` lanes until stopping. Claims ahead of the lanes, so that a claim serves many jobs.

    A job that raises pauses its own lane, a claim that raises pauses claiming; either longer the more in a row.
    """

    def __init__(self, name: str, flow: Flow[JobT], *, width: int, clock: Clock) -> None:
        self._flow = flow
        self._width = width
        self._clock = clock
        self._log: FilteringBoundLogger = structlog.get_logger().bind(loop=name)
        self._buffer: deque[JobT] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._free = list(range(width))
        self._outage = Outage(self._log)
        self._failures: Counter[int | None] = Counter()  # in a row, of each lane; None: of claiming

    async def run(self, wake: asyncio.Event, stopping: asyncio.Event) -> None:
        """Work until `stopping`, then finish what runs and give the rest back."""
        async with asyncio.TaskGroup() as group:
            relay = group.create_task(_relay(stopping, wake))
            while not stopping.is_set():
                wake.clear()
                try:
                    wait_s = await self._fill(group, wake, stopping)
                except Exception as error:  # noqa: BLE001 - the outermost frame: a failing claim ends no loop
                    await self._clock.wait(stopping, self._failed(None, error))
                    continue
                self._failures[None] = 0
                if wait_s > 0 and not stopping.is_set():
                    await self._clock.wait(wake, wait_s)
            relay.cancel()
            await self._give_back()

    async def drain(self) -> int:
        """Do everything that is due now and return how many jobs that were: for tests and one-shot commands."""
        done = 0
        while jobs := await self._flow.claim(self._width):
            async with asyncio.TaskGroup() as group:
                for job in jobs:
                    group.create_task(self._flow.handle(job))
            done += len(jobs)
        return done

    async def _fill(self, group: asyncio.TaskGroup, wake: asyncio.Event, stopping: asyncio.Event) -> float:
        """Start what fits; return how long to wait for news, 0 to look again at once."""
        if not self._buffer and len(self._running) < self._width:
            self._buffer.extend(await self._flow.claim(2 * self._width - len(self._running)))
            self._outage.ended()
        if not self._buffer and not self._running:
            return await self._flow.idle_s()
        while self._buffer and len(self._running) < self._width:
            self._start(group, self._buffer.popleft(), wake, stopping)
        if self._buffer or len(self._running) >= self._width:
            return LONGEST_PAUSE_S  # a lane that ends wakes us
        return min(await self._flow.idle_s(), LONGEST_PAUSE_S)

    def _start(
        self, group: asyncio.TaskGroup, job: JobT, wake: asyncio.Event, stopping: asyncio.Event
    ) -> None:
        lane = self._free.pop()
        task = group.create_task(self._one(job, lane, stopping))
        self._running.add(task)

        def ended(task: asyncio.Task[None]) -> None:
            self._running.discard(task)
            self._free.append(lane)
            if len(self._buffer) or len(self._running) < self._width:
                wake.set()

        task.add_done_callback(ended)

    async def _one(self, job: JobT, lane: int, stopping: asyncio.Event) -> None:
        try:
            await self._flow.handle(job)
        except Exception as error:  # noqa: BLE001 - one bad job stops no lane; its lease ends and it comes again
            await self._clock.wait(stopping, self._failed(lane, error))
        else:
            self._failures[lane] = 0

    async def _give_back(self) -> None:
        if not self._buffer:
            return
        try:
            await self._flow.release(list(self._buffer))
        except ConnectorError as error:
            self._log.warning("jobs.not_released", jobs=len(self._buffer), error=str(error))
        self._buffer.clear()

    def _failed(self, lane: int | None, error: Exception) -> float:
        """Say it once an outage; return how long this lane (None: claiming) pauses."""
        self._outage.failed(error)
        self._failures[lane] += 1
        return pause_s(self._failures[lane], error)


async def _relay(stopping: asyncio.Event, wake: asyncio.Event) -> None:
    await stopping.wait()
    wake.set()
