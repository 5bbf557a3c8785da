"""Looking at our own public address as Meta does: name, certificate, challenge, signed bodies. Nothing is stored."""

import asyncio
import hashlib
import hmac
import io
import secrets
import socket
import ssl
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp

from connector.domain.public_look import PublicAnswer, PublicLook

TIMEOUT_S = 10.0
WEBHOOK = "/webhooks/facebook"
ODD_BODY = '{ "entry" : [ ] ,\t"object":"page", "é\\u00e9 \\/": "\U0001f600" }'.encode()
"""A webhook that tells of nothing, written as no program would write it again."""
LARGE_BYTES = 3 * 2**20
ANSWER_BYTES = 4096


async def look(public_url: str, *, verify_token: str, app_secret: str) -> PublicLook:
    """Ask everything; raises nothing."""
    parts = urlsplit(public_url)
    host, is_tls = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    found = await _addresses(host, port)
    if not found:
        return PublicLook(host=host, is_tls=is_tls, addresses=())
    ends, trouble = await _certificate(host, port) if is_tls else (None, "")
    if trouble:
        return PublicLook(host=host, is_tls=is_tls, addresses=found, certificate_trouble=trouble)
    echo = secrets.token_hex(16)
    url = f"{public_url.rstrip('/')}{WEBHOOK}"
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as http:
        return PublicLook(
            host=host,
            is_tls=is_tls,
            addresses=found,
            certificate_ends=ends,
            echo=echo,
            challenged=await _challenge(http, url, verify_token, echo),
            refused=await _challenge(http, url, secrets.token_hex(16), echo),
            posted=await _post(http, url, app_secret, ODD_BODY),
            posted_large=await _post(http, url, app_secret, ODD_BODY + b" " * LARGE_BYTES),
        )


async def _addresses(host: str, port: int) -> tuple[str, ...]:
    loop = asyncio.get_running_loop()
    try:
        infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(dict.fromkeys(str(info[4][0]) for info in infos))


async def _certificate(host: str, port: int) -> tuple[datetime | None, str]:
    """Return when the certificate ends, and what is wrong with it."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            _, writer = await asyncio.open_connection(host, port, ssl=ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        return None, error.verify_message
    except ssl.SSLError as error:
        return None, error.reason or "no TLS is spoken there"
    except (OSError, TimeoutError) as error:
        return None, f"no connection ({type(error).__name__})"
    try:
        told = writer.get_extra_info("peercert")
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told["notAfter"])), UTC), ""
    finally:
        writer.close()


async def _challenge(http: aiohttp.ClientSession, url: str, token: str, echo: str) -> PublicAnswer:
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": echo}
    return await _asked(http, "GET", url, params=query)


async def _post(http: aiohttp.ClientSession, url: str, app_secret: str, body: bytes) -> PublicAnswer:
    signature = hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
    return await _asked(http, "POST", url, data=io.BytesIO(body), headers=headers)


async def _asked(
    http: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    params: dict[str, str] | None = None,
    data: io.BytesIO | None = None,
    headers: dict[str, str] | None = None,
) -> PublicAnswer:
    try:
        async with http.request(
            method, url, params=params, data=data, headers=headers, allow_redirects=False
        ) as answer:
            body = await answer.content.read(ANSWER_BYTES)
            return PublicAnswer(status=answer.status, body=body, date=answer.headers.get("Date"))
    except (aiohttp.ClientError, OSError, TimeoutError) as error:  # its text holds the verify token
        return PublicAnswer(status=None, trouble=type(error).__name__)
