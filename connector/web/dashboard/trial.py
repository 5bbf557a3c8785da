"""The page that sends a test lead and ticks its hops."""

import json

from aiohttp import web

from connector.domain.audit import Actor
from connector.domain.lead import FormId
from connector.domain.trial import Trial, hops
from connector.ports.trials import Trials
from connector.web.dashboard.addresses import root_of
from connector.web.dashboard.forms import form_of
from connector.web.dashboard.frame import see_other, show, workspace_of
from connector.web.dashboard.guard import viewer_of
from connector.web.dashboard.lead_views import at, contact_facts, instant
from connector.web.dashboard.views import Option, TestLead, TrialHop, TrialRun

TRIALS: web.AppKey[Trials] = web.AppKey("trials")


async def test_lead(request: web.Request) -> web.Response:
    """Show the last test and the forms that another can go through."""
    workspace_id = workspace_of(request)
    trials = request.config_dict[TRIALS]
    choices = await trials.choices(workspace_id)
    latest = await trials.latest(workspace_id, limit=1)
    chosen = latest[0].form_id if latest else None
    view = TestLead(
        forms=tuple(
            Option(
                value=one["form_id"],
                label=f"{one['form_name'] or one['form_id']} ({one['page_name']})",
                is_chosen=one["form_id"] == chosen,
            )
            for one in choices
        ),
        run=_run(latest[0]) if latest else None,
    )
    return await show(request, view, workspace_id=workspace_id, section="test-lead", is_live=True)


async def send_test_lead(request: web.Request) -> web.Response:
    """Put a test in line. Raises BadInputError: the page that says so."""
    workspace_id = workspace_of(request, "replay")
    form = await form_of(request)
    given = form.get("form", "")
    form_id = FormId(given) if given and given.isprintable() else None
    actor = Actor(kind="person", name=viewer_of(request).person_id)
    await request.config_dict[TRIALS].ask(workspace_id, form_id, actor=actor)
    return see_other(request, f"{root_of(workspace_id)}/test-lead", "The test lead is on its way.")


def _run(run: Trial) -> TrialRun:
    return TrialRun(
        form_name=run.form_name or run.form_id,
        page_name=run.page_name or f"Page {run.page_id}",
        asked_at=instant(run.asked_at_ms),
        is_running=run.finished_at_ms is None,
        is_good=run.state == "done",
        hops=tuple(
            TrialHop(
                title=hop.title,
                state=hop.state,
                at=at(hop.at_ms),
                after_s=max(hop.at_ms - run.asked_at_ms, 0) / 1000 if hop.at_ms is not None else None,
                text=hop.text,
            )
            for hop in hops(run)
        ),
        contact=contact_facts(json.loads(run.contact)) if run.contact else (),
    )
