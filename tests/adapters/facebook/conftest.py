"""A server that answers what a test scripts, odd answers included, and a client that talks to it."""

import asyncio
import json
import random
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from adapters.facebook.client import FacebookApp, GraphClient
from adapters.facebook.errors import TooMuchDataError
from adapters.facebook.outcome import CallObserver, nobody
from adapters.retrying import Retrying
from adapters.sdk_threads import SdkThreads
from connector.domain.connection import PageAccess
from connector.domain.lead import PageId

SECRET = "app-secret-5f1c"
TOKEN = "EAApage-token-9d2e"
APP_ID = "4711"


class FakeClock:
    """Time that moves when someone sleeps."""

    def __init__(self) -> None:
        self.slept_s: list[float] = []
        self._now = datetime(2026, 11, 22, 10, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def now_ms(self) -> int:
        return int(self._now.timestamp() * 1000)

    def monotonic(self) -> float:
        return self._now.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self._now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    async def wait(self, event: asyncio.Event, timeout_s: float) -> bool:
        await self.sleep(timeout_s)
        return event.is_set()


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: dict[str, str]
    address: str


@dataclass
class Script:
    """Answers in order; when they are used up, `otherwise` answers."""

    answers: deque[web.StreamResponse] = field(default_factory=deque)
    seen: list[Seen] = field(default_factory=list)
    otherwise: Callable[[Seen], web.StreamResponse] | None = None
    url: str = ""

    def then(self, body: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """Queue an answer: a text as it is, anything else as JSON."""
        text = body if isinstance(body, str) else json.dumps(body)
        kind = "text/html" if isinstance(body, str) else "text/javascript"
        self.answers.append(
            web.Response(status=status, text=text, headers=headers, content_type=kind, charset="UTF-8")
        )

    def refuse(self, code: int, subcode: int | None = None, message: str = "no", status: int = 400) -> None:
        """Queue an error body."""
        self.then(refusal(code, subcode, message), status)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        form = {k: v for k, v in (await request.post()).items() if isinstance(v, str)}
        seen = Seen(
            method=request.method,
            path=request.path,
            query=dict(request.query),
            form=form,
            headers=dict(request.headers),
            address=str(request.rel_url),
        )
        self.seen.append(seen)
        if self.answers:
            return self.answers.popleft()
        assert self.otherwise is not None, f"unexpected {request.method} {request.path}"
        return self.otherwise(seen)


def refusal(code: int, subcode: int | None = None, message: str = "no") -> dict[str, object]:
    """Return an error body of the Graph API's shape."""
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Ab1_-"}
    return {"error": error if subcode is None else {**error, "error_subcode": subcode}}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def graph() -> AsyncIterator[Script]:
    script = Script()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", script.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    script.url = f"http://{host}:{port}"
    yield script
    await runner.cleanup()


@asynccontextmanager
async def connected(
    url: str, clock: FakeClock, config_id: str | None = None, observe: CallObserver = nobody
) -> AsyncIterator[GraphClient]:
    """Open a client of the server at `url`."""
    app = FacebookApp(id=APP_ID, secret=SECRET, graph_url=url, config_id=config_id)
    retrying = Retrying(clock, random.Random(7), handed_up=(TooMuchDataError,))  # noqa: S311  # jitter
    async with (
        aclosing(SdkThreads("facebook", limit=2)) as threads,
        aclosing(GraphClient(app, threads, retrying, read_timeout_s=5.0, observe=observe)) as client,
    ):
        yield client


@pytest.fixture
async def client(graph: Script, clock: FakeClock) -> AsyncIterator[GraphClient]:
    async with connected(graph.url, clock) as client:
        yield client


@pytest.fixture
def access() -> PageAccess:
    return PageAccess(page_id=PageId("100"), token=TOKEN)
