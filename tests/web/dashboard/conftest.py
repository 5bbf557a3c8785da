"""The dashboard: its door before a few pages of a test's own, and all of it inside a whole daemon."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from fake_clock import FakeClock
from support.dashboard_site import DashboardSite, opened_dashboard
from support.door_site import DoorSite, opened_site
from support.doors import Doors
from support.leaks import Leaks

from state.engine import Engine


@pytest.fixture
async def doors(engine: Engine, clock: FakeClock, new_id: Callable[[], str]) -> AsyncIterator[Doors]:
    opened = Doors.on(engine, clock, new_id)
    await opened.add()
    yield opened
    await opened.passwords.aclose()


@pytest.fixture
async def site(doors: Doors, clock: FakeClock) -> AsyncIterator[DoorSite]:
    async with opened_site(doors, clock) as opened:
        yield opened


@pytest.fixture
async def dashboard(state_url: str, clock: FakeClock, tmp_path: Path) -> AsyncIterator[DashboardSite]:
    """Lend a daemon whose workspace is new, once an engine."""
    (logs := tmp_path / "logs").mkdir()
    async with opened_dashboard(tmp_path, state_url, clock, Leaks(logs)) as opened:
        yield opened
