"""Notices in: each a lead once a workspace, everything else in quarantine, nothing lost."""

import asyncio
import json

import pytest
from fake_clock import FakeClock
from support.rooms import PAGE, Rooms, notice, notification

from adapters.facebook.webhook import FacebookWebhook
from connector.domain.lead import PageId
from connector.domain.notice import Notification, Quarantined

LEADS = """
    SELECT lead_id, workspace_id, page_id, form_id, stage, attempts FROM leads
     ORDER BY lead_id, workspace_id"""
QUARANTINE = "SELECT * FROM quarantine ORDER BY digest"


def counted(rooms: Rooms) -> tuple[int, int, int]:
    seen = rooms.counters.seen
    return seen["notices", "new"], seen["notices", "duplicate"], seen["notices", "quarantined"]


async def test_a_notice_of_a_connected_page_is_a_lead_that_waits(rooms: Rooms) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1")
    (lead,) = await rooms.rows(LEADS)
    assert dict(lead) == {
        "lead_id": "1",
        "workspace_id": "main",
        "page_id": PAGE,
        "form_id": "300",
        "stage": "fetch",
        "attempts": 0,
    }
    assert counted(rooms) == (1, 0, 0)


async def test_the_same_notification_five_times_is_one_lead(rooms: Rooms) -> None:
    await rooms.connect(PAGE)
    for _ in range(3):
        await rooms.receive("1", "2")
    await asyncio.gather(rooms.receive("1", "2"), rooms.receive("2", "1"))
    assert [row["lead_id"] for row in await rooms.rows(LEADS)] == ["1", "2"]
    assert counted(rooms) == (2, 8, 0)


async def test_one_notification_may_name_a_lead_twice(rooms: Rooms) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1", "1", "1")
    assert len(await rooms.rows(LEADS)) == 1
    assert counted(rooms) == (1, 2, 0)


async def test_workspaces_that_share_a_page_get_a_lead_each(rooms: Rooms) -> None:
    await rooms.connect(PAGE)
    await rooms.connect(PAGE, workspace="second", person="9002")
    await rooms.receive("1")
    assert [row["workspace_id"] for row in await rooms.rows(LEADS)] == ["main", "second"]


async def test_an_unknown_page_waits_in_quarantine_until_it_is_connected(rooms: Rooms) -> None:
    await rooms.receive("1", "2", page="555")
    assert await rooms.rows(LEADS) == []
    assert [row["reason"] for row in await rooms.rows(QUARANTINE)] == ["unknown_page"] * 2
    assert counted(rooms) == (0, 0, 2)
    assert len(await rooms.records.quarantined(limit=10)) == 2
    assert await rooms.connect("100") == 0
    assert await rooms.rows(LEADS) == []
    assert await rooms.connect("555") == 2
    rows = await rooms.rows(LEADS)
    assert [(row["lead_id"], row["page_id"], row["form_id"]) for row in rows] == [
        ("1", "555", "300"),
        ("2", "555", "300"),
    ]
    assert await rooms.records.quarantined(limit=10) == []
    assert await rooms.connect("555") == 0


async def test_a_repeated_stranger_is_counted_not_stored_again(rooms: Rooms, clock: FakeClock) -> None:
    for _ in range(4):
        await rooms.receive("1", page="555")
        await clock.advance(60)
    (row,) = await rooms.rows(QUARANTINE)
    assert row["seen"] == 4
    assert row["last_seen_ms"] - row["first_seen_ms"] == 180_000


async def test_a_known_and_an_unknown_page_in_one_post(rooms: Rooms) -> None:
    await rooms.connect(PAGE)
    both = (*notification("1").notices, *notification("2", page="555").notices)
    await rooms.inbox.record(Notification(notices=both))
    assert [row["lead_id"] for row in await rooms.rows(LEADS)] == ["1"]
    assert [row["lead_id"] for row in await rooms.rows(QUARANTINE)] == ["2"]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x00",
        b"{\xff\xfe",
        '"\ud800"'.encode(errors="surrogatepass"),
        b"\x00" * 100_000,
        bytes(range(256)),
    ],
    ids=["empty", "nul", "no utf-8", "surrogate", "many nuls", "every byte"],
)
async def test_any_bytes_are_kept_as_they_came(rooms: Rooms, payload: bytes) -> None:
    strange = Quarantined(reason="broken_json", payload=payload, page_id=PageId("1"), field_name="x")
    await rooms.inbox.record(Notification(quarantined=(strange, strange)))
    (row,) = await rooms.rows(QUARANTINE)
    assert bytes(row["payload"]) == payload
    assert row["seen"] == 2


@pytest.mark.parametrize(
    "change",
    [
        {"field": "a\x00b\ud800", "value": {}},
        {"field": "leadgen", "value": {"leadgen_id": "\x00", "page_id": "\ud800"}},
        {"field": "leadgen_update", "value": {"leadgen_id": 1, "page_id": 2}},
        {"field": "leadgen", "value": {"leadgen_id": -1, "page_id": 2}},
    ],
    ids=["odd field", "odd ids", "other field", "negative id"],
)
async def test_what_the_door_calls_strange_can_be_stored(rooms: Rooms, change: dict[str, object]) -> None:
    body = json.dumps({"object": "page", "entry": [{"id": "\x00", "changes": [change]}]}).encode()
    await rooms.inbox.record(FacebookWebhook(["secret"], "verify").parse(body))
    assert len(await rooms.rows(QUARANTINE)) == 1
    assert await rooms.rows(LEADS) == []


async def test_a_thousand_changes_of_three_pages_in_one_post(rooms: Rooms) -> None:
    await rooms.connect("1", "2", "3")
    notices = tuple(notice(f"{n}", page=f"{n % 3 + 1}") for n in range(1000))
    await rooms.inbox.record(Notification(notices=notices))
    await rooms.inbox.record(Notification(notices=notices))
    assert counted(rooms) == (1000, 1000, 0)
    counts = await rooms.rows(
        "SELECT page_id, COUNT(*) AS leads FROM leads GROUP BY page_id ORDER BY page_id"
    )
    assert [row["leads"] for row in counts] == [334, 333, 333]


async def test_many_posts_at_once_lose_nothing(rooms: Rooms) -> None:
    await rooms.connect(PAGE)
    await asyncio.gather(*(rooms.receive(f"{n}", f"{n + 1}") for n in range(200)))
    assert len(await rooms.rows(LEADS)) == 201
    assert counted(rooms) == (201, 199, 0)


async def test_an_empty_notification_is_no_error(rooms: Rooms) -> None:
    await rooms.inbox.record(Notification())
    assert counted(rooms) == (0, 0, 0)
