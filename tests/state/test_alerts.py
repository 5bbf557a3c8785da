"""One outage, one alert: raised once an episode, resolved once, both told in the feed."""

import asyncio

from fake_clock import FakeClock
from support.rooms import MAIN, Rooms

from connector.domain.alert import Alert
from connector.wire.event import event_from_bytes

ALERT = Alert(key="page:1", severity="critical", title="It broke.", remedy="Mend it.", workspace_id=MAIN)
EVERYWHERE = Alert(key="crm", severity="warning", title="The CRM is out.", remedy="Wait.")


async def test_an_episode_is_raised_once_and_resolved_once(rooms: Rooms, clock: FakeClock) -> None:
    assert await rooms.alerts.raise_once(ALERT)
    assert not await rooms.alerts.raise_once(ALERT)
    assert [row["key"] for row in await rooms.alerts.open()] == ["page:1"]
    await clock.advance(90)
    assert await rooms.alerts.resolve("page:1")
    assert not await rooms.alerts.resolve("page:1")
    assert await rooms.alerts.open() == []
    raised, resolved = await rooms.events()
    assert (raised["type"], resolved["type"]) == ("alert.raised", "alert.resolved")
    assert raised["data"]["alert"] == {
        "key": "page:1",
        "severity": "critical",
        "title": "It broke.",
        "remedy": "Mend it.",
        "raised_at": "2026-11-22T10:00:00.000Z",
        "resolved_at": None,
    }
    assert resolved["data"]["alert"]["resolved_at"] == "2026-11-22T10:01:30.000Z"


async def test_a_new_episode_is_told_again(rooms: Rooms) -> None:
    for _ in range(2):
        assert await rooms.alerts.raise_once(ALERT)
        assert await rooms.alerts.resolve("page:1")
    assert len(await rooms.events()) == 4


async def test_many_at_once_raise_one(rooms: Rooms) -> None:
    raised = await asyncio.gather(*(rooms.alerts.raise_once(ALERT) for _ in range(20)))
    assert sum(raised) == 1
    assert len(await rooms.events()) == 1
    resolved = await asyncio.gather(*(rooms.alerts.resolve("page:1") for _ in range(20)))
    assert sum(resolved) == 1
    assert len(await rooms.events()) == 2


async def test_what_concerns_all_is_told_to_every_workspace(rooms: Rooms) -> None:
    await rooms.workspaces.add("second")
    await rooms.alerts.raise_once(EVERYWHERE)
    await rooms.alerts.raise_once(ALERT)
    assert [event["data"]["alert"]["key"] for event in await rooms.events()] == ["crm", "page:1"]
    assert [event["data"]["alert"]["key"] for event in await rooms.events("second")] == ["crm"]


async def test_resolving_what_never_was_says_nothing(rooms: Rooms) -> None:
    assert not await rooms.alerts.resolve("unknown")
    assert await rooms.events() == []


async def test_alert_events_are_pushed_and_read_as_events(rooms: Rooms) -> None:
    await rooms.alerts.raise_once(ALERT)
    await rooms.alerts.resolve("page:1")
    works = await rooms.deliveries.claim(limit=10)
    assert [event_from_bytes(work.body).type for work in works] == ["alert.raised", "alert.resolved"]
    assert [work.contact_id for work in works] == [None, None]
