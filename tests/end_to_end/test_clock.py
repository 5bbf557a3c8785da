"""The wall clock is set while leads wait on both sides: nothing is lost, doubled or held up by it."""

import pytest
from fake_clock import FakeClock
from support.daemon import MakeHome, running_inside
from support.time_flow import TimeFlow
from support.traffic import Received, assert_kept_promises, plain_forms, submit

from adapters.sandbox.faults import Fault
from state.waiting_rows import SqlWaitingRows

pytestmark = pytest.mark.timeout(60)

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
MINUTE_S = 60.0
PEOPLE = 8
BACK_S, FORWARD_S = -3 * HOUR_S, 3 * DAY_S


@pytest.mark.parametrize(
    "jumps", [(BACK_S,), (FORWARD_S,), (FORWARD_S, -FORWARD_S)], ids=["back", "forward", "both"]
)
async def test_a_clock_that_is_set_holds_nothing_up(
    state_url: str, make_home: MakeHome, clock: FakeClock, jumps: tuple[float, ...]
) -> None:
    async with make_home(state_url, clock=clock) as home:
        sandbox, received = home.sandbox, Received(home.sandbox.crm)
        forms = plain_forms(sandbox)
        config = home.configure(fixed_ports=False)
        await home.connect(config, clock)
        announced: list[str] = []
        async with running_inside(home, config, clock) as inside:
            flow = TimeFlow(inside, clock, moment_s=0.05)

            async def arrive(number: int) -> None:
                leads = [submit(sandbox, forms[n % len(forms)], 100 * number + n) for n in range(PEOPLE)]
                announced.extend(lead.id for lead in leads)
                await sandbox.sender.announce(leads)

            sandbox.crm.down = True
            await arrive(0)
            await inside.log.wait_for_event("crm.outage_started")  # contacts wait behind an open breaker
            sandbox.graph.faults.rate("*", Fault.status(503, "<html>Away.</html>"), 1.0)
            await arrive(1)
            await flow.settle()  # leads wait on their ladder
            for jump_s in jumps:
                clock.jump(jump_s)
                await arrive(2)  # and some come in between
                await flow.pass_by(6, step_s=1.0)
            sandbox.graph.faults.clear()
            sandbox.crm.heal()
            took_s = await flow.pass_by(HOUR_S, step_s=1.0, until=lambda: received.has(announced))
            assert took_s <= MINUTE_S, took_s
            await flow.settle()
            said = [(one["direction"], one["seconds"]) for one in inside.log.of("clock.jumped")]
            assert said == [("forward" if jump_s > 0 else "back", abs(jump_s)) for jump_s in jumps]
            text = inside.daemon.metrics.render().decode()
            assert f'connector_clock_jumps_total{{direction="{said[0][0]}"}} 1.0' in text
        assert_kept_promises(sandbox.crm, received, clock_jumps=True)
        assert received.look() == set(announced)


async def test_a_clock_that_was_set_back_while_nobody_ran(
    state_url: str, make_home: MakeHome, clock: FakeClock
) -> None:
    async with make_home(state_url, clock=clock) as home:
        sandbox, received = home.sandbox, Received(home.sandbox.crm)
        form = plain_forms(sandbox)[0]
        config = home.configure(fixed_ports=False)
        await home.connect(config, clock)
        async with running_inside(home, config, clock) as inside:
            sandbox.graph.faults.rate("*", Fault.status(503, "<html>Away.</html>"), 1.0)
            lead = submit(sandbox, form, 1)
            await sandbox.sender.announce([lead])
            await TimeFlow(inside, clock).pass_by(6, step_s=1.0)
            assert inside.log.seen["lead.not_read"]
            noted_ms = await SqlWaitingRows(inside.daemon.rooms.engine, clock).last_seen_ms()
            assert noted_ms is not None
        sandbox.graph.faults.clear()
        clock.jump(BACK_S)
        async with running_inside(home, config, clock) as inside:
            flow = TimeFlow(inside, clock)
            took_s = await flow.pass_by(HOUR_S, step_s=1.0, until=lambda: received.has([lead.id]))
            assert took_s <= MINUTE_S
            (said,) = inside.log.of("clock.jumped")
            assert (said["direction"], said["while_down"]) == ("back", True)
        assert_kept_promises(sandbox.crm, received, clock_jumps=True)
