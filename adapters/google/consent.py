"""Connecting a Google account and keeping it so: the consent page, the tokens, who consented, taking it back.

https://developers.google.com/identity/protocols/oauth2/web-server
Any server that keeps to RFC 6749, 7009 and 7636 will do: every address comes from the settings.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote_plus, urlencode, urlsplit

import structlog

from adapters.google.client import GoogleHttp, HttpAnswer, as_token
from adapters.google.errors import judge
from adapters.google.fault import Call, fault_of
from adapters.retrying import Retrying
from connector.domain.connection import AccessToken, GoogleAccount, GoogleGrant
from connector.domain.errors import ConnectorError, GoneError, MisconfiguredError, TransientError
from connector.domain.google_consent import SCOPES, normalised
from connector.ports import Clock

DEFAULT_LIFE_S = 3600
"""Seconds that an access token is taken to live when the answer does not say."""

_ISSUERS = {"accounts.google.com": "https://accounts.google.com"}
"""Host of the consent page → the `iss` it may send back. Source: RFC 9207 and Google's discovery document."""

_SECONDS = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,9})?")
_MAX_LIFE_S = 10**9
_TEXT_MAX = 320

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleClient:
    """Our OAuth client and the endpoints that serve it."""

    id: str
    secret: str = field(repr=False)
    auth_url: str = "https://accounts.google.com/o/oauth2/v2/auth"
    token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    revoke_url: str = "https://oauth2.googleapis.com/revoke"
    userinfo_url: str = "https://openidconnect.googleapis.com/v1/userinfo"


class GoogleConsent:
    """Implements `ports.GoogleConsent`. Tokens travel in form bodies and headers only."""

    def __init__(self, client: GoogleClient, http: GoogleHttp, retrying: Retrying, clock: Clock) -> None:
        self._client = client
        self._http = http
        self._retrying = retrying
        self._clock = clock
        self._uses_basic = False

    def dialog_url(
        self, *, state: str, redirect_uri: str, code_challenge: str, login_hint: str | None = None
    ) -> str:
        query = {
            "client_id": self._client.id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": " ".join(map(_asked, SCOPES)),
            "state": state,
            "code_challenge": code_challenge,
            "code_challenge_method": "S256",
            "access_type": "offline",  # else there is no refresh token
            "prompt": "consent",  # else there is none the second time
        }
        if login_hint:
            query["login_hint"] = login_hint
        joint = "&" if urlsplit(self._client.auth_url).query else "?"
        return f"{self._client.auth_url}{joint}{urlencode(query)}"

    def is_own_issuer(self, issuer: str | None) -> bool:
        expected = _ISSUERS.get(urlsplit(self._client.auth_url).hostname or "")
        return issuer is None or expected is None or issuer == expected

    async def exchange(self, code: str, *, redirect_uri: str, code_verifier: str) -> GoogleGrant:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": code_verifier,
        }
        record = self._granted("exchange", await self._as_client(self._client.token_url, form))
        lifetime_s = _seconds(record.get("refresh_token_expires_in"))
        access = self._access(record)
        return GoogleGrant(
            access=access,
            refresh_token=access.refresh_token,
            refresh_expires_at=None if lifetime_s is None else self._in(lifetime_s),
        )

    async def refresh(self, refresh_token: str) -> AccessToken:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        fresh = await self._retrying(partial(self._refresh_once, form))
        if fresh.refresh_token is not None and fresh.refresh_token != refresh_token:
            log.info("google_token.rotated")
        return fresh

    async def account(self, access_token: str) -> GoogleAccount:
        record = await self._retrying(partial(self._userinfo, access_token))
        sub = _text(record.get("sub")) or _text(record.get("id"))  # an older address of Google's says id
        if sub is None:
            raise TransientError("Google did not say who consented.", unknown=True)
        return GoogleAccount(sub=sub, email=_text(record.get("email")), hosted_domain=_text(record.get("hd")))

    async def revoke(self, token: str) -> None:
        await self._retrying(partial(self._revoke_once, token))

    async def _refresh_once(self, form: Mapping[str, str]) -> AccessToken:
        return self._access(self._granted("refresh", await self._as_client(self._client.token_url, form)))

    async def _userinfo(self, access_token: str) -> Mapping[str, object]:
        answer = await self._http.get(self._client.userinfo_url, bearer=access_token)
        return self._granted("userinfo", answer)

    async def _revoke_once(self, token: str) -> None:
        answer = await self._as_client(self._client.revoke_url, {"token": token})
        if answer.is_success:  # RFC 7009 has no body to it
            return
        error = _judged("revoke", answer)
        if not isinstance(error, GoneError):
            raise error
        log.info("google_consent.was_revoked_already")

    async def _as_client(self, url: str, form: Mapping[str, str]) -> HttpAnswer:
        """Post under our client's credentials: in the form as Google shows it, in the header where only that goes.

        A server that refuses the client has not looked at the code or token, so asking again doubles nothing.
        """
        answer = await self._authenticated(url, form, basic=self._uses_basic)
        if "invalid_client" not in fault_of("refresh", answer.status, answer.body).reasons:
            return answer
        other = await self._authenticated(url, form, basic=not self._uses_basic)
        if "invalid_client" in fault_of("refresh", other.status, other.body).reasons:
            return answer
        self._uses_basic = not self._uses_basic
        return other

    async def _authenticated(self, url: str, form: Mapping[str, str], *, basic: bool) -> HttpAnswer:
        client = self._client
        if basic:  # both halves are form-encoded first. Source: RFC 6749, 2.3.1
            return await self._http.post_form(
                url, form, basic=(quote_plus(client.id), quote_plus(client.secret))
            )
        return await self._http.post_form(
            url, {**form, "client_id": client.id, "client_secret": client.secret}
        )

    def _granted(self, call: Call, answer: HttpAnswer) -> Mapping[str, object]:
        """Return a success's record. Raises what the answer means otherwise."""
        if not answer.is_success:
            raise _judged(call, answer)
        if answer.record is None or "error" in answer.record:
            raise TransientError("Google answered something of unknown shape.", unknown=True)
        return answer.record

    def _access(self, record: Mapping[str, object]) -> AccessToken:
        value, kind, scope = (
            as_token(record.get("access_token")),
            record.get("token_type"),
            record.get("scope"),
        )
        if value is None:
            raise TransientError("Google answered without a usable token.", unknown=True)
        if isinstance(kind, str) and kind.lower() != "bearer":
            raise MisconfiguredError(
                "Google gives tokens of a kind that is not supported.",
                remedy="Switch sender-constrained tokens (DPoP, mTLS) off for the OAuth client.",
            )
        return AccessToken(
            value=value,
            expires_at=self._in(_seconds(record.get("expires_in")) or DEFAULT_LIFE_S),
            refresh_token=as_token(record.get("refresh_token")),
            scopes=normalised(scope.split()) if isinstance(scope, str) and scope.strip() else None,
        )

    def _in(self, seconds: float) -> datetime:
        return self._clock.now() + timedelta(seconds=seconds)


def _asked(scope: str) -> str:
    return "email" if scope.endswith("/userinfo.email") else scope


def _judged(call: Call, answer: HttpAnswer) -> ConnectorError:
    return judge(call, answer.status, answer.body, retry_after=answer.retry_after)


def _seconds(value: object) -> float | None:
    """Return a lifetime; some servers write it as a text. None for what is none."""
    if isinstance(value, str) and _SECONDS.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 < value <= _MAX_LIFE_S else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _TEXT_MAX else None
