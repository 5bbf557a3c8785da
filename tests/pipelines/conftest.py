"""A scene on either engine, without time of its own: the SDK's short retries wait on nobody."""

import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from fake_clock import FakeClock
from support.backing_up import Backing, opened_backing
from support.counters import SeenCounters
from support.google_accounts import opened_stand
from support.rooms import Rooms
from support.scene import Scene, opened_scene

from adapters.sandbox.google.world import GoogleWorld
from connector.pipelines.backup.run import BEAT_S
from state.engine import Engine


class HastyClock(FakeClock):
    """A fake clock on which sleeping takes no time at all: retries of seconds happen at once."""

    async def sleep(self, seconds: float) -> None:
        del seconds
        await super().sleep(0)


class BeatingClock(FakeClock):
    """A fake clock on which retries of seconds happen at once; beats of a lease wait for the test."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds if seconds >= BEAT_S else 0)


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> FakeClock:
    return BeatingClock() if "backing" in request.fixturenames else HastyClock()


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


@pytest.fixture
async def backing(
    engine: Engine,
    clock: FakeClock,
    counters: SeenCounters,
    new_id: Callable[[], str],
    tmp_path: Path,
) -> AsyncIterator[Backing]:
    world = GoogleWorld.invented(random.Random(1), now=lambda: clock.now().timestamp())  # noqa: S311 - repeatable
    world.add_account("ada@example.com")
    rooms = Rooms.on(engine, clock, counters, new_id)
    async with opened_stand(rooms, world) as stand, opened_backing(stand, tmp_path) as opened:
        yield opened
    await rooms.aclose()
