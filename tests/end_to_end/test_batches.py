"""Meta batches: many changes of several Pages in one POST, some of them unreadable, all of them sent twice."""

from fake_clock import FakeClock
from support.daemon import Inside, MakeHome, running_inside
from support.time_flow import TimeFlow
from support.traffic import Received, assert_kept_promises, plain_forms, submit

from adapters.sandbox.running import Sandbox

CHANGES, UNREADABLE = 1200, 7
HOUR_S = 3600.0


async def test_1200_changes_in_two_posts_with_7_unreadable(
    state_url: str, make_home: MakeHome, clock: FakeClock
) -> None:
    async with make_home(state_url, clock=clock) as home:
        forms = plain_forms(home.sandbox)
        config = home.configure(fixed_ports=False)
        await home.connect(config, clock)
        leads = [submit(home.sandbox, forms[number % len(forms)], number) for number in range(CHANGES)]
        gone = leads[::171][:UNREADABLE]
        for lead in gone:
            lead.deleted = True
        bodies = home.sandbox.sender.bodies(leads)
        assert len(bodies) == 2
        received = Received(home.sandbox.crm)
        readable = {lead.id for lead in leads} - {lead.id for lead in gone}
        async with running_inside(home, config, clock) as inside:
            flow = TimeFlow(inside, clock)
            assert [await home.sandbox.sender.send_raw(body) for body in bodies] == [200, 200]
            await home.sandbox.crm.wait_for(lambda: received.has(readable), 60.0)
            # unreadable may become readable: they are asked for again for more than a day, then parked
            await flow.pass_by(48 * HOUR_S, step_s=HOUR_S, until=lambda: _parked(inside) == UNREADABLE)
            balance = dict(await inside.daemon.rooms.records.balance())
            assert balance == {
                "contact": CHANGES - UNREADABLE,
                "parked": UNREADABLE,
                "delivery_delivered": CHANGES - UNREADABLE,
            }
            parked = await inside.daemon.rooms.records.leads({"stage": "parked"}, limit=100)
            assert {row["lead_id"] for row in parked} == {lead.id for lead in gone}
            assert all("does not exist or is not visible" in row["reason"] for row in parked)

            seen = home.sandbox.crm.record.requests, _lead_reads(home.sandbox)
            assert [await home.sandbox.sender.send_raw(body) for body in bodies] == [200, 200]
            await flow.pass_by(HOUR_S, step_s=600.0)
            assert (home.sandbox.crm.record.requests, _lead_reads(home.sandbox)) == seen
            assert dict(await inside.daemon.rooms.records.balance()) == balance
        assert received.look() == readable
        assert_kept_promises(home.sandbox.crm, received)


async def test_50_pages_on_one_callback_url(state_url: str, make_home: MakeHome, clock: FakeClock) -> None:
    async with make_home(state_url, clock=clock) as home:
        world = home.sandbox.world
        admin = next(iter(world.people.values()))
        for number in range(50 - len(world.pages)):
            world.add_page(f"Branch {number}", admins=[admin])
        forms = plain_forms(home.sandbox)
        config = home.configure(fixed_ports=False)
        connected = await home.connect(config, clock)
        assert len(connected.proofs) == 50
        leads = [submit(home.sandbox, form, number) for number, form in enumerate(forms)]
        body = home.sandbox.sender.bodies(leads)
        assert len(body) == 1
        received = Received(home.sandbox.crm)
        async with running_inside(home, config, clock) as inside:
            assert await home.sandbox.sender.send_raw(body[0]) == 200
            await home.sandbox.crm.wait_for(lambda: received.has({lead.id for lead in leads}), 60.0)
            await TimeFlow(inside, clock).settle()
            rows = await inside.daemon.rooms.records.leads({}, limit=100)
            assert {row["lead_id"]: row["page_id"] for row in rows} == {
                lead.id: lead.page_id for lead in leads
            }
        assert_kept_promises(home.sandbox.crm, received)


def _lead_reads(sandbox: Sandbox) -> int:
    """Count the leads that were read, alone or in batches; listings of forms go on all the time."""
    alone = sum(
        one.route == "node" and one.path.rstrip("/").rpartition("/")[2] in sandbox.world.leads
        for one in sandbox.graph.seen
    )
    return alone + sum(len(one.members) for one in sandbox.graph.seen)


def _parked(inside: Inside) -> int:
    return sum(line["outcome"] == "parked" for line in inside.log.of("lead.not_read"))
