"""One start of the daemon inside the test's process. It ends at peace, or by being killed in the middle of work."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from random import Random
from typing import TypeVar

import structlog
from fake_clock import FakeClock

from connector.composition import Chance, opened_daemon
from connector.domain.errors import StateUnavailableError
from connector.runtime.supervisor import LoopDiedError, supervise
from state.engine import Engine, Tx
from support.daemon import Config, Home, Inside, logged
from support.log_book import LogBook
from support.time_flow import TimeFlow

T = TypeVar("T")
MOMENT_S = 3.0
"""What the clock moves while an adapter waits some seconds to try again."""


class Thread:
    """The thread that a daemon's life hangs by: once cut, nothing that it does reaches its state.

    What a kill -9 leaves behind, without a process: what was committed stays, whoever waits for an answer gets none,
    and no clean-up can write. The connections to the outside fall a moment later.
    """

    def __init__(self, engine: Engine) -> None:
        self.is_cut = False
        self._write, self._read = engine.write, engine.read
        self._left: int | None = None
        self._is_last_kept = False
        engine.write = self._written  # type: ignore[method-assign] # the daemon has opened it: none can be handed in
        engine.read = self._seen  # type: ignore[method-assign] # the daemon has opened it: none can be handed in

    def cut(self) -> None:
        """Cut it now."""
        self.is_cut = True

    def fray(self, units: int, *, is_last_kept: bool) -> None:
        """Let it tear at the unit of work number `units` from now; `is_last_kept`: that one is committed still."""
        self._left, self._is_last_kept = units, is_last_kept

    async def _written(self, fn: Callable[[Tx], T], *, durable: bool = True) -> T:
        self._need()
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self.is_cut = True
                if self._is_last_kept:
                    await self._write(fn, durable=durable)
        self._need()
        written = await self._write(fn, durable=durable)
        self._need()  # committed, but nobody hears of it any more
        return written

    async def _seen(self, fn: Callable[[Tx], T]) -> T:
        self._need()
        return await self._read(fn)

    def _need(self) -> None:
        if self.is_cut:
            raise StateUnavailableError("the process was killed")


class Life:
    """A running daemon: the composition, the servers and all loops, on the test's clock."""

    def __init__(self, home: Home, config: Config, clock: FakeClock, rng: Random) -> None:
        self._home = home
        self._config = config
        self._clock = clock
        self._chance = Chance(random=Random(rng.random()))  # noqa: S311 - repeatable
        self._stopping = asyncio.Event()
        self._stack = AsyncExitStack()

    async def begin(self) -> None:
        """Open everything and let the loops run."""
        settings = self._config.settings()
        log = LogBook(self._home.leaks.new_log("month"))
        async with AsyncExitStack() as stack:
            stack.enter_context(logged(log))
            self.daemon = await stack.enter_async_context(
                opened_daemon(settings, self._clock, self._chance, self._stopping)
            )
            self._stack = stack.pop_all()
        self.thread = Thread(self.daemon.rooms.engine)
        self.flow = TimeFlow(Inside(daemon=self.daemon, log=log), self._clock, moment_s=MOMENT_S)
        self._running = asyncio.create_task(
            supervise(
                self.daemon.loops,
                self._stopping,
                settings.server.drain_seconds,
                self._clock,
                structlog.get_logger(),
            )
        )

    async def pass_by(self, seconds: float, *, step_s: float) -> bool:
        """Let it work while time goes by; False: it died meanwhile. Raises LoopDiedError: a bug."""
        try:
            await self.flow.pass_by(seconds, step_s=step_s)
        except StateUnavailableError:
            if not self.thread.is_cut:
                raise
            return False
        if self._running.done():
            await self._running
            raise LoopDiedError("the daemon stopped unasked")
        return True

    async def stop(self) -> None:
        """End as SIGTERM does; what waits some seconds to try again gets them."""
        self._stopping.set()
        while not self._running.done():
            await self.daemon.rooms.engine.write(lambda _: None)
            await self._clock.advance(MOMENT_S / 30)
        await self._running
        await self._stack.aclose()

    async def kill(self) -> None:
        """End as SIGKILL does."""
        self.thread.cut()
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        with suppress(StateUnavailableError):
            await self._stack.aclose()
