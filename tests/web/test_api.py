"""The CRM backend's API: who may, what it gets, and that it gets the pushed bytes."""

import asyncio
import json

import pytest
from support.rooms import MAIN, PAGE, raw

from connector.domain.alert import Alert
from connector.wire.event import event_from_bytes

from .conftest import Site

EVENTS = "/api/v1/events"


async def get(
    site: Site, path: str, token: str | None = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    given = {**({"Authorization": f"Bearer {token}"} if token is not None else {}), **(headers or {})}
    async with site.http.get(f"{site.url}{path}", headers=given) as answer:
        return answer.status, {k.lower(): v for k, v in answer.headers.items()}, await answer.read()


async def contacts(site: Site, count: int, *, start: int = 0) -> None:
    records = {
        f"{n}": raw(f"{n}", full_name="Zoë 😀", email=f"p{n}@example.com")
        for n in range(start, start + count)
    }
    await site.rooms.fetch(records, page=PAGE)
    await site.rooms.resolve()


@pytest.fixture
async def token(site: Site) -> str:
    return (await site.rooms.tokens.create("crm", MAIN))[1]


@pytest.fixture
async def master(site: Site) -> str:
    return (await site.rooms.tokens.create("ops", None))[1]


def is_problem(status: int, headers: dict[str, str], body: bytes) -> bool:
    document = json.loads(body)
    return (
        headers["content-type"].startswith("application/problem+json")
        and document["status"] == status
        and {"type", "title", "detail"} <= set(document)
    )


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer cnk_wrong", "Basic Y25rOng=", "cnk_x", "Bearer \xff"],
)
async def test_nobody_is_told_nothing(site: Site, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    status, answered, body = await get(site, EVENTS, headers=headers)
    assert status == 401
    assert is_problem(status, answered, body)
    assert answered["www-authenticate"] == "Bearer"


async def test_a_revoked_token_is_nobodys(site: Site) -> None:
    token_id, token = await site.rooms.tokens.create("crm", MAIN)
    assert (await get(site, EVENTS, token))[0] == 200
    await site.rooms.tokens.revoke(token_id)
    assert (await get(site, EVENTS, token))[0] == 401


async def test_a_token_sees_its_own_workspace_only(site: Site, token: str) -> None:
    await site.rooms.workspaces.add("second")
    assert (await get(site, f"{EVENTS}?workspace=main", token))[0] == 200
    for other in ("second", "unknown", "", "%00"):
        status, headers, body = await get(site, f"{EVENTS}?workspace={other}", token)
        assert status == 403
        assert is_problem(status, headers, body)


async def test_a_token_of_all_workspaces_says_which(site: Site, master: str) -> None:
    await site.rooms.workspaces.add("second")
    await contacts(site, 1)
    status, headers, body = await get(site, EVENTS, master)
    assert status == 400
    assert is_problem(status, headers, body)
    assert len(json.loads((await get(site, f"{EVENTS}?workspace=main", master))[2])["events"]) == 1
    assert json.loads((await get(site, f"{EVENTS}?workspace=second", master))[2])["events"] == []


@pytest.mark.parametrize(
    "workspace", ["unknown", "", "%00", "a%00b", "%ED%A0%80", "%FF", "'%20OR%201=1%20--"]
)
async def test_an_unknown_workspace_is_not_found(site: Site, master: str, workspace: str) -> None:
    status, headers, body = await get(site, f"{EVENTS}?workspace={workspace}", master)
    assert status == 404
    assert is_problem(status, headers, body)


@pytest.mark.parametrize(
    "query", ["after=x", "after=-1", "after=1.5", "limit=many", "wait=%C2%B2", "after=" + "9" * 30, "after="]
)
async def test_numbers_that_are_none_are_refused(site: Site, token: str, query: str) -> None:
    status, headers, body = await get(site, f"{EVENTS}?{query}", token)
    assert status == 400
    assert is_problem(status, headers, body)


async def test_what_is_not_there_is_a_problem_document(site: Site, token: str) -> None:
    for path in ("/api/v1/nothing", "/api/", "/api/v2/events"):
        status, headers, body = await get(site, path, token)
        assert status == 404
        assert is_problem(status, headers, body)
    async with site.http.post(f"{site.url}{EVENTS}") as answer:
        assert answer.status == 405
        assert answer.content_type == "application/problem+json"


async def test_the_feed_is_paged_to_its_end(site: Site, token: str) -> None:
    await contacts(site, 25)
    sequences: list[int] = []
    cursor = "0"
    for _ in range(10):
        _, _, body = await get(site, f"{EVENTS}?limit=7&cursor={cursor}", token)
        page = json.loads(body)
        sequences += [event["data"]["sequence"] for event in page["events"]]
        if page["next_cursor"] == cursor:
            break
        cursor = page["next_cursor"]
    assert sequences == list(range(1, 26))
    _, _, body = await get(site, f"{EVENTS}?after=23", token)
    assert [event["data"]["sequence"] for event in json.loads(body)["events"]] == [24, 25]
    _, _, body = await get(site, f"{EVENTS}?after=4611686018427387904", token)
    assert json.loads(body)["events"] == []


async def test_the_feeds_bytes_are_the_pushed_bytes(site: Site, token: str) -> None:
    await contacts(site, 3)
    pushed = [work.body for work in await site.rooms.deliveries.claim(limit=10)]
    _, _, body = await get(site, EVENTS, token)
    assert body == b'{"events":[' + b",".join(pushed) + b'],"next_cursor":"3"}'


@pytest.mark.parametrize("accept", ["application/x-ndjson", "application/x-ndjson, */*;q=0.1"])
async def test_the_feed_as_lines(site: Site, token: str, accept: str) -> None:
    await contacts(site, 3)
    pushed = [work.body for work in await site.rooms.deliveries.claim(limit=10)]
    status, headers, body = await get(site, EVENTS, token, {"Accept": accept})
    assert status == 200
    assert headers["content-type"].startswith("application/x-ndjson")
    assert headers["connector-next-cursor"] == "3"
    assert body == b"".join(one + b"\n" for one in pushed)


async def test_a_long_poll_answers_at_once_when_there_is_news(site: Site, token: str) -> None:
    polling = asyncio.create_task(get(site, f"{EVENTS}?wait=60", token))
    await site.clock.until_waiters(1)
    assert not polling.done()
    await contacts(site, 1)  # time stands still: only the news can end the wait
    status, _, body = await asyncio.wait_for(polling, 5)
    assert status == 200
    assert len(json.loads(body)["events"]) == 1


async def test_a_long_poll_without_news_ends_empty_after_its_wait(site: Site, token: str) -> None:
    polling = asyncio.create_task(get(site, f"{EVENTS}?wait=3&after=0", token))
    for _ in range(3):
        await site.clock.until_waiters(1)
        assert not polling.done()
        await site.clock.advance(1)
    _, _, body = await asyncio.wait_for(polling, 5)
    assert json.loads(body) == {"events": [], "next_cursor": "0"}


async def test_a_long_poll_that_has_something_does_not_wait(site: Site, token: str) -> None:
    await contacts(site, 1)
    _, _, body = await asyncio.wait_for(get(site, f"{EVENTS}?wait=60", token), 5)
    assert len(json.loads(body)["events"]) == 1


async def test_stopping_ends_a_long_poll(site: Site, token: str) -> None:
    polling = asyncio.create_task(get(site, f"{EVENTS}?wait=60", token))
    await site.clock.until_waiters(1)
    site.stopping.set()
    await site.clock.advance(1)
    assert (await asyncio.wait_for(polling, 5))[0] == 200


async def test_a_state_that_is_down_is_said_so(site: Site, token: str) -> None:
    await site.rooms.engine.aclose()
    status, headers, body = await get(site, EVENTS, token)
    assert status == 503
    assert is_problem(status, headers, body)


async def test_every_event_validates_against_the_served_schema(site: Site, token: str) -> None:
    status, _, body = await get(site, "/api/v1/schemas/event.json")
    schema = json.loads(body)
    assert status == 200
    assert schema["$schema"].startswith("https://json-schema.org/draft/2020-12")
    assert {"type", "timestamp", "data"} <= set(schema["properties"])
    await contacts(site, 2)
    await site.rooms.alerts.raise_once(Alert(key="k", severity="warning", title="t", remedy="r"))
    await site.rooms.alerts.resolve("k")
    works = await site.rooms.deliveries.claim(limit=10)
    assert [event_from_bytes(work.body).type for work in works] == [
        "contact.created",
        "contact.created",
        "alert.raised",
        "alert.resolved",
    ]
    known = set(schema["$defs"]["EventData"]["properties"])
    for work in works:
        assert set(json.loads(work.body)["data"]) <= known
    assert (await get(site, EVENTS, token))[0] == 200
