"""Behind nginx and Caddy as docs/operators.md shows them: bodies unchanged, our answers, nobody's word believed."""

import asyncio
import contextlib
import io
import itertools
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from conftest import required
from support.daemon import WEBHOOK, Config, Home
from support.proxies import Found, Proxy, documented, program, running
from support.traffic import Received, plain_forms, submit

from adapters.sandbox.world import Lead
from connector.config_models import sections

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

PROXIES = ("caddy", "nginx")
MIB = 2**20


@contextlib.asynccontextmanager
async def outside(proxy: Proxy) -> AsyncIterator[aiohttp.ClientSession]:
    """Lend a client that trusts the proxy's certificate and nothing else."""
    connector = aiohttp.TCPConnector(ssl=proxy.trust, resolver=Found("127.0.0.1"))
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20)) as http:
        yield http


@pytest.fixture(params=PROXIES)
def name(request: pytest.FixtureRequest) -> str:
    proxy: str = request.param
    required(proxy, present=program(proxy) is not None, how=f"apt-get install {proxy}")
    return proxy


async def test_webhooks_pass_unchanged_and_large_ones_get_our_answer(
    name: str, lite: Home, tmp_path: Path
) -> None:
    config = lite.configure()
    await lite.connect(config)
    daemon = await lite.start(config)
    received, form = Received(lite.sandbox.crm), plain_forms(lite.sandbox)[0]
    folder = tmp_path / name
    folder.mkdir()
    async with running(name, folder, config.public_port) as proxy, outside(proxy) as http:
        leads = [submit(lite.sandbox, form, number) for number in range(20)]
        assert await asyncio.gather(*(announced(lite, http, proxy, lead) for lead in leads)) == [200] * 20
        await lite.sandbox.crm.wait_for(lambda: received.has({lead.id for lead in leads}))
        assert await challenged(config, http, proxy) == (200, "echo-this")
        status, said = await posted(http, proxy, b"x" * (4 * MIB + MIB // 2))
        assert (status, "over 4194304 bytes" in said) == (413, True)  # our answer, not the proxy's
        assert (await posted(http, proxy, b"{}"))[0] == 401
    daemon.terminate()
    assert await daemon.exit_code() == 0, daemon.log.tail()
    if proxy.access_log.exists():
        log = proxy.access_log.read_text(encoding="utf-8")
        assert f"GET {WEBHOOK} 200" in log
        assert "hub." not in log  # no query string, so no code and no token


async def test_who_visits_is_the_proxy_s_word_and_a_stream_is_passed_on_at_once(
    name: str, tmp_path: Path
) -> None:
    """An upstream of our own shows what a proxy hands on."""
    seen: list[Any] = []
    go_on = asyncio.Event()

    async def stream(request: web.Request) -> web.StreamResponse:
        seen.append((request.headers.getall("X-Forwarded-For"), request.host.partition(":")[0]))
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        await response.prepare(request)
        await response.write(b"data: first\n\n")
        await go_on.wait()
        return response

    app = web.Application()
    app.router.add_get("/w/main/live", stream)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with running(name, tmp_path, port) as proxy, outside(proxy) as http:
            forged = {"X-Forwarded-For": "203.0.113.9"}
            async with http.get(proxy.url("/w/main/live"), headers=forged) as answer:
                assert await answer.content.readline() == b"data: first\n"  # while the rest is not there yet
                go_on.set()
    finally:
        await runner.cleanup()
    assert seen == [(["127.0.0.1"], "connect.example.com")]


async def test_each_webhook_has_a_connection_of_its_own_and_all_else_shares(
    name: str, tmp_path: Path
) -> None:
    """A POST on a kept connection that our stop closes is no error that a proxy may repeat: Meta would see a 502."""
    connections = itertools.count()
    calls: dict[str, list[int]] = {WEBHOOK: [], "/sign-in": []}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = next(connections)
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(2)
                calls[head.split()[1].decode()].append(connection)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, running(name, tmp_path, port) as proxy, outside(proxy) as http:
        for path in (WEBHOOK, WEBHOOK, WEBHOOK, "/sign-in", "/sign-in", WEBHOOK):
            async with http.post(proxy.url(path), data=b"{}") as answer:
                assert answer.status == 200
    assert len(set(calls[WEBHOOK])) == len(calls[WEBHOOK]) == 4
    assert len(set(calls["/sign-in"])) == 1


def test_the_proxies_give_kept_connections_up_before_we_do() -> None:
    """Otherwise a webhook may meet a connection that we are closing, and Meta sees a 502."""
    ours_s = sections()["intake"].model_fields["header_timeout_seconds"].default
    nginx = re.search(r"keepalive_timeout (\d+)s;", documented("nginx"))
    caddy = re.search(r"keepalive (\d+)s\n", documented("caddyfile"))
    assert nginx is not None
    assert caddy is not None
    assert int(nginx[1]) < ours_s
    assert int(caddy[1]) < ours_s


async def announced(home: Home, http: aiohttp.ClientSession, proxy: Proxy, lead: Lead) -> int:
    """Send a lead's webhook as Meta writes it: escapes and all, signed over these very bytes."""
    (body,) = home.sandbox.sender.bodies([lead])
    headers = {"X-Hub-Signature-256": home.sandbox.sender.sign(body), "Content-Type": "application/json"}
    async with http.post(proxy.url(WEBHOOK), data=body, headers=headers) as answer:
        return answer.status


async def challenged(config: Config, http: aiohttp.ClientSession, proxy: Proxy) -> tuple[int, str]:
    """Ask as Meta does when it checks the address."""
    token = config.settings().facebook.verify_token.get_secret_value()
    query = {"hub.mode": "subscribe", "hub.challenge": "echo-this", "hub.verify_token": token}
    async with http.get(proxy.url(WEBHOOK), params=query) as answer:
        return answer.status, await answer.text()


async def posted(http: aiohttp.ClientSession, proxy: Proxy, body: bytes) -> tuple[int, str]:
    async with http.post(proxy.url(WEBHOOK), data=io.BytesIO(body)) as answer:
        return answer.status, await answer.text()
