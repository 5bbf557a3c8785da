"""What Meta knows is in the CRM, whatever became of the webhooks: lost, never answered, not subscribed."""

import pytest
from fake_clock import FakeClock
from support.daemon import Inside, MakeHome, running_inside
from support.time_flow import TimeFlow
from support.traffic import Received, assert_kept_promises, plain_forms, submit

from adapters.sandbox.running import Sandbox

pytestmark = pytest.mark.timeout(120)

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
INTERVAL_S = 900.0
STEP_S = HOUR_S


async def begun(sandbox: Sandbox, flow: TimeFlow, clock: FakeClock) -> None:
    """Let the Pages, which have had some leads, be listed and their history be imported."""
    for number, form in enumerate(plain_forms(sandbox)):
        submit(sandbox, form, number)
    await clock.advance(1)
    await flow.pass_by(2 * HOUR_S, step_s=300.0)


async def all_there(inside: Inside, flow: TimeFlow, sandbox: Sandbox, received: Received) -> float:
    """Let time go by until the CRM has all that Meta knows; return the seconds it took."""
    took_s = await flow.pass_by(HOUR_S, step_s=30.0, until=lambda: received.has(set(sandbox.world.leads)))
    assert received.look() == set(sandbox.world.leads)
    open_alerts = [row["key"].partition(":")[0] for row in await inside.daemon.rooms.alerts.open()]
    assert set(open_alerts) <= {"leads.silent"}  # days without any webhook are told of, rightly
    return took_s


async def test_half_of_a_day_s_webhooks_lost_and_all_leads_in_the_crm(
    state_url: str, make_home: MakeHome, clock: FakeClock
) -> None:
    async with make_home(state_url, clock=clock) as home:
        sandbox, received = home.sandbox, Received(home.sandbox.crm)
        forms = plain_forms(sandbox)
        config = home.configure(fixed_ports=False)
        await home.connect(config, clock)
        async with running_inside(home, config, clock) as inside:
            flow = TimeFlow(inside, clock)
            await begun(sandbox, flow, clock)
            sandbox.sender.lost = 0.5
            for round_ in range(12):
                leads = [submit(sandbox, forms[n % len(forms)], 100 * round_ + n) for n in range(6)]
                await sandbox.sender.announce(leads)
                await flow.pass_by(2 * HOUR_S, step_s=STEP_S)
            last = submit(sandbox, forms[0], 5000)
            assert last.id in sandbox.world.leads
            assert await all_there(inside, flow, sandbox, received) <= INTERVAL_S + 60
        assert_kept_promises(sandbox.crm, received, clock_jumps=True)


async def test_an_endpoint_that_is_away_for_five_days_misses_nothing(
    state_url: str, make_home: MakeHome, clock: FakeClock
) -> None:
    async with make_home(state_url, clock=clock) as home:
        sandbox, received = home.sandbox, Received(home.sandbox.crm)
        forms = plain_forms(sandbox)
        config = home.configure(fixed_ports=False)
        await home.connect(config, clock)
        async with running_inside(home, config, clock) as inside:
            await begun(sandbox, TimeFlow(inside, clock), clock)
        for day in range(5):  # Meta gives up after 36 hours, and nobody is there anyway
            for n in range(6):
                submit(sandbox, forms[n % len(forms)], 100 * day + n)
            await clock.advance(DAY_S)
        async with running_inside(home, config, clock) as inside:
            assert await all_there(inside, TimeFlow(inside, clock), sandbox, received) <= INTERVAL_S
        assert_kept_promises(sandbox.crm, received, clock_jumps=True)


async def test_a_subscription_removed_silently_is_healed_and_its_gap_filled(
    state_url: str, make_home: MakeHome, clock: FakeClock
) -> None:
    async with make_home(state_url, clock=clock) as home:
        sandbox, received = home.sandbox, Received(home.sandbox.crm)
        form = plain_forms(sandbox)[0]
        config = home.configure(fixed_ports=False)
        await home.connect(config, clock)
        async with running_inside(home, config, clock) as inside:
            flow = TimeFlow(inside, clock)
            await begun(sandbox, flow, clock)
            page = sandbox.world.pages[form.page_id]
            sandbox.world.drop_subscription(page)
            leads = [submit(sandbox, form, 900 + n) for n in range(5)]
            await sandbox.sender.announce(leads)
            took_s = await flow.pass_by(HOUR_S, step_s=30.0, until=lambda: bool(page.subscribed))
            assert took_s <= INTERVAL_S + 60  # the steps of this test are half a minute
            await flow.pass_by(60, step_s=5.0, until=lambda: received.has({lead.id for lead in leads}))
            assert received.has({lead.id for lead in leads})
            (alert,) = [
                one for one in await inside.daemon.rooms.alerts.open() if "subscription" in one["key"]
            ]
            assert alert["key"] == f"subscription.lost:main:{page.id}"
            await flow.pass_by(2 * INTERVAL_S, step_s=300.0)
            open_alerts = [row["key"] for row in await inside.daemon.rooms.alerts.open()]
            assert alert["key"] not in open_alerts
