"""The page of calls, in the whole daemon: the API's figures, a range and a zone, what is not understood."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from support.calls import a_call
from support.dashboard_site import MAIN, DashboardSite

from connector.domain.call import Call, Peer
from connector.web.dashboard.calls import talk, zone_names

CALLS = "/w/main/calls"


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 20, hour, minute, tzinfo=UTC)


MISSED = {"type": "missed", "status": "not_answered", "duration": 0}
LOG: list[Call] = [
    a_call("+351910000001", at(9), duration=600),
    a_call("+351910000002", at(10), **MISSED),  # type: ignore[arg-type] # by name
    a_call("+351910000003", at(11), **MISSED),  # type: ignore[arg-type] # by name
    a_call("+351910000003", at(12), owner="tom", direction="outbound", type="outgoing", duration=90),
    a_call("+351910000004", at(23, 30), owner="<b>eve</b>", duration=60),
    a_call("", at(13), peer=Peer(number=None, number_raw="", presentation=2), **MISSED),  # type: ignore[arg-type] # by name
]


async def stored(dashboard: DashboardSite) -> str:
    """Store the log; return a token of the API."""
    rooms = dashboard.inside.daemon.rooms
    await rooms.workspaces.change(MAIN, {"call_tracking": 1})
    await rooms.calls.add(MAIN, LOG, import_id="imp_1")
    _, token = await rooms.tokens.create("crm", MAIN)
    return token


async def test_the_figures_are_those_of_the_api(dashboard: DashboardSite) -> None:
    token = await stored(dashboard)
    owner = await dashboard.visitor("vera", main="viewer")
    asked = "?since=2026-11-19&until=2026-11-21&zone=Asia/Kolkata"
    shown = await owner.get(f"{CALLS}{asked}")
    assert shown.status == 200
    async with owner.http.get(
        f"{dashboard.url}/api/v1/calls/summary{asked}", headers={"Authorization": f"Bearer {token}"}
    ) as answer:
        days = (await answer.json())["days"]
    table = shown.text.partition("Day by day")[2]
    rows = re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.DOTALL)
    seen = [re.findall(r'<td data-label="([^"]*)"[^>]*>(.*?)</td>', row, re.DOTALL) for row in rows]
    assert [
        (re.sub("<[^>]*>", "", cell["Employee"]), *(int(re.sub("<[^>]*>", "", cell[name])) for name in NAMES))
        for cell in map(dict, seen)
    ] == [
        (day["user"].replace("<", "&lt;").replace(">", "&gt;"), *(day[key] for key in NAMES.values()))
        for day in days
    ]
    assert "Not called back 1 somebody still waits" in shown.said
    assert "Missed 3 50 % of all calls" in shown.said
    assert "21 Nov: 1 call, 1 connected, 0 missed" in shown.said, "23:30 UTC is the next day in India"
    assert "<b>eve" not in shown.text


NAMES = {
    "Calls": "calls",
    "Connected": "connected",
    "Missed": "missed",
    "Not called back": "missed_not_called_back",
}


async def test_a_range_that_is_none_is_said_and_the_last_week_shown(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    for query, said in (
        ("since=soon", "must be a day"),
        ("zone=Mars/Olympus", "is no IANA time zone"),
        ("since=2026-01-01&until=2026-11-01", "at most 92 of them"),
    ):
        shown = await owner.get(f"{CALLS}?{query}")
        assert shown.status == 400
        assert said in shown.said
        assert "Call tracking is off" in shown.said
    empty = await owner.get(f"{CALLS}?since=&until=&zone=")
    assert empty.status == 200
    today = dashboard.clock.now().date()
    assert f'value="{today - timedelta(days=6)}"' in empty.text
    other = await dashboard.visitor("otto", other="owner")
    assert (await other.get(CALLS)).status == 404


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 min"), (59, "59 s"), (60, "1 min"), (3599, "1 h 00"), (3600, "1 h 00"), (7260, "2 h 01"),
     (3_600_000, "1,000 h 00")],
)  # fmt: skip
def test_talk_time_in_words(seconds: int, said: str) -> None:
    assert talk(seconds) == said


def test_the_zones_offered_are_places() -> None:
    assert {"UTC", "Asia/Kolkata", "Europe/Lisbon"} <= set(zone_names())
    assert not [name for name in zone_names() if name.startswith("Etc/")]
