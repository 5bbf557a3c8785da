"""Backups: every schedule with how it stands, its own page, and what is done there at once."""

from collections.abc import Sequence
from urllib.parse import quote

from aiohttp import web

from connector.domain.audit import Actor
from connector.domain.backup.retention import RetentionPlan
from connector.domain.backup.schedule import Schedule
from connector.domain.backup.views import RunView, ScheduleView
from connector.domain.lead import WorkspaceId
from connector.pipelines.backup.desk import ScheduleDesk
from connector.ports.backing_up import BackupDrills, BackupRestores, BackupRuns
from connector.web.dashboard.addresses import root_of
from connector.web.dashboard.backup_views import (
    Names,
    coming,
    drill_row,
    format_said,
    kind_said,
    run_row,
    schedule_card,
)
from connector.web.dashboard.forms import form_of
from connector.web.dashboard.frame import CLOCK, PAGE_ROWS, paging, see_other, show, workspace_of
from connector.web.dashboard.guard import viewer_of
from connector.web.dashboard.lead_views import at
from connector.web.dashboard.members import PERSONS
from connector.web.dashboard.views import Backups, ScheduleCard, ScheduleFact, SchedulePage
from connector.web.problems import NotFound

DESK: web.AppKey[ScheduleDesk] = web.AppKey("backup_desk")
RUNS: web.AppKey[BackupRuns] = web.AppKey("backup_runs")
DRILLS: web.AppKey[BackupDrills] = web.AppKey("backup_drills")
RESTORES: web.AppKey[BackupRestores] = web.AppKey("backup_restores")

OF_SCHEDULE = 10
"""Runs and drills that a schedule's own page shows."""


async def backups(request: web.Request) -> web.Response:
    """Show the schedules as cards, and every run, the newest first."""
    workspace_id = workspace_of(request)
    app, names = request.config_dict, await names_of(request, workspace_id)
    now = app[CLOCK].now()
    runs = await app[RUNS].runs(workspace_id, limit=PAGE_ROWS, before=_before(request))
    accounts = await app[DESK].accounts(workspace_id)
    last = f"{runs[-1].created_at_ms}-{runs[-1].id}" if runs else None
    view = Backups(
        cards=await cards_of(request, workspace_id, names),
        runs=tuple(run_row(run, names, now=now) for run in runs),
        paging=paging(request, runs, last),
        connect_href=None
        if any(one.is_connected for one in accounts)
        else f"{root_of(workspace_id)}/connect",
    )
    is_live = "before" not in request.query
    return await show(request, view, workspace_id=workspace_id, section="backups", is_live=is_live)


async def schedule(request: web.Request) -> web.Response:
    """Show one schedule: how it stands, its next times, what waits for a word, its drills and runs."""
    workspace_id = workspace_of(request)
    found = await schedule_of(request, workspace_id)
    app, names = request.config_dict, await names_of(request, workspace_id)
    now, plan = app[CLOCK].now(), await app[DESK].retention(found.schedule)
    runs = await app[RUNS].runs(workspace_id, schedule_id=found.schedule.id, limit=OF_SCHEDULE)
    drills = await app[DRILLS].drills(found.schedule.id, limit=OF_SCHEDULE)
    view = SchedulePage(
        card=await _card(request, found, names, plan),
        facts=_facts(found.schedule),
        coming=coming(found.schedule, now) if found.schedule.is_on else (),
        asks=tuple([run_row(run, names, now=now) for run in await _asked(request, plan)]),
        drills=tuple(drill_row(drill, names) for drill in drills),
        next_drill_at=at(found.drill_due_at_ms),
        runs=tuple(run_row(run, names, now=now) for run in runs),
    )
    return await show(request, view, workspace_id=workspace_id, section="backups", is_live=True)


async def run_now(request: web.Request) -> web.Response:
    """Begin a run; the open one, where there is one, is shown instead."""
    workspace_id = workspace_of(request, "change")
    await form_of(request)
    found = await schedule_of(request, workspace_id)
    run_id = await request.config_dict[RUNS].ask(workspace_id, found.schedule.id, by=actor_of(request))
    said = "A run was under way already." if found.open_run else "The backup has begun."
    return see_other(request, run_href(workspace_id, run_id), said, tone="info" if found.open_run else "good")


async def drill_now(request: web.Request) -> web.Response:
    """Ask for a drill of the newest good backup."""
    workspace_id = workspace_of(request, "change")
    await form_of(request)
    found = await schedule_of(request, workspace_id)
    await request.config_dict[DRILLS].ask(workspace_id, found.schedule.id, by=actor_of(request))
    said = "The drill has begun: the newest backup is fetched, restored into a scratch store and compared."
    return see_other(request, schedule_href(workspace_id, found.schedule.id), said)


async def remove(request: web.Request) -> web.Response:
    """Remove a schedule; its backups stay in the Drive."""
    workspace_id = workspace_of(request, "change")
    await form_of(request)
    found = await schedule_of(request, workspace_id)
    await request.config_dict[DESK].remove(workspace_id, found.schedule.id, by=actor_of(request))
    said = "The schedule is removed. Its backups stay in the Drive."
    return see_other(request, f"{root_of(workspace_id)}/backups", said)


async def confirm(request: web.Request) -> web.Response:
    """Allow the deletions that were shown, and no others that came meanwhile."""
    workspace_id = workspace_of(request, "change")
    seen = set((await form_of(request)).get("runs", "").split())
    found = await schedule_of(request, workspace_id)
    plan = await request.config_dict[DESK].retention(found.schedule)
    address = schedule_href(workspace_id, found.schedule.id)
    if not seen or not seen.issuperset(plan.asks):
        said = "What waits has changed meanwhile: look again. Nothing was allowed."
        return see_other(request, address, said, tone="warning")
    count = await request.config_dict[RUNS].confirm(
        workspace_id, found.schedule.id, list(plan.over), by=actor_of(request)
    )
    said = "1 backup goes" if count == 1 else f"{count} backups go"
    return see_other(request, address, f"{said} to the Drive's bin with the next run.")


async def cards_of(request: web.Request, workspace_id: WorkspaceId, names: Names) -> tuple[ScheduleCard, ...]:
    """Return every schedule of a workspace as a card."""
    app = request.config_dict
    found = await app[DESK].all(workspace_id)
    return tuple([await _card(request, one, names, await app[DESK].retention(one.schedule)) for one in found])


async def _card(request: web.Request, found: ScheduleView, names: Names, plan: RetentionPlan) -> ScheduleCard:
    app, schedule_id, workspace_id = request.config_dict, found.schedule.id, found.schedule.workspace_id
    newest = await app[RUNS].runs(workspace_id, schedule_id=schedule_id, limit=1)
    drills = await app[DRILLS].drills(schedule_id, limit=1)
    files = await app[RUNS].files(found.last_good.id) if found.last_good else ()
    return schedule_card(
        found,
        newest[0] if newest else None,
        names,
        now=app[CLOCK].now(),
        files=len(files),
        deletions=len(plan.asks),
        drilling=bool(drills) and drills[0].state == "waiting",
        may_change=viewer_of(request).may(workspace_id, "change"),
    )


async def _asked(request: web.Request, plan: RetentionPlan) -> Sequence[RunView]:
    found = [await request.config_dict[RUNS].run(run_id) for run_id in plan.asks]
    return [run for run in found if run is not None]


async def schedule_of(request: web.Request, workspace_id: WorkspaceId) -> ScheduleView:
    """Return the schedule of the address. Raises NotFound."""
    schedule_id = request.match_info["schedule"]
    for found in await request.config_dict[DESK].all(workspace_id):
        if found.schedule.id == schedule_id:
            return found
    raise NotFound("There is no such schedule: it was removed.")


async def names_of(request: web.Request, workspace_id: WorkspaceId) -> Names:
    """Return people's names by their ids."""
    members = await request.config_dict[PERSONS].members(workspace_id)
    return {one.person_id: one.name or one.email for one in members}


def actor_of(request: web.Request) -> Actor:
    """Return who acts."""
    return Actor(kind="person", name=viewer_of(request).person_id)


def schedule_href(workspace_id: WorkspaceId, schedule_id: str) -> str:
    """Return the address of a schedule's page."""
    return f"{root_of(workspace_id)}/backups/schedules/{quote(schedule_id, safe='')}"


def run_href(workspace_id: WorkspaceId, run_id: str) -> str:
    """Return the address of a run's page."""
    return f"{root_of(workspace_id)}/backups/runs/{quote(run_id, safe='')}"


def _before(request: web.Request) -> tuple[int, str] | None:
    """Return the cursor of the address; none, or nonsense, is the newest page."""
    at_ms, _, run_id = request.query.get("before", "").partition("-")
    is_cursor = at_ms.isascii() and at_ms.isdigit() and len(at_ms) < 16 and run_id.isprintable()  # noqa: PLR2004 - ms
    return (int(at_ms), run_id) if is_cursor else None


def _facts(schedule_: Schedule) -> tuple[ScheduleFact, ...]:
    kept = schedule_.retention
    generations = (
        (kept.daily, "days"),
        (kept.weekly, "weeks"),
        (kept.monthly, "months"),
        (kept.yearly, "years"),
    )
    counts = ", ".join(f"{count} {name}" for count, name in generations if count)
    keeps = f"The newest of each of {counts}; " if counts else ""
    sealed = ", ".join(schedule_.sealing.recipients)
    return (
        ScheduleFact(name="Holds", value=kind_said(schedule_.kind)),
        ScheduleFact(name="Formats", value=", ".join(format_said(one) for one in schedule_.formats)),
        ScheduleFact(name="Files", value=schedule_.file_name),
        ScheduleFact(name="Folder", value=schedule_.folder or "Our own"),
        ScheduleFact(
            name="Keeps",
            value=f"{keeps}never fewer than {kept.min_count}, none younger than {kept.min_age_days} days.",
        ),
        ScheduleFact(name="Sealed for", value=sealed or "Nobody: whoever sees the Drive can read them."),
        ScheduleFact(
            name="Drill",
            value=f"Every {schedule_.drill_days} days" if schedule_.drill_days else "Only when asked for",
        ),
    )
