"""Looking at our own public address: each way in which it does not lead here is told apart."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters import public_address
from adapters.facebook.webhook import FacebookWebhook
from adapters.public_address import look
from connector.domain.errors import BadSignatureError
from connector.domain.public_look import PublicLook
from connector.pipelines.doctor import Check
from connector.pipelines.doctor_public import check_public

NOW = datetime(2026, 11, 30, tzinfo=UTC)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
DOOR = FacebookWebhook(["app secret"], "verify token")


async def challenged(request: web.Request) -> web.StreamResponse:
    try:
        return web.Response(text=DOOR.challenge(request.query))
    except BadSignatureError:
        return web.Response(status=403)


async def received(request: web.Request) -> web.StreamResponse:
    return _judged(await request.read(), request)


def _judged(body: bytes, request: web.Request) -> web.Response:
    try:
        DOOR.verify(body, request.headers.get("X-Hub-Signature-256", ""))
    except BadSignatureError:
        return web.Response(status=401)
    told = DOOR.parse(body)
    assert not told.notices
    assert not told.quarantined, "a look leaves something behind"
    return web.Response()


async def rewritten(request: web.Request) -> web.StreamResponse:
    """Pass the body on as a proxy does that parses and writes it again."""
    return _judged((await request.read()).replace(b"\t", b" "), request)


async def cached(request: web.Request) -> web.StreamResponse:
    return web.Response(text=request.query["hub.challenge"])


async def login(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>Sign in</html>")


async def denied(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=403)


async def broken(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=502)


@asynccontextmanager
async def serving(
    get: Handler = challenged,
    post: Handler = received,
    *,
    limit: int = 8 * 2**20,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[str]:
    app = web.Application(client_max_size=limit)
    app.router.add_get("/webhooks/facebook", get)
    app.router.add_post("/webhooks/facebook", post)
    runner = web.AppRunner(app, lingering_time=0.1)  # seconds for a body that nobody reads
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http{'s' if tls else ''}://{'localhost' if tls else '127.0.0.1'}:{port}"
    finally:
        await runner.cleanup()


async def looked(url: str) -> dict[str, Check]:
    found = await look(url, verify_token="verify token", app_secret="app secret")
    checks = check_public(found, now=NOW)
    assert all(check.remedy for check in checks if check.state != "ok")
    return {check.name.removeprefix("public address "): check for check in checks}


def bad(checks: dict[str, Check]) -> list[str]:
    return [name for name, check in checks.items() if check.state != "ok"]


async def test_all_is_well_where_the_daemon_answers() -> None:
    async with serving() as url:
        checks = await looked(url)
    assert bad(checks) == []
    assert set(checks) == {"name", "challenge", "guard", "bodies"}


@pytest.mark.parametrize(
    ("get", "post", "limit", "name", "says"),
    [
        (login, received, 8 * 2**20, "challenge", "does not come back unchanged"),
        (denied, received, 8 * 2**20, "challenge", "verify token of the settings is refused"),
        (broken, received, 8 * 2**20, "challenge", "HTTP 502"),
        (cached, received, 8 * 2**20, "guard", "answered 200"),
        (challenged, rewritten, 8 * 2**20, "bodies", "as it was sent"),
        (challenged, broken, 8 * 2**20, "bodies", "answered 502"),
        (challenged, received, 2**20, "bodies", "3 MiB (413)"),
    ],
)
async def test_what_stands_in_the_way_is_named(
    get: Handler, post: Handler, limit: int, name: str, says: str
) -> None:
    async with serving(get, post, limit=limit) as url:
        checks = await looked(url)
    assert bad(checks) == [name]
    assert says in checks[name].detail


async def test_nobody_there_and_no_name() -> None:
    async with serving() as url:
        pass
    checks = await looked(url)
    assert bad(checks) == ["challenge"]
    assert "no answer" in checks["challenge"].detail
    assert "verify token" not in checks["challenge"].detail
    assert bad(await looked("https://nobody.invalid")) == ["name"]


def certificate(folder: Path, *, days: float) -> tuple[Path, Path]:
    """Write a key and a certificate of its own for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "key.pem", folder / "cert.pem"
    plain = serialization.NoEncryption()
    paths[0].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    paths[1].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return paths


async def test_a_certificate_that_nobody_trusts_or_that_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, cert = certificate(tmp_path, days=60)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    async with serving(tls=tls) as url:
        checks = await looked(url)
        assert "self-signed" in checks["certificate"].detail.replace("self signed", "self-signed")
        assert bad(checks) == ["name", "certificate"]
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))  # as if its maker were known to all
        ends, trouble = await public_address._certificate("localhost", int(url.rpartition(":")[2]))  # noqa: SLF001 - the rest would need the same trust
        assert trouble == ""
        assert ends is not None


@pytest.mark.parametrize(("days", "state"), [(15, "ok"), (14, "warning"), (4, "warning"), (3, "failed")])
def test_a_certificate_is_told_of_before_it_ends(days: int, state: str) -> None:
    found = PublicLook(
        host="h.example", is_tls=True, addresses=("8.8.8.8",), certificate_ends=NOW + timedelta(days=days)
    )
    checks = {check.name: check for check in check_public(found, now=NOW)}
    assert checks["public address certificate"].state == state
    assert checks["public address name"].state == "ok"
