import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from adapters.sandbox.graph_api import GraphSandbox
from adapters.sandbox.listening import LoopbackServer
from adapters.sandbox.webhook_sender import LADDER_S, WebhookSender
from adapters.sandbox.world import Form, Page, Person, World


@dataclass
class Receiver:
    """Keeps what it gets and answers with the queued statuses, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    got: list[tuple[str, bytes]] = field(default_factory=list)

    async def receive(self, request: web.Request) -> web.Response:
        self.got.append((request.headers.get("X-Hub-Signature-256", ""), await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    one = Receiver()
    app = web.Application()
    app.router.add_post("/hook", one.receive)
    async with LoopbackServer(app) as server:
        one.url = f"{server.url}/hook"
        yield one


@pytest.fixture
async def sender(world: World, page: Page, receiver: Receiver) -> AsyncIterator[WebhookSender]:
    page.subscribed[world.app_id] = ["leadgen"]
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with WebhookSender(world, receiver.url, sleep=sleep) as one:
        yield one


async def test_signature_covers_the_bytes_sent(
    world: World, form: Form, sender: WebhookSender, receiver: Receiver
) -> None:
    lead = world.add_lead(form, answers={}, ad_id="77")
    (sent,) = await sender.announce([lead])
    assert sent.acknowledged
    ((signature, body),) = receiver.got
    mac = hmac.new(world.app_secret.encode(), body, hashlib.sha256).hexdigest()
    assert signature == f"sha256={mac}"
    payload = json.loads(body)
    value = payload["entry"][0]["changes"][0]["value"]
    assert payload["object"] == "page"
    assert value["leadgen_id"] == lead
    assert value["adgroup_id"] == value["ad_id"] == "77"


async def test_organic_leads_have_no_ad_ids_and_ids_may_be_integers(
    world: World, form: Form, sender: WebhookSender, receiver: Receiver
) -> None:
    lead = world.add_lead(form, is_organic=True)
    sender.ids_as_text = False
    await sender.announce([lead])
    value = json.loads(receiver.got[0][1])["entry"][0]["changes"][0]["value"]
    assert value == {
        "leadgen_id": int(lead),
        "page_id": int(form.page_id),
        "form_id": int(form.id),
        "created_time": int(world.now()),
    }


def test_json_is_escaped_as_meta_does(sender: WebhookSender) -> None:
    assert sender.encode({"a": "ü/"}) == rb'{"a":"\u00fc\/"}'


async def test_large_bursts_go_out_by_thousands_over_several_pages(
    world: World, admin: Person, form: Form, sender: WebhookSender
) -> None:
    other = world.add_page("Other", admins=[admin])
    other.subscribed[world.app_id] = ["leadgen"]
    other_form = world.add_form(other)
    leads = [world.leads[world.add_lead(form if n % 2 else other_form)] for n in range(1001)]
    bodies = [json.loads(body) for body in sender.bodies(leads)]
    counts = [sum(len(entry["changes"]) for entry in body["entry"]) for body in bodies]
    assert counts == [1000, 1]
    assert len(bodies[0]["entry"]) == 2


async def test_unsubscribed_pages_are_silent(
    world: World, page: Page, form: Form, sender: WebhookSender, receiver: Receiver
) -> None:
    lead = world.add_lead(form)
    page.app_platform = False
    assert await sender.announce([lead]) == []
    page.app_platform = True
    world.drop_subscription(page)
    assert await sender.announce([lead]) == []
    assert receiver.got == []


async def test_retries_end_with_the_ladder(
    world: World, form: Form, sender: WebhookSender, receiver: Receiver
) -> None:
    lead = world.add_lead(form)
    receiver.statuses = [503, 201]
    (late,) = await sender.announce([lead])
    assert late.statuses == [503, 201, 200]
    receiver.statuses = [500] * 20
    (lost,) = await sender.announce([lead])
    assert lost.statuses == [500] * (len(LADDER_S) + 1)
    assert not lost.acknowledged
    assert len({body for _, body in receiver.got[3:]}) == 1


async def test_raw_bodies_may_carry_any_signature(sender: WebhookSender, receiver: Receiver) -> None:
    assert await sender.send_raw(b"{broken") == 200
    await sender.send_raw(b"{}", signature="sha256=00")
    await sender.send_raw(b"{}", signature="")
    assert [signature for signature, _ in receiver.got] == [sender.sign(b"{broken"), "sha256=00", ""]


async def test_test_lead_fires_the_webhook(
    graph: GraphSandbox, form: Form, page_token: str, sender: WebhookSender
) -> None:
    graph.sender = sender
    lead_id = await _create_test_lead(graph, form, page_token)
    await graph.settled()
    assert lead_id.encode() in sender.sent[0].body


async def _create_test_lead(graph: GraphSandbox, form: Form, token: str) -> str:
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{graph.url}/v26.0/{form.id}/test_leads", data={"access_token": token}) as answer,
    ):
        return str((await answer.json(content_type=None))["id"])


async def test_removing_the_app_calls_the_deauthorize_callback(
    graph: GraphSandbox, world: World, user_token: str, sender: WebhookSender, receiver: Receiver
) -> None:
    graph.sender, world.deauthorize_url = sender, receiver.url
    url = f"{graph.url}/v26.0/me/permissions"
    async with (
        aiohttp.ClientSession() as http,
        http.delete(url, params={"access_token": user_token}) as answer,
    ):
        assert answer.status == 200
    await graph.settled()
    assert receiver.got[0][1].startswith(b"signed_request=")


async def test_signed_request_is_two_unpadded_parts(
    world: World, sender: WebhookSender, receiver: Receiver
) -> None:
    world.deauthorize_url = receiver.url
    assert await sender.deauthorize("100200300") == 200
    text = receiver.got[0][1].decode().removeprefix("signed_request=")
    signature, _, payload = text.partition(".")
    assert "=" not in text
    mac = hmac.new(world.app_secret.encode(), payload.encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signature + "==") == mac
    fields = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert fields["algorithm"] == "HMAC-SHA256"
    assert fields["user_id"] == "100200300"
