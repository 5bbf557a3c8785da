"""A test lead goes every hop of the live daemon, ticked, and is gone afterwards; live leads lose nothing by it."""

import asyncio
import json

from support.dashboard_site import OPERATOR, DashboardSite, Visitor
from support.traffic import Received, submit

from adapters.sandbox.faults import Fault
from connector.cli.trial import follow
from connector.domain.lead import FormId, WorkspaceId
from connector.domain.trial import Trial

MAIN = WorkspaceId("main")
LIVE = 40


async def ready(dashboard: DashboardSite) -> tuple[Visitor, str]:
    """Connect Facebook and wait until the Page's forms are known; return a form."""
    owner = await dashboard.visitor()
    forms = dashboard.forms_of_pages()
    await dashboard.connect_facebook(owner)
    trials = dashboard.inside.daemon.flows.trials
    for _ in range(200):
        if {one["form_id"] for one in await trials.choices(MAIN)} >= {forms[0].id}:
            break
        await dashboard.flow.pass_by(1.0, step_s=1.0)
    return owner, forms[0].id


async def last(dashboard: DashboardSite) -> Trial:
    (run,) = await dashboard.inside.daemon.flows.trials.latest(MAIN, limit=1)
    return run


async def finished(dashboard: DashboardSite, within_s: float = 200.0) -> Trial:
    await dashboard.flow.pass_by(
        within_s,
        step_s=0.5,
        until=lambda: dashboard.ids("SELECT id FROM trials WHERE finished_at_ms > 0") != [],
    )
    return await last(dashboard)


def kept(dashboard: DashboardSite, run: Trial) -> tuple[object, ...]:
    """Return what is left here of the test lead."""
    rows = dashboard.home.rows("SELECT lead_id, stage, raw, contact_id FROM leads")
    ((_, *row),) = [row for row in rows if row[0] == run.lead_id]
    return tuple(row)


async def test_it_goes_every_hop_under_live_load_and_is_gone(dashboard: DashboardSite) -> None:
    owner, form_id = await ready(dashboard)
    world = dashboard.sandbox.world
    before = await owner.get("/w/main/test-lead")
    assert f'value="{form_id}"' in before.text
    live = [submit(dashboard.sandbox, dashboard.forms[n % len(dashboard.forms)], n) for n in range(LIVE)]
    for sent in await dashboard.sandbox.sender.announce(live[: LIVE // 2]):
        assert sent.statuses == [200]
    begun = await owner.land(await owner.post("/w/main/test-lead", {"form": form_id}))
    assert "on its way" in begun.said
    for sent in await dashboard.sandbox.sender.announce(live[LIVE // 2 :]):
        assert sent.statuses == [200]
    run = await finished(dashboard)
    assert (run.state, run.reason) == ("done", None)
    times = [
        run.asked_at_ms,
        run.made_at_ms,
        run.received_at_ms,
        run.fetched_at_ms,
        run.recognised_at_ms,
        run.answered_at_ms,
        run.removed_at_ms,
    ]
    assert None not in times
    assert (run.finished_at_ms or 0) - run.asked_at_ms < 30_000
    page = await owner.get("/w/main/test-lead")
    assert "Passed" in page.said
    assert "The contact it would become" in page.said
    # gone at Meta and here, and never in the CRM
    assert [lead.id for lead in world.leads.values() if lead.is_test and not lead.deleted] == []
    assert run.lead_id is not None
    assert kept(dashboard, run) == ("test", None, None)
    assert json.loads(run.contact or "{}")["is_test"] is True
    # 0 live leads lost
    received = Received(dashboard.sandbox.crm)
    ids = {lead.id for lead in live}
    await dashboard.flow.pass_by(120.0, step_s=1.0, until=lambda: received.has(ids))
    assert received.has(ids)
    types = [attempt.type for attempt in dashboard.sandbox.crm.record.attempts]
    assert (types.count("contact.created"), types.count("ping")) == (LIVE, 1)
    assert dashboard.sandbox.crm.record.violations == []


async def test_the_command_ticks_each_hop_once(dashboard: DashboardSite) -> None:
    _, form_id = await ready(dashboard)
    trials = dashboard.inside.daemon.flows.trials
    run_id = await trials.ask(MAIN, FormId(form_id), actor=OPERATOR)
    said: list[str] = []
    async with asyncio.TaskGroup() as group:
        following = group.create_task(follow(trials, run_id, dashboard.clock, said.append))
        await finished(dashboard)
        await dashboard.flow.pass_by(2.0, step_s=0.25)
    assert following.result().state == "done"
    assert [line[0] for line in said] == ["✓"] * 6
    assert [" after " in line for line in said] == [True] * 6


async def test_an_older_test_lead_makes_room(dashboard: DashboardSite) -> None:
    _, form_id = await ready(dashboard)
    world = dashboard.sandbox.world
    old = world.add_lead(world.forms[form_id], answers={"email": "test@meta.com"}, is_test=True)
    await dashboard.inside.daemon.flows.trials.ask(MAIN, FormId(form_id), actor=OPERATOR)
    await dashboard.flow.pass_by(10.0, step_s=0.5, until=lambda: world.leads[old].deleted)
    assert (await finished(dashboard)).state == "done"


async def test_a_webhook_that_never_comes_is_named(dashboard: DashboardSite) -> None:
    owner, form_id = await ready(dashboard)
    dashboard.sandbox.graph.sender = None
    await owner.post("/w/main/test-lead", {"form": form_id})
    run = await finished(dashboard)
    assert run.state == "failed"
    page = await owner.get("/w/main/test-lead")
    assert "Failed" in page.said
    assert "Check the Page's subscription" in page.said
    world = dashboard.sandbox.world
    assert [lead.id for lead in world.leads.values() if lead.is_test and not lead.deleted] == []
    # a webhook that comes after all is known, and read from nobody
    assert run.lead_id is not None
    await dashboard.sandbox.sender.announce([world.leads[run.lead_id]])
    await dashboard.flow.pass_by(5.0, step_s=1.0)
    assert kept(dashboard, run) == ("test", None, None)


async def test_a_crm_that_is_down_is_named(dashboard: DashboardSite) -> None:
    _, form_id = await ready(dashboard)
    dashboard.sandbox.crm.down = True
    await dashboard.inside.daemon.flows.trials.ask(MAIN, FormId(form_id), actor=OPERATOR)
    run = await finished(dashboard)
    assert (run.state, run.reason) == ("failed", "The CRM did not take the ping.")
    assert run.removed_at_ms is not None


async def test_a_page_that_may_not_make_one_says_why(dashboard: DashboardSite) -> None:
    owner, form_id = await ready(dashboard)
    dashboard.sandbox.graph.faults.add("test_leads", Fault.error("missing_permissions"), times=9)
    await dashboard.inside.daemon.flows.trials.ask(MAIN, FormId(form_id), actor=OPERATOR)
    run = await finished(dashboard)
    assert (run.state, run.lead_id) == ("failed", None)
    page = await owner.get("/w/main/test-lead")
    assert "making a test lead takes the task Advertise" in page.said


async def test_one_run_a_form_at_a_time_and_only_by_those_who_may(dashboard: DashboardSite) -> None:
    owner, form_id = await ready(dashboard)
    trials = dashboard.inside.daemon.flows.trials
    first = await trials.ask(MAIN, FormId(form_id), actor=OPERATOR)
    assert await trials.ask(MAIN, FormId(form_id), actor=OPERATOR) == first
    viewer = await dashboard.visitor("vera", main="viewer")
    assert (await viewer.post("/w/main/test-lead", {"form": form_id})).status == 403
    assert (await owner.post("/w/main/test-lead", {"form": "999"})).status == 400
