from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from adapters.sandbox.graph_api import GraphSandbox
from adapters.sandbox.listening import LoopbackServer
from adapters.sandbox.world import Option, Page, Person, Question, World

if TYPE_CHECKING:
    from adapters.sandbox.conftest import Client


@pytest.fixture
async def callback(world: World) -> AsyncIterator[str]:
    """Serve a webhook endpoint that echoes the challenge to whoever knows the verify token."""

    async def echo(request: web.Request) -> web.Response:
        known = request.query["hub.verify_token"] == world.verify_token
        return web.Response(
            text=request.query["hub.challenge"] if known else "no", status=200 if known else 403
        )

    app = web.Application()
    app.router.add_get("/hook", echo)
    async with LoopbackServer(app) as server:
        yield f"{server.url}/hook"


async def test_page_subscription_is_written_read_and_removed(
    client: "Client", world: World, page: Page, page_token: str
) -> None:
    edge = f"{page.id}/subscribed_apps"
    assert (await client.get(edge, page_token)).body == {"data": []}
    await client.call("POST", edge, page_token, subscribed_fields="leadgen,feed")
    listed: Any = (await client.get(edge, page_token)).body
    assert listed["data"] == [
        {"name": world.app_name, "id": world.app_id, "subscribed_fields": ["leadgen", "feed"]}
    ]
    await client.call("DELETE", edge, page_token)
    assert page.subscribed == {}


async def test_subscribing_needs_the_advertise_task(
    client: "Client", admin: Person, page: Page, page_token: str
) -> None:
    admin.tasks[page.id] = ("ANALYZE",)
    refused = await client.call("POST", f"{page.id}/subscribed_apps", page_token, subscribed_fields="leadgen")
    assert refused.status == 400
    del admin.tasks[page.id]
    gone: Any = await client.get("me", page_token)
    assert gone.body["error"]["error_subcode"] == 492


async def test_accounts_page_by_page(
    client: "Client", world: World, admin: Person, page: Page, user_token: str
) -> None:
    pages = [page, *(world.add_page(f"Page {n}", admins=[admin]) for n in range(29))]
    first: Any = (await client.get("me/accounts", user_token, fields="id,name")).body
    assert len(first["data"]) == 25
    assert set(first["data"][0]) == {"id", "name"}
    second: Any = (await client.get(first["paging"]["next"])).body
    assert [row["id"] for row in first["data"] + second["data"]] == [one.id for one in pages]
    assert "next" not in second["paging"]


async def test_questions_are_narrowed_as_asked(
    client: "Client", world: World, page: Page, page_token: str
) -> None:
    choice = Question(
        key="are_you_sure_?", type="CUSTOM", label="Sure?", options=(Option(key="y", value="Yes"),)
    )
    world.add_form(page, questions=[choice], locale="pt_BR")
    asked = "id,locale,questions{key,options{value}}"
    rows: Any = (await client.get(f"{page.id}/leadgen_forms", page_token, fields=asked)).body
    assert rows["data"][0]["questions"] == [{"key": "are_you_sure_?", "options": [{"value": "Yes"}]}]


async def test_app_subscription_calls_the_challenge(
    client: "Client", graph: GraphSandbox, world: World, callback: str
) -> None:
    app_token = f"{world.app_id}|{world.app_secret}"
    edge = f"{world.app_id}/subscriptions"
    wanted = {"object": "page", "callback_url": callback, "fields": "leadgen", "include_values": "true"}
    wrong: Any = await client.call("POST", edge, app_token, **wanted, verify_token="wrong")
    assert wrong.body["error"]["code"] == 2200
    right = await client.call("POST", edge, app_token, **wanted, verify_token=world.verify_token)
    assert right.body == {"success": True}
    listed: Any = (await client.get(edge, app_token)).body
    assert listed["data"][0]["active"] is True
    await client.call("DELETE", edge, app_token, object="page")
    assert world.app_subscription is None


async def test_dead_token_goes_before_unknown_object(
    client: "Client", world: World, admin: Person, user_token: str
) -> None:
    world.invalidate(admin)
    refused: Any = await client.get("1234567", user_token)
    assert refused.body["error"]["code"] == 190


async def test_page_token_needs_a_pages_permission(
    client: "Client", admin: Person, page: Page, page_token: str
) -> None:
    admin.granted = {"leads_retrieval"}
    refused: Any = await client.get(page.id, page_token)
    assert "permission(s) must be granted before impersonating" in refused.body["error"]["message"]


async def test_next_link_of_a_call_without_version(
    client: "Client", graph: GraphSandbox, world: World, page: Page, page_token: str
) -> None:
    for _ in range(2):
        world.add_form(page)
    first: Any = (await client.get(f"{graph.url}/{page.id}/leadgen_forms", page_token, limit="1")).body
    assert first["paging"]["next"].startswith(f"{graph.url}/{page.id}/leadgen_forms?")
    second: Any = (await client.get(first["paging"]["next"])).body
    assert len(second["data"]) == 1
