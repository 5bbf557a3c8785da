"""The proof's page and its CSV in the whole daemon, and one lead's life as the command tells it."""

import json

from support.dashboard_site import DashboardSite

from connector.cli.lead_trace import _lines
from connector.domain.lead import WorkspaceId
from connector.web.dashboard.lead_views import lead_trace
from state.leads.readings import SqlReadings


async def test_the_night_after_it_is_on_the_page_and_in_the_csv(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    forms = dashboard.forms_of_pages()
    await dashboard.connect_facebook(owner)
    assert "Nothing proved yet" in (await owner.get("/w/main/proof")).said
    lead_ids = await dashboard.leads_come(4)
    known = "SELECT form_id FROM page_forms"
    await dashboard.flow.pass_by(
        120.0, step_s=1.0, until=lambda: {one.id for one in forms} <= set(dashboard.ids(known))
    )
    gone = dashboard.sandbox.world.add_lead(forms[0], answers={"email": "gone@example.com"})
    await dashboard.clock.advance(86_400.0 + 3_700.0)
    await dashboard.flow.pass_by(
        7_300.0, step_s=600.0, until=lambda: dashboard.ids("SELECT day FROM proof_days") != []
    )
    owner = await dashboard.visitor()  # the night ended the first session
    page = await owner.get("/w/main/proof")
    assert "Facebook has" in page.said
    exported = await owner.get("/w/main/proof.csv")
    assert exported.headers["Content-Type"] == "text/csv; charset=utf-8"
    header, *lines = exported.text.splitlines()
    assert header.startswith("day,page_id,form_id,at_meta,pushed,pulled,delivered")
    assert sum(int(line.split(",")[3]) for line in lines) == len(lead_ids) + 1
    told = {line.split(",")[2]: line for line in lines}
    assert told.keys() <= {one.id for one in forms}
    # the one that no webhook told of: missing, or found meanwhile and healed
    assert gone in page.text


async def test_the_command_tells_a_lead_as_the_page_does(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    dashboard.forms_of_pages()
    await dashboard.connect_facebook(owner)
    (lead_id,) = await dashboard.leads_come(1)
    readings = SqlReadings(dashboard.inside.daemon.rooms.engine)
    life = await readings.life(WorkspaceId("main"), lead_id)
    assert life is not None
    text = "\n".join(_lines("main", lead_trace(life, may_replay=False)))
    page = (await owner.get(f"/w/main/leads/{lead_id}")).said
    for said in ("Facebook told us of the lead", "Read from Facebook", "The CRM took it", "Status: 200"):
        assert said in text
    assert "The CRM took it" in page
    assert life["crm_id"] in text
    assert json.dumps(life["corrections"]) == "[]"
