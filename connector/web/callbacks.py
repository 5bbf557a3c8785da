"""What the providers post to us: the app was removed, data is to be erased, an account is not safe."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import web

from connector.domain.errors import BadInputError, BadSignatureError, StateUnavailableError, TransientError
from connector.domain.privacy import PrivacyRequest
from connector.pipelines.callbacks import Callbacks

MAX_BODY_BYTES = 64 * 1024
"""These bodies are a few hundred bytes long."""
RETRY_AFTER_S = "30"
FIELDS_MAX = 20

PrivacyPage = Callable[[PrivacyRequest | None], str]
"""Makes the page that shows how far a deletion request is; None: there is no such request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackDoor:
    """What the handlers need."""

    callbacks: Callbacks
    public_url: str
    page: PrivacyPage
    body_timeout_s: float


DOOR: web.AppKey[CallbackDoor] = web.AppKey("callback_door")


def add_callbacks(
    app: web.Application,
    callbacks: Callbacks,
    *,
    public_url: str,
    page: PrivacyPage,
    body_timeout_s: float,
) -> None:
    """Mount the callbacks under `/webhooks` and the state page of deletion requests."""
    app[DOOR] = CallbackDoor(
        callbacks=callbacks, public_url=public_url.rstrip("/"), page=page, body_timeout_s=body_timeout_s
    )
    app.router.add_get("/webhooks/facebook/deauthorize", _here, allow_head=False)
    app.router.add_post("/webhooks/facebook/deauthorize", _deauthorise)
    app.router.add_get("/webhooks/facebook/data-deletion", _here, allow_head=False)
    app.router.add_post("/webhooks/facebook/data-deletion", _request_deletion)
    app.router.add_get("/privacy/requests/{code}", _privacy_request, allow_head=False)
    app.router.add_post("/webhooks/google/risc", _security_event)


async def _here(_request: web.Request) -> web.Response:
    """Answer who only looks whether the address is there, as Facebook may before it is registered."""
    return web.Response(text="This address takes Facebook's callbacks.\n")


async def _deauthorise(request: web.Request) -> web.Response:
    """Answer 200 once it is on disk: also for people we do not know, and every time it is repeated."""

    async def accept(body: bytes) -> web.Response:
        await request.app[DOOR].callbacks.deauthorise(_signed_request(body))
        return web.Response(text="OK\n")

    return await _answered(request, accept, unproved=401)


async def _request_deletion(request: web.Request) -> web.Response:
    """Answer with the address of the state page and the code, once the request is on disk."""

    async def accept(body: bytes) -> web.Response:
        door = request.app[DOOR]
        asked = await door.callbacks.request_deletion(_signed_request(body))
        url = f"{door.public_url}/privacy/requests/{asked.code}"
        return web.json_response({"url": url, "confirmation_code": asked.code})

    return await _answered(request, accept, unproved=401)


async def _security_event(request: web.Request) -> web.Response:
    """Answer 202 once it is on disk, 400 unproved, 503 when it cannot be proved or stored now."""
    if not request.app[DOOR].callbacks.hears_google:
        return web.Response(status=404, text="No Google client is set up here.\n")

    async def accept(body: bytes) -> web.Response:
        await request.app[DOOR].callbacks.security_event(body)
        return web.Response(status=202)

    return await _answered(request, accept, unproved=400)


async def _privacy_request(request: web.Request) -> web.Response:
    """Show how far a deletion request is. Its code is all that it takes, so nobody may keep or index the page."""
    door = request.app[DOOR]
    try:
        asked = await door.callbacks.privacy_request(request.match_info["code"])
    except StateUnavailableError:
        return _later()
    headers = {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    }
    status = 404 if asked is None else 200
    return web.Response(status=status, text=door.page(asked), content_type="text/html", headers=headers)


async def _answered(
    request: web.Request, accept: Callable[[bytes], Awaitable[web.Response]], *, unproved: int
) -> web.Response:
    """Read the body within its bounds, let it be taken in, and turn what goes wrong into a status."""
    try:
        return await accept(await _body(request))
    except TimeoutError:
        return _refused(408, "The body took too long.")
    except web.HTTPRequestEntityTooLarge:
        return _refused(413, f"The body is over {MAX_BODY_BYTES} bytes.")
    except BadSignatureError as error:
        return web.Response(status=unproved, text=f"{error}\n")
    except BadInputError as error:
        return web.Response(status=400, text=f"{error}\n")
    except (StateUnavailableError, TransientError):
        return _later()


async def _body(request: web.Request) -> bytes:
    """Return the raw body. Raises TimeoutError, HTTPRequestEntityTooLarge."""
    body = bytearray()
    async with asyncio.timeout(request.app[DOOR].body_timeout_s):
        while chunk := await request.content.read(MAX_BODY_BYTES + 1 - len(body)):
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise web.HTTPRequestEntityTooLarge(max_size=MAX_BODY_BYTES, actual_size=len(body))
    return bytes(body)


def _signed_request(body: bytes) -> str:
    """Return the form's only signed_request. Raises BadInputError."""
    try:
        fields = parse_qsl(body.decode("ascii"), max_num_fields=FIELDS_MAX)
    except ValueError as error:
        raise BadInputError("The body is no form.") from error
    found = [value for name, value in fields if name == "signed_request"]
    if len(found) != 1:
        raise BadInputError("The form must have one signed_request.")
    return found[0]


def _later() -> web.Response:
    return web.Response(status=503, text="Try again later.\n", headers={"Retry-After": RETRY_AFTER_S})


def _refused(status: int, text: str) -> web.Response:
    """Refuse without reading the rest: the connection ends here."""
    response = web.Response(status=status, text=f"{text}\n")
    response.force_close()
    return response
