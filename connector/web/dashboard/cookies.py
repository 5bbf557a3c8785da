"""The dashboard's cookies, and the proof against forged forms that hangs on them.

Over https the names begin with `__Host-`: no other host and no plain connection can set them for us.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable

from aiohttp import web

KNOWN_S = 180 * 24 * 3600
_TOKEN = re.compile(r"[\w-]{20,100}", re.ASCII)


class Cookies:
    """Three cookies of random text: who is signed in (`session`), whose browser it is (`known`), and a visit.

    The visit is what forms of people who are not signed in are bound to; it ends with the browser.
    """

    def __init__(
        self,
        *,
        is_secure: bool,
        session_s: float,
        new_secret: Callable[[int], str] = secrets.token_urlsafe,
    ) -> None:
        self._is_secure = is_secure
        self._session_s = int(session_s)
        self._new_secret = new_secret
        prefix = "__Host-" if is_secure else ""
        self._session, self._known, self._visit = (
            f"{prefix}connector_{name}" for name in ("session", "known", "visit")
        )

    def session(self, request: web.Request) -> str | None:
        """Return the session's token that the browser holds, live or not."""
        return _token(request, self._session)

    def known(self, request: web.Request) -> str | None:
        """Return the token that marks a known browser."""
        return _token(request, self._known)

    def visit(self, request: web.Request) -> str | None:
        """Return the token of the visit."""
        return _token(request, self._visit)

    def new_visit(self) -> str:
        """Return the token of a new visit."""
        return self._new_secret(24)

    def set_visit(self, response: web.StreamResponse, token: str) -> None:
        """Begin a visit."""
        self._set(response, self._visit, token, None)

    def sign_in(self, response: web.StreamResponse, session: str, known: str | None) -> None:
        """Hand the browser its session; the visit is over, so that what was bound to it is void."""
        self._set(response, self._session, session, self._session_s)
        if known is not None:
            self._set(response, self._known, known, KNOWN_S)
        self._end(response, self._visit)

    def sign_out(self, response: web.StreamResponse) -> None:
        """Take the session back; the browser stays known."""
        self._end(response, self._session)

    def _set(self, response: web.StreamResponse, name: str, token: str, life_s: int | None) -> None:
        # Lax: the way back from a provider's consent page is a link from another site, and must find the session
        response.set_cookie(
            name, token, max_age=life_s, path="/", secure=self._is_secure, httponly=True, samesite="Lax"
        )

    def _end(self, response: web.StreamResponse, name: str) -> None:
        response.del_cookie(name, path="/", secure=self._is_secure, httponly=True, samesite="Lax")


def form_token(secret: str) -> str:
    """Return what a form must bring: made from a cookie's secret that pages of others cannot read."""
    mac = hmac.new(secret.encode(), b"connector form", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def is_form_token(given: str, secret: str) -> bool:
    """Tell whether a form brought the token of this cookie."""
    return hmac.compare_digest(given.encode(errors="replace"), form_token(secret).encode())


def _token(request: web.Request, name: str) -> str | None:
    token = request.cookies.get(name, "")
    return token if _TOKEN.fullmatch(token) else None
