"""Reading what happened and putting it back in line, on both engines."""

import json

import pytest
from support.rooms import PAGE, Rooms, raw

from connector.domain.connection import ConnectionId
from connector.domain.lead import PageId
from connector.domain.notice import Notification, Quarantined
from connector.domain.signals import DisconnectAsked, DisconnectDone, TokenDied
from state.leads import records


async def test_a_replay_without_a_limit_takes_all(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "REPLAY_CHUNK", 7)  # so that few rows make several transactions
    await rooms.connect(PAGE)
    await rooms.receive(*(f"{n:03}" for n in range(120)))
    given = {"page_id": PAGE}
    assert await rooms.records.count_leads(given) == 120
    assert await rooms.records.replay_leads(given, limit=None, reread=False, dry_run=True) == 120
    assert await rooms.records.replay_leads(given, limit=50, reread=False, dry_run=False) == 50
    assert await rooms.records.replay_leads(given, limit=None, reread=False, dry_run=False) == 120
    assert await rooms.records.replay_leads({"page_id": "no"}, limit=None, reread=False, dry_run=False) == 0


async def test_a_replayed_delivery_forgets_the_errors_and_a_parked_one_lists_them(rooms: Rooms) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1")
    await rooms.fetch({"1": raw("1", email="a@example.com")})
    await rooms.resolve()
    errors = json.dumps([{"field": "email", "message": "taken"}])
    await rooms.engine.write(
        lambda tx: tx.execute("UPDATE deliveries SET state = 'parked', errors = :errors", {"errors": errors})
    )
    (row,) = await rooms.records.deliveries({}, limit=9)
    assert row["errors"] == json.loads(errors)
    (trace,) = await rooms.records.trace("1")
    assert trace["deliveries"][0]["errors"] == json.loads(errors)
    assert await rooms.records.count_deliveries({"state": "parked"}) == 1
    assert await rooms.records.replay_deliveries({"state": "parked"}, limit=None, dry_run=False) == 1
    (row,) = await rooms.records.deliveries({}, limit=9)
    assert (row["state"], row["errors"]) == ("waiting", [])


async def test_quarantine_is_listed_without_payloads_unless_asked(rooms: Rooms) -> None:
    strange = Quarantined(payload=b"{}", reason="unknown_field", field_name="feed", page_id=PageId("9"))
    await rooms.inbox.record(Notification(notices=(), quarantined=(strange,)))
    await rooms.receive("5", page="8")
    found = {row["reason"]: row for row in await rooms.records.quarantined(limit=9)}
    assert set(found) == {"unknown_field", "unknown_page"}
    assert found["unknown_page"]["lead_id"] == "5"
    assert all("payload" not in row for row in found.values())
    with_payload = await rooms.records.quarantined(limit=9, with_payload=True)
    assert b"{}" in [bytes(row["payload"]) for row in with_payload]
    assert len(await rooms.records.quarantined(limit=1)) == 1


async def test_accounts_are_counted_by_their_health(rooms: Rooms) -> None:
    assert await rooms.records.accounts() == {}
    await rooms.connect("1", "2", connection_id="con_a")
    await rooms.connect("1", person="9002", connection_id="con_b")
    assert await rooms.records.accounts() == {("facebook", "healthy"): 2}
    died = TokenDied(at=rooms.clock.now(), reason="Dead.")
    await rooms.probing.hear(ConnectionId("con_a"), died)
    assert await rooms.records.accounts() == {("facebook", "healthy"): 1, ("facebook", "reconnect"): 1}
    await rooms.probing.hear(ConnectionId("con_b"), DisconnectAsked(), DisconnectDone())
    assert await rooms.records.accounts() == {("facebook", "reconnect"): 1}
