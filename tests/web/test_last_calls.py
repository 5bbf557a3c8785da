"""A stop answers the request of whoever was connected before, and waits for nobody who was answered."""

import asyncio
import contextlib
import socket
import time

import pytest
from aiohttp import web

from connector.web.server import LEAVING_S, LastCalls, addresses, public_app, serve

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Door:
    """A server with one page, and raw connections to it."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        app = public_app()
        app.router.add_get("/", self._page)
        self.last_calls = LastCalls(app, self.stopping)
        self._app = app
        self.runner: web.AppRunner

    async def open(self, *where: str | socket.socket) -> None:
        self.runner = await serve(self._app, *(where or ("127.0.0.1:0",)), header_timeout_s=5.0, drain_s=0.2)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect, and return once the server has taken the connection."""
        host, _, port = addresses(self.runner)[0].removeprefix("http://").partition(":")
        assert self.runner.server is not None
        before = len(self.runner.server.connections)
        streams = await asyncio.open_connection(host, int(port))
        while len(self.runner.server.connections) == before:  # noqa: ASYNC110 - turns of this very loop
            await asyncio.sleep(0)
        return streams

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text="here")


async def test_who_was_connected_before_the_stop_is_answered_and_sent_away() -> None:
    door = Door()
    await door.open()
    reader, writer = await door.connect()
    door.stopping.set()
    leaving = asyncio.create_task(door.last_calls.leave(door.runner))
    await asyncio.sleep(0)
    writer.write(REQUEST)
    answer = await reader.read()  # to its end: the connection is closed
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"Connection: close" in answer
    writer.close()
    await leaving


async def test_nobody_waits_for_an_idle_or_a_silent_connection_for_long() -> None:
    door = Door()
    await door.open()
    reader, writer = await door.connect()
    writer.write(REQUEST)
    await reader.readuntil(b"here")
    began = time.monotonic()
    await door.last_calls.leave(door.runner)
    assert time.monotonic() - began < LEAVING_S / 2
    writer.close()

    await door.open()
    _, silent = await door.connect()
    began = time.monotonic()
    await door.last_calls.leave(door.runner)
    assert LEAVING_S <= time.monotonic() - began < LEAVING_S + 2
    silent.close()


@pytest.mark.parametrize("turns", range(6))
async def test_who_connects_at_the_moment_of_a_stop_is_refused_by_nobody(turns: int) -> None:
    """Taking a connection takes the event loop several turns: the stop comes after so many of them."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as systemd:
        door = Door()
        await door.open(systemd.dup())
        with socket.create_connection(systemd.getsockname()) as caller:
            caller.setblocking(False)
            for _ in range(turns):
                await asyncio.sleep(0)
            door.stopping.set()
            leaving = asyncio.create_task(door.last_calls.leave(door.runner))
            await asyncio.sleep(0)
            caller.send(REQUEST)
            await leaving
            systemd.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                systemd.accept()[0].close()
                return  # it waits in line for the next process
            assert caller.recv(1000).startswith(b"HTTP/1.1 200 ")


async def test_every_socket_that_systemd_passed_is_served() -> None:
    door = Door()
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        await door.open(one.dup(), other.dup())
        for listener in (one, other):
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            writer.write(REQUEST)
            assert (await reader.readuntil(b"here")).startswith(b"HTTP/1.1 200 ")
            writer.close()
        await door.last_calls.leave(door.runner)
