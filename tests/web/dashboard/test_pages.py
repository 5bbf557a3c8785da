"""Every page, for everybody: who may see it, empty and full, with nonsense in its address."""

from urllib.parse import quote

import pytest
from support.backup_acts import made, run
from support.dashboard_site import OPERATOR, DashboardSite, Visitor

from connector.web.dashboard.frame import PAGE_ROWS
from connector.web.dashboard.site import READS

ADMINS = {
    "/connections/{connection}/disconnect",
    "/connect",
    "/connect/stopped",
    "/connect/pages",
    "/repairs",
    "/quarantine",
    "/audit",
    "/audit.csv",
    "/backups/new",
    "/backups/schedules/{schedule}/edit",
}
OWNERS = {"/people"}
QUERIES = {"/connect/stopped": "?provider=facebook&why=declined", "/connect/pages": "?attempt=none"}
REFUSED = {"/connect/stopped", "/connect/pages"}
"""Pages that say 403 to whoever may see them: there is no such consent."""
PAGES = [path for path in READS if path != "/live"]  # that one does not end


def filled(path: str, **ids: str) -> str:
    """Return a page's address in the workspace `main`."""
    for name in ("connection", "lead", "event", "person", "repair", "form", "schedule", "run"):
        path = path.replace(f"{{{name}}}", ids.get(name, "none"))
    return f"/w/main{path}"


async def statuses(visitor: Visitor, **ids: str) -> dict[str, int]:
    return {path: (await visitor.get(filled(path, **ids) + QUERIES.get(path, ""))).status for path in PAGES}


def wanted(role: str, *, known: bool) -> dict[str, int]:
    """Return what each page answers; one about an account or a lead that is none is 404."""
    may = {"owner": ADMINS | OWNERS, "admin": ADMINS, "viewer": set[str]()}[role]

    def status(path: str) -> int:
        if path in (ADMINS | OWNERS) - may:
            return 403
        if "{" in path and not known:
            return 404
        return 403 if path in REFUSED else 200

    return {path: status(path) for path in PAGES}


async def test_everybody_sees_what_is_theirs_and_nobody_more(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    admin = await dashboard.visitor("anna", main="admin")
    viewer = await dashboard.visitor("vera", main="viewer")
    outsider = await dashboard.visitor("otto", other="owner")
    everybody = {"owner": owner, "admin": admin, "viewer": viewer}
    for role, visitor in everybody.items():
        assert await statuses(visitor) == wanted(role, known=False), role

    await dashboard.connect_facebook(owner)
    await dashboard.connect_google(owner)
    lead_ids = await dashboard.leads_come(3)
    (facebook,) = dashboard.ids("SELECT id FROM connections WHERE provider = 'facebook'")
    run_at = await run(dashboard, owner, await made(dashboard, owner))
    (schedule,) = dashboard.ids("SELECT id FROM backup_schedules")
    known = {
        "connection": facebook,
        "lead": lead_ids[0],
        "form": dashboard.forms[0].id,
        "schedule": schedule,
        "run": run_at.rpartition("/")[2],
    }
    for role, visitor in everybody.items():
        found = await statuses(visitor, **known)
        assert found == wanted(role, known=True), role
    assert set((await statuses(outsider, **known)).values()) == {404}
    own = await outsider.get(f"/w/other/leads/{lead_ids[0]}")
    assert own.status == 404
    assert (await outsider.get(f"/w/other/connections/{facebook}/disconnect")).status == 404
    assert (await outsider.get(f"/w/other/connections/{facebook}/proof")).status == 404
    stranger = await dashboard.stranger()
    for path in PAGES:
        address = filled(path, **known)
        led = await stranger.get(address)
        assert (led.status, led.location) == (303, f"/sign-in?return_to={quote(address, safe='')}")
    assert dashboard.home.leaks.secrets_in("\n".join(dashboard.shown)) == []


async def test_a_viewer_is_offered_nothing_that_they_may_not(dashboard: DashboardSite) -> None:
    owner, viewer = await dashboard.visitor(), await dashboard.visitor("vera", main="viewer")
    await dashboard.connect_facebook(owner)
    (lead_id,) = await dashboard.leads_come(1)
    for path in ("", "/connections", f"/leads/{lead_id}", "/deliveries", "/alerts"):
        page = await viewer.get(f"/w/main{path}")
        assert set(page.links("/w/main/connect/") + page.links("/connect/")) == set(), path
        assert {
            one for one in page.links("/w/main/") if one.endswith(("replay", "check", "disconnect"))
        } == set()
        assert "/w/main/people" not in page.links("/w/main")
    assert (await viewer.get("/w/main/audit")).said.count("ask an owner") == 1


async def test_the_first_page_leads_home(dashboard: DashboardSite) -> None:
    both = await dashboard.visitor("bea", other="viewer", main="admin")
    assert (await both.get("/")).location == "/w/main"
    page = await both.get("/w/other")
    assert page.links("/w/main")
    assert page.links("/w/main/") == []
    person = await dashboard.visitor("nemo", other="viewer")
    await dashboard.inside.daemon.rooms.people.remove(both.person_id, None, actor=OPERATOR)
    assert (await both.get("/")).location == "/sign-in"
    assert (await person.get("/")).location == "/w/other"


NONSENSE = (
    "x" * 3000,
    "%00",
    "%ff",
    "-1",
    "9" * 30,
    "²",
    "1e9",
    "%F0%9F%98%80",
    "'%20OR%201=1--",
    "a\u0301b",
)


@pytest.mark.parametrize("path", ["/leads", "/deliveries", "/alerts", "/audit", "/quarantine", ""])
async def test_nonsense_in_an_address_shows_a_page(dashboard: DashboardSite, path: str) -> None:
    owner = await dashboard.visitor()
    for text in NONSENSE:
        given = quote(text, safe="%")
        query = "&".join(f"{name}={given}" for name in ("before", "state", "page", "form"))
        page = await owner.get(f"/w/main{path}?{query if len(text) < 100 else f'state={given}'}")
        assert page.status == 200, (path, text[:20])


async def test_nonsense_names_nothing(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    await dashboard.connect_facebook(owner)
    for text in NONSENSE:
        given = quote(text, safe="%")
        for path in (f"/leads/{given}", f"/connections/{given}/disconnect", f"/connections/{given}/proof"):
            assert (await owner.get(f"/w/main{path}")).status == 404, path
        assert (await owner.get(f"/w/{given}/leads")).status == 404
        assert (await owner.get(f"/w/main/connect/pages?attempt={given}")).status in {403, 404}
        assert (await owner.get(f"/w/main/connect/stopped?provider={given}")).status == 404
        assert (await owner.get(f"/connect/facebook/start?connection={given}")).status == 404
        assert (await owner.get(f"/connect/facebook/start?workspace={given}")).status == 404
        assert (await owner.get(f"/connect/facebook/callback?state={given}&code=x")).status == 403
        assert (await owner.get(f"/connect/{given}/start")).status == 404
        for act in (f"/leads/{given}/replay", f"/deliveries/{given}/replay", f"/connections/{given}/check"):
            assert (await owner.post(f"/w/main{act}")).status == 404, act
        for act in (f"/people/{given}/remove", f"/people/{given}/link"):
            assert (await owner.post(f"/w/main{act}")).status == 404, act


async def test_lists_go_on_by_cursor_and_filters_keep_it(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    await dashboard.connect_facebook(owner)
    lead_ids = await dashboard.leads_come(PAGE_ROWS + 5)
    for name, prefix in (("leads", "/w/main/leads/"), ("deliveries", "/w/main/leads/")):
        first = await owner.get(f"/w/main/{name}?state=delivered")
        seen = [one for one in first.links(prefix) if not one.endswith("replay")]
        (older,) = [one for one in first.links(f"/w/main/{name}?") if "before=" in one]
        assert "state=delivered" in older
        second = await owner.get(older)
        rest = [one for one in second.links(prefix) if not one.endswith("replay")]
        assert (len(seen), len(rest)) == (PAGE_ROWS, 5)
        assert {one.rpartition("/")[2] for one in seen + rest} == set(lead_ids)
        assert f"/w/main/{name}?state=delivered" in second.links("/w/main")
        assert not [one for one in second.links(f"/w/main/{name}?") if "before=" in one]


async def test_filters_find_leads_by_state_page_and_form(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    await dashboard.connect_facebook(owner)
    lead_ids = await dashboard.leads_come(3)
    world = dashboard.sandbox.world
    one = world.leads[lead_ids[1]]
    page_id = world.forms[one.form_id].page_id
    for query in (f"form={one.form_id}", f"page={page_id}", f"state=delivered&page={page_id}"):
        page = await owner.get(f"/w/main/leads?{query}")
        assert page.links("/w/main/leads/") == [f"/w/main/leads/{one.id}"], query
        assert "selected" in page.text
    for state in ("fetching", "held", "matching", "sending", "parked", "test"):
        page = await owner.get(f"/w/main/leads?state={state}")
        assert "No lead fits" in page.said, state
    put = dashboard.home.execute
    put(f"UPDATE leads SET stage = 'parked' WHERE lead_id = '{one.id}'")  # noqa: S608 - an id of our own
    put(f"UPDATE leads SET stage = 'held' WHERE lead_id = '{lead_ids[0]}'")  # noqa: S608 - an id of our own
    put(f"UPDATE deliveries SET state = 'parked' WHERE lead_id = '{lead_ids[2]}'")  # noqa: S608 - an id of our own
    parked = (await owner.get("/w/main/leads?state=parked")).links("/w/main/leads/")
    assert parked == [f"/w/main/leads/{lead_ids[2]}", f"/w/main/leads/{one.id}"]
    held = await owner.get("/w/main/leads?state=held")
    assert held.links("/w/main/leads/") == [f"/w/main/leads/{lead_ids[0]}"]
    assert "Meta drops it in 90 days." in held.said
    assert "Meta drops it in 90 days." in (await owner.get(f"/w/main/leads/{lead_ids[0]}")).said


async def test_a_lead_and_an_event_are_sent_again_and_it_is_on_record(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    await dashboard.connect_facebook(owner)
    (lead_id,) = await dashboard.leads_come(1)
    trace = await owner.get(f"/w/main/leads/{lead_id}")
    assert "The CRM took it" in trace.said
    again = await owner.land(await owner.post(f"/w/main/leads/{lead_id}/replay"))
    assert "The lead is back in line." in again.said
    await dashboard.flow.settle()
    (event_id,) = dashboard.ids("SELECT event_id FROM deliveries")
    before = len(dashboard.sandbox.crm.record.attempts)
    sent = await owner.land(await owner.post(f"/w/main/deliveries/{event_id}/replay"))
    assert "The event is sent again." in sent.said
    await dashboard.flow.settle()
    (first, *_, last) = dashboard.sandbox.crm.record.attempts
    assert len(dashboard.sandbox.crm.record.attempts) == before + 1
    assert (last.event_id, last.body) == (first.event_id, first.body)
    listed = await owner.get("/w/main/leads")
    assert listed.links("/w/main/leads/") == [f"/w/main/leads/{lead_id}"]
    audit = (await owner.get("/w/main/audit")).said
    assert "lead replayed" in audit
    assert "delivery replayed" in audit
    outsider = await dashboard.visitor("otto", other="owner")
    for act in (f"/leads/{lead_id}/replay", f"/deliveries/{event_id}/replay"):
        assert (await outsider.post(f"/w/other{act}")).status == 404
        assert (await outsider.post(f"/w/main{act}")).status == 404
