"""An installation with its sandbox, and one folder that holds every log of the session."""

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from conftest import required
from fake_clock import FakeClock
from support.daemon import Home, MakeHome
from support.leaks import Leaks
from support.service_host import PACKAGES, ServiceHost, is_installed, why_not_here

from adapters.sandbox.running import Sandbox
from adapters.sandbox.world import World


@pytest.fixture(scope="session")
def leaks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Leaks]:
    """Lend what collects the logs of every process and knows what none may hold; at the end all are read.

    At the end of each worker's session: tests that run side by side have logs of their own.
    """
    collected = Leaks(tmp_path_factory.mktemp("daemon-logs"))
    yield collected
    assert collected.in_logs() == []


@pytest.fixture(scope="session")
def service_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceHost]:
    """Lend a machine with systemd and the service installed; one for each worker that asks."""
    if reason := why_not_here():
        pytest.skip(f"no contained machine with systemd: {reason}")
    required("systemd", present=is_installed(), how=f"apt-get install {' '.join(PACKAGES)}")
    with ServiceHost(f"connector-{os.getpid()}", tmp_path_factory.mktemp("host")).running() as host:
        yield host


@pytest.fixture
def make_home(tmp_path: Path, leaks: Leaks) -> MakeHome:
    """Return a context manager that makes an installation on a state, with a sandbox of its own."""

    @contextlib.asynccontextmanager
    async def make(
        state_url: str = "", *, clock: FakeClock | None = None, seed: int = 1, world: World | None = None
    ) -> AsyncIterator[Home]:
        if clock is None:
            sandbox = Sandbox(seed=seed, world=world)
        else:
            fake = clock
            sandbox = Sandbox(
                seed=seed,
                world=world,
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
