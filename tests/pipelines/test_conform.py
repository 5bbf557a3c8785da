"""A receiver that keeps the contract passes every check; one with a flaw fails the check that is about it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import web
from fake_clock import FakeClock
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.crm.conformance import MARK, HttpReceiver
from adapters.crm.gateway import crm_session
from adapters.sandbox.crm import CrmSandbox
from adapters.sandbox.listening import LoopbackServer
from connector.domain.conformance import Finding, Shot
from connector.pipelines.conform import Conform
from connector.pipelines.conform_checks import CHECKS
from connector.pipelines.conform_events import Events
from connector.runtime.clock import SystemClock
from connector.wire.event import event_from_bytes

SECRET = "whsec_" + "c2VjcmV0IG9mIGEgdGVzdA=="
NewId = Callable[[], str]


async def conformed(url: str, new_id: NewId, *, timeout_s: float = 5.0) -> Mapping[str, Finding]:
    """Run every check against a receiver; return the findings by name."""
    clock = SystemClock()
    async with crm_session(allowed_networks=[ip_network("127.0.0.0/8")]) as http:
        receiver = HttpReceiver(http, url=url, signing_secrets=[SECRET], timeout_s=timeout_s, clock=clock)
        findings = await Conform(receiver, Events(clock, new_id), timeout_s=timeout_s).run(CHECKS)
    return {finding.name: finding for finding in findings}


def not_passed(findings: Mapping[str, Finding]) -> dict[str, str]:
    return {name: one.verdict for name, one in findings.items() if one.verdict != "pass"}


class Receiver:
    """A receiver that does all right but for one flaw."""

    def __init__(self, flaw: str) -> None:
        self.flaw = flaw
        self.seen: dict[str, str | None] = {}
        self.records: dict[str, tuple[str, int]] = {}
        self.made = 0
        self.both = asyncio.Barrier(2)

    async def receive(self, request: web.Request) -> web.Response:
        body, flaw = await request.read(), self.flaw
        assert request.headers[MARK] == "true"
        assert request.headers["connector-workspace"] == "conformance"
        if not self._is_signed(request, body):
            return web.json_response({}, status=401)
        event = json.loads(body)
        data, kind = event["data"], event["type"]
        if (answer := self._flawed(request, body, kind, data)) is not None:
            return answer
        contact_id = data.get("contact", data).get("contact_id")
        event_id = request.headers["webhook-id"]
        if event_id in self.seen and flaw != "doubles":
            return self._taken(self.seen[event_id])
        if flaw == "races" and b"twin@" in body and kind == "contact.created":
            await self.both.wait()  # looked, and not yet written: the other one looks too
        record = self._record(contact_id, data.get("revision") or 0, kind)
        self.seen[event_id] = record
        return self._taken(record)

    def _record(self, contact_id: str | None, revision: int, kind: str) -> str | None:
        if contact_id is None:
            return None
        known = self.records.get(contact_id)
        makes = known is None or self.flaw == "doubles" or (self.flaw == "races" and revision == 1)
        if makes or (self.flaw == "makes_created_anew" and kind == "contact.created"):
            self.made += 1
            known = (f"r{self.made}", revision)
        assert known is not None
        self.records[contact_id] = (known[0], max(known[1], revision))
        return known[0]

    def _is_signed(self, request: web.Request, body: bytes) -> bool:
        headers, flaw = dict(request.headers), self.flaw
        if flaw == "no_check" or (flaw == "lets_unsigned_in" and "webhook-signature" not in headers):
            return True
        if flaw in {"first_entry", "last_entry"} and "webhook-signature" in headers:
            entries = headers["webhook-signature"].split()
            headers["webhook-signature"] = entries[0 if flaw == "first_entry" else -1]
        if flaw == "strict_entries" and "v9," in headers.get("webhook-signature", ""):
            return False
        if flaw == "no_age":
            return _signed_anyhow(headers, body)
        try:
            Webhook(SECRET).verify(body, headers, json_parse=False)
        except WebhookVerificationError:
            return False
        return True

    def _flawed(
        self, request: web.Request, body: bytes, kind: str, data: dict[str, Any]
    ) -> web.Response | None:
        contact_id = data.get("contact", data).get("contact_id")
        known = self.records.get(contact_id or "")
        revision = data.get("revision") or 0
        refusals = {
            "refuses_ping": kind == "ping",
            "closed_types": kind.startswith("conformance."),
            "contacts_only": kind.startswith("alert."),
            "closed_schema": "from_the_future" in data,
            "small_bodies": len(body) > 100_000,
            "latin": any(ord(letter) > 0xFFFF for letter in body.decode()),
            "refuses_old": known is not None
            and revision < known[1]
            and request.headers["webhook-id"] not in self.seen,
            "int32": data["sequence"] > 2**31,
            "unknown_update": kind == "contact.updated" and known is None,
            "refuses_replays": "connector-replay" in request.headers,
            "refuses_repeats": request.headers["webhook-id"] in self.seen,
            "no_erasing": kind == "contact.erased",
            "no_strangers": kind == "contact.erased" and known is None,
        }
        if refusals.get(self.flaw):
            return web.json_response({}, status=409)
        bare = data.get("contact", {}).get("full_name", "") is None
        if self.flaw == "wants_names" and bare:
            return web.json_response({"errors": [{"field": "full_name", "message": "missing"}]}, status=422)
        if self.flaw == "mute_422" and bare:
            return web.json_response({}, status=422)
        if self.flaw == "says_410" and kind == "alert.raised":
            return web.json_response({}, status=410)
        if self.flaw == "redirects" and kind == "alert.raised":
            return web.Response(status=307, headers={"Location": "/elsewhere"})
        return None

    def _taken(self, record: str | None) -> web.Response:
        if self.flaw == "no_ids" or record is None:
            return web.json_response({})
        return web.json_response({"id": "same for all" if self.flaw == "one_id" else record})


def _signed_anyhow(headers: Mapping[str, str], body: bytes) -> bool:
    """Verify all but the age."""
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), tz=UTC)
    right = Webhook(SECRET).sign(headers["webhook-id"], at, body.decode())
    return right in headers.get("webhook-signature", "").split()


@asynccontextmanager
async def receiving(flaw: str) -> AsyncIterator[str]:
    app = web.Application(client_max_size=8 * 2**20)
    app.router.add_post("/hook", Receiver(flaw).receive)
    server = LoopbackServer(app)
    await server.start("127.0.0.1", 0)
    try:
        yield f"{server.url}/hook"
    finally:
        await server.stop()


async def test_the_sandbox_passes_every_check_and_keeps_nobody(new_id: NewId) -> None:
    async with CrmSandbox([SECRET]) as crm:
        findings = await conformed(crm.url, new_id)
        assert not_passed(findings) == {}
        assert len(findings) >= 25
        assert all(one.contact is None for one in crm.record.contacts.values()), "somebody is left"
        assert {attempt.headers["connector-workspace"] for attempt in crm.record.attempts} == {"conformance"}


FLAWS: Mapping[str, Mapping[str, str]] = {
    "none": {},
    "no_check": dict.fromkeys(
        (
            "no signature is refused",
            "a foreign signature is refused",
            "a changed body is refused",
            "a changed id is refused",
            "an old timestamp is refused",
            "a future timestamp is refused",
        ),
        "fail",
    ),
    "lets_unsigned_in": {"no signature is refused": "fail"},
    "no_age": {"an old timestamp is refused": "fail", "a future timestamp is refused": "fail"},
    "first_entry": {
        "two signatures, the second fits": "fail",
        "an unknown scheme beside is ignored": "fail",
    },
    "last_entry": {"two signatures, the first fits": "fail"},
    "strict_entries": {"an unknown scheme beside is ignored": "fail"},
    "no_ids": {"contact.created": "warn"},
    "one_id": {"different contacts at once": "fail"},
    "doubles": dict.fromkeys(
        (
            "the same event again",
            "the same event twice at once",
            "a replay",
            "contact.updated",
            "an older revision after a newer",
            "numbers past 32 bits",
            "contact.created of a known contact",
        ),
        "fail",
    ),
    "races": {"the same event twice at once": "fail"},
    "makes_created_anew": {"contact.created of a known contact": "fail"},
    "refuses_repeats": dict.fromkeys(
        (
            "the same event again",
            "the same event twice at once",
            "a replay",
            "contact.updated",
            "numbers past 32 bits",
            "contact.erased",
        ),
        "fail",
    ),
    "refuses_replays": {"a replay": "fail"},
    "refuses_old": {"an older revision after a newer": "fail", "an old event after the removal": "fail"},
    "int32": {"numbers past 32 bits": "fail"},
    "unknown_update": {"an update of an unknown contact": "fail"},
    "closed_types": {"unknown types are taken": "fail"},
    "contacts_only": {"alert.raised": "fail"},
    "closed_schema": {"unknown fields are ignored": "fail"},
    "latin": {"names of all the world": "fail"},
    "wants_names": {"a contact with hardly anything": "warn"},
    "mute_422": {"a contact with hardly anything": "warn", "422 names its fields": "warn"},
    "small_bodies": {"a large event": "fail"},
    "no_erasing": {"contact.erased": "fail", "contact.erased of a stranger": "fail", "tidying up": "fail"},
    "no_strangers": {"contact.erased of a stranger": "fail"},
    "says_410": {"alert.raised": "fail", "no 410": "fail"},
    "redirects": {"alert.raised": "fail", "no redirects": "fail"},
}


@pytest.mark.parametrize("flaw", FLAWS)
async def test_each_flaw_is_found_by_the_check_that_is_about_it(flaw: str, new_id: NewId) -> None:
    async with receiving(flaw) as url:
        findings = await conformed(url, new_id)
    assert not_passed(findings) == FLAWS[flaw]
    assert all(one.remedy for one in findings.values() if one.verdict != "pass")


def test_every_check_was_seen_failing() -> None:
    seen = {name for found in FLAWS.values() for name in found}
    assert {check.name for check in CHECKS} - seen == {"ping", "answers in time"}, (
        "these have tests of their own"
    )


async def test_without_a_ping_nothing_else_is_sent(new_id: NewId) -> None:
    async with receiving("refuses_ping") as url:
        findings = await conformed(url, new_id)
    assert findings["ping"].verdict == "fail"
    assert {one.verdict for name, one in findings.items() if name != "ping"} == {"skip"}


async def test_a_slow_receiver_is_warned(new_id: NewId) -> None:
    async with receiving("none") as url:
        findings = await conformed(url, new_id, timeout_s=5.0)
        assert findings["answers in time"].verdict == "pass"

    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(0.15)  # what is slow is the point
        return await Receiver("none").receive(request)

    app = web.Application(client_max_size=8 * 2**20)
    app.router.add_post("/hook", slow)
    server = LoopbackServer(app)
    await server.start("127.0.0.1", 0)
    try:
        clock = SystemClock()
        async with crm_session(allowed_networks=[ip_network("127.0.0.0/8")]) as http:
            receiver = HttpReceiver(
                http, url=f"{server.url}/hook", signing_secrets=[SECRET], timeout_s=0.4, clock=clock
            )
            run = Conform(receiver, Events(clock, new_id), timeout_s=0.4)
            first = await run.run(CHECKS[:2])
    finally:
        await server.stop()
    assert [one.verdict for one in first] == ["pass", "warn"]


def test_what_is_sent_as_a_real_event_is_one(clock: FakeClock, new_id: NewId) -> None:
    events = Events(clock, new_id)
    shots: list[Shot] = [
        events.event("ping", {}),
        events.contact("ada", 1, {"full_name": "Ada", "email": "a@example.com"}),
        events.contact("ada", 2, {"full_name": "Ada"}),
    ]
    kinds = [event_from_bytes(shot.body).type for shot in shots]
    assert kinds == ["ping", "contact.created", "contact.updated"]
