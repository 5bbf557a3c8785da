"""The CRM is told of an account's health, with what waits, and without naming a person."""

import json

import pytest
from fake_clock import FakeClock
from support.rooms import MAIN, Rooms

from connector.domain.connection import ConnectionId
from connector.wire.event import event_from_bytes, event_schema
from state.accounts.connection_events import append_connection_changed

CONNECTION = ConnectionId("con_1")
LOSE = """
    UPDATE connections SET state = 'reconnect', reason = 'The password was changed.', remedy = 'Connect again.',
                           state_since_ms = :now_ms"""
HOLD = "UPDATE leads SET stage = 'held', due_at_ms = NULL WHERE page_id = '100'"


async def test_a_change_of_health_is_told_with_what_waits(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect("100", "200", connection_id=CONNECTION)
    await rooms.receive("1", "2")
    await clock.advance(60)
    await rooms.receive("3", page="200")
    await rooms.engine.write(lambda tx: (tx.execute(LOSE, {"now_ms": clock.now_ms()}), tx.execute(HOLD)))
    before = len(await rooms.events())
    sequence = await rooms.engine.write(
        lambda tx: append_connection_changed(tx, CONNECTION, now=clock.now(), new_id=rooms.new_id)
    )
    event = (await rooms.events())[before]
    assert event["type"] == "connection.changed"
    assert event["data"]["sequence"] == sequence
    assert event["data"]["connection"] == {
        "id": "con_1",
        "provider": "facebook",
        "state": "reconnect",
        "reason": "The password was changed.",
        "remedy": "Connect again.",
        "waiting_leads": 3,
        "waiting_since": "2026-11-22T10:00:00.000Z",
        "pages": [
            {"page_id": "100", "name": "Page 100", "state": "ok"},
            {"page_id": "200", "name": "Page 200", "state": "ok"},
        ],
        "changed_at": "2026-11-22T10:01:00.000Z",
    }
    parsed = event_from_bytes(json.dumps(event).encode()).data.connection
    assert parsed is not None
    assert parsed.pages[1].page_id == "200"
    assert "Ada" not in json.dumps(event)


async def test_no_connection_is_a_mistake_of_the_caller(rooms: Rooms, clock: FakeClock) -> None:
    with pytest.raises(LookupError):
        await rooms.engine.write(
            lambda tx: append_connection_changed(tx, CONNECTION, now=clock.now(), new_id=rooms.new_id)
        )
    assert await rooms.workspaces.add(MAIN) is False


def test_the_schema_describes_it() -> None:
    assert set(event_schema()["$defs"]["ConnectionView"]["required"]) >= {"id", "state", "waiting_leads"}
