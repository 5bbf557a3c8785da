"""An installation with its sandbox, and one folder that holds every log of the session."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from fake_clock import FakeClock
from support.daemon import Home, MakeHome
from support.leaks import Leaks

from adapters.sandbox.running import Sandbox

LAST = "test_no_log_of_the_whole_session_holds_a_secret_or_a_person"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the test that reads all logs after all tests that write some."""
    items.sort(key=lambda item: getattr(item, "originalname", item.name) == LAST)


@pytest.fixture(scope="session")
def leaks(tmp_path_factory: pytest.TempPathFactory) -> Leaks:
    """Return what collects the logs of every process, and knows what none may hold."""
    return Leaks(tmp_path_factory.mktemp("daemon-logs"))


@pytest.fixture
def make_home(tmp_path: Path, leaks: Leaks) -> MakeHome:
    """Return a context manager that makes an installation on a state, with a sandbox of its own."""

    @contextlib.asynccontextmanager
    async def make(
        state_url: str = "", *, clock: FakeClock | None = None, seed: int = 1
    ) -> AsyncIterator[Home]:
        if clock is None:
            sandbox = Sandbox(seed=seed)
        else:
            fake = clock
            sandbox = Sandbox(
                seed=seed,
                now=lambda: fake.now().timestamp(),
                sleep=fake.sleep,
                crm_now=lambda: fake.now().timestamp(),
            )
        url = state_url or f"sqlite:///{tmp_path / 'state.db'}"
        home = Home(folder=tmp_path, state_url=url, sandbox=sandbox, leaks=leaks)
        sandbox.graph.app.middlewares.append(_keeping_addresses(home.graph_urls))
        async with sandbox:
            leaks.watch(sandbox)
            try:
                yield home
            finally:
                await home.aclose()

    return make


def _keeping_addresses(kept: list[str]) -> Middleware:
    """Keep whole addresses: the sandbox's own record leaves secrets out."""

    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        kept.append(request.path_qs)
        return await handler(request)

    return keep


@pytest.fixture
async def home(state_url: str, make_home: MakeHome) -> AsyncIterator[Home]:
    """Lend an installation, once an engine."""
    async with make_home(state_url) as made:
        yield made


@pytest.fixture
async def lite(make_home: MakeHome) -> AsyncIterator[Home]:
    """Lend an installation on SQLite."""
    async with make_home() as made:
        yield made
