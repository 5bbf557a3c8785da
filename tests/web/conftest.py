"""The public server as the daemon opens it, on a free port, over real state."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import aiohttp
import pytest
import structlog
from aiohttp import web
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.doors import Doors
from support.rooms import MAIN, PAGE, Rooms

from adapters.facebook.webhook import FacebookWebhook
from connector.pipelines.courtesy import Courtesy
from connector.pipelines.intake import Intake, SignatureWatch
from connector.runtime.wakeups import TopicWakeups
from connector.web.api import add_api
from connector.web.server import addresses, public_app, serve
from connector.web.webhooks import add_webhooks
from state.engine import Engine

SECRET, PREVIOUS, VERIFY = "app-secret-f00d", "old-secret-beef", "verify-token-cafe"
SHORT_S = 0.4


@dataclass(kw_only=True)
class Site:
    """A listening server, its address, and what is behind it."""

    url: str
    runner: web.AppRunner
    rooms: Rooms
    clock: FakeClock
    counters: SeenCounters
    http: aiohttp.ClientSession
    stopping: asyncio.Event

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


@pytest.fixture
async def site(
    engine: Engine, clock: FakeClock, counters: SeenCounters, new_id: Callable[[], str]
) -> AsyncIterator[Site]:
    rooms = Rooms.on(engine, clock, counters, new_id)
    await rooms.workspaces.add(MAIN)
    await rooms.connect(PAGE)
    wakeups, stopping = TopicWakeups(), asyncio.Event()
    engine.on_wake(wakeups.announce)
    watch = SignatureWatch(rooms.alerts, clock, per_minute=100)
    intake = Intake(
        FacebookWebhook([SECRET, PREVIOUS], VERIFY), rooms.inbox, watch, counters, Courtesy(clock)
    )
    app = public_app()
    add_webhooks(app, intake, counters, body_timeout_s=SHORT_S)
    door = Doors.on(engine, clock, new_id)
    add_api(app, rooms.tokens, rooms.feed, clock, wakeups, stopping, door.invite)
    runner = await serve(app, "127.0.0.1:0", header_timeout_s=SHORT_S, drain_s=0.2)
    async with aiohttp.ClientSession() as http:
        yield Site(
            url=addresses(runner)[0],
            runner=runner,
            rooms=rooms,
            clock=clock,
            counters=counters,
            http=http,
            stopping=stopping,
        )
    await runner.cleanup()
    await rooms.aclose()


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """Return all that was logged, by us or by a library, as one text."""
    caplog.set_level(logging.DEBUG)
    events: list[str] = []

    def keep(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        events.append(repr(event))
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, keep])

    def text() -> str:
        structlog.configure(**before)
        return "\n".join([*events, caplog.text])

    return text
