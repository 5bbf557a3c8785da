"""Rooms on either engine."""

from collections.abc import AsyncIterator, Callable

import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.rooms import MAIN, Rooms

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
