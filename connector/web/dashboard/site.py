"""The dashboard's addresses, page by page."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from connector.domain.return_to import return_to
from connector.web.dashboard.addresses import root_of
from connector.web.dashboard.backup_runs import cancel_run, preview_restore, restore, run
from connector.web.dashboard.backups import backups, confirm, drill_now, remove, run_now, schedule
from connector.web.dashboard.calls import calls
from connector.web.dashboard.connecting import (
    callback,
    choose_pages,
    choose_provider,
    start,
    stopped,
    take_pages,
)
from connector.web.dashboard.connections import (
    account_proof,
    check,
    connections,
    disconnect,
    preview,
    undone,
)
from connector.web.dashboard.deliveries import deliveries, replay_delivery
from connector.web.dashboard.forms import form_of
from connector.web.dashboard.frame import THEME_COOKIE, THEME_LIFE_S, THEMES
from connector.web.dashboard.guard import Guard, Trouble, redirect, viewer_of
from connector.web.dashboard.lead_forms import (
    apply_mapping,
    change_mapping,
    lead_form,
    lead_forms,
    stop_applying,
)
from connector.web.dashboard.leads import lead, leads, replay_lead
from connector.web.dashboard.live import live
from connector.web.dashboard.members import add_person, change_role, make_link, people, remove_person
from connector.web.dashboard.overview import overview
from connector.web.dashboard.proof import daily_proof, daily_proof_export
from connector.web.dashboard.reading import begin_import, reading, stop_imports
from connector.web.dashboard.records import alerts, audit, audit_export, quarantine
from connector.web.dashboard.repairs import correct, repairs, undo
from connector.web.dashboard.schedules import change_schedule, edit_schedule, make_schedule, new_schedule
from connector.web.dashboard.trial import send_test_lead, test_lead
from connector.web.problems import NotFound

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

WORKSPACE = "/w/{workspace}"

READS: dict[str, Handler] = {
    "": overview,
    "/connections": connections,
    "/connections/{connection}/disconnect": preview,
    "/connections/{connection}/proof": account_proof,
    "/connect": choose_provider,
    "/connect/stopped": stopped,
    "/connect/pages": choose_pages,
    "/leads": leads,
    "/leads/{lead}": lead,
    "/forms": lead_forms,
    "/forms/{form}": lead_form,
    "/repairs": repairs,
    "/proof": daily_proof,
    "/proof.csv": daily_proof_export,
    "/test-lead": test_lead,
    "/reading": reading,
    "/calls": calls,
    "/backups": backups,
    "/backups/new": new_schedule,
    "/backups/schedules/{schedule}": schedule,
    "/backups/schedules/{schedule}/edit": edit_schedule,
    "/backups/runs/{run}": run,
    "/deliveries": deliveries,
    "/alerts": alerts,
    "/quarantine": quarantine,
    "/audit": audit,
    "/audit.csv": audit_export,
    "/people": people,
    "/live": live,
}
WRITES: dict[str, Handler] = {
    "/connections/{connection}/check": check,
    "/connections/{connection}/disconnect": disconnect,
    "/connections/{connection}/undone": undone,
    "/connect/pages": take_pages,
    "/leads/{lead}/replay": replay_lead,
    "/leads/{lead}/corrections/{repair}/undo": undo,
    "/forms/{form}/mapping": change_mapping,
    "/forms/{form}/apply": apply_mapping,
    "/forms/{form}/stop": stop_applying,
    "/test-lead": send_test_lead,
    "/reading/import": begin_import,
    "/reading/stop": stop_imports,
    "/backups/new": make_schedule,
    "/backups/schedules/{schedule}/edit": change_schedule,
    "/backups/schedules/{schedule}/run": run_now,
    "/backups/schedules/{schedule}/drill": drill_now,
    "/backups/schedules/{schedule}/confirm": confirm,
    "/backups/schedules/{schedule}/remove": remove,
    "/backups/runs/{run}/cancel": cancel_run,
    "/backups/runs/{run}/preview": preview_restore,
    "/backups/runs/{run}/restore": restore,
    "/repairs/{event}": correct,
    "/deliveries/{event}/replay": replay_delivery,
    "/people": add_person,
    "/people/{person}/role": change_role,
    "/people/{person}/remove": remove_person,
    "/people/{person}/link": make_link,
}


SHUT_OUT = Trouble(
    status=403,
    title="Start connecting again",
    text=(
        "Nobody is signed in in this browser, so nothing was connected. Sign in first. If the command line sent you "
        "here, copy this page's address into it: it is what is asked for."
    ),
)
"""The address holds the provider's code, which opens the account to whoever has it for a moment."""


def add_pages(app: web.Application, guard: Guard) -> None:
    """Mount every page of the dashboard but the door and the account, which mount themselves."""
    router = app.router
    router.add_get("/", guard.page(home))
    router.add_post("/theme", guard.page(choose_theme, is_open=True))
    router.add_get("/connect/{provider}/start", guard.page(start), allow_head=False)
    router.add_get("/connect/{provider}/callback", guard.page(callback, shut_out=SHUT_OUT), allow_head=False)
    for path, handler in READS.items():
        router.add_get(f"{WORKSPACE}{path}", guard.page(handler))
    for path, handler in WRITES.items():
        router.add_post(f"{WORKSPACE}{path}", guard.page(handler))
    guard.add_elsewhere(app)


async def home(request: web.Request) -> web.StreamResponse:
    """Lead to the viewer's first workspace."""
    roles = viewer_of(request).roles
    if not roles:
        raise NotFound("You belong to no workspace: ask an owner of yours to add you.")
    return redirect(root_of(min(roles)))


async def choose_theme(request: web.Request) -> web.StreamResponse:
    """Keep the chosen colours in this browser."""
    form = await form_of(request)
    theme = next((one for one in THEMES if one == form.get("theme")), "system")
    response = redirect(return_to(form.get("return_to")))
    response.set_cookie(
        THEME_COOKIE,
        theme,
        max_age=THEME_LIFE_S,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=request.secure,
    )
    return response
