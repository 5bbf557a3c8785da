"""Forms: where the answers of each go, tried on real leads before it is saved, applied to past ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from aiohttp import web

from connector.domain.audit import Actor
from connector.domain.lead import FormId, WorkspaceId
from connector.domain.mapping.forms import KnownForm, Outdated, RemapCount, RemapProgress, StoredMapping
from connector.domain.mapping.rules import FormMapping
from connector.pipelines.mapping import FormMappings, MistakenMapping
from connector.web.dashboard.addresses import root_of
from connector.web.dashboard.forms import form_of
from connector.web.dashboard.frame import see_other, show, workspace_of
from connector.web.dashboard.guard import viewer_of
from connector.web.dashboard.lead_views import instant
from connector.web.dashboard.mapping_form import errors_by_row, opt_in_rows, rule_rows, shown_raw, typed_in
from connector.web.dashboard.views import (
    ChangeLine,
    FormPage,
    FormRow,
    Forms,
    PastCount,
    PastProgress,
    PreviewRow,
    VersionRow,
)
from connector.web.dashboard.views.words import FormState
from connector.web.problems import NotFound

MAPPINGS: web.AppKey[FormMappings] = web.AppKey("mappings")

FORMS_MAX = 1000
"""More are found by nobody in a list; the API pages through all."""
VERSIONS = 10
_ID_CHARS_MAX = 64
_BY: Mapping[str, str] = {"cli": "the command line", "api": "the CRM", "system": "this connector"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """What the page shows beside the form: what was typed, what is wrong with it, what it would make of leads."""

    mapping: FormMapping
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    mistakes: tuple[str, ...] = ()
    preview: tuple[PreviewRow, ...] | None = None
    preview_count: PastCount | None = None
    status: int = 200


async def lead_forms(request: web.Request) -> web.Response:
    """Show every form, live ones first, by Page and name."""
    workspace_id = workspace_of(request)
    forms = await request.config_dict[MAPPINGS].store.forms(workspace_id, limit=FORMS_MAX)
    rows = sorted(
        (_row(form) for form in forms),
        key=lambda row: (
            row.state != "live",
            row.state,
            row.page_name.casefold(),
            row.name.casefold(),
            row.id,
        ),
    )
    return await show(
        request,
        Forms(rows=tuple(rows), is_cut=len(rows) == FORMS_MAX),
        workspace_id=workspace_id,
        section="forms",
    )


async def lead_form(request: web.Request) -> web.Response:
    """Show one form with the mapping in force; with `past=1` also what applying it to past leads would do."""
    workspace_id = workspace_of(request)
    form = await _form(request, workspace_id)
    return await _page(request, workspace_id, form, _Tried(mapping=form.mapping))


async def change_mapping(request: web.Request) -> web.Response:
    """Try what was typed on real leads, or put it in force."""
    workspace_id = workspace_of(request, "change")
    form = await _form(request, workspace_id)
    fields = await form_of(request)
    typed = typed_in(fields)
    desk = request.config_dict[MAPPINGS]
    mapping = desk.read(form, typed.raw)
    if isinstance(mapping, MistakenMapping):
        errors, others = errors_by_row(mapping.mistakes, typed)
        tried = _Tried(mapping=shown_raw(typed), errors=errors, mistakes=others, status=422)
        return await _page(request, workspace_id, form, tried)
    if fields.get("do") != "save":
        leads = await desk.preview(workspace_id, form, mapping)
        count = await desk.count(workspace_id, form.id, mapping)
        rows = tuple(
            PreviewRow(
                lead_id=one.lead_id,
                received_at=instant(one.received_at_ms),
                changes=tuple(
                    ChangeLine(name=_shown(change.name), before=change.before, after=change.after)
                    for change in one.changes
                ),
                parked=one.parked,
                is_faulty=one.is_faulty,
            )
            for one in leads
        )
        tried = _Tried(mapping=mapping, preview=rows, preview_count=_count(count))
        return await _page(request, workspace_id, form, tried)
    text = fields.get("version", "")
    based_on = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1  # noqa: PLR2004 - no form has more
    done = await desk.save(workspace_id, form.id, mapping, based_on=based_on, actor=_actor(request))
    address = _address(workspace_id, form.id)
    if isinstance(done, Outdated):
        said = f"Somebody saved version {done.version} meanwhile. Nothing of yours was saved: look, and try again."
        return see_other(request, address, said, tone="warning")
    if not done.is_new:
        return see_other(request, address, "Nothing was changed.", tone="info")
    more = f" {done.retried} parked leads go on." if done.retried else ""
    said = f"Saved as version {done.stored.version}: every lead from now on goes this way.{more}"
    return see_other(request, address, said)


async def apply_mapping(request: web.Request) -> web.Response:
    """Have past leads read again under the mapping in force."""
    workspace_id = workspace_of(request, "change")
    form = await _form(request, workspace_id)
    await form_of(request)
    progress = await request.config_dict[MAPPINGS].apply(workspace_id, form.id, actor=_actor(request))
    text = f"{progress.total} past leads are read again, a few a second; your CRM is told what changes."
    return see_other(request, _address(workspace_id, form.id), text)


async def stop_applying(request: web.Request) -> web.Response:
    """Stop that; what was changed stays."""
    workspace_id = workspace_of(request, "change")
    form = await _form(request, workspace_id)
    await form_of(request)
    stopped = await request.config_dict[MAPPINGS].stop(workspace_id, form.id, actor=_actor(request))
    text = "Stopped. What was changed already stays." if stopped else "It was over already."
    return see_other(request, _address(workspace_id, form.id), text, tone="info")


async def _page(
    request: web.Request, workspace_id: WorkspaceId, form: KnownForm, tried: _Tried
) -> web.Response:
    desk = request.config_dict[MAPPINGS]
    root = root_of(workspace_id)
    versions = await desk.store.versions(workspace_id, form.id, limit=VERSIONS)
    progress = await desk.progress(workspace_id, form.id)
    count = None
    is_under_way = progress is not None and progress.state == "waiting"
    if request.query.get("past") == "1" and tried.preview is None and not is_under_way:
        count = _count(await desk.count(workspace_id, form.id, form.mapping))
    origin = form.current.origin if form.current and form.version == 1 else None
    view = FormPage(
        id=form.id,
        name=form.name or form.id,
        page_name=form.page_name,
        state=_state(form),
        version=form.version,
        is_asked_known=form.is_asked_known,
        rules=rule_rows(form, tried.mapping, tried.errors),
        opt_ins=opt_in_rows(form, tried.mapping, tried.errors),
        splits=tried.mapping.split_full_name,
        mistakes=tried.mistakes,
        preview=tried.preview,
        preview_count=tried.preview_count,
        count=count,
        progress=_progress(progress) if progress else None,
        versions=tuple(_version(one, root) for one in versions),
        origin=origin,
        origin_href=f"{root}/forms/{quote(origin, safe='')}" if origin else None,
    )
    return await show(
        request, view, workspace_id=workspace_id, section="forms", status=tried.status, is_live=is_under_way
    )


async def _form(request: web.Request, workspace_id: WorkspaceId) -> KnownForm:
    form_id, form = request.match_info["form"], None
    if form_id.isprintable() and len(form_id) <= _ID_CHARS_MAX:
        form = await request.config_dict[MAPPINGS].store.form(workspace_id, FormId(form_id))
    if form is None:
        raise NotFound("There is no such form on a Page of this workspace.")
    return form


def _state(form: KnownForm) -> FormState:
    return "left" if not form.is_connected else "live" if form.is_live else "resting"


def _row(form: KnownForm) -> FormRow:
    current = form.current
    return FormRow(
        id=form.id,
        name=form.name or form.id,
        page_name=form.page_name,
        state=_state(form),
        questions=len(form.questions) if form.is_asked_known else None,
        version=form.version,
        rules=len(current.mapping.rules) if current else None,
        origin=current.origin if current else None,
    )


def _version(stored: StoredMapping, root: str) -> VersionRow:
    by = stored.actor_name if stored.actor_kind == "person" else _BY.get(stored.actor_kind)
    return VersionRow(
        version=stored.version,
        rules=len(stored.mapping.rules),
        saved_at=instant(stored.saved_at_ms),
        saved_by=by or "somebody who has left",
        origin=stored.origin,
        origin_href=f"{root}/forms/{quote(stored.origin, safe='')}" if stored.origin else None,
    )


def _count(count: RemapCount) -> PastCount:
    return PastCount(
        leads=count.leads,
        looked_at=count.looked_at,
        changed=count.contacts_changed,
        left_alone=count.left_alone,
        failed=count.failed,
        is_whole=count.is_whole,
    )


def _progress(progress: RemapProgress) -> PastProgress:
    return PastProgress(
        state=progress.state,
        total=progress.total,
        seen=progress.seen,
        changed=progress.changed,
        left_alone=progress.left_alone,
        failed=progress.failed,
        began_at=instant(progress.created_at_ms),
    )


def _shown(name: str) -> str:
    """Return a field's name as a person reads it."""
    head, _, key = name.partition(".")
    if key:
        return f"Opt-in {key}" if head == "opt_in" else key
    return head.replace("_", " ").capitalize()


def _address(workspace_id: WorkspaceId, form_id: FormId) -> str:
    return f"{root_of(workspace_id)}/forms/{quote(form_id, safe='')}"


def _actor(request: web.Request) -> Actor:
    return Actor(kind="person", name=viewer_of(request).person_id)
