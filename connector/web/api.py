"""The API of the CRM backend: who calls, and the feed of events."""

import asyncio
import json

from aiohttp import web

from connector.domain.access import ApiCaller, FeedEntry
from connector.domain.errors import BadInputError, NotPermittedError
from connector.domain.lead import WorkspaceId
from connector.ports import ApiTokens, Clock, Feed, Wakeups
from connector.web.problems import NotFound, Unauthorized, problem, problems
from connector.wire.event import event_schema

PREFIX = "/api/v1"
LIMIT_MAX = 500
LIMIT_DEFAULT = 100
WAIT_MAX_S = 60
NDJSON = "application/x-ndjson"

TOKENS: web.AppKey[ApiTokens] = web.AppKey("tokens")
FEED: web.AppKey[Feed] = web.AppKey("feed")
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
WAKEUPS: web.AppKey[Wakeups] = web.AppKey("wakeups")
STOPPING: web.AppKey[asyncio.Event] = web.AppKey("stopping")


def add_api(
    app: web.Application,
    tokens: ApiTokens,
    feed: Feed,
    clock: Clock,
    wakeups: Wakeups,
    stopping: asyncio.Event,
) -> None:
    """Mount `/api/v1`: an application of its own, so that its middleware costs the webhooks nothing."""
    api = web.Application(middlewares=[problems])
    api[TOKENS] = tokens
    api[FEED] = feed
    api[CLOCK] = clock
    api[WAKEUPS] = wakeups
    api[STOPPING] = stopping
    api.router.add_get("/events", _events, allow_head=False)
    api.router.add_get("/schemas/event.json", _schema, allow_head=False)
    app.add_subapp(PREFIX, api)
    app.router.add_route("*", "/api{elsewhere:.*}", _elsewhere)


async def _elsewhere(_request: web.Request) -> web.Response:
    return problem(404, "Not found", "The API lives under /api/v1.")


async def _events(request: web.Request) -> web.Response:
    """Return what follows `after`, in the bytes that are pushed; wait for it when there is nothing yet."""
    workspace_id = await _workspace(request)
    after = _number(request, "after", default=_number(request, "cursor", default=0))
    limit = _number(request, "limit", default=LIMIT_DEFAULT, most=LIMIT_MAX, least=1)
    wait_s = _number(request, "wait", default=0, most=WAIT_MAX_S)
    entries = await _following(request, workspace_id, after, limit, wait_s)
    cursor = entries[-1].sequence if entries else after
    if NDJSON in request.headers.get("Accept", ""):
        lines = b"".join(entry.body + b"\n" for entry in entries)
        return web.Response(body=lines, content_type=NDJSON, headers={"connector-next-cursor": str(cursor)})
    return web.Response(body=_page(entries, cursor), content_type="application/json")


def _page(entries: "list[FeedEntry]", cursor: int) -> bytes:
    """Return the page with every event spliced in as stored: parsing and writing again could change bytes."""
    bodies = b",".join(entry.body for entry in entries)
    return b'{"events":[' + bodies + b'],"next_cursor":' + json.dumps(str(cursor)).encode() + b"}"


async def _following(
    request: web.Request, workspace_id: WorkspaceId, after: int, limit: int, wait_s: float
) -> list[FeedEntry]:
    app = request.app
    until = app[CLOCK].monotonic() + wait_s
    with app[WAKEUPS].listen("feed") as news:
        while True:
            news.clear()
            entries = list(await app[FEED].after(workspace_id, after, limit=limit))
            left_s = until - app[CLOCK].monotonic()
            if entries or left_s <= 0 or app[STOPPING].is_set():
                return entries
            await app[CLOCK].wait(news, min(left_s, 1.0))  # a second: another machine's news may be missed


async def _schema(_request: web.Request) -> web.Response:
    """Return the JSON Schema of every event; it is public."""
    return web.json_response(event_schema())


async def _caller(request: web.Request) -> ApiCaller:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    caller = await request.app[TOKENS].find(token.strip()) if scheme.lower() == "bearer" else None
    if caller is None:
        raise Unauthorized("Send `Authorization: Bearer <token>`; make one with `connector token create`.")
    return caller


async def _workspace(request: web.Request) -> WorkspaceId:
    """Return which workspace the call is about: the token's own, or the one named when it belongs to all."""
    caller = await _caller(request)
    named = request.query.get("workspace")
    if caller.workspace_id is not None:
        if named not in (None, caller.workspace_id):
            raise NotPermittedError("This token belongs to another workspace.")
        return caller.workspace_id
    if named is None:
        raise BadInputError("This token belongs to all workspaces: say which with `?workspace=`.")
    workspace_id = WorkspaceId(named)
    if not named.isprintable() or not await request.app[FEED].exists(workspace_id):  # no database takes NUL
        raise NotFound("There is no such workspace.")
    return workspace_id


def _number(request: web.Request, name: str, *, default: int, least: int = 0, most: int = 2**62) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20):  # noqa: PLR2004 - digits of 2**63
        raise BadInputError(f"`{name}` must be a whole number.")
    return max(least, min(int(text), most))
