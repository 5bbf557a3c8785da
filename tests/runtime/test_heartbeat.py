"""The heartbeat goes out while every loop turns and the state takes writes, and stops when one does not."""

import asyncio

import pytest
from aiohttp import web
from fake_clock import FakeClock

from adapters.heartbeat import HttpHeartbeat
from adapters.sandbox.listening import LoopbackServer
from connector.domain.errors import TransientError
from connector.runtime.heartbeat import Heartbeat
from connector.runtime.liveness import LATE_S, Liveness


class Switch:
    """A dead-man switch that counts its beats."""

    def __init__(self) -> None:
        self.beats = 0
        self.status = 200

    async def beat(self, _request: web.Request) -> web.Response:
        self.beats += 1
        return web.Response(status=self.status)


async def well() -> str | None:
    return None


async def test_it_beats_while_all_loops_turn(clock: FakeClock) -> None:
    switch, app = Switch(), web.Application()
    app.router.add_get("/ping/secret", switch.beat)
    server = LoopbackServer(app)
    await server.start()
    live = Liveness(clock)
    fails = asyncio.Event()

    async def step() -> bool:
        if fails.is_set():
            raise RuntimeError("stuck")
        return False

    turning = live.watched("fetch", step, idle_s=5.0)
    daily = live.watched("proof", step, idle_s=3600.0)
    heart = Heartbeat(live, well, HttpHeartbeat(f"{server.url}/ping/secret"))
    await heart.step()
    for _ in range(10):
        await clock.advance(LATE_S)
        await turning()
        await heart.step()
    assert switch.beats == 11  # the slow one is not due yet
    await daily()
    fails.set()
    with pytest.raises(RuntimeError):
        await turning()
    await clock.advance(LATE_S + 6.0)
    await heart.step()
    assert live.late() == ["fetch"]
    assert switch.beats == 11
    fails.clear()
    await turning()
    await heart.step()
    assert switch.beats == 12
    await server.stop()


async def test_it_is_silent_while_nothing_can_be_stored(clock: FakeClock) -> None:
    async def full() -> str | None:
        return "The state takes no writes."

    class Never:
        async def ping(self) -> None:
            raise AssertionError

    await Heartbeat(Liveness(clock), full, Never()).step()


async def test_a_refusal_is_an_error_that_names_no_address(clock: FakeClock) -> None:
    switch, app = Switch(), web.Application()
    switch.status = 404
    app.router.add_get("/ping/secret", switch.beat)
    server = LoopbackServer(app)
    await server.start()
    heart = Heartbeat(Liveness(clock), well, HttpHeartbeat(f"{server.url}/ping/secret"))
    with pytest.raises(TransientError) as refused:
        await heart.step()
    await server.stop()
    with pytest.raises(TransientError) as gone:
        await heart.step()
    assert "secret" not in f"{refused.value}{gone.value!r}{gone.value.__cause__}"
