"""One run: its stages, progress and files; canceled here; restored from, after a preview of what that would do."""

from collections.abc import Sequence

from aiohttp import web

from connector.domain.backup.links import folder_link
from connector.domain.backup.restoring import RestoreMode, RestoreView
from connector.domain.backup.runs import OPEN_STATES, RunId
from connector.domain.backup.schedule import ScheduleId
from connector.domain.backup.standing import LIVING
from connector.domain.backup.views import RunView
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.pipelines.backup.spool import size_said
from connector.web.dashboard.backup_views import file_row, restore_card, run_row, wait_said
from connector.web.dashboard.backups import RESTORES, RUNS, actor_of, names_of, run_href
from connector.web.dashboard.forms import form_of
from connector.web.dashboard.frame import CLOCK, see_other, show, workspace_of
from connector.web.dashboard.lead_views import at
from connector.web.dashboard.views import RunPage, RunStage
from connector.web.problems import NotFound

RESTORES_LOOKED_AT = 200
SHOWN = 10
AGAIN = "Mend what it names, then back up again. Older backups are untouched."


async def run(request: web.Request) -> web.Response:
    """Show a run with what it wrote and what was restored from it."""
    workspace_id = workspace_of(request)
    found = await _run(request, workspace_id)
    app, names = request.config_dict, await names_of(request, workspace_id)
    files = await app[RUNS].files(found.id)
    restores = await _restores(request, found)
    preview = next((one for one in restores if one.mode == "preview"), None)
    is_open = found.state in OPEN_STATES
    view = RunPage(
        run=run_row(found, names, now=app[CLOCK].now()),
        schedule_id=found.schedule_id,
        account_email=found.account_email,
        stages=_stages(found, len(files)),
        next_step=AGAIN if found.state == "failed" else await _waits_for(request, found) if is_open else None,
        waits_until=at(found.due_at_ms) if is_open and found.hold else None,
        notices=tuple(found.notices),
        folder_href=folder_link(found.folder_id) if found.folder_id else None,
        base_run_id=found.base_run_id,
        calls_sha256=found.calls_sha256,
        files=tuple(file_row(one) for one in files),
        preview=restore_card(preview, names) if preview else None,
        restores=tuple(restore_card(one, names) for one in restores if one.mode == "apply")[:SHOWN],
        may_restore=found.state == "good" and found.trashed_at_ms is None,
        is_open=is_open,
    )
    return await show(request, view, workspace_id=workspace_id, section="backups", is_live=True)


async def cancel_run(request: web.Request) -> web.Response:
    """Ask an open run to end."""
    workspace_id = workspace_of(request, "change")
    await form_of(request)
    found = await _run(request, workspace_id)
    is_done = await request.config_dict[RUNS].cancel(workspace_id, found.id, by=actor_of(request))
    said = "It ends in a moment; what it sent so far is taken away." if is_done else "It was over already."
    return see_other(request, run_href(workspace_id, found.id), said, tone="info")


async def preview_restore(request: web.Request) -> web.Response:
    """Have the backup fetched and counted what a restore would do; nothing changes."""
    return await _asked(request, "preview", "The backup is fetched and compared; the counts appear here.")


async def restore(request: web.Request) -> web.Response:
    """Restore into the workspace's calls. Raises BadInputError before anybody has seen what that would do."""
    workspace_id = workspace_of(request, "change")
    found = await _run(request, workspace_id)
    seen = [one for one in await _restores(request, found) if one.mode == "preview" and one.state == "done"]
    if not seen:
        raise BadInputError("Preview first: then you see what a restore adds, changes and keeps.")
    return await _asked(request, "apply", "The restore has begun. Twice makes no difference.")


async def _asked(request: web.Request, mode: RestoreMode, said: str) -> web.Response:
    workspace_id = workspace_of(request, "change")
    await form_of(request)
    found = await _run(request, workspace_id)
    address = f"{run_href(workspace_id, found.id)}#restore"
    if any(one.mode == mode and one.state == "waiting" for one in await _restores(request, found)):
        return see_other(request, address, "It is under way already.", tone="info")
    await request.config_dict[RESTORES].ask(workspace_id, found.id, mode, by=actor_of(request))
    return see_other(request, address, said)


async def _waits_for(request: web.Request, found: RunView) -> str | None:
    """Say what an open run waits for; while its account is lost nobody claims it."""
    if found.hold is not None:
        return wait_said(found.hold)
    views = await request.config_dict[RUNS].schedules(schedule_id=ScheduleId(found.schedule_id))
    is_lost = any(one.account_state not in LIVING for one in views)
    return f"Its Google account is lost. {wait_said('account')}" if is_lost else None


async def _run(request: web.Request, workspace_id: WorkspaceId) -> RunView:
    run_id = request.match_info["run"]
    found = await request.config_dict[RUNS].run(RunId(run_id)) if run_id.isprintable() else None
    if found is None or found.workspace_id != workspace_id:
        raise NotFound("There is no such run.")
    return found


async def _restores(request: web.Request, found: RunView) -> Sequence[RestoreView]:
    """Return what was restored from a run, the newest first."""
    rows = await request.config_dict[RESTORES].restores(
        WorkspaceId(found.workspace_id), limit=RESTORES_LOOKED_AT
    )
    return [one for one in rows if one.run_id == found.id]


def _stages(found: RunView, files: int) -> tuple[RunStage, ...]:
    """Return the way of a run: in line, written, sent, compared; where it ended when it did."""
    order = ("waiting", "spooling", "uploading", "good")
    texts = (
        "Begun by the clock" if found.origin == "schedule" else "Begun by hand",
        f"{found.rows_written:,} calls into {files} files" if files else f"{found.rows_written:,} calls",
        f"{size_said(found.bytes_sent)} of {size_said(found.bytes_total)}",
        "Each file's checksum in the Drive is ours",
    )
    labels = ("In line", "Written", "Sent to the Drive", "Compared")
    is_over = found.state in {"failed", "canceled"}
    reached = (
        order.index(found.state) if not is_over else 2 if found.bytes_sent else 1 if found.made_at_ms else 0
    )
    return tuple(
        RunStage(
            label=label,
            text=text if place <= reached else "",
            place=_place(place, reached, is_over=is_over, is_good=found.state == "good"),
        )
        for place, (label, text) in enumerate(zip(labels, texts, strict=True))
    )


def _place(place: int, reached: int, *, is_over: bool, is_good: bool) -> str:
    if place < reached or is_good:
        return "done"
    if place > reached:
        return "ahead"
    return "failed" if is_over else "now"
