"""Google's side of security events (RISC): tokens signed rightly or wrongly, and their delivery.

https://developers.google.com/identity/protocols/risc
"""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Literal, Self

import aiohttp
import jwt

from adapters.sandbox.google.objects import Account, Json, RefreshToken
from adapters.sandbox.google.signing import SigningKey
from adapters.sandbox.google.world import GoogleWorld

EventName = Literal[
    "sessions-revoked",
    "tokens-revoked",
    "token-revoked",
    "account-disabled",
    "account-enabled",
    "account-credential-change-required",
    "account-purged",
    "verification",
]
_OAUTH_NAMES = frozenset({"tokens-revoked", "token-revoked"})
_BASE = "https://schemas.openid.net/secevent"
_PREFIX_CHARS = 16
_TIMEOUT_S = 10.0


@dataclass(slots=True)
class SentEvent:
    """One delivery and its answer."""

    token: str = field(repr=False)
    status: int


class SecurityEventSender:
    """Signs with `key`, which is published; posts to `url`, the daemon's receiver."""

    def __init__(self, world: GoogleWorld, key: SigningKey, url: str = "") -> None:
        self.world = world
        self.key = key
        self.url = url
        self.sent: list[SentEvent] = []
        self.stranger = SigningKey(key.kid, owner="stranger")
        self._http: aiohttp.ClientSession | None = None

    def claims(self, name: EventName, told: Json, **replaced: object) -> Json:
        """Return a token's claims. `replaced` adds or overrides; None takes a claim away."""
        family = "oauth" if name in _OAUTH_NAMES else "risc"
        claims: Json = {
            "iss": f"{self.world.issuer}/",  # with a slash, as Google's samples have it
            "aud": self.world.client.id,
            "iat": int(self.world.now()),
            "jti": f"{self.world.rng.getrandbits(128):032X}",
            "events": {f"{_BASE}/{family}/event-type/{name}": told},
        }
        return {key: value for key, value in (claims | replaced).items() if value is not None}

    def about(self, name: EventName, account: Account, *, reason: str = "", **replaced: object) -> str:
        """Return a signed token about an account."""
        subject = {"subject_type": "iss-sub", "iss": f"{self.world.issuer}/", "sub": account.sub}
        told: Json = {"subject": subject, **({"reason": reason} if reason else {})}
        return self.key.sign(self.claims(name, told, **replaced))

    def token_revoked(self, refresh: RefreshToken, *, by: Literal["prefix", "hash"] = "hash") -> str:
        """Return a signed token that names one refresh token."""
        inner = hashlib.sha512(refresh.value.encode()).digest()
        hashed = base64.b64encode(hashlib.sha512(inner).digest()).decode()
        subject = {
            "subject_type": "oauth_token",
            "token_type": "refresh_token",
            "token_identifier_alg": "prefix" if by == "prefix" else "hash_base64_sha512_sha512",
            "token": refresh.value[:_PREFIX_CHARS] if by == "prefix" else hashed,
        }
        return self.key.sign(self.claims("token-revoked", {"subject": subject}))

    def verification(self, state: str) -> str:
        """Return the signed answer to an operator's test."""
        return self.key.sign(self.claims("verification", {"state": state}))

    def forged(self, name: EventName, account: Account) -> str:
        """Return a token signed by a stranger who uses the published key's id."""
        genuine = jwt.decode(self.about(name, account), options={"verify_signature": False})
        return self.stranger.sign(genuine)

    async def send(self, token: str) -> int:
        """Post a token and return the status. The same token again is a redelivery: its jti stays."""
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S))
        headers = {"Content-Type": "application/secevent+jwt", "Accept": "application/json"}
        async with self._http.post(self.url, data=token.encode(), headers=headers) as answer:
            await answer.read()
        self.sent.append(SentEvent(token, answer.status))
        return answer.status

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()
