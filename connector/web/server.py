"""Binding applications to sockets, hardened against slow clients."""

import asyncio
import logging
import socket
from collections.abc import Sequence
from weakref import WeakSet

import structlog
from aiohttp import web
from aiohttp.http import HttpProcessingError

from connector.web.room import Bodies, RoomySite, SaidSeldom, TurnedAway, connections_max, nobody
from connector.web.webhooks import MAX_BODY_BYTES

LINGERING_S = 2.0
BACKLOG = 1024
LEAVING_S = 2.0
"""Seconds at a stop for requests on connections that were taken before: whoever connects sends at once."""
LOOK_S = 0.02

log = structlog.stdlib.get_logger()


class _NothingOfStrangers(logging.Filter):
    """Keeps what is no HTTP out of the logs: the server's own record holds the bytes that were sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            log.debug("request.malformed", kind=type(error).__name__)
            return False
        return True


_server_log = logging.getLogger("connector.http")
_server_log.addFilter(_NothingOfStrangers())
logging.getLogger("asyncio").addFilter(SaidSeldom())


def public_app(turned_away: TurnedAway = nobody) -> web.Application:
    """Return the application behind `public_url`, without routes."""
    bodies = Bodies(turned_away, body_max_bytes=MAX_BODY_BYTES)
    return web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[web.middleware(bodies)])


async def serve(
    app: web.Application,
    *where: str | socket.socket,
    header_timeout_s: float,
    drain_s: float,
    turned_away: TurnedAway = nobody,
) -> web.AppRunner:
    """Listen on each `host:port`, and each socket that systemd passed; the caller cleans the runner up.

    `header_timeout_s` bounds the wait for a request's whole head, first or next on a connection: a client that
    drips a byte now and then is cut off. Bodies are handed on as sent: signatures are over raw bytes.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=_server_log,
        keepalive_timeout=header_timeout_s,
        lingering_time=LINGERING_S,
        auto_decompress=False,
        shutdown_timeout=drain_s,
    )
    await runner.setup()
    most = connections_max()
    for address in where:
        if isinstance(address, socket.socket):
            place: dict[str, object] = {"sock": address}
        else:
            host, _, port = address.rpartition(":")
            place = {"host": host.strip("[]"), "port": int(port)}
        await RoomySite(runner, most=most, backlog=BACKLOG, turned_away=turned_away, **place).start()
    return runner


class LastCalls:
    """What a stop owes those who are connected: an answer to the request that they are about to send.

    systemd's socket keeps whoever connects later. Who was taken before, and closed without an answer, was refused.
    """

    def __init__(self, app: web.Application, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        self._answered = WeakSet[asyncio.Transport]()
        app.on_response_prepare.append(self._answering)

    async def leave(self, runner: web.AppRunner) -> None:
        """Take no more connections, wait for those that were never answered, then close everything."""
        for site in list(runner.sites):
            await site.stop()
        try:
            async with asyncio.timeout(LEAVING_S):
                while self._somebody_waits(runner):  # noqa: ASYNC110 - nothing tells of a request's beginning
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            pass
        await runner.cleanup()

    async def _answering(self, request: web.Request, response: web.StreamResponse) -> None:
        if request.transport is not None:
            self._answered.add(request.transport)
        if self._stopping.is_set():
            response.force_close()  # the next request then finds the next process
            response.headers["Connection"] = "close"  # the headers are made already when this is called

    def _somebody_waits(self, runner: web.AppRunner) -> bool:
        connections = runner.server.connections if runner.server is not None else ()
        open_ = (connection.transport for connection in connections)
        return any(one is not None and one not in self._answered for one in open_)


def addresses(runner: web.AppRunner) -> Sequence[str]:
    """Return where a runner listens, as `http://host:port`."""
    return [f"http://{host}:{port}" for host, port, *_ in runner.addresses]
