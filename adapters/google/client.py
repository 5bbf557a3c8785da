"""Small HTTP calls to the OAuth endpoints: status and JSON at hand, everything bounded, nothing followed."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from connector.domain.errors import StaleTokenError, TransientError

BODY_BYTES = 256 * 1024
"""How much of an answer is read; a longer one is refused."""

_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")


def google_session() -> aiohttp.ClientSession:
    """Return the session that `GoogleHttp` needs; call inside the running loop, close it at the end.

    Every call has its own connection: on a kept one a code could be sent just when the server closes it, and
    nobody would know whether it was used.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True, limit=8),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        trust_env=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What came back. `record` is None when the body is no JSON object."""

    status: int
    body: bytes
    record: Mapping[str, object] | None
    retry_after: str | None

    @property
    def is_success(self) -> bool:
        """Whether the status says so."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of statuses


class GoogleHttp:
    """Makes one call, never two. Raises TransientError without address or content when none was answered."""

    def __init__(self, session: aiohttp.ClientSession, *, timeout_s: float = 15.0) -> None:
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(5.0, timeout_s))

    async def post_form(
        self, url: str, form: Mapping[str, str], *, basic: tuple[str, str] | None = None
    ) -> HttpAnswer:
        """Post a form; with `basic` (user, password) these go into the header."""
        headers = {"Authorization": aiohttp.encode_basic_auth(*basic)} if basic else {}
        return await self._ask("POST", url, headers=headers, form=form)

    async def get(self, url: str, *, bearer: str | None = None) -> HttpAnswer:
        """Read an address; with `bearer` under that access token."""
        headers = {"Authorization": f"Bearer {checked_token(bearer)}"} if bearer is not None else {}
        return await self._ask("GET", url, headers=headers)

    async def _ask(
        self, method: str, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        try:
            async with self._session.request(
                method, url, headers=headers, data=form, timeout=self._timeout, allow_redirects=False
            ) as response:
                body = await _bounded(response)
                return HttpAnswer(
                    status=response.status,
                    body=body,
                    record=_record(body),
                    retry_after=response.headers.get("Retry-After"),
                )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            name = type(error).__name__  # its text may hold the address
        raise TransientError(f"Google could not be reached ({name}).")


def checked_token(token: str) -> str:
    """Return what may stand in a header. Raises StaleTokenError for what no server ever gave."""
    if not _TOKEN.fullmatch(token):
        raise StaleTokenError("The access token is none.")
    return token


def as_token(value: object) -> str | None:
    """Return a token that an answer holds; None for what can be none."""
    return value if isinstance(value, str) and _TOKEN.fullmatch(value) else None


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    while more := await response.content.read(BODY_BYTES + 1 - len(body)):
        body += more
        if len(body) > BODY_BYTES:
            raise ValueError("the answer is too long")
    return bytes(body)


def _record(body: bytes) -> Mapping[str, object] | None:
    try:
        decoded = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return decoded if isinstance(decoded, dict) else None
