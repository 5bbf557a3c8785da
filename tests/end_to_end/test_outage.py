"""Days without the CRM, days without Facebook, a dead token: everything waits, and goes on by itself."""

from fake_clock import FakeClock
from support.daemon import MakeHome, running_inside
from support.time_flow import TimeFlow
from support.traffic import Received, assert_kept_promises, plain_forms, submit

from adapters.sandbox.faults import Fault
from adapters.sandbox.running import Sandbox
from connector.domain.delivery import LONGEST_PROBE_S
from connector.domain.fetching import TRANSIENT_LADDER_S

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
PEOPLE = 20
STEP_S = 2 * HOUR_S


def calls_with_tokens(sandbox: Sandbox) -> int:
    """Count the calls made with somebody's token: the app looks after its own subscription all the time."""
    return sum(one.route != "subscriptions" for one in sandbox.graph.seen)


async def test_three_days_without_the_crm(state_url: str, make_home: MakeHome, clock: FakeClock) -> None:
    async with make_home(state_url, clock=clock) as home:
        sandbox, received = home.sandbox, Received(home.sandbox.crm)
        forms = plain_forms(sandbox)
        config = home.configure(fixed_ports=False)
        await home.connect(config, clock)
        announced: list[str] = []
        async with running_inside(home, config, clock) as inside:
            flow = TimeFlow(inside, clock, moment_s=0.01)  # the CRM's adapter never waits by itself

            async def arrive(rounds: int) -> None:
                """Everyone asks again and again: their contacts get one revision after the other."""
                for _ in range(rounds):
                    leads = [submit(sandbox, forms[n % len(forms)], n) for n in range(PEOPLE)]
                    announced.extend(lead.id for lead in leads)
                    goal = inside.log.seen["lead.resolved"] + PEOPLE
                    await sandbox.sender.announce(leads)
                    await inside.log.wait_for_event("lead.resolved", goal)

            sandbox.crm.down = True
            for _ in range(3):
                await arrive(2)
                await flow.pass_by(DAY_S, step_s=STEP_S)
            assert received.look() == set()
            waiting = await inside.daemon.rooms.records.deliveries({"state": "waiting"}, limit=1000)
            assert {row["lead_id"] for row in waiting} >= set(announced)
            assert await inside.daemon.rooms.records.deliveries({"state": "parked"}, limit=1) == []
            assert inside.log.seen["crm.outage_started"] == 1  # one outage, said once
            # a dead destination is asked about once a minute at most, whatever waits
            assert sandbox.crm.record.requests <= 3 * DAY_S / LONGEST_PROBE_S + 100

            sandbox.crm.heal()
            took_s = await flow.pass_by(HOUR_S, step_s=1.0, until=lambda: bool(received.look()))
            assert took_s <= LONGEST_PROBE_S + 2
            # from the first one on nothing waits for time to go by: all of it drains with the clock standing still
            await sandbox.crm.wait_for(lambda: received.has(announced), 30.0)
            assert inside.log.seen["crm.outage_ended"] == 1
            await arrive(1)
            await sandbox.crm.wait_for(lambda: received.has(announced), 30.0)
            await flow.settle()
        assert_kept_promises(sandbox.crm, received, clock_jumps=True)
        assert len(announced) == 7 * PEOPLE


async def test_two_days_without_facebook(state_url: str, make_home: MakeHome, clock: FakeClock) -> None:
    async with make_home(state_url, clock=clock) as home:
        sandbox, received = home.sandbox, Received(home.sandbox.crm)
        forms = plain_forms(sandbox)
        config = home.configure(fixed_ports=False)
        await home.connect(config, clock)
        page = Fault.status(503, "<html>Sorry, something went wrong.</html>")
        announced: list[str] = []
        async with running_inside(home, config, clock) as inside:
            flow = TimeFlow(inside, clock)
            sandbox.graph.faults.rate("*", page, 1.0)
            for day in range(2):
                leads = [submit(sandbox, forms[n % len(forms)], 100 * day + n) for n in range(PEOPLE)]
                announced += [lead.id for lead in leads]
                await sandbox.sender.announce(leads)
                await flow.pass_by(DAY_S, step_s=STEP_S)
            waiting = await inside.daemon.rooms.records.leads({"stage": "fetch"}, limit=1000)
            assert {row["lead_id"] for row in waiting} == set(announced)

            sandbox.graph.faults.clear()
            longest_s = TRANSIENT_LADDER_S[-1] * 1.25  # with all its jitter
            took_s = await flow.pass_by(DAY_S, step_s=600.0, until=lambda: received.has(announced))
            assert took_s <= longest_s + HOUR_S  # it takes this test some clock to settle between the steps
        assert_kept_promises(sandbox.crm, received, clock_jumps=True)
        assert received.look() == set(announced)


async def test_a_dead_token_holds_its_leads_until_the_account_is_connected_again(
    state_url: str, make_home: MakeHome, clock: FakeClock
) -> None:
    async with make_home(state_url, clock=clock) as home:
        sandbox, received = home.sandbox, Received(home.sandbox.crm)
        form = plain_forms(sandbox)[0]
        config = home.configure(fixed_ports=False)
        await home.connect(config, clock)
        admin = next(iter(sandbox.world.people.values()))
        async with running_inside(home, config, clock) as inside:
            flow = TimeFlow(inside, clock)
            records = inside.daemon.rooms.records
            sandbox.world.invalidate(admin, 460)
            leads = [submit(sandbox, form, number) for number in range(10)]
            await sandbox.sender.announce(leads[:5])
            await inside.log.wait_for_event("page.stopped")
            await flow.settle()
            asked = calls_with_tokens(sandbox)
            await sandbox.sender.announce(leads[5:])
            await flow.pass_by(2 * DAY_S, step_s=STEP_S)
            assert await records.balance() == {"held": 10}
            assert calls_with_tokens(sandbox) == asked  # a dead token is not tried for ever
            held = await records.leads({"stage": "held"}, limit=100)
            assert {row["attempts"] for row in held} == {0}  # nothing was spent
            assert [row["key"].partition(":")[0] for row in await inside.daemon.rooms.alerts.open()] == [
                "connection.lost"
            ]

            connected = await home.connect(config, clock)  # from another process as far as the daemon knows
            assert connected.freed == 10
            wanted = {lead.id for lead in leads}
            await flow.pass_by(HOUR_S, step_s=10.0, until=lambda: received.has(wanted))
            assert received.look() == wanted
            await flow.settle()
            assert await inside.daemon.rooms.alerts.open() == []
        assert_kept_promises(sandbox.crm, received, clock_jumps=True)
