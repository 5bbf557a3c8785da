"""The alarm that does not live inside what failed: a real receiver rings when the daemon's heartbeat stops."""

import asyncio
import signal

import pytest
from fake_clock import FakeClock
from support.daemon import Home, MakeHome, running_inside
from support.dead_man import PATH, DeadManSwitch
from support.time_flow import TimeFlow

from connector.runtime.clock import SystemClock
from connector.runtime.liveness import LATE_S

BEAT_S, GRACE_S = 0.2, 1.0
PATIENCE_S = 20.0


@pytest.mark.process
async def test_a_daemon_that_stands_still_or_dies_is_told_from_outside(lite: Home) -> None:
    async with DeadManSwitch.listening(SystemClock(), grace_s=GRACE_S) as switch:
        config = lite.configure(alerts={"heartbeat_url": switch.url, "heartbeat_seconds": BEAT_S})
        daemon = await lite.start(config)
        async with asyncio.timeout(PATIENCE_S):
            await switch.quiet.wait()
            beats = switch.beats
            daemon.process.send_signal(signal.SIGSTOP)  # it holds its port and its lock, and does nothing
            await switch.rang.wait()
            assert switch.beats <= beats + 1
            daemon.process.send_signal(signal.SIGCONT)
            await switch.quiet.wait()
            await daemon.kill()
            await switch.rang.wait()
        assert PATH not in daemon.log.path.read_text(encoding="utf-8")  # the address is its service's secret


async def test_a_daemon_that_is_half_dead_is_told_too(make_home: MakeHome, clock: FakeClock) -> None:
    """One loop fails again and again; everything else turns, the process answers, and yet it must ring."""
    async with (
        make_home(clock=clock) as home,
        DeadManSwitch.listening(clock, grace_s=300.0) as switch,
    ):
        config = home.configure(alerts={"heartbeat_url": switch.url}, fixed_ports=False)
        async with running_inside(home, config, clock) as inside:
            flow = TimeFlow(inside, clock)
            await flow.pass_by(600.0, step_s=10.0)
            assert switch.beats >= 9
            assert switch.quiet.is_set()
            home.execute("ALTER TABLE watches RENAME TO watches_away")
            await flow.pass_by(LATE_S, step_s=10.0)
            beats = switch.beats
            assert switch.quiet.is_set()  # a loop may fail for some minutes
            await flow.pass_by(600.0, step_s=10.0)
            assert switch.rang.is_set()
            assert inside.log.seen["heartbeat.held_back"] == 1
            assert "connector_loops_late 1.0" in (await inside.daemon.metrics.scrape()).decode()
            assert switch.beats <= beats + 2
            home.execute("ALTER TABLE watches_away RENAME TO watches")
            await flow.pass_by(120.0, step_s=10.0)
            assert switch.quiet.is_set()
            assert inside.log.seen["heartbeat.resumed"] == 1
