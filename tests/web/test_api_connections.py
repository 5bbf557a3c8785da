"""The API's connections: how they stand, the way into consent, disconnecting; each workspace sees its own."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.doors import Doors
from support.rooms import MAIN, PAGE, Rooms

from connector.domain.audit import Actor
from connector.pipelines.disconnect import Disconnect
from connector.runtime.wakeups import TopicWakeups
from connector.web.api import add_api
from connector.web.api_connections import ConnectionsPart
from connector.web.server import addresses, public_app, serve
from state.accounts.cards import SqlAccountCards
from state.accounts.disconnecting import SqlDisconnecting
from state.engine import Engine

CONNECTIONS = "/api/v1/connections"


@dataclass(kw_only=True)
class Api:
    """The API over real state, called with the token of `main`, or with another."""

    url: str
    rooms: Rooms
    doors: Doors
    http: aiohttp.ClientSession
    tokens: dict[str | None, str]

    async def call(
        self, method: str, path: str, *, of: str | None = MAIN, body: object = None
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.tokens[of]}"}
        data = None if body is None else json.dumps(body)
        async with self.http.request(method, f"{self.url}{path}", headers=headers, data=data) as answer:
            return answer.status, await answer.json(content_type=None)


@pytest.fixture
async def api(
    engine: Engine, clock: FakeClock, counters: SeenCounters, new_id: Callable[[], str]
) -> AsyncIterator[Api]:
    rooms, doors = Rooms.on(engine, clock, counters, new_id), Doors.on(engine, clock, new_id)
    await rooms.workspaces.add(MAIN)
    await rooms.workspaces.add("other")
    tokens = {of: (await rooms.tokens.create("crm", of))[1] for of in (MAIN, "other", None)}
    part = ConnectionsPart(
        SqlAccountCards(engine),
        Disconnect(SqlDisconnecting(engine, clock, rooms.vault, new_id)),
        doors.invite,
        ["facebook"],
    )
    app = public_app()
    add_api(app, rooms.tokens, rooms.feed, clock, TopicWakeups(), asyncio.Event(), doors.invite, parts=[part])
    runner = await serve(app, "127.0.0.1:0", header_timeout_s=5.0, drain_s=0.2)
    async with aiohttp.ClientSession() as http:
        yield Api(url=addresses(runner)[0], rooms=rooms, doors=doors, http=http, tokens=tokens)
    await runner.cleanup()
    await rooms.aclose()


async def test_accounts_are_listed_with_what_waits_and_without_tokens(api: Api) -> None:
    await api.rooms.connect(PAGE, token="EAAtoken")
    await api.rooms.receive("1", "2")
    status, body = await api.call("GET", CONNECTIONS)
    assert status == 200
    (account,) = body["connections"]
    assert (account["provider"], account["state"], account["waiting_leads"]) == ("facebook", "healthy", 2)
    assert account["waiting_since"] == "2026-11-22T10:00:00.000Z"
    (page,) = account["pages"]
    assert (page["page_id"], page["state"], page["is_read_here"]) == (PAGE, "ok", True)
    assert "EAA" not in json.dumps(body)
    assert "sealed" not in json.dumps(body)
    assert body["next_cursor"] is None


async def test_the_list_comes_in_pages(api: Api) -> None:
    for number in range(5):
        await api.rooms.connect(str(number), person=f"person {number}")
    seen, cursor = [], ""
    while True:
        status, body = await api.call("GET", f"{CONNECTIONS}?limit=2{cursor}")
        assert status == 200
        seen += [row["account_id"] for row in body["connections"]]
        if body["next_cursor"] is None:
            break
        cursor = f"&cursor={body['next_cursor']}"
    assert seen == [f"person {number}" for number in range(5)]
    assert (await api.call("GET", f"{CONNECTIONS}?cursor=con_none"))[0] == 400
    assert (await api.call("GET", f"{CONNECTIONS}?limit=x"))[0] == 400


async def test_nobody_sees_or_ends_what_is_another_workspaces(api: Api) -> None:
    await api.rooms.connect(PAGE, connection_id="con_mine")
    assert (await api.call("GET", CONNECTIONS, of="other"))[1]["connections"] == []
    assert (await api.call("DELETE", f"{CONNECTIONS}/con_mine", of="other"))[0] == 404
    assert (await api.call("DELETE", f"{CONNECTIONS}/con_mine?workspace=other", of=None))[0] == 404
    assert (await api.call("DELETE", f"{CONNECTIONS}/con_mine?workspace=main", of="other"))[0] == 403
    body = {"email": "ada@example.com", "connection": "con_mine"}
    assert (await api.call("POST", f"{CONNECTIONS}/facebook/authorize", of="other", body=body))[0] == 404
    assert await api.rooms.value("SELECT state FROM connections") == "healthy"
    async with api.http.get(f"{api.url}{CONNECTIONS}") as answer:
        assert answer.status == 401
    async with api.http.delete(f"{api.url}{CONNECTIONS}/con_mine") as answer:
        assert answer.status == 401


async def test_disconnecting_says_what_it_did_and_names_no_other_workspace(api: Api) -> None:
    await api.rooms.connect(PAGE, connection_id="con_mine")
    await api.rooms.connect(PAGE, connection_id="con_theirs", workspace="other")
    await api.rooms.receive("1")
    status, told = await api.call("DELETE", f"{CONNECTIONS}/con_mine?dry_run=1")
    assert (status, told["parked_leads"], told["account_is_shared"], told["revoked"]) == (200, 1, True, False)
    assert await api.rooms.value("SELECT state FROM connections WHERE id = 'con_mine'") == "healthy"
    status, done = await api.call("DELETE", f"{CONNECTIONS}/con_mine")
    assert (status, done) == (202, told)
    assert "other" not in json.dumps(done)
    assert "con_theirs" not in json.dumps(done)
    assert await api.rooms.value("SELECT state FROM connections WHERE id = 'con_mine'") == "disconnected"
    assert (await api.call("DELETE", f"{CONNECTIONS}/con_mine"))[1]["is_gone"]
    assert (await api.call("DELETE", f"{CONNECTIONS}/con_none"))[0] == 404
    (deed,) = await api.rooms.rows("SELECT * FROM audit WHERE action = 'connection.disconnected'")
    assert deed["actor_kind"] == "api"


async def test_authorize_gives_a_link_that_leads_into_consent(api: Api) -> None:
    await api.rooms.connect(PAGE, connection_id="con_mine")
    body = {"email": "ada@example.com", "name": "Ada", "connection": "con_mine"}
    status, given = await api.call("POST", f"{CONNECTIONS}/facebook/authorize", body=body)
    assert status == 200, given
    token = urlsplit(given["url"]).path.rpartition("/")[2]
    used = await api.doors.links.use(token, label="")
    assert used is not None
    assert used.return_to == "/connect/facebook/start?workspace=main&connection=con_mine"
    assert used.workspace_id == MAIN
    assert await api.doors.links.use(token, label="") is None


@pytest.mark.parametrize(
    ("provider", "body", "status"),
    [
        ("google", {"email": "ada@example.com"}, 404),  # not set up
        ("myspace", {"email": "ada@example.com"}, 404),
        ("facebook", {"email": "no address"}, 400),
        ("facebook", {}, 400),
        ("facebook", {"email": "ada@example.com", "connection": "con_none"}, 404),
        ("facebook", {"email": "ada@example.com", "return_to": "https://evil.example"}, 400),
        ("facebook", ["ada@example.com"], 400),
    ],
)
async def test_authorize_refuses_what_it_cannot_do(
    api: Api, provider: str, body: object, status: int
) -> None:
    found, problem = await api.call("POST", f"{CONNECTIONS}/{provider}/authorize", body=body)
    assert found == status, problem
    assert problem["status"] == status


async def test_a_viewer_is_not_led_into_consent_as_one_who_may(api: Api) -> None:
    await api.doors.people.put(
        "vi@example.com", MAIN, "viewer", actor=Actor(kind="cli", name="tester"), name="Vi"
    )
    await api.call("POST", f"{CONNECTIONS}/facebook/authorize", body={"email": "vi@example.com"})
    (member,) = await api.doors.people.members(MAIN)
    assert member.role == "viewer"
