"""The sender of security events: what it signs, and that it delivers."""

import random
from collections.abc import AsyncIterator

import jwt
import pytest
from aiohttp import web

from adapters.sandbox.google.objects import Account
from adapters.sandbox.google.server import GoogleSandbox
from adapters.sandbox.google.world import GoogleWorld
from adapters.sandbox.listening import LoopbackServer
from adapters.sandbox.running import Sandbox

EVENTS = "https://schemas.openid.net/secevent/risc/event-type/"


@pytest.fixture
async def google() -> AsyncIterator[GoogleSandbox]:
    world = GoogleWorld.invented(random.Random(7), now=lambda: 1_790_000_000.0)  # noqa: S311 - repeatable
    world.add_account("ada.admin@example.com")
    async with GoogleSandbox(world) as server:
        yield server


@pytest.fixture
def account(google: GoogleSandbox) -> Account:
    return next(iter(google.world.accounts.values()))


async def test_an_event_is_posted_as_it_is_signed_and_may_be_repeated(
    google: GoogleSandbox, account: Account
) -> None:
    got: list[tuple[str, str]] = []

    async def receive(request: web.Request) -> web.Response:
        got.append((request.content_type, await request.text()))
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/risc", receive)
    async with LoopbackServer(app) as daemon:
        google.events.url = f"{daemon.url}/risc"
        token = google.events.about("account-disabled", account, reason="hijacking")
        assert [await google.events.send(token) for _ in range(2)] == [202, 202]
    assert got == [("application/secevent+jwt", token)] * 2
    assert [sent.status for sent in google.events.sent] == [202, 202]
    key = google.keys[0]
    claims = jwt.decode(
        token, key.private.public_key(), algorithms=["RS256"], audience=google.world.client.id,
        options={"verify_iat": False},
    )  # fmt: skip
    assert claims["iss"] == "https://accounts.google.com/"
    assert "exp" not in claims
    assert claims["events"][f"{EVENTS}account-disabled"] == {
        "subject": {"subject_type": "iss-sub", "iss": "https://accounts.google.com/", "sub": account.sub},
        "reason": "hijacking",
    }


async def test_a_forged_event_names_the_published_key(google: GoogleSandbox, account: Account) -> None:
    forged = google.events.forged("tokens-revoked", account)
    assert jwt.get_unverified_header(forged)["kid"] == google.keys[0].kid
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(
            forged,
            google.keys[0].private.public_key(),
            algorithms=["RS256"],
            options={"verify_aud": False, "verify_iat": False},
        )


async def test_the_whole_sandbox_starts_google_and_points_its_events_at_the_daemon() -> None:
    async with Sandbox(seed=5) as sandbox:
        given = sandbox.settings()["google"]
        assert given["drive_url"] == f"{sandbox.google.url}/"
        assert given["client_id"] == sandbox.google.world.client.id
        sandbox.webhooks_go_to("http://127.0.0.1:1/", webhook="/w", risc="/webhooks/google/risc")
        assert sandbox.google.events.url == "http://127.0.0.1:1/webhooks/google/risc"
    assert Sandbox(seed=5).google.world.client.id == given["client_id"], "pasted settings stay right"
