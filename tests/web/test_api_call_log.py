"""The API's calls, on both engines over real sockets: streamed in, once each, listed, added up."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.doors import Doors
from support.rooms import MAIN, Rooms
from yarl import URL

from connector.pipelines.take_calls import TakeCalls
from connector.runtime.wakeups import TopicWakeups
from connector.web.api import add_api
from connector.web.api_call_log import REJECTED_MAX, CallLogPart
from connector.web.server import addresses, public_app, serve
from state.calls.calls import SqlCalls
from state.engine import Engine

CALLS = "/api/v1/calls"
DAY = "2026-11-20"


def pushed(n: int, **more: object) -> dict[str, object]:
    """Return a call as a CRM tells it."""
    at = {
        "id": f"c{n}",
        "user_id": "asha",
        "number": f"+9190000{n:05}",
        "started_at": f"{DAY}T09:{n // 60 % 60:02}:{n % 60:02}Z",
    }
    return {**at, "duration": 5, "type": "incoming", **more}


@dataclass(kw_only=True)
class Api:
    """The API over real state, called with the token of `main`, or with another."""

    url: str
    rooms: Rooms
    http: aiohttp.ClientSession
    tokens: dict[str | None, str]

    async def call(
        self, method: str, path: str, *, of: str | None = MAIN, data: object = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        named = {"Authorization": f"Bearer {self.tokens[of]}", **headers}
        async with self.http.request(method, f"{self.url}{path}", headers=named, data=data) as answer:
            return answer.status, await answer.json(content_type=None)


@pytest.fixture
async def api(
    engine: Engine, clock: FakeClock, counters: SeenCounters, new_id: Callable[[], str]
) -> AsyncIterator[Api]:
    rooms, doors = Rooms.on(engine, clock, counters, new_id), Doors.on(engine, clock, new_id)
    await rooms.workspaces.add(MAIN)
    await rooms.workspaces.add("other")
    await rooms.workspaces.change(MAIN, {"call_tracking": 1})
    tokens = {of: (await rooms.tokens.create("crm", of))[1] for of in (MAIN, "other", None)}
    calls = SqlCalls(engine, clock)
    part = CallLogPart(calls, TakeCalls(calls, new_id), clock)
    app = public_app()
    add_api(app, rooms.tokens, rooms.feed, clock, TopicWakeups(), asyncio.Event(), doors.invite, parts=[part])
    runner = await serve(app, "127.0.0.1:0", header_timeout_s=5.0, drain_s=0.2)
    async with aiohttp.ClientSession() as http:
        yield Api(url=addresses(runner)[0], rooms=rooms, http=http, tokens=tokens)
    await runner.cleanup()
    await rooms.aclose()


async def test_a_batch_twice_is_a_batch_once_as_array_and_as_lines(api: Api) -> None:
    batch = [pushed(n) for n in range(450)]
    status, told = await api.call("POST", CALLS, data=json.dumps(batch))
    assert (status, told["received"], told["new"], told["duplicate"], told["rejected"]) == (
        200,
        450,
        450,
        0,
        [],
    )
    lines = "\n".join(map(json.dumps, batch))
    status, told = await api.call("POST", CALLS, data=lines, **{"Content-Type": "application/x-ndjson"})
    assert (status, told["new"], told["duplicate"]) == (200, 0, 450)
    assert await api.rooms.value("SELECT COUNT(*) FROM calls") == 450


async def test_a_body_larger_than_any_webhook_is_streamed(api: Api) -> None:
    async def body() -> AsyncIterator[bytes]:
        for n in range(300):
            yield json.dumps(pushed(n, note="x" * 9000)).encode() + b"\n"  # 2.7 MB
            yield b"\n" * 9000

    status, told = await api.call("POST", CALLS, data=body())
    assert (status, told["new"]) == (200, 300)


async def test_bad_rows_are_named_and_the_others_stored(api: Api) -> None:
    local = pushed(2, started_at="2026-11-20 09:00")
    lines = [json.dumps(pushed(1)), "{no json", json.dumps(local), json.dumps(pushed(3, duration="long"))]
    status, told = await api.call("POST", CALLS, data="\n".join(lines))
    assert (status, told["received"], told["new"], told["rejected_total"]) == (200, 4, 1, 3)
    assert [row["line"] for row in told["rejected"]] == [2, 3, 4]
    assert "without a zone" in told["rejected"][1]["reason"]
    status, told = await api.call("POST", f"{CALLS}?zone=Asia/Kolkata", data=json.dumps([local]))
    assert told["new"] == 1
    _, told = await api.call("POST", CALLS, data="[" + "1," * (REJECTED_MAX + 5) + "1]")
    assert (len(told["rejected"]), told["rejected_total"]) == (REJECTED_MAX, REJECTED_MAX + 6)


async def test_tracking_off_is_403_with_the_reason_and_nothing_stored(api: Api) -> None:
    status, told = await api.call("POST", CALLS, of="other", data=json.dumps([pushed(1)]))
    assert (status, told["status"]) == (403, 403)
    assert "Call tracking is off" in told["detail"]
    assert await api.rooms.value("SELECT COUNT(*) FROM calls") == 0


@pytest.mark.parametrize(
    ("path", "data", "headers", "status"),
    [
        (CALLS, "hello", {}, 400),
        (CALLS, "[" + '"' + "x" * 70_000, {}, 400),
        (f"{CALLS}?zone=Mars", "[]", {}, 400),
        (f"{CALLS}?map=nothing=x", "[]", {}, 400),
        (CALLS, "[]", {"Content-Encoding": "gzip"}, 415),
        (f"{CALLS}?workspace=other", "[]", {}, 403),
    ],
)
async def test_what_is_no_batch_is_refused(
    api: Api, path: str, data: str, headers: dict[str, str], status: int
) -> None:
    found, problem = await api.call("POST", path, data=data, **headers)
    assert (found, problem["status"]) == (status, status)


async def test_each_call_needs_a_token(api: Api) -> None:
    for method, path in (("POST", CALLS), ("GET", CALLS), ("GET", f"{CALLS}/summary")):
        async with api.http.request(
            method, f"{api.url}{path}", data=b"[]" if method == "POST" else None
        ) as answer:
            assert answer.status == 401


async def test_calls_are_listed_in_pages_and_by_workspace(api: Api) -> None:
    await api.call("POST", CALLS, data=json.dumps([pushed(n, user_id=f"u{n % 2}") for n in range(5)]))
    seen: list[str] = []
    cursor = ""
    while True:
        status, page = await api.call("GET", f"{CALLS}?limit=2{cursor}")
        assert status == 200
        seen += [call["source"]["native_id"] for call in page["calls"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ["c4", "c3", "c2", "c1", "c0"]
    assert len((await api.call("GET", f"{CALLS}?user=u1"))[1]["calls"]) == 2
    assert len((await api.call("GET", f"{CALLS}?since={DAY}T09:00:03Z"))[1]["calls"]) == 2
    assert (await api.call("GET", CALLS, of="other"))[1] == {"calls": [], "next_cursor": None}
    assert (await api.call("GET", f"{CALLS}?workspace=main", of="other"))[0] == 403
    for bad in ("cursor=x", "since=yesterday", "since=2026-11-20", "user=%00", "limit=x"):
        assert (await api.call("GET", f"{CALLS}?{bad}"))[0] == 400, bad


async def test_the_summary_is_of_days_in_the_zone(api: Api) -> None:
    batch = [
        pushed(1),
        pushed(2, type="missed", duration=0),
        pushed(3, type="missed", duration=0),
        pushed(4, type="outgoing", number="+919000000002"),
        pushed(5, started_at=f"{DAY}T20:00:00Z"),
    ]
    await api.call("POST", CALLS, data=json.dumps(batch))
    path = f"{CALLS}/summary?since={DAY}&until={DAY}"
    _, told = await api.call("GET", path)
    (day,) = told["days"]
    assert day == {
        "user": "asha", "day": DAY, "calls": 5, "inbound": 4, "outbound": 1, "connected": 3, "talk_seconds": 15,
        "missed": 2, "missed_not_called_back": 1,
    }  # fmt: skip
    _, told = await api.call("GET", f"{path}&zone=Asia/Kolkata")
    assert (told["timezone"], told["days"][0]["calls"]) == ("Asia/Kolkata", 4)
    assert (await api.call("GET", f"{CALLS}/summary?since=2020-01-01"))[0] == 400
    assert (await api.call("GET", f"{CALLS}/summary?until=soon"))[0] == 400
    assert (await api.call("GET", f"{CALLS}/summary", of="other"))[1]["days"] == []


@pytest.mark.parametrize(("owner", "status"), [("a%00b", 400), ("%ED%A0%80", 200)])
async def test_an_owner_that_no_store_takes_is_refused(api: Api, owner: str, status: int) -> None:
    nobodys = {name: value for name, value in pushed(1).items() if name != "user_id"}
    headers = {"Authorization": f"Bearer {api.tokens[MAIN]}"}
    path = URL(f"{api.url}{CALLS}?owner={owner}", encoded=True)
    async with api.http.post(path, data=json.dumps([nobodys]), headers=headers) as answer:
        text = await answer.text()
    assert answer.status == status, text
    assert status == 200 or "`owner`" in text  # bytes that are no UTF-8 come as the signs that stand for them
    assert len(await api.rooms.rows("SELECT body FROM calls")) == (status == 200)


async def test_the_country_of_numbers_is_read_in_any_case_and_else_refused(api: Api) -> None:
    national = json.dumps([pushed(1, number="3351234567")])
    for region in "XX", "a%00", "Italy":
        status, told = await api.call("POST", f"{CALLS}?region={region}", data=national)
        assert (status, "no ISO 3166 country code" in told["detail"]) == (400, True)
    assert (await api.call("POST", f"{CALLS}?region=it", data=national))[0] == 200
    (row,) = await api.rooms.rows("SELECT body FROM calls")
    assert json.loads(row["body"])["peer"]["number"] == "+393351234567"
