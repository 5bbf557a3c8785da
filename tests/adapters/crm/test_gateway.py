import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import IPv4Network

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from fake_clock import FakeClock
from standardwebhooks import Webhook

from adapters.crm.gateway import ANSWER_BYTES, HttpCrm, crm_session
from connector.domain.delivery import Accepted, Answer, Outgoing, Rejected, TryLater

NEW, OLD = "whsec_bmV3bmV3bmV3", "whsec_b2xkb2xkb2xk"
LOOPBACK = (IPv4Network("127.0.0.0/8"),)
EVENT = Outgoing(event_id="evt_1", workspace_id="main", sequence=41, attempt=2, body='{"a": "ü"}'.encode())
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def send(
    url: str,
    *,
    event: Outgoing = EVENT,
    networks: tuple[IPv4Network, ...] = LOOPBACK,
    resolver: AbstractResolver | None = None,
    timeout_s: float = 10,
) -> Answer:
    async with crm_session(allowed_networks=networks, resolver=resolver) as session:
        crm = HttpCrm(
            session, url=url, secrets=[NEW, OLD], timeout_s=timeout_s, clock=FakeClock(datetime.now(UTC))
        )
        return await crm.send(event)


class Names(AbstractResolver):
    """Answers every question with the same addresses, or fails."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if not self._addresses:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [
            ResolveResult(hostname=host, host=a, port=port, family=family or socket.AF_INET, proto=0, flags=0)
            for a in self._addresses
        ]

    async def close(self) -> None:
        pass


class Seen:
    """A receiver that keeps what it got."""

    def __init__(self, *answers: web.Response) -> None:
        self.requests: list[tuple[web.Request, bytes]] = []
        self._answers = list(answers)

    async def receive(self, request: web.Request) -> web.Response:
        self.requests.append((request, await request.read()))
        return self._answers.pop(0)


async def test_an_event_arrives_as_it_is_and_verifies_with_either_secret() -> None:
    seen = Seen(web.json_response({"id": 77}))
    async with served(seen.receive) as port:
        assert await send(f"http://127.0.0.1:{port}/hook") == Accepted(status=200, crm_id="77")
    request, body = seen.requests[0]
    assert (request.method, request.path, body) == ("POST", "/hook", EVENT.body)
    for secret in (NEW, OLD):
        Webhook(secret).verify(body, dict(request.headers))
    assert request.headers["webhook-id"] == "evt_1"
    assert request.headers["connector-workspace"] == "main"
    assert request.headers["connector-sequence"] == "41"
    assert request.headers["connector-attempt"] == "2"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == "leads-connector"
    assert "connector-replay" not in request.headers


async def test_a_replay_says_so() -> None:
    seen = Seen(web.Response())
    event = Outgoing(event_id="e", workspace_id="main", sequence=1, attempt=1, body=b"{}", is_replay=True)
    async with served(seen.receive) as port:
        await send(f"http://127.0.0.1:{port}", event=event)
    assert seen.requests[0][0].headers["connector-replay"] == "true"


async def test_a_redirect_is_not_followed() -> None:
    seen = Seen(web.Response(status=307, headers={"Location": "/elsewhere"}))
    async with served(seen.receive) as port:
        answer = await send(f"http://127.0.0.1:{port}")
    assert answer == TryLater(reason="redirected, which is not followed", status=307)
    assert len(seen.requests) == 1


async def test_a_refusal_and_a_pause_come_through() -> None:
    seen = Seen(
        web.json_response({"errors": [{"field": "phone", "message": "invalid"}]}, status=422),
        web.Response(status=503, headers={"Retry-After": "30"}),
    )
    async with served(seen.receive) as port:
        refusal = await send(f"http://127.0.0.1:{port}")
        pause = await send(f"http://127.0.0.1:{port}")
    assert isinstance(refusal, Rejected)
    assert refusal.errors[0].field == "phone"
    assert pause == TryLater(reason="unavailable", status=503, retry_after_s=30, is_outage=True)


@pytest.mark.parametrize(("padding", "crm_id"), [(ANSWER_BYTES - 100, "7"), (ANSWER_BYTES, None)])
async def test_an_answer_is_read_no_further_than_its_bound(padding: int, crm_id: str | None) -> None:
    seen = Seen(web.json_response({"id": 7, "padding": "x" * padding}))
    async with served(seen.receive) as port:
        assert await send(f"http://127.0.0.1:{port}") == Accepted(status=200, crm_id=crm_id)


async def test_a_body_that_breaks_off_does_not_undo_the_status() -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        await request.read()
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b'{"id": 1')
        assert request.transport is not None
        request.transport.close()
        return response

    async with served(broken) as port:
        assert await send(f"http://127.0.0.1:{port}") == Accepted(status=200)


async def test_a_silent_receiver_times_out() -> None:
    async def silent(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with served(silent) as port:
        assert await send(f"http://127.0.0.1:{port}", timeout_s=0.05) == TryLater(reason="timed out")


async def test_a_receiver_that_hangs_up_is_a_lost_connection() -> None:
    async def rude(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        raise AssertionError

    async with served(rude) as port:
        assert await send(f"http://127.0.0.1:{port}") == TryLater(reason="connection lost")


async def raw_answer(text: bytes) -> Answer:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(text)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        scheme = "http" if text.startswith(b"S") else "https"
        return await send(f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}")


async def test_what_is_no_http_and_what_is_no_tls() -> None:
    assert await raw_answer(b"SSH-2.0-server\r\n\r\n") == TryLater(reason="answer is no HTTP")
    assert await raw_answer(b"HTTP/1.1 200 OK\r\n\r\n") == TryLater(reason="TLS failed", is_outage=True)


async def test_nobody_listens() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        assert await send(f"http://127.0.0.1:{port}") == TryLater(reason="connection refused", is_outage=True)


async def test_a_name_that_does_not_resolve() -> None:
    assert await send("http://crm.example/", resolver=Names()) == TryLater(
        reason="name not resolved", is_outage=True
    )


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.1"])
async def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    seen = Seen()
    async with served(seen.receive) as port:
        answer = await send(f"http://crm.example:{port}/", networks=(), resolver=Names(address, "127.0.0.2"))
    assert answer == TryLater(reason="address not allowed", is_outage=True)
    assert not seen.requests


async def test_a_literal_that_leads_inside_is_refused() -> None:
    seen = Seen()
    async with served(seen.receive) as port:
        for host in ("127.0.0.1", "[::ffff:127.0.0.1]"):
            answer = await send(f"http://{host}:{port}/", networks=())
            assert answer == TryLater(reason="address not allowed", is_outage=True)
    assert not seen.requests


async def test_an_allowed_network_is_reached_by_name() -> None:
    seen = Seen(web.Response(status=204))
    async with served(seen.receive) as port:
        answer = await send(f"http://crm.example:{port}/", resolver=Names("127.0.0.1"))
    assert answer == Accepted(status=204)
