"""The editor of schedules: its next five times are shown before it is saved; a key that is made is shown once."""

import asyncio
from collections.abc import Mapping

from aiohttp import web

from connector.domain.backup.editing import Mistake, MistakenError
from connector.domain.backup.naming import WORDS
from connector.domain.backup.schedule import Schedule
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.web.dashboard.backup_views import moments
from connector.web.dashboard.backups import DESK, actor_of, schedule_href, schedule_of
from connector.web.dashboard.calls import zone_names
from connector.web.dashboard.forms import form_of
from connector.web.dashboard.frame import CLOCK, see_other, show, workspace_of
from connector.web.dashboard.schedule_form import Typed, cron_of, errors_by_field, fields_of, typed_in
from connector.web.dashboard.views import KeySheet, Option, ScheduleEditor, ScheduleFields

NEW_KEYS = frozenset({"key", "phrase"})
"""Ways of sealing that make a key when the schedule is saved."""


async def new_schedule(request: web.Request) -> web.Response:
    """Show an editor with what a new schedule begins with."""
    workspace_id = workspace_of(request, "change")
    draft = await request.config_dict[DESK].fresh(workspace_id)
    return await _page(request, workspace_id, None, fields_of(draft))


async def edit_schedule(request: web.Request) -> web.Response:
    """Show the editor of a schedule."""
    workspace_id = workspace_of(request, "change")
    known = (await schedule_of(request, workspace_id)).schedule
    return await _page(request, workspace_id, known, fields_of(known))


async def make_schedule(request: web.Request) -> web.Response:
    """Show the next times of what was typed, or make a schedule of it."""
    return await _sent(request, workspace_of(request, "change"), None)


async def change_schedule(request: web.Request) -> web.Response:
    """Show the next times of what was typed, or change the schedule."""
    workspace_id = workspace_of(request, "change")
    return await _sent(request, workspace_id, (await schedule_of(request, workspace_id)).schedule)


async def _sent(request: web.Request, workspace_id: WorkspaceId, known: Schedule | None) -> web.Response:
    sent = await form_of(request)
    typed, desk = typed_in(sent), request.config_dict[DESK]
    try:
        draft = await _draft(request, workspace_id, known, typed)
        if sent.get("do") != "save":
            return await _page(request, workspace_id, known, typed.fields, is_preview=True)
        sheet = None
        if typed.fields.sealing in NEW_KEYS:
            phrase = _phrase(sent) if typed.fields.sealing == "phrase" else None
            draft, sheet = await asyncio.to_thread(desk.sealed, draft, phrase=phrase)
        await desk.save(draft, by=actor_of(request))
    except MistakenError as error:
        errors = errors_by_field(error.mistakes, typed.errors, typed.fields)
        return await _page(request, workspace_id, known, typed.fields, errors=errors)
    except BadInputError as error:
        place = "phrase" if typed.fields.sealing == "phrase" else "name"
        return await _page(request, workspace_id, known, typed.fields, errors={place: (str(error),)})
    if sheet is not None:
        view = KeySheet(
            schedule_id=draft.id,
            schedule_name=draft.name,
            sheet=sheet,
            has_phrase=draft.sealing.locked_identity is not None,
        )
        return await show(request, view, workspace_id=workspace_id, section="backups")
    said = "The schedule is changed." if known else "The schedule is made. Back up now to see it work."
    return see_other(request, schedule_href(workspace_id, draft.id), said)


async def _draft(
    request: web.Request, workspace_id: WorkspaceId, known: Schedule | None, typed: Typed
) -> Schedule:
    """Return what would be saved. Raises MistakenError with everything that is wrong."""
    desk = request.config_dict[DESK]
    mistakes = [
        Mistake(place="/name", message="Another schedule has this name.")
        for one in await desk.all(workspace_id)
        if one.schedule.name == typed.fields.name and (known is None or one.schedule.id != known.id)
    ]
    try:
        draft = await desk.draft(workspace_id, typed.given, known)
    except MistakenError as error:
        raise MistakenError([*mistakes, *error.mistakes]) from None
    if mistakes or typed.errors:
        raise MistakenError(
            mistakes or [Mistake(place=f"/{name}", message=said) for name, said in typed.errors.items()]
        )
    return draft


def _phrase(sent: Mapping[str, str]) -> str:
    """Return the pass phrase that was typed twice. Raises BadInputError."""
    if sent.get("phrase", "") != sent.get("phrase_again", ""):
        raise BadInputError("The pass phrase was typed in two ways: type it again, twice.")
    return sent.get("phrase", "")


async def _page(
    request: web.Request,
    workspace_id: WorkspaceId,
    known: Schedule | None,
    fields: ScheduleFields,
    *,
    errors: Mapping[str, tuple[str, ...]] | None = None,
    is_preview: bool = False,
) -> web.Response:
    app = request.config_dict
    accounts = await app[DESK].accounts(workspace_id)
    try:
        cron = cron_of(fields)
    except BadInputError:
        cron = ""
    view = ScheduleEditor(
        id=known.id if known else None,
        fields=fields,
        errors=errors or {},
        coming=moments(cron, fields.zone, app[CLOCK].now()),
        is_preview=is_preview,
        accounts=tuple(
            Option(
                value=one.connection_id,
                label=one.email or one.connection_id,
                is_chosen=one.connection_id == fields.account,
            )
            for one in accounts
            if one.is_connected or one.connection_id == fields.account
        ),
        zones=zone_names(),
        sealed_for=tuple(known.sealing.recipients) if known else (),
        name_words=tuple(WORDS.items()),
    )
    status = 422 if errors else 200
    return await show(request, view, workspace_id=workspace_id, section="backups", status=status)
