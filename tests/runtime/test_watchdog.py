"""The watchdog is fed while every loop turns, and starved while one hangs."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_clock import FakeClock
from structlog.testing import capture_logs

from connector.runtime.liveness import LATE_S, Liveness
from connector.runtime.systemd import Notifier
from connector.runtime.watchdog import feed_watchdog


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """Listen as systemd does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(str(tmp_path / "notify"))
        door.setblocking(False)
        yield door


def heard(manager: socket.socket) -> list[str]:
    said: list[str] = []
    while True:
        try:
            said.append(manager.recv(1000).decode())
        except BlockingIOError:
            return said


async def test_a_hung_loop_holds_the_ping_back_until_it_turns(
    clock: FakeClock, manager: socket.socket, tmp_path: Path
) -> None:
    live, stopping, answer = Liveness(clock), asyncio.Event(), asyncio.Event()

    async def step() -> bool:
        await answer.wait()
        return False

    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "60000000"})
    assert notifier.watchdog_every_s == 30.0
    with capture_logs() as logged:
        feeding = asyncio.ensure_future(feed_watchdog(notifier, live, stopping, clock, 30.0))
        stepping = asyncio.ensure_future(live.watched("fetch", step)())
        await clock.advance(LATE_S - 1)
        assert heard(manager) == ["WATCHDOG=1"] * 10
        await clock.advance(70)
        said = heard(manager)
        assert said[0] == "WATCHDOG=1"
        assert len(said) == 3
        assert all(text.startswith("STATUS=Loops do not turn: fetch.") for text in said[1:])
        answer.set()
        await stepping
        await clock.advance(30)
        assert heard(manager) == ["WATCHDOG=1", "STATUS=All loops turn again"]
        stopping.set()
        await feeding
    assert [entry["event"] for entry in logged] == ["watchdog.held_back", "watchdog.resumed"]
    assert logged[0]["loops"] == ["fetch"]
