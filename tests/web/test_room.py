"""Callers for whom there is no room are told so at once, and those who come later find it again."""

import asyncio
import contextlib
import io
import logging
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from connector.composition.observing import has_room
from connector.web import room
from connector.web.room import BODIES_MAX_BYTES, SMALL_BODY_BYTES, SaidSeldom, connections_max
from connector.web.server import addresses, public_app, serve
from connector.web.webhooks import MAX_BODY_BYTES

FEW = 4


@contextlib.contextmanager
def descriptors(most: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@asynccontextmanager
async def served(turned_away: list[str]) -> AsyncIterator[web.AppRunner]:
    app = public_app(turned_away.append)

    async def length(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    app.router.add_post("/", length)
    runner = await serve(app, "127.0.0.1:0", header_timeout_s=5, drain_s=0.1, turned_away=turned_away.append)
    yield runner
    await runner.cleanup()


@asynccontextmanager
async def idle_callers(runner: web.AppRunner, count: int) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Connect without a word."""
    host, port, *_ = runner.addresses[0]
    lines = [await asyncio.open_connection(host, port) for _ in range(count)]
    assert runner.server is not None
    while len(runner.server.connections) < min(count, FEW):  # noqa: ASYNC110 - nothing tells of a connection
        await asyncio.sleep(0)
    yield [reader for reader, _ in lines]
    for _, writer in lines:
        writer.close()


async def post(runner: web.AppRunner, body: bytes) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as http,
        http.post(addresses(runner)[0], data=io.BytesIO(body)) as answer,
    ):
        return answer.status, answer.headers.get("Retry-After", "")


async def test_the_door_takes_so_many_and_answers_the_others_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "CONNECTIONS_MAX", FEW)
    turned_away: list[str] = []
    async with served(turned_away) as runner:
        async with idle_callers(runner, FEW):
            assert await post(runner, b"one too many") == (503, "30")
            assert turned_away == ["connections"]
            assert "4 connections are open" in str(await has_room(runner, FEW))
        assert runner.server is not None
        while runner.server.connections:  # noqa: ASYNC110 - nothing tells of their end
            await asyncio.sleep(0)
        assert await post(runner, b"again") == (200, "")
        assert await has_room(runner, FEW) is None


def test_the_connections_leave_descriptors_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    for soft, most in ((1024, 768), (300, 150)):
        with descriptors(soft):
            assert connections_max() == most
    monkeypatch.setattr(room, "CONNECTIONS_MAX", FEW)
    assert connections_max() == FEW


async def test_bodies_are_bounded_together_and_small_ones_always_fit() -> None:
    turned_away: list[str] = []
    async with served(turned_away) as runner:
        host, port, *_ = runner.addresses[0]
        many = BODIES_MAX_BYTES // MAX_BODY_BYTES
        head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {MAX_BODY_BYTES}\r\n\r\n".encode()
        lines = [await asyncio.open_connection(host, port) for _ in range(many)]
        for _, writer in lines:
            writer.write(head + b"x")
            await writer.drain()
        answered = (200, "")
        while answered == (200, ""):  # until all of them are being read
            answered = await post(runner, b"x" * MAX_BODY_BYTES)
        assert answered == (503, "30")
        assert await post(runner, b"x" * SMALL_BODY_BYTES) == (200, "")
        for reader, writer in lines:
            writer.write(b"x" * (MAX_BODY_BYTES - 1))
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            writer.close()
        assert await post(runner, b"x" * MAX_BODY_BYTES) == (200, "")
        assert set(turned_away) == {"bodies"}


async def test_without_descriptors_it_is_not_ready_and_asyncio_says_so_seldom() -> None:
    turned_away: list[str] = []
    async with served(turned_away) as runner:
        with descriptors(3):  # fewer than are open
            assert "raise LimitNOFILE" in str(await has_room(runner, FEW))
        assert await has_room(runner, FEW) is None
    seldom = SaidSeldom()
    with capture_logs() as logs:
        for at_s in (0.0, 0.5, 59.0, 61.0):
            record = logging.makeLogRecord({"msg": "socket.accept() out of system resource", "created": at_s})
            assert not seldom.filter(record)
    assert [one["event"] for one in logs] == ["connections.not_taken"] * 2
    assert seldom.filter(logging.makeLogRecord({"msg": "something else"}))
