"""The API of the CRM backend: who calls, the feed of events, and links into the dashboard."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from aiohttp import web

from connector import __version__
from connector.domain.access import FeedEntry
from connector.domain.audit import Actor
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.domain.people import ROLES, Role, display_name
from connector.domain.return_to import return_to
from connector.domain.times import rfc3339
from connector.pipelines.invite import Invite
from connector.ports import ApiTokens, Clock, Feed, Wakeups
from connector.web.api_calls import FEED, TOKENS, caller_of, json_object, number, workspace_of
from connector.web.problems import problem, problems
from connector.wire.event import event_schema
from connector.wire.openapi import openapi

PREFIX = "/api/v1"
LIMIT_MAX = 500
LIMIT_DEFAULT = 100
WAIT_MAX_S = 60
NDJSON = "application/x-ndjson"

CLOCK: web.AppKey[Clock] = web.AppKey("clock")
WAKEUPS: web.AppKey[Wakeups] = web.AppKey("wakeups")
STOPPING: web.AppKey[asyncio.Event] = web.AppKey("stopping")
INVITE: web.AppKey[Invite] = web.AppKey("invite")

Part = Callable[[web.Application], None]
"""Adds further endpoints to the API's own application."""


def add_api(
    app: web.Application,
    tokens: ApiTokens,
    feed: Feed,
    clock: Clock,
    wakeups: Wakeups,
    stopping: asyncio.Event,
    invite: Invite,
    parts: Sequence[Part] = (),
) -> None:
    """Mount `/api/v1`: an application of its own, so that its middleware costs the webhooks nothing."""
    api = web.Application(middlewares=[problems])
    api[TOKENS] = tokens
    api[FEED] = feed
    api[CLOCK] = clock
    api[WAKEUPS] = wakeups
    api[STOPPING] = stopping
    api[INVITE] = invite
    api.router.add_get("/events", _events, allow_head=False)
    api.router.add_get("/schemas/event.json", _schema, allow_head=False)
    api.router.add_get("/openapi.json", _openapi, allow_head=False)
    api.router.add_post("/sign-in-links", _sign_in_link)
    for part in parts:
        part(api)
    app.add_subapp(PREFIX, api)
    app.router.add_route("*", "/api{elsewhere:.*}", _elsewhere)


async def _elsewhere(_request: web.Request) -> web.Response:
    return problem(404, "Not found", "The API lives under /api/v1.")


async def _events(request: web.Request) -> web.Response:
    """Return what follows `after`, in the bytes that are pushed; wait for it when there is nothing yet."""
    workspace_id = await workspace_of(request)
    after = number(request, "after", default=number(request, "cursor", default=0))
    limit = number(request, "limit", default=LIMIT_DEFAULT, most=LIMIT_MAX, least=1)
    wait_s = number(request, "wait", default=0, most=WAIT_MAX_S)
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


async def _openapi(request: web.Request) -> web.Response:
    """Return the API as OpenAPI 3.1, of the endpoints that are mounted here; it is public."""
    routes = (
        (route.method, route.resource.canonical.removeprefix(PREFIX))
        for route in request.app.router.routes()
        if route.resource is not None
    )
    return web.json_response(openapi(routes, prefix=PREFIX, version=__version__))


async def _sign_in_link(request: web.Request) -> web.Response:
    """Make a one-time link into the dashboard for one of the CRM's own people."""
    workspace_id = await workspace_of(request)
    caller = await caller_of(request)
    given = await json_object(request, {"email", "name", "role", "return_to"})
    leads_to = given.get("return_to")
    if leads_to is not None and return_to(leads_to) != leads_to:
        raise BadInputError("`return_to` must be a path of the dashboard, such as `/w/main/leads`.")
    made = await request.app[INVITE].into(
        workspace_id,
        given.get("email", ""),
        role=_role(given.get("role", "viewer")),
        actor=Actor(kind="api", name=caller.token_id),
        name=display_name(given.get("name", "")) or None,
        leads_to=leads_to,
    )
    expires_at = rfc3339(datetime.fromtimestamp(made.expires_at_ms / 1000, UTC))
    headers = {"Cache-Control": "no-store"}
    return web.json_response({"url": made.url, "expires_at": expires_at}, status=201, headers=headers)


def _role(text: str) -> Role:
    role = next((role for role in ROLES if role == text), None)
    if role is None:
        raise BadInputError("`role` must be `viewer` or `admin`.")
    return role
