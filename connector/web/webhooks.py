"""Facebook's webhooks: 200 only after the commit."""

import asyncio

from aiohttp import web

from connector.domain.errors import BadSignatureError, StateUnavailableError
from connector.pipelines.intake import Intake
from connector.ports import Counters

MAX_BODY_BYTES = 4 * 1024 * 1024
SIGNATURE = "X-Hub-Signature-256"
RETRY_AFTER_S = "30"
ANSWER_S = 8.0
"""Seconds after which a state that still takes no write is too slow: one that is locked says so itself after five."""

INTAKE: web.AppKey[Intake] = web.AppKey("intake")
COUNTERS: web.AppKey[Counters] = web.AppKey("counters")
BODY_TIMEOUT_S: web.AppKey[float] = web.AppKey("body_timeout_s")
ANSWER_TIMEOUT_S: web.AppKey[float] = web.AppKey("answer_timeout_s")


def add_webhooks(
    app: web.Application,
    intake: Intake,
    counters: Counters,
    *,
    body_timeout_s: float,
    answer_timeout_s: float = ANSWER_S,
) -> None:
    """Mount `/webhooks/facebook`."""
    app[INTAKE] = intake
    app[COUNTERS] = counters
    app[BODY_TIMEOUT_S] = body_timeout_s
    app[ANSWER_TIMEOUT_S] = answer_timeout_s
    app.router.add_get("/webhooks/facebook", _challenge, allow_head=False)
    app.router.add_post("/webhooks/facebook", _receive)


async def _challenge(request: web.Request) -> web.Response:
    """Echo Meta's challenge as plain text; 403 on a wrong verify token."""
    try:
        echo = request.app[INTAKE].challenge(request.query)
    except BadSignatureError:
        return web.Response(status=403, text="The verify token is wrong.\n")
    return web.Response(text=echo)


async def _receive(request: web.Request) -> web.Response:
    """Answer 200 once everything is on disk, 401 unproved, 408 slow, 413 too large, 503 not storable."""
    counters = request.app[COUNTERS]
    try:
        body = await _body(request)
    except TimeoutError:
        counters.webhook("too_slow")
        return _refused(408, "The body took too long.")
    except web.HTTPRequestEntityTooLarge:
        counters.webhook("too_large")
        return _refused(413, f"The body is over {MAX_BODY_BYTES} bytes.")
    try:
        async with asyncio.timeout(request.app[ANSWER_TIMEOUT_S]):
            await request.app[INTAKE].accept(body, request.headers.get(SIGNATURE, ""))
    except BadSignatureError:
        return web.Response(status=401, text="The signature is missing or wrong.\n")
    except (StateUnavailableError, TimeoutError):  # it may yet be stored: what comes again is known then
        counters.webhook("unavailable")
        return web.Response(status=503, text="Try again later.\n", headers={"Retry-After": RETRY_AFTER_S})
    return web.Response(text="EVENT_RECEIVED")


async def _body(request: web.Request) -> bytes:
    """Return the raw body; what is here already needs no timer. Raises TimeoutError."""
    if request.content.is_eof():
        return await request.read()
    async with asyncio.timeout(request.app[BODY_TIMEOUT_S]):
        return await request.read()


def _refused(status: int, text: str) -> web.Response:
    """Refuse without reading the rest: the connection ends here."""
    response = web.Response(status=status, text=f"{text}\n")
    response.force_close()
    return response
