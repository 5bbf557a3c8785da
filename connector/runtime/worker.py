"""The shape of every loop that works off rows: step until there is nothing, wait, survive failing steps."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from structlog.typing import FilteringBoundLogger

from connector.domain.errors import ConnectorError, StateUnavailableError
from connector.ports import Clock

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
"""Seconds between two tries of a failing step: doubled from the first to the longest."""
LONGEST_WITHOUT_STATE_S = 5.0
"""The longest while the state does not answer: leads wait, and a try costs nobody anything."""

Idle = float | Callable[[], Awaitable[float]]
"""Seconds to wait when there is nothing to do, fixed or asked for each time (until the next row is due)."""


async def work(
    name: str,
    step: Callable[[], Awaitable[bool]],
    wake: asyncio.Event,
    stopping: asyncio.Event,
    clock: Clock,
    idle_s: Idle,
    *,
    log: FilteringBoundLogger | None = None,
) -> None:
    """Call `step` until it returns False, wait for `wake` or `idle_s`, and again, until `stopping`.

    A step that raises is logged once per outage and tried again after a growing pause; it never ends the
    loop. Several workers may share one `wake`.
    """
    outage = Outage(log or structlog.get_logger().bind(loop=name))
    async with _relayed(stopping, wake):
        while not stopping.is_set():
            wake.clear()  # before the step: what wakes us during the step is not lost
            try:
                wait_s = 0.0 if await step() else await _idle(idle_s)
            except Exception as e:  # noqa: BLE001 - the outermost frame: one bad row may not stop the daemon
                await clock.wait(stopping, pause_s(outage.failed(e), e))
                continue
            outage.ended()
            if wait_s > 0 and not stopping.is_set():
                await clock.wait(wake, wait_s)
            else:
                await asyncio.sleep(0)  # a step that never waits must not starve the other loops


async def periodic(
    name: str,
    every_s: Idle,
    run: Callable[[], Awaitable[None]],
    stopping: asyncio.Event,
    clock: Clock,
    *,
    wake: asyncio.Event | None = None,
    log: FilteringBoundLogger | None = None,
) -> None:
    """Call `run` now and then every `every_s` seconds (counted from its end), or when `wake` is set."""

    async def step() -> bool:
        await run()
        return False

    await work(name, step, wake or asyncio.Event(), stopping, clock, every_s, log=log)


async def _idle(idle_s: Idle) -> float:
    return await idle_s() if callable(idle_s) else idle_s


@asynccontextmanager
async def _relayed(stopping: asyncio.Event, wake: asyncio.Event) -> AsyncIterator[None]:
    """Let `stopping` interrupt a wait for `wake`."""

    async def relay() -> None:
        await stopping.wait()
        wake.set()

    relaying = asyncio.ensure_future(relay())
    try:
        yield
    finally:
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)


def pause_s(failures: int, error: Exception) -> float:
    """Return the seconds to pause after so many failures in a row, from 1; `error` is the last one."""
    longest_s = LONGEST_WITHOUT_STATE_S if isinstance(error, StateUnavailableError) else LONGEST_PAUSE_S
    return min(FIRST_PAUSE_S * 2.0 ** min(failures - 1, 16), longest_s)


class Outage:
    """Counts failures in a row and says so once at each end."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        self._log = log
        self._failures = 0

    def failed(self, error: Exception) -> int:
        """Note one failure; return how many there were in a row."""
        if not self._failures:
            expected = isinstance(error, ConnectorError)
            self._log.error("loop.step_failed", error=str(error), exc_info=None if expected else error)
        self._failures += 1
        return self._failures

    def ended(self) -> None:
        """Note a step that worked."""
        if self._failures:
            self._log.info("loop.recovered", failures=self._failures)
        self._failures = 0
