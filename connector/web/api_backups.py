"""Backups of the API: schedules read and replaced as a whole, runs asked for, followed and listed."""

from collections.abc import Sequence

from aiohttp import web

from connector.domain.audit import Actor
from connector.domain.backup.editing import Mistake, MistakenError, schedules_version
from connector.domain.backup.runs import RunId
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.pipelines.backup.desk import Outdated, ScheduleDesk
from connector.ports import Clock
from connector.ports.backing_up import BackupRuns
from connector.web.api_calls import caller_of, json_body, number, workspace_of
from connector.web.problems import NotFound, problem
from connector.wire.backup import run_value, schedule_value

LIMIT_MAX = 200
LIMIT_DEFAULT = 50
BODY_BYTES_MAX = 1024 * 1024
RUNS = "/backups/runs"

DESK: web.AppKey[ScheduleDesk] = web.AppKey("api_backup_desk")
BACKUP_RUNS: web.AppKey[BackupRuns] = web.AppKey("api_backup_runs")
BACKUP_CLOCK: web.AppKey[Clock] = web.AppKey("api_backup_clock")


class BackupsPart:
    """Adds `/backups` to the API."""

    def __init__(self, desk: ScheduleDesk, runs: BackupRuns, clock: Clock) -> None:
        self._desk = desk
        self._runs = runs
        self._clock = clock

    def __call__(self, api: web.Application) -> None:
        """Mount the endpoints."""
        api[DESK] = self._desk
        api[BACKUP_RUNS] = self._runs
        api[BACKUP_CLOCK] = self._clock
        api.router.add_get("/backups/schedules", _schedules, allow_head=False)
        api.router.add_put("/backups/schedules", _replace)
        api.router.add_get(RUNS, _runs, allow_head=False)
        api.router.add_post(RUNS, _run_now)
        api.router.add_get(f"{RUNS}/{{id}}", _run, allow_head=False)


async def _schedules(request: web.Request) -> web.Response:
    """Return the workspace's schedules, the oldest first, with how they stand, and their version."""
    return await _shown(request, await workspace_of(request))


async def _shown(request: web.Request, workspace_id: WorkspaceId) -> web.Response:
    views = await request.app[DESK].all(workspace_id)
    now = request.app[BACKUP_CLOCK].now()
    body = {
        "version": schedules_version(one.schedule for one in views),
        "schedules": [schedule_value(one, now) for one in views],
    }
    return web.json_response(body)


async def _replace(request: web.Request) -> web.Response:
    """Make exactly these the workspace's schedules, on top of the version that the caller has read."""
    workspace_id = await workspace_of(request)
    caller = await caller_of(request)
    given = await json_body(request, most=BODY_BYTES_MAX)
    version = given.get("version") if isinstance(given, dict) else None
    schedules = given.get("schedules") if isinstance(given, dict) else None
    if not isinstance(schedules, list) or not all(isinstance(one, dict) for one in schedules):
        return _mistaken([Mistake(place="/schedules", message="It must be a list of schedules.")])
    if version is not None and not isinstance(version, str):
        return _mistaken([Mistake(place="/version", message="It must be the `version` that was read.")])
    actor = Actor(kind="api", name=caller.token_id)
    try:
        done = await request.app[DESK].replace(workspace_id, schedules, based_on=version, by=actor)
    except MistakenError as error:
        return _mistaken(error.mistakes)
    if isinstance(done, Outdated):
        text = f"Version {done.version} is in force: read the schedules, and send yours again on top of it."
        return problem(409, "Conflict", text, version=done.version)
    return await _shown(request, workspace_id)


async def _run_now(request: web.Request) -> web.Response:
    """Begin a run of a schedule, or return the one that is open."""
    workspace_id = await workspace_of(request)
    caller = await caller_of(request)
    given = await json_body(request)
    name = given.get("schedule") if isinstance(given, dict) and set(given) == {"schedule"} else None
    if not isinstance(name, str):
        message = 'Say which: {"schedule": "its id or name"}.'
        return _mistaken([Mistake(place="/schedule", message=message)])
    try:
        schedule = (await request.app[DESK].find(workspace_id, name)).schedule
    except BadInputError as error:
        return _mistaken([Mistake(place="/schedule", message=str(error))])
    runs = request.app[BACKUP_RUNS]
    run_id = await runs.ask(workspace_id, schedule.id, by=Actor(kind="api", name=caller.token_id))
    run = await runs.run(run_id)
    if run is None:
        raise NotFound("There is no such run.")
    where = str(request.rel_url.with_query(None) / run_id)
    return web.json_response(run_value(run), status=202, headers={"Location": where})


async def _runs(request: web.Request) -> web.Response:
    """Return runs, the newest first, of all schedules or of one."""
    workspace_id = await workspace_of(request)
    limit = number(request, "limit", default=LIMIT_DEFAULT, most=LIMIT_MAX, least=1)
    before = _cursor(request.query.get("cursor"))
    name = request.query.get("schedule")
    schedule_id = (await request.app[DESK].find(workspace_id, name)).schedule.id if name else None
    found = await request.app[BACKUP_RUNS].runs(
        workspace_id, schedule_id=schedule_id, limit=limit + 1, before=before
    )
    page = found[:limit]
    cursor = f"{page[-1].created_at_ms}-{page[-1].id}" if len(found) > limit else None
    return web.json_response({"runs": [run_value(one) for one in page], "next_cursor": cursor})


async def _run(request: web.Request) -> web.Response:
    """Return one run, with how far it is and its files."""
    workspace_id = await workspace_of(request)
    run_id, runs = request.match_info["id"], request.app[BACKUP_RUNS]
    run = await runs.run(RunId(run_id)) if run_id.isalnum() and run_id.isascii() else None
    if run is None or run.workspace_id != workspace_id:
        raise NotFound("There is no such run.")
    return web.json_response(run_value(run, await runs.files(run.id)))


def _cursor(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    at_ms, _, run_id = text.partition("-")
    if not (at_ms.isascii() and at_ms.isdigit() and len(at_ms) < 16 and run_id.isalnum() and text.isascii()):  # noqa: PLR2004 - ms
        raise BadInputError("`cursor` must be the `next_cursor` of another page.")
    return int(at_ms), run_id


def _mistaken(mistakes: Sequence[Mistake]) -> web.Response:
    first, more = mistakes[0], len(mistakes) - 1
    detail = f"{first.place} {first.message}" + (f" There are {more} more mistakes." if more else "")
    errors = [{"pointer": f"#{one.place}", "detail": one.message} for one in mistakes]
    return problem(422, "Unprocessable backups", detail, errors=errors)
