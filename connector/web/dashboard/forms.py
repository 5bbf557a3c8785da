"""Forms as browsers send them: read within bounds, and only from pages of ours."""

import asyncio
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from connector.domain.errors import BadInputError, NotPermittedError
from connector.web.dashboard.headers import origin

FORM_BYTES_MAX = 256 * 1024
FORM_TIMEOUT_S = 20.0
FORM_TYPE = "application/x-www-form-urlencoded"
_LOOPBACK_NAMES = frozenset({"localhost"})


class ForeignForm(NotPermittedError):  # noqa: N818 - what it is, as a person reads it
    """A form that did not come from a page of ours, or from one that has gone stale."""


async def form_of(request: web.Request) -> Mapping[str, str]:
    """Return a form's fields, the last of each name. Raises BadInputError; 408, 413 and 415 by themselves."""
    if request.content_type != FORM_TYPE:
        raise web.HTTPUnsupportedMediaType
    if (request.content_length or 0) > FORM_BYTES_MAX:
        raise web.HTTPRequestEntityTooLarge(FORM_BYTES_MAX, request.content_length or 0)
    try:
        async with asyncio.timeout(FORM_TIMEOUT_S):
            fields = await request.post()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (ValueError, LookupError):  # bytes that are no text, a charset that is none
        raise BadInputError("The form cannot be read.") from None
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def check_origin(request: web.Request, *, public_url: str) -> None:
    """Raise ForeignForm unless the browser says that the form is from our origin."""
    site = request.headers.get("Sec-Fetch-Site")
    from_ = request.headers.get("Origin")
    if site not in {None, "same-origin", "none"} or (
        from_ is not None and from_ != _origin(request, public_url)
    ):
        raise ForeignForm("The form came from another site. Nothing was done.")
    if site is None and from_ is None:
        raise ForeignForm("The browser did not say where the form came from. Nothing was done.")


def _origin(request: web.Request, public_url: str) -> str:
    """Return the origin that our forms have. On loopback any port: a demo's is not known beforehand."""
    if not public_url.startswith("https://") and _is_loopback(request.host):
        return f"http://{request.host}"
    return origin(public_url)


def _is_loopback(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return name in _LOOPBACK_NAMES or ip_address(name).is_loopback
    except ValueError:
        return False
