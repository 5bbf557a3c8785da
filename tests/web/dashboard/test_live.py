"""The stream that tells pages to look again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from fake_clock import FakeClock
from support.dashboard_site import MAIN, OPERATOR, DashboardSite, Visitor, opened_dashboard
from support.leaks import Leaks

from connector.domain.alert import Alert
from connector.web.dashboard.live import BEAT_S, CALM_S, LIFE_S

ALERT = Alert(key="crm.outage", severity="warning", title="t", remedy="r", workspace_id=MAIN)


@asynccontextmanager
async def listening(visitor: Visitor) -> AsyncIterator[aiohttp.StreamReader]:
    async with visitor.http.get(f"{visitor.url}/w/main/live") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Content-Security-Policy" in answer.headers
        assert await part(answer.content) == "retry: 3000"
        yield answer.content


async def part(stream: aiohttp.StreamReader) -> str:
    """Return the next event or comment."""
    async with asyncio.timeout(10):
        return (await stream.readuntil(b"\n\n")).decode().strip()


async def moved(dashboard: DashboardSite) -> None:
    """Commit what every page of the workspace shows."""
    rooms = dashboard.inside.daemon.rooms
    await rooms.alerts.raise_once(ALERT)
    await rooms.alerts.resolve(ALERT.key)


async def test_a_commit_is_told_and_a_burst_once(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    async with listening(owner) as stream:
        await dashboard.flow.settle()
        await moved(dashboard)
        assert await part(stream) == "data: changed"
        for _ in range(5):
            await moved(dashboard)
        await dashboard.flow.settle()
        await dashboard.clock.advance(CALM_S)
        assert await part(stream) == "data: changed"
        await dashboard.flow.settle()
        await dashboard.clock.advance(CALM_S)
        await dashboard.flow.settle()
        await dashboard.clock.advance(BEAT_S)
        assert await part(stream) == ": alive"


async def test_the_stream_ends_so_that_the_session_is_looked_at_again(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    async with listening(owner) as stream:
        await dashboard.inside.daemon.rooms.people.remove(owner.person_id, MAIN, actor=OPERATOR)
        for _ in range(int(LIFE_S / BEAT_S) + 1):
            await dashboard.flow.settle()
            await dashboard.clock.advance(BEAT_S)
        async with asyncio.timeout(10):
            assert (await stream.read()).endswith(b"\n\n")
    again = await owner.get("/w/main/live", **{"Sec-Fetch-Mode": "cors"})
    assert again.status == 401


async def test_a_stream_needs_who_may_look(dashboard: DashboardSite) -> None:
    stranger, outsider = await dashboard.stranger(), await dashboard.visitor("otto", other="owner")
    assert (await stranger.get("/w/main/live", **{"Sec-Fetch-Mode": "cors"})).status == 401
    assert (await stranger.get("/w/main/live")).location.startswith("/sign-in")
    assert (await outsider.get("/w/main/live")).status == 404


async def test_a_stop_ends_the_stream_at_once(state_url: str, clock: FakeClock, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    async with aiohttp.ClientSession() as http:
        opened = opened_dashboard(tmp_path, state_url, clock, Leaks(tmp_path / "logs"))
        async with opened as dashboard:
            owner = await dashboard.visitor()
            answer = await http.get(f"{owner.url}/w/main/live", cookies={"connector_session": owner.token})
            await part(answer.content)
            began_s = asyncio.get_running_loop().time()
        assert await answer.read() == b""
        assert asyncio.get_running_loop().time() - began_s < 3.0  # servers give streams 5 s
