"""Sending events to the CRM over HTTP."""

import asyncio
import ssl
from collections.abc import Iterable, Sequence

import aiohttp
from aiohttp.abc import AbstractResolver

from adapters.crm.addresses import AddressGuard, AddressNotAllowedError, Network
from adapters.crm.answers import judge
from adapters.crm.signature import decode_secret, sign
from connector.domain.delivery import Answer, Outgoing, TryLater
from connector.ports import Clock

ANSWER_BYTES = 64 * 1024
"""How much of an answer is read; the rest is left on the wire and the connection closed."""

_PERHAPS_THE_EVENT = frozenset({"timed out", "connection lost", "answer is no HTTP"})
"""Failures that one event alone may cause, by breaking whoever handles it."""

USER_AGENT = "leads-connector"


def crm_session(
    *,
    allowed_networks: Iterable[Network] = (),
    concurrency: int = 16,
    resolver: AbstractResolver | None = None,
) -> aiohttp.ClientSession:
    """Return the session that `HttpCrm` needs; call inside the running loop, close it at the end.

    Proxies of the environment are not used: they would connect to addresses that the guard never sees.
    """
    connector = aiohttp.TCPConnector(
        limit=concurrency, socket_factory=AddressGuard(allowed_networks).socket_for, resolver=resolver
    )
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)


class HttpCrm:
    """Implements `ports.CrmGateway`. `secrets` are `whsec_…`; each signs, so a change-over has no gap."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        secrets: Sequence[str],
        timeout_s: float,
        clock: Clock,
        concurrency: int = 16,
    ) -> None:
        self._session = session
        self._url = url
        self.sign_with(secrets)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._clock = clock
        self._slots = asyncio.Semaphore(concurrency)  # waiting here costs an attempt none of its time

    def sign_with(self, secrets: Sequence[str]) -> None:
        """Sign with these from now on."""
        self._secrets = tuple(decode_secret(secret) for secret in secrets)

    async def send(self, event: Outgoing) -> Answer:
        try:
            async with self._slots:
                return await self._post(event)
        except (aiohttp.ClientError, OSError) as e:  # a timeout is an OSError since 3.11
            reason = phrase(e)
            return TryLater(reason=reason, is_outage=reason not in _PERHAPS_THE_EVENT)

    async def _post(self, event: Outgoing) -> Answer:
        async with self._session.post(
            self._url,
            data=event.body,
            headers=self._headers(event),
            timeout=self._timeout,
            allow_redirects=False,
        ) as response:
            body = await beginning(response)
            retry_after = response.headers.get("Retry-After")
            return judge(response.status, retry_after=retry_after, body=body, now=self._clock.now())

    def _headers(self, event: Outgoing) -> dict[str, str]:
        timestamp_s = self._clock.now_ms() // 1000
        headers = {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "user-agent": USER_AGENT,
            "webhook-id": event.event_id,
            "webhook-timestamp": str(timestamp_s),
            "webhook-signature": sign(
                self._secrets, event_id=event.event_id, timestamp_s=timestamp_s, body=event.body
            ),
            "connector-workspace": event.workspace_id,
            "connector-sequence": str(event.sequence),
            "connector-attempt": str(event.attempt),
        }
        return {**headers, "connector-replay": "true"} if event.is_replay else headers


async def beginning(response: aiohttp.ClientResponse) -> bytes:
    """Return up to `ANSWER_BYTES` of the body. The status counts: a body that breaks off is just empty."""
    body = bytearray()
    try:
        while len(body) < ANSWER_BYTES and (more := await response.content.read(ANSWER_BYTES - len(body))):
            body += more
    except (aiohttp.ClientError, OSError):
        return b""
    return bytes(body)


def phrase(error: Exception) -> str:
    """Name a failure without its text, which may hold addresses and queries."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (AddressNotAllowedError, "address not allowed"),
        (TimeoutError, "timed out"),
        (ConnectionRefusedError, "connection refused"),
    )
    for kind, phrase in kinds:
        if isinstance(cause, kind):
            return phrase
    wrapped: tuple[tuple[type[Exception], str], ...] = (
        (aiohttp.ClientConnectorDNSError, "name not resolved"),
        (aiohttp.ClientSSLError, "TLS failed"),
        (ssl.SSLError, "TLS failed"),
        (aiohttp.ClientConnectorError, "cannot connect"),
        (aiohttp.ClientResponseError, "answer is no HTTP"),
        (aiohttp.InvalidURL, "address unusable"),
    )
    return next((phrase for kind, phrase in wrapped if isinstance(error, kind)), "connection lost")
