"""What every call of the API begins with: whose token it is, which workspace, numbers and bodies within bounds."""

import asyncio
import json
from collections.abc import Mapping

from aiohttp import web

from connector.domain.access import ApiCaller
from connector.domain.errors import BadInputError, NotPermittedError
from connector.domain.lead import WorkspaceId
from connector.ports import ApiTokens, Feed
from connector.web.problems import NotFound, Unauthorized

BODY_BYTES_MAX = 16 * 1024
BODY_TIMEOUT_S = 20.0

TOKENS: web.AppKey[ApiTokens] = web.AppKey("tokens")
FEED: web.AppKey[Feed] = web.AppKey("feed")


async def json_body(request: web.Request, *, most: int = BODY_BYTES_MAX) -> object:
    """Return the body as JSON values, up to `most` bytes of it. Raises BadInputError when it is none."""
    if (request.content_length or 0) > most:
        raise web.HTTPRequestEntityTooLarge(most, request.content_length or 0)
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            return json.loads(await request.read())
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (ValueError, RecursionError):
        raise BadInputError("The body must be a JSON object.") from None


async def json_object(request: web.Request, names: set[str]) -> Mapping[str, str]:
    """Return a JSON object of texts. Raises BadInputError when it is none, or has a field we do not know."""
    given = await json_body(request)
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise BadInputError("The body must be a JSON object, its values texts.")
    if set(given) - names:
        raise BadInputError(f"There is no such field; known are {', '.join(sorted(names))}.")
    return given


async def caller_of(request: web.Request) -> ApiCaller:
    """Return whose token it is. Raises Unauthorized."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    caller = await request.app[TOKENS].find(token.strip()) if scheme.lower() == "bearer" else None
    if caller is None:
        raise Unauthorized("Send `Authorization: Bearer <token>`; make one with `connector token create`.")
    return caller


async def workspace_of(request: web.Request) -> WorkspaceId:
    """Return which workspace the call is about: the token's own, or the one named when it belongs to all."""
    caller = await caller_of(request)
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


def number(request: web.Request, name: str, *, default: int, least: int = 0, most: int = 2**62) -> int:
    """Return a number of the query within its bounds. Raises BadInputError."""
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20):  # noqa: PLR2004 - digits of 2**63
        raise BadInputError(f"`{name}` must be a whole number.")
    return max(least, min(int(text), most))
