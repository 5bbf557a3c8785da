"""Forms of the API: what each asks, its mapping, what another mapping would change, and applying it to the past."""

from aiohttp import web

from connector.domain.audit import Actor
from connector.domain.errors import BadInputError
from connector.domain.lead import FormId, WorkspaceId
from connector.domain.mapping.forms import KnownForm, Outdated
from connector.pipelines.mapping import FormMappings, MistakenMapping
from connector.web.api_calls import caller_of, json_body, number, workspace_of
from connector.web.problems import NotFound, problem
from connector.wire.form import count_value, form_value, preview_value, progress_value, version_value

LIMIT_MAX = 100
LIMIT_DEFAULT = 50
VERSIONS = 20
BODY_BYTES_MAX = 1024 * 1024
MISTAKES_MAX = 100
"""Named in one answer: a body can hold more than a hundred thousand."""
_ID_CHARS_MAX = 64

MAPPINGS: web.AppKey[FormMappings] = web.AppKey("api_mappings")


class FormsPart:
    """Adds `/forms` to the API."""

    def __init__(self, mappings: FormMappings) -> None:
        self._mappings = mappings

    def __call__(self, api: web.Application) -> None:
        """Mount the endpoints."""
        api[MAPPINGS] = self._mappings
        api.router.add_get("/forms", _list, allow_head=False)
        api.router.add_get("/forms/{id}", _show, allow_head=False)
        api.router.add_put("/forms/{id}/mapping", _put)
        api.router.add_post("/forms/{id}/mapping/apply", _apply)


async def _list(request: web.Request) -> web.Response:
    """Return the workspace's forms by id, each with the mapping in force."""
    workspace_id = await workspace_of(request)
    limit = number(request, "limit", default=LIMIT_DEFAULT, most=LIMIT_MAX, least=1)
    after = request.query.get("cursor", "")
    if not after.isprintable() or len(after) > _ID_CHARS_MAX:
        raise BadInputError("`cursor` must be the `next_cursor` of another page.")
    forms = await request.app[MAPPINGS].store.forms(workspace_id, after=after, limit=limit + 1)
    page = forms[:limit]
    cursor = page[-1].id if len(forms) > limit else None
    return web.json_response({"forms": [form_value(form) for form in page], "next_cursor": cursor})


async def _show(request: web.Request) -> web.Response:
    """Return one form, with its mapping's newest versions and the application to past leads, if there was one."""
    workspace_id = await workspace_of(request)
    form = await _form(request, workspace_id)
    mappings = request.app[MAPPINGS]
    versions = await mappings.store.versions(workspace_id, form.id, limit=VERSIONS)
    progress = await mappings.progress(workspace_id, form.id)
    body = {
        **form_value(form),
        "versions": [version_value(one) for one in versions],
        "application": progress_value(progress) if progress else None,
    }
    return web.json_response(body)


async def _put(request: web.Request) -> web.Response:
    """Put a whole mapping in force, or with `dry_run=true` only tell what it would make of real leads."""
    workspace_id = await workspace_of(request)
    caller = await caller_of(request)
    form = await _form(request, workspace_id)
    given = await json_body(request, most=BODY_BYTES_MAX)
    if not isinstance(given, dict):
        raise BadInputError("The body must be a JSON object.")
    version, raw = given.get("version"), {name: given[name] for name in given if name != "version"}
    mappings = request.app[MAPPINGS]
    mapping = mappings.read(form, raw)
    if isinstance(mapping, MistakenMapping):
        return _mistaken(mapping)
    if _flag(request, "dry_run"):
        leads = await mappings.preview(workspace_id, form, mapping)
        count = await mappings.count(workspace_id, form.id, mapping)
        return web.json_response(preview_value(leads, count))
    if type(version) is not int or version < 0:
        raise BadInputError("`version` must be the version that this mapping replaces, 0 when there is none.")
    actor = Actor(kind="api", name=caller.token_id)
    done = await mappings.save(workspace_id, form.id, mapping, based_on=version, actor=actor)
    if isinstance(done, Outdated):
        text = (
            f"Version {done.version} is in force, not {version}: read it, and send yours again on top of it."
        )
        return problem(409, "Conflict", text, version=done.version)
    return web.json_response({**version_value(done.stored), "retried_leads": done.retried})


async def _apply(request: web.Request) -> web.Response:
    """Have past leads read again under the mapping in force, or with `dry_run=true` only count."""
    workspace_id = await workspace_of(request)
    caller = await caller_of(request)
    form = await _form(request, workspace_id)
    mappings = request.app[MAPPINGS]
    if _flag(request, "dry_run"):
        return web.json_response(count_value(await mappings.count(workspace_id, form.id, form.mapping)))
    actor = Actor(kind="api", name=caller.token_id)
    progress = await mappings.apply(workspace_id, form.id, actor=actor)
    return web.json_response(progress_value(progress), status=202)


def _mistaken(mapping: MistakenMapping) -> web.Response:
    first, more = mapping.mistakes[0], len(mapping.mistakes) - 1
    said = {0: "", 1: " There is one more mistake."}.get(more, f" There are {more} more mistakes.")
    detail = f"{first.place or 'The mapping'} {first.message}{said}"
    errors = [{"pointer": f"#{one.place}", "detail": one.message} for one in mapping.mistakes[:MISTAKES_MAX]]
    return problem(422, "Unprocessable mapping", detail, errors=errors)


async def _form(request: web.Request, workspace_id: WorkspaceId) -> KnownForm:
    form_id = request.match_info["id"]
    form = None
    if form_id.isprintable() and len(form_id) <= _ID_CHARS_MAX:
        form = await request.app[MAPPINGS].store.form(workspace_id, FormId(form_id))
    if form is None:
        raise NotFound("There is no such form on a Page of this workspace.")
    return form


def _flag(request: web.Request, name: str) -> bool:
    text = request.query.get(name, "false")
    if text not in {"true", "1", "false", "0"}:
        raise BadInputError(f"`{name}` must be true or false.")
    return text in {"true", "1"}
