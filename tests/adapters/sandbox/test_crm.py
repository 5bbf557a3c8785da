import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
from standardwebhooks import Webhook

from adapters.sandbox.crm import CrmAnswer, CrmSandbox

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
SENT_AT = 1_790_000_000


@pytest.fixture
async def crm() -> AsyncIterator[CrmSandbox]:
    async with CrmSandbox([SECRET], now=lambda: SENT_AT + 1.0) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def _event(revision: int, contact_id: str = "c1", kind: str = "contact.created") -> bytes:
    contact = {"contact_id": contact_id, "full_name": f"Ünal {revision}"}
    data = {"workspace": "main", "sequence": revision, "revision": revision, "contact": contact}
    return json.dumps({"type": kind, "timestamp": "2026-11-22T10:00:00Z", "data": data}).encode()


def _headers(event_id: str, body: bytes, *, sent_at: float = SENT_AT, secret: str = SECRET) -> dict[str, str]:
    stamp = datetime.fromtimestamp(sent_at, tz=UTC)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(sent_at)),
        "webhook-signature": Webhook(secret).sign(event_id, stamp, body.decode()),
        "connector-sequence": "41",
        "connector-attempt": "1",
    }


async def _post(
    http: aiohttp.ClientSession,
    crm: CrmSandbox,
    event_id: str,
    body: bytes,
    headers: dict[str, str] | None = None,
) -> tuple[int, object]:
    async with http.post(crm.url, data=body, headers=headers or _headers(event_id, body)) as answer:
        return answer.status, await answer.json()


async def test_contact_is_kept_once_with_its_highest_revision(
    crm: CrmSandbox, http: aiohttp.ClientSession
) -> None:
    for event_id, revision in (("e1", 1), ("e2", 2), ("e2", 2)):
        assert await _post(http, crm, event_id, _event(revision)) == (200, {"id": "crm-1"})
    contact = crm.record.contacts["c1"]
    assert (contact.revision, contact.revisions) == (2, [1, 2])
    assert crm.record.duplicates == 1
    assert [attempt.event_id for attempt in crm.record.attempts] == ["e1", "e2", "e2"]
    assert crm.record.attempts[0].sequence == 41
    assert crm.record.violations == []


async def test_breaches_are_recorded(crm: CrmSandbox, http: aiohttp.ClientSession) -> None:
    await _post(http, crm, "e2", _event(2))
    await _post(http, crm, "e1", _event(1))
    await _post(http, crm, "e2", _event(3))
    await _post(http, crm, "e9", b"[]")
    assert [one.kind for one in crm.record.violations] == ["revision_order", "body_changed", "bad_body"]
    assert crm.record.contacts["c1"].revision == 2


@pytest.mark.parametrize("flaw", ["tampered", "old", "foreign", "missing"])
async def test_bad_signatures_are_refused(crm: CrmSandbox, http: aiohttp.ClientSession, flaw: str) -> None:
    body = _event(1)
    headers = {
        "tampered": _headers("e1", _event(2)),
        "old": _headers("e1", body, sent_at=SENT_AT - 301),
        "foreign": _headers("e1", body, secret="whsec_" + "A" * 32),
        "missing": {"webhook-id": "e1"},
    }[flaw]
    assert (await _post(http, crm, "e1", body, headers))[0] == 401
    assert crm.record.violations[0].kind == "bad_signature"
    assert crm.record.contacts == {}


async def test_library_checks_the_age_on_the_wall_clock(http: aiohttp.ClientSession) -> None:
    async with CrmSandbox([SECRET]) as crm:
        body = _event(1)
        fresh = _headers("e1", body, sent_at=datetime.now(tz=UTC).timestamp())
        assert (await _post(http, crm, "e1", body, fresh))[0] == 200
        assert (await _post(http, crm, "e1", body))[0] == 401


async def test_answers_can_be_programmed(crm: CrmSandbox, http: aiohttp.ClientSession) -> None:
    crm.answer_next(CrmAnswer(status=422, body={"errors": [{"field": "email", "message": "no"}]}))
    assert (await _post(http, crm, "e1", _event(1)))[0] == 422
    crm.down, crm.retry_after_s = True, 7
    async with http.post(crm.url, data=_event(1), headers=_headers("e1", _event(1))) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "7")
    crm.heal()
    crm.fail(CrmAnswer(status=500), contact_id="c2", times=1)
    assert (await _post(http, crm, "e1", _event(1)))[0] == 200
    assert (await _post(http, crm, "e3", _event(1, "c2")))[0] == 500
    assert (await _post(http, crm, "e3", _event(1, "c2")))[0] == 200
    assert [attempt.status for attempt in crm.record.attempts] == [422, 503, 200, 500, 200]
    assert crm.record.violations == []


async def test_connection_can_be_dropped(crm: CrmSandbox, http: aiohttp.ClientSession) -> None:
    crm.answer_next(CrmAnswer(fate="drop"))
    with pytest.raises(aiohttp.ClientError):
        await _post(http, crm, "e1", _event(1))
    assert crm.record.attempts[0].status == 0


async def test_erasure_leaves_no_contact_behind(crm: CrmSandbox, http: aiohttp.ClientSession) -> None:
    await _post(http, crm, "e1", _event(1))
    await _post(http, crm, "e2", _event(2, kind="contact.erased"))
    assert crm.record.contacts["c1"].contact is None


async def test_wait_for_wakes_on_the_request(crm: CrmSandbox, http: aiohttp.ClientSession) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(crm.wait_for(lambda: "c1" in crm.record.contacts, timeout_s=5))
        group.create_task(_post(http, crm, "e1", _event(1)))
