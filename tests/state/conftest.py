"""Rooms on either engine."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing

import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.databases import Lending
from support.rooms import MAIN, Rooms

from connector.bench.cluster import Cluster
from state.engine import Engine


@pytest.fixture
async def rooms(
    engine: Engine, clock: FakeClock, counters: SeenCounters, new_id: Callable[[], str]
) -> AsyncIterator[Rooms]:
    """State with the workspace `main` in it."""
    opened = Rooms.on(engine, clock, counters, new_id)
    await opened.workspaces.add(MAIN)
    yield opened
    await opened.aclose()


@pytest.fixture(scope="session")
def lending(postgres_cluster: Cluster) -> Iterator[Lending]:
    with closing(Lending(postgres_cluster)) as opened:
        yield opened


@pytest.fixture
def postgres_url(lending: Lending) -> Iterator[str]:
    with lending.database() as url:
        yield url
