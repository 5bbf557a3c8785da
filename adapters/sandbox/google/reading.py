"""Reading a request into the call that handlers see; the body of an upload is left to come as it comes."""

import base64
import binascii
import json
from urllib.parse import unquote_plus

from aiohttp import web

from adapters.sandbox.google.call import Call
from adapters.sandbox.google.objects import Json


async def form_of(request: web.Request) -> dict[str, str]:
    """Return the fields of a form, when the body is one."""
    if request.content_type != "application/x-www-form-urlencoded":
        return {}
    return {key: value for key, value in (await request.post()).items() if isinstance(value, str)}


async def call_of(request: web.Request, form: dict[str, str]) -> Call:
    """Return the call."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return Call(
        method=request.method,
        path=request.path,
        query=dict(request.query),
        form=form,
        bearer=value if kind == "Bearer" else "",
        basic=_basic(value) if kind == "Basic" else None,
        record=await _record(request),
        base=f"{request.scheme}://{request.host}",
        headers={name.lower(): value for name, value in request.headers.items()},
    )


async def _record(request: web.Request) -> Json | None:
    if request.content_type != "application/json" or not request.can_read_body:
        return None
    try:
        decoded = json.loads(await request.read() or b"null")
    except ValueError:
        return None
    return decoded if isinstance(decoded, dict) else None


def _basic(value: str) -> tuple[str, str] | None:
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote_plus(user), unquote_plus(password)
