"""Nothing secret and nobody's data in the logs, whatever comes in and whatever the outside answers."""

import io
import json
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest
from support.daemon import Config, DaemonProcess, Home
from support.leaks import Leaks
from support.traffic import Received, plain_forms, submit

from adapters.sandbox.crm import CrmAnswer
from adapters.sandbox.faults import Fault
from adapters.sandbox.running import Sandbox
from connector.composition import Chance, opened_state
from connector.runtime.clock import SystemClock

pytestmark = pytest.mark.timeout(120)

LOGIN = {"/v26.0/oauth/access_token", "/v26.0/debug_token"}
"""Documented as GETs with what they are about in the query; both happen only while a person connects."""
TOO_LARGE_BYTES = 5 * 2**20


@pytest.mark.process
async def test_a_rich_run_logs_no_secret_and_nobody(home: Home) -> None:
    sandbox, received = home.sandbox, Received(home.sandbox.crm)
    forms = plain_forms(sandbox)
    config = home.configure()
    await home.connect(config)
    token = await api_token(home, config)
    daemon = await home.start(config)

    people = [submit(sandbox, forms[number % len(forms)], number) for number in range(12)]
    invented = sandbox.submit(30)
    test_lead = submit(sandbox, forms[0], 99)
    test_lead.is_test = True
    test_lead.field_data[1]["values"] = ["test@fb.com"]
    await sandbox.sender.announce([*people, *invented, test_lead])
    arriving = {lead.id for lead in (*people, *invented)}
    await sandbox.crm.wait_for(lambda: received.has(arriving), 30.0)

    await bad_input(sandbox, config)
    await ask_the_api(config, token)
    await quote_us(home, daemon)

    sandbox.world.invalidate(next(iter(sandbox.world.people.values())), 463)
    await sandbox.sender.announce([submit(sandbox, forms[0], 500)])
    await daemon.log.wait_for_event("page.stopped")
    daemon.terminate()
    assert await daemon.exit_code() == 0
    text = daemon.log.path.read_text(encoding="utf-8")
    assert daemon.log.seen["delivery.attempted"] >= len(arriving)  # the log is a real one, down to debug
    assert daemon.log.seen["webhook.received"] > 0
    assert home.leaks.in_text(text) == []
    assert len(home.graph_urls) == sandbox.graph.requests
    addresses = [url for url in home.graph_urls if url.partition("?")[0] not in LOGIN]
    assert home.leaks.in_text("\n".join(addresses)) == []


async def api_token(home: Home, config: Config) -> str:
    """Create an API token, as `connector token create` does; it is shown once, and not to the log."""
    chance = Chance.of_system()
    async with opened_state(config.settings(), SystemClock(), chance) as rooms:
        _, token = await rooms.tokens.create("engineer", workspace_id=None)
    home.leaks.secret(token)
    return token


async def bad_input(sandbox: Sandbox, config: Config) -> None:
    """Send what a stranger would, and what Meta might: each is answered right."""
    sender = sandbox.sender
    person = submit(sandbox, next(iter(sandbox.world.forms.values())), 77)
    body = sender.bodies([person])[0]
    huge = b'{"object": "page", "x": "' + b"a" * TOO_LARGE_BYTES + b'"}'
    private = json.dumps({"object": "page", "entry": [{"email": "kunigunde.77@example.com"}]}).encode()
    assert await sender.send_raw(body, "sha256=" + "0" * 64) == 401
    assert await sender.send_raw(body, "") == 401
    assert await sender.send_raw(body[:-9], sender.sign(body)) == 401
    assert await sender.send_raw(b"kunigunde.77@example.com {{{") == 200
    assert await sender.send_raw(private) == 200
    assert await sender.send_raw(b"[" * 100_000) == 200
    assert await sender.send_raw(b'{"object": "page", "entry": "\\ud800\\u0000"}') == 200
    assert await sender.send_raw(b'{"object":"page","entry":[{"id":9007199254740993,"changes":[]}]}') == 200
    assert await sent_too_much(sender.url, huge) in {413, None}  # a reset is how a full pipe looks to us
    async with aiohttp.ClientSession() as http:
        wrong = {
            "hub.mode": "subscribe",
            "hub.verify_token": "kunigunde.77@example.com",
            "hub.challenge": "1",
        }
        async with http.get(config.webhook_url, params=wrong) as answer:
            assert answer.status == 403
        right = {**wrong, "hub.verify_token": sandbox.world.verify_token}
        async with http.get(config.webhook_url, params=right) as answer:
            assert (answer.status, await answer.text()) == (200, "1")
        async with http.get(f"http://127.0.0.1:{config.ops_port}/readyz") as answer:
            assert answer.status == 200


async def sent_too_much(url: str, body: bytes) -> int | None:
    async with aiohttp.ClientSession() as http:
        try:
            async with http.post(
                url, data=io.BytesIO(body), headers={"X-Hub-Signature-256": "sha256=0"}
            ) as answer:
                return answer.status
        except aiohttp.ClientError:
            return None


async def ask_the_api(config: Config, token: str) -> None:
    """Read the feed with the right token, and knock with wrong ones, also in the address."""

    async def status(headers: Mapping[str, str], **query: str) -> int:
        async with http.get(f"{config.api_url}/events", headers=headers, params=query) as answer:
            await answer.read()
            return answer.status

    async with aiohttp.ClientSession() as http:
        assert await status({"Authorization": f"Bearer {token}"}, workspace="main") == 200
        assert await status({"Authorization": f"Bearer {token}x"}, workspace="main") == 401
        assert await status({}, access_token=token) == 401


async def quote_us(home: Home, daemon: DaemonProcess) -> None:
    """Let the CRM and Facebook answer with what they were sent, as careless servers do."""
    sandbox = home.sandbox
    person = submit(sandbox, next(iter(sandbox.world.forms.values())), 501)
    token = next(iter(sandbox.world.tokens))
    quote = f"Kunigunde Quastenflosser501 <kunigunde.501@example.com> +4915223000501 {token}"
    named = CrmAnswer(status=422, body={"errors": [{"field": "email", "message": quote}], "detail": quote})
    done = daemon.log.seen["delivery.attempted"]
    sandbox.crm.answer_next(named)
    await sandbox.sender.announce([person])
    await daemon.log.wait_for_event("delivery.attempted", done + 1)
    sandbox.crm.answer_next(CrmAnswer(status=500, body=quote), CrmAnswer(fate="drop"))
    await sandbox.sender.announce([submit(sandbox, next(iter(sandbox.world.forms.values())), 502)])
    await daemon.log.wait_for_event("delivery.attempted", done + 2)

    # a page of HTML on every try of this read, then an error in JSON that quotes; both are then left alone
    failed = daemon.log.seen["lead.not_read"]
    html = Fault.status(500, f"<html><body>{quote}</body></html>")
    sandbox.graph.faults.rate("lead", html, 1.0)
    await sandbox.sender.announce([submit(sandbox, next(iter(sandbox.world.forms.values())), 503)])
    await daemon.log.wait_for_event("lead.not_read", failed + 1)
    sandbox.graph.faults.clear()
    error = {"error": {"message": quote, "type": "OAuthException", "code": 100, "error_user_msg": quote}}
    sandbox.graph.faults.rate("lead", Fault.status(400, json.dumps(error), "application/json"), 1.0)
    await sandbox.sender.announce([submit(sandbox, next(iter(sandbox.world.forms.values())), 504)])
    await daemon.log.wait_for_event("lead.not_read", failed + 2)
    sandbox.graph.faults.clear()


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    """A search that finds nothing proves nothing until it was seen to find."""
    sandbox = Sandbox(seed=5)
    form = plain_forms(sandbox)[0]
    submit(sandbox, form, 7)
    sandbox.world.add_lead(form, answers={"full_name": "Zoë Příklad"})
    sandbox.world.add_lead(form, answers={"full_name": "Ada Ek"})
    token = sandbox.graph.log_in(next(iter(sandbox.world.people.values())))
    leaks = Leaks(tmp_path)
    leaks.watch(sandbox)
    for text in (
        '{"event": "x", "reason": "kunigunde.7@example.com said"}',
        '{"url": "/me?mail=kunigunde.7%40example.com"}',
        "KUNIGUNDE QUASTENFLOSSER7",
        "call +49 152 2300 0007 now",
        '{"id": "4915223000007"}',
        json.dumps({"name": "Zoë Příklad"}),
        "said by Ada Ek, it seems",
        f"/v26.0/me?access_token={token}",
        sandbox.world.app_secret,
        sandbox.signing_secret,
    ):
        assert leaks.in_text(text) != [], text
    assert leaks.in_text('{"lead_id": "4915223000007123", "event": "lead.resolved"}') == []
