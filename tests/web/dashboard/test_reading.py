"""The page about reading again, in the whole daemon: budgets, an import begun, seen and stopped, who may."""

import re
from datetime import timedelta

from support.dashboard_site import DashboardSite, Visitor

from adapters.sandbox.objects import Form, Usage

READING = "/w/main/reading"
OLD = 6


async def listed(dashboard: DashboardSite) -> tuple[Visitor, Form]:
    """Connect Facebook, let the Pages be listed and their history imported; return the owner and a form."""
    owner = await dashboard.visitor()
    form = dashboard.forms_of_pages()[0]
    for days in range(OLD):
        dashboard.sandbox.world.add_lead(
            form,
            answers={"email": f"old{days}@example.com"},
            created_time=dashboard.clock.now().timestamp() - (days + 1) * 86_400,
        )
    await dashboard.connect_facebook(owner)
    await dashboard.flow.pass_by(60.0, step_s=1.0)
    return owner, form


def imports(dashboard: DashboardSite, *states: str) -> int:
    return sum(one in states for one in dashboard.ids("SELECT state FROM backfills"))


async def test_pages_with_their_budget_and_the_first_import(dashboard: DashboardSite) -> None:
    owner, form = await listed(dashboard)
    page = dashboard.sandbox.world.pages[form.page_id]
    page.usage = Usage(call_count=62)
    await dashboard.flow.pass_by(3_700.0, step_s=60.0, until=lambda: "620" in _permille(dashboard))
    shown = await owner.get(READING)
    assert shown.status == 200
    assert page.name in shown.said
    assert "62 % Used, as Facebook said" in shown.said
    assert "Half of its budget is gone" in shown.said
    assert "When the Page was connected" in shown.said
    assert re.search(r"[1-9]\d* leads? found", shown.said)
    metrics = (await dashboard.inside.daemon.metrics.scrape()).decode()
    assert f'connector_graph_budget_ratio{{page="{page.id}"}} 0.62' in metrics
    page.usage = None
    await dashboard.clock.advance(2 * 86_400.0)  # what was told is older than Facebook's window
    metrics = (await dashboard.inside.daemon.metrics.scrape()).decode()
    assert "connector_graph_budget_ratio{" not in metrics


def _permille(dashboard: DashboardSite) -> list[str]:
    return dashboard.ids("SELECT used_permille FROM budgets")


async def test_an_import_is_priced_begun_and_done(dashboard: DashboardSite) -> None:
    owner, form = await listed(dashboard)
    since = (dashboard.clock.now() - timedelta(days=4)).date().isoformat()
    await dashboard.flow.settle()  # what the daemon reads by itself is none of the price
    asked = dashboard.sandbox.graph.requests
    before = imports(dashboard, "done", "waiting", "stopped")
    priced = await owner.get(f"{READING}?what=form:{form.id}&since={since}&until=&plan=yes")
    assert re.search(rf"1 form with {OLD} leads in all, {OLD} of them here. At most 1 call ", priced.said)
    assert dashboard.sandbox.graph.requests == asked  # a price costs nothing
    assert imports(dashboard, "done", "waiting", "stopped") == before
    begun = await owner.land(
        await owner.post(f"{READING}/import", {"what": f"form:{form.id}", "since": since, "until": ""})
    )
    assert "One form is being read" in begun.said
    await dashboard.flow.pass_by(30.0, step_s=1.0)
    done = await owner.get(READING)
    assert "Olga, " in done.said
    assert "1 of 1 form done, 4 leads found, 0 new" in done.said
    audit = await owner.get("/w/main/audit")
    assert "import asked" in audit.said


async def test_no_import_ends_after_today(dashboard: DashboardSite) -> None:
    owner, form = await listed(dashboard)
    what = f"form:{form.id}"
    priced = await owner.get(f"{READING}?what={what}&since=&until=9999-12-31&plan=yes")
    assert priced.status == 200
    await owner.post(f"{READING}/import", {"what": what, "since": "", "until": "9999-12-31"})
    assert (await owner.get(READING)).status == 200


async def test_an_import_that_waits_is_stopped_and_keeps_what_it_read(dashboard: DashboardSite) -> None:
    owner, form = await listed(dashboard)
    dashboard.sandbox.world.throttle(dashboard.sandbox.world.pages[form.page_id], minutes=30)
    await owner.post(f"{READING}/import", {"what": f"page:{form.page_id}"})
    await dashboard.flow.pass_by(5.0, step_s=1.0)
    shown = await owner.get(READING)
    assert "Imports under way" in shown.said
    assert "<progress" in shown.text
    waiting = imports(dashboard, "waiting")
    assert waiting > 0
    stopped = await owner.land(await owner.post(f"{READING}/stop", {"what": f"page:{form.page_id}"}))
    assert f"{waiting} stopped. What was read is kept." in stopped.said
    assert imports(dashboard, "waiting") == 0
    again = await owner.land(await owner.post(f"{READING}/stop", {"what": "all"}))
    assert "Nothing was under way any more." in again.said
    assert "import stopped" in (await owner.get("/w/main/audit")).said


async def test_what_makes_no_sense_is_refused_in_words(dashboard: DashboardSite) -> None:
    owner, form = await listed(dashboard)
    before = imports(dashboard, "done", "waiting", "stopped")
    for fields, said in (
        ({"what": ""}, "Choose a Page or a form first."),
        ({"what": "form:1"}, "No form is known there"),
        ({"what": f"form:{form.id}", "since": "soon"}, "A day is written as"),
        ({"what": f"form:{form.id}", "until": "2020-01-01"}, "lies before the first"),
    ):
        answer = await owner.post(f"{READING}/import", fields)
        assert answer.status == 400
        assert said in answer.said
    assert imports(dashboard, "done", "waiting", "stopped") == before


async def test_viewers_look_and_strangers_do_not(dashboard: DashboardSite) -> None:
    _, form = await listed(dashboard)
    viewer = await dashboard.visitor("vera", main="viewer")
    shown = await viewer.get(READING)
    assert shown.status == 200
    assert "/reading/import" not in shown.text
    assert "/reading/stop" not in shown.text
    for path in ("import", "stop"):
        refused = await viewer.post(f"{READING}/{path}", {"what": f"form:{form.id}"})
        assert refused.status == 403
    other = await dashboard.visitor("otto", other="owner")
    assert (await other.get(READING)).status in {403, 404}
    priced = await other.get(f"/w/other/reading?what=form:{form.id}&plan=yes")
    assert priced.status == 400  # another workspace's form is none there
