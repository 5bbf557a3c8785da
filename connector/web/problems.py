"""Errors of the API as problem documents (RFC 9457)."""

import json
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from connector.domain.errors import BadInputError, ConnectorError, NotPermittedError, StateUnavailableError

CONTENT_TYPE = "application/problem+json"

log = structlog.stdlib.get_logger()


class Unauthorized(NotPermittedError):  # noqa: N818 - HTTP's word
    """No token, or nobody's."""


class NotFound(BadInputError):  # noqa: N818 - HTTP's word
    """There is no such thing, or it is not the caller's."""


_STATUS: tuple[tuple[type[ConnectorError], int, str], ...] = (
    (Unauthorized, 401, "Unauthorized"),
    (NotPermittedError, 403, "Forbidden"),
    (NotFound, 404, "Not found"),
    (BadInputError, 400, "Bad request"),
    (StateUnavailableError, 503, "Try again later"),
    (ConnectorError, 502, "Outside service failed"),
)


def problem(status: int, title: str, detail: str, **members: object) -> web.Response:
    """Return a problem document; `members` are its own extensions (RFC 9457, 3.2)."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None  # noqa: PLR2004 - HTTP's number
    return web.Response(status=status, text=json.dumps(body), content_type=CONTENT_TYPE, headers=headers)


@web.middleware
async def problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer errors of the API in one shape; a bug is logged and told without its inside."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:  # noqa: PLR2004 - HTTP's number
            raise
        return problem(error.status, error.reason, f"{request.method} {request.path} is not possible.")
    except ConnectorError as error:
        status, title = next((s, t) for kind, s, t in _STATUS if isinstance(error, kind))
        return problem(status, title, str(error))
    except Exception:
        log.exception("api.failed", path=request.path)
        return problem(500, "Internal error", "The fault is ours and was logged.")
