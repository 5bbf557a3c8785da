"""The keys with which Google signs security events: fetched, kept by id, renewed without being hammered."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

import jwt
import structlog

from adapters.google.client import GoogleHttp
from adapters.google.errors import judge
from adapters.google.security_events import PublicKey, key_id, verify
from adapters.retrying import Retrying
from connector.domain.errors import BadSignatureError, TransientError
from connector.domain.security_event import SecurityEvent
from connector.ports import Clock

KEEP_S = 6 * 3600.0
"""Seconds after which the keys are fetched anew, so that a withdrawn one goes."""
LONGEST_S = 24 * 3600.0
"""Seconds for which keys are used on when they cannot be renewed."""
PAUSE_S = 60.0
"""Seconds between two fetches, whatever comes in: anybody may post tokens that name unknown keys."""
KEYS_MAX = 32

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What Google published: who it calls itself, and its keys by id."""

    issuer: str
    keys: Mapping[str, PublicKey] = field(repr=False)
    fetched_at_s: float  # of the monotonic clock


class PublishedKeys:
    """Reads the configuration at `config_url` and the key set that it names; one fetch at a time."""

    def __init__(self, http: GoogleHttp, retrying: Retrying, clock: Clock, *, config_url: str) -> None:
        self._http = http
        self._retrying = retrying
        self._clock = clock
        self._config_url = config_url
        self._published: Published | None = None
        self._tried_at_s: float | None = None
        self._lock = asyncio.Lock()

    async def having(self, kid: str) -> tuple[str, PublicKey]:
        """Return the issuer and the key. Raises BadSignatureError for an unknown key, TransientError."""
        found = self._published
        if found is None or kid not in found.keys or self._age_s(found) > KEEP_S:
            async with self._lock:
                found = await self._renewed(kid)
        key = found.keys.get(kid)
        if key is None:
            raise BadSignatureError("The security event is signed with an unknown key.")
        return found.issuer, key

    async def _renewed(self, kid: str) -> Published:
        found = self._published
        if found is not None and kid in found.keys and self._age_s(found) <= KEEP_S:
            return found  # fetched by who had the lock before
        if self._may_try():
            self._tried_at_s = self._clock.monotonic()
            try:
                self._published = found = await self._fetched()
            except TransientError as error:
                log.warning("google_keys.unreachable", error=str(error))
        if found is None or self._age_s(found) > LONGEST_S:
            raise TransientError("Google's published keys cannot be had at the moment.")
        if kid not in found.keys and found.fetched_at_s != self._tried_at_s:
            raise TransientError("Google's published keys may be out of date.")  # the last try failed
        return found

    def _may_try(self) -> bool:
        return self._tried_at_s is None or self._clock.monotonic() - self._tried_at_s >= PAUSE_S

    def _age_s(self, published: Published) -> float:
        return self._clock.monotonic() - published.fetched_at_s

    async def _fetched(self) -> Published:
        config = await self._retrying(partial(self._read, self._config_url))
        issuer, address = config.get("issuer"), config.get("jwks_uri")
        if not isinstance(issuer, str) or not issuer or not isinstance(address, str):
            raise TransientError("Google's security configuration has another shape.", unknown=True)
        if urlsplit(address).scheme != urlsplit(self._config_url).scheme:  # never from https down to http
            raise TransientError("Google's security configuration names an unfit address.", unknown=True)
        listed = (await self._retrying(partial(self._read, address))).get("keys")
        if not isinstance(listed, list):
            raise TransientError("Google's published keys have another shape.", unknown=True)
        pairs = (_usable(entry) for entry in listed[:KEYS_MAX])
        keys = {pair[0]: pair[1] for pair in pairs if pair is not None}
        return Published(issuer=issuer, keys=keys, fetched_at_s=self._tried_at_s or 0.0)

    async def _read(self, url: str) -> Mapping[str, object]:
        answer = await self._http.get(url)
        if not answer.is_success:
            raise _unreachable(answer.status, answer.body)
        if answer.record is None:
            raise TransientError("Google's published keys came as something else.", unknown=True)
        return answer.record


class SecurityEvents:
    """Implements `ports.SecurityEventDoor`. `client_ids` are all of ours that Google may address."""

    def __init__(self, keys: PublishedKeys, clock: Clock, *, client_ids: tuple[str, ...]) -> None:
        self._keys = keys
        self._clock = clock
        self._client_ids = client_ids

    async def read(self, body: bytes) -> SecurityEvent:
        issuer, key = await self._keys.having(key_id(body))
        return verify(body, key, issuer=issuer, client_ids=self._client_ids, now=self._clock.now())


def _unreachable(status: int, body: bytes) -> TransientError:
    error = judge("keys", status, body)
    return error if isinstance(error, TransientError) else TransientError(f"Google's keys: HTTP {status}.")


def _usable(entry: object) -> tuple[str, PublicKey] | None:
    """Return id and key of an RSA key for signatures; None for anything else in the set."""
    if not isinstance(entry, dict) or entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
        return None
    kid = entry.get("kid")
    try:
        return (kid, jwt.PyJWK(entry, algorithm="RS256")) if isinstance(kid, str) and kid else None
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
