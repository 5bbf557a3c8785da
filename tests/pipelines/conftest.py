"""A scene on either engine, without time of its own: the SDK's short retries wait on nobody."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing

import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.databases import Lending
from support.scene import Scene, opened_scene

from connector.bench.cluster import Cluster
from state.engine import Engine


class HastyClock(FakeClock):
    """A fake clock on which sleeping takes no time at all: retries of seconds happen at once."""

    async def sleep(self, seconds: float) -> None:
        del seconds
        await super().sleep(0)


@pytest.fixture
def clock() -> FakeClock:
    return HastyClock()


@pytest.fixture
async def scene(
    engine: Engine,
    clock: FakeClock,
    counters: SeenCounters,
    new_id: Callable[[], str],
    request: pytest.FixtureRequest,
) -> AsyncIterator[Scene]:
    """One connected Page, or as many as `@pytest.mark.parametrize("scene", [n], indirect=True)` says."""
    pages = getattr(request, "param", 1)
    async with opened_scene(engine, clock, counters, new_id, pages=pages) as opened:
        await opened.consent()
        yield opened


@pytest.fixture(scope="session")
def lending(postgres_cluster: Cluster) -> Iterator[Lending]:
    with closing(Lending(postgres_cluster)) as opened:
        yield opened


@pytest.fixture
def postgres_url(lending: Lending) -> Iterator[str]:
    with lending.database() as url:
        yield url
