"""How much the door takes in at once: connections by the descriptors there are, bodies by their bytes.

Whoever does not fit is told 503 and when to come again. Without a bound, callers decide how much memory we need.
"""

import asyncio
import logging
import math
import resource
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import cast

import structlog
from aiohttp import web

CONNECTIONS_MAX = 4096
"""Each costs some 30 KiB; Meta and a CRM need dozens."""
RESERVED = 256
"""Descriptors that stay for the database, outside services, files and the operators' own address."""
SMALL_BODY_BYTES = 64 * 1024
"""Bodies of this size need no room: all connections together could hold 256 MiB in such, and Meta's are smaller."""
BODIES_MAX_BYTES = 64 * 1024 * 1024
RETRY_AFTER_S = "30"
SAID_EVERY_S = 60.0
TAKING_TURNS = 3
"""Turns of asyncio's event loop until who was taken is among the server's connections: taken, protocol made, told."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
TurnedAway = Callable[[str], None]
"""Hears why somebody did not fit: `connections`, `bodies`."""

log = structlog.stdlib.get_logger()


def nobody(_why: str) -> None:
    """Hear nothing."""


def connections_max() -> int:
    """Return how many connections may be open at once under this process's limit of descriptors."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(max(soft - RESERVED, soft // 2), CONNECTIONS_MAX) if soft > 0 else CONNECTIONS_MAX


class Bodies:
    """Bounds the bytes of all bodies that are under way; a middleware."""

    def __init__(self, turned_away: TurnedAway, *, body_max_bytes: int) -> None:
        """`body_max_bytes`: what one may be at most, and is taken to be when it does not say."""
        self._turned_away = turned_away
        self._body_max_bytes = body_max_bytes
        self._held_bytes = 0

    async def __call__(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Handle the request if its body fits."""
        need_bytes = self._need_bytes(request)
        if need_bytes <= SMALL_BODY_BYTES:
            return await handler(request)
        if self._held_bytes + need_bytes > BODIES_MAX_BYTES:
            self._turned_away("bodies")
            response = web.Response(
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                text="Too much at once: try again later.\n",
                headers={"Retry-After": RETRY_AFTER_S},
            )
            response.force_close()  # the body is not read
            return response
        self._held_bytes += need_bytes
        try:
            return await handler(request)
        finally:
            self._held_bytes -= need_bytes

    def _need_bytes(self, request: web.Request) -> int:
        if not request.body_exists:
            return 0
        told = request.content_length
        return self._body_max_bytes if told is None else min(told, self._body_max_bytes)


class _Refusal(asyncio.Protocol):
    """Answers 503 without listening."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        door = cast("asyncio.Transport", transport)  # a stream's, both ways
        door.write(
            b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: "
            + RETRY_AFTER_S.encode()
            + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        door.close()


class RoomySite(web.BaseSite):
    """Listens like aiohttp's own sites, and refuses whoever comes when `most` connections are open."""

    def __init__(
        self,
        runner: web.AppRunner,
        *,
        most: int,
        backlog: int,
        turned_away: TurnedAway,
        **where: object,
    ) -> None:
        """`where`: `sock`, or `host` and `port`."""
        super().__init__(runner, backlog=backlog)
        self._where = where
        self._most = most
        self._turned_away = turned_away

    @property
    def name(self) -> str:
        return str(self._where)

    async def start(self) -> None:
        await super().start()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._admit, backlog=self._backlog, **self._where)  # type: ignore[call-overload] # one of two overloads, told by `where`

    async def stop(self) -> None:
        """Take nobody any more, and finish taking: a server that is closed drops whom it took a turn ago."""
        if isinstance(self._server, asyncio.Server):
            loop = asyncio.get_running_loop()
            for listener in self._server.sockets:
                loop.remove_reader(listener.fileno())
            for _ in range(TAKING_TURNS):
                await asyncio.sleep(0)
        await super().stop()

    def _admit(self) -> asyncio.BaseProtocol:
        server = self._runner.server
        if server is not None and len(server.connections) < self._most:
            return server()
        self._turned_away("connections")
        return _Refusal()


class SaidSeldom(logging.Filter):
    """Lets asyncio complain of missing descriptors once a minute: it does so a thousand times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._next_s = -math.inf

    def filter(self, record: logging.LogRecord) -> bool:
        if "out of system resource" not in record.getMessage():
            return True
        if record.created >= self._next_s:
            self._next_s = record.created + SAID_EVERY_S
            log.error("connections.not_taken", reason="no descriptors are left: raise LimitNOFILE")
        return False
