"""The watcher outside: a receiver of heartbeats that rings when none has come for too long, as hosted ones do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from adapters.sandbox.listening import LoopbackServer
from connector.ports import Clock

PATH = "/ping/0f5e1a"


class DeadManSwitch:
    """Rings after `grace_s` without a beat, and is quiet again after the next one; armed by the first."""

    def __init__(self, clock: Clock, *, grace_s: float) -> None:
        self.beats = 0
        self.rang = asyncio.Event()
        self.quiet = asyncio.Event()
        self._clock = clock
        self._grace_s = grace_s
        self._beat = asyncio.Event()
        app = web.Application()
        app.router.add_get(PATH, self._receive)
        self._server = LoopbackServer(app)

    @property
    def url(self) -> str:
        return f"{self._server.url}{PATH}"

    @classmethod
    @asynccontextmanager
    async def listening(cls, clock: Clock, *, grace_s: float) -> AsyncIterator["DeadManSwitch"]:
        """Listen and watch."""
        switch = cls(clock, grace_s=grace_s)
        await switch._server.start()
        watching = asyncio.create_task(switch._watch())
        try:
            yield switch
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await switch._server.stop()

    async def _receive(self, _request: web.Request) -> web.Response:
        self.beats += 1
        self._beat.set()
        return web.Response()

    async def _watch(self) -> None:
        await self._beat.wait()
        while True:
            self.rang.clear()
            self.quiet.set()
            while self._beat.is_set():
                self._beat.clear()
                await self._clock.wait(self._beat, self._grace_s)
            self.quiet.clear()
            self.rang.set()
            await self._beat.wait()
