from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.sandbox.graph_api import GraphSandbox
from adapters.sandbox.world import SCOPES, Consent, Page, Person, World

if TYPE_CHECKING:
    from adapters.sandbox.conftest import Client

CALLBACK = "https://connect.example.com/oauth/facebook/callback"


async def _dialog(client: "Client", world: World, **more: str) -> dict[str, str]:
    params = {"client_id": world.app_id, "redirect_uri": CALLBACK, "state": "s1", "scope": ",".join(SCOPES)}
    answer = await client.get("dialog/oauth", **(params | more))
    assert answer.status == 302
    assert answer.headers["Location"].startswith(CALLBACK)
    return {key: values[0] for key, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


async def _exchange(client: "Client", world: World, **params: str) -> dict[str, Any]:
    app = {"client_id": world.app_id, "client_secret": world.app_secret}
    answer: Any = await client.get("oauth/access_token", **(app | params))
    return dict(answer.body)


async def test_consent_roundtrip_yields_page_tokens_that_never_expire(
    client: "Client", world: World, page: Page, admin: Person
) -> None:
    back = await _dialog(client, world)
    assert back["state"] == "s1"
    short = await _exchange(client, world, code=back["code"], redirect_uri=CALLBACK)
    long = await _exchange(
        client, world, grant_type="fb_exchange_token", fb_exchange_token=short["access_token"]
    )
    assert long["expires_in"] == 5_183_944
    accounts: Any = (await client.get("me/accounts", long["access_token"])).body
    assert [row["id"] for row in accounts["data"]] == [page.id]
    app_token = f"{world.app_id}|{world.app_secret}"
    facts: Any = (
        await client.get("debug_token", app_token, input_token=accounts["data"][0]["access_token"])
    ).body
    assert facts["data"]["type"] == "PAGE"
    assert facts["data"]["expires_at"] == 0
    assert facts["data"]["user_id"] == admin.id


async def test_code_works_once_and_only_with_its_redirect_uri(
    client: "Client", world: World, page: Page
) -> None:
    code = (await _dialog(client, world))["code"]
    other = await _exchange(client, world, code=code, redirect_uri=CALLBACK + "/")
    assert other["error"]["error_subcode"] == 36008
    assert "access_token" in await _exchange(client, world, code=code, redirect_uri=CALLBACK)
    assert (await _exchange(client, world, code=code, redirect_uri=CALLBACK))["error"][
        "error_subcode"
    ] == 36009


async def test_decline_comes_back_as_access_denied(client: "Client", world: World, admin: Person) -> None:
    world.next_consent = Consent(person=admin, decline=True)
    back = await _dialog(client, world)
    assert back["error"] == "access_denied"
    assert "code" not in back


async def test_declined_scope_is_asked_again_only_with_rerequest(
    client: "Client", world: World, admin: Person, page: Page
) -> None:
    world.next_consent = Consent(person=admin, declined_scopes=frozenset({"leads_retrieval"}))
    await _dialog(client, world)
    assert admin.declined == {"leads_retrieval"}
    world.next_consent = Consent(person=admin)
    await _dialog(client, world)
    assert "leads_retrieval" not in admin.granted
    await _dialog(client, world, auth_type="rerequest")
    assert "leads_retrieval" in admin.granted
    assert admin.declined == set()


async def test_chosen_pages_and_portfolio_pages(
    client: "Client", graph: GraphSandbox, world: World, admin: Person, page: Page
) -> None:
    owned = world.add_page("Portfolio", admins=[admin], business_owned=True)
    token = graph.log_in(admin, scopes=["pages_show_list"])
    rows: Any = (await client.get("me/accounts", token)).body
    assert [row["id"] for row in rows["data"]] == [page.id]
    admin.granted.add("business_management")
    admin.chosen_pages = {owned.id}
    rows = (await client.get("me/accounts", token)).body
    assert [row["id"] for row in rows["data"]] == [owned.id]


async def test_interactive_dialog_shows_checkboxes_and_obeys_them(
    client: "Client", world: World, admin: Person, page: Page
) -> None:
    world.interactive = True
    query = {"client_id": world.app_id, "redirect_uri": CALLBACK, "state": "s", "scope": "a_scope,b_scope"}
    shown = await client.get("dialog/oauth", **query)
    assert 'name="allow-a_scope"' in shown.text
    assert "Bäckerei / Test" in shown.text
    answer = await client.call(
        "POST",
        "dialog/oauth",
        **query,
        **{"decision": "allow", "allow-a_scope": "on", f"page-{page.id}": "on"},
    )
    assert answer.status == 302
    assert admin.granted == {"a_scope", "public_profile"}
    assert admin.declined == {"b_scope"}
    assert admin.chosen_pages == {page.id}


@pytest.mark.parametrize(
    ("subcode", "name"), [(460, "password"), (458, "not authorised"), (463, "expired"), (None, "expired")]
)
async def test_dead_token_is_190_on_calls_and_200_in_debug_token(
    client: "Client", world: World, admin: Person, user_token: str, subcode: int | None, name: str
) -> None:
    world.invalidate(admin, subcode)
    refused: Any = await client.get("me", user_token)
    assert refused.status == 400
    assert refused.body["error"]["code"] == 190
    assert refused.body["error"].get("error_subcode") == subcode
    assert name in refused.body["error"]["message"]
    debug: Any = await client.get("debug_token", f"{world.app_id}|{world.app_secret}", input_token=user_token)
    assert debug.status == 200
    assert debug.body["data"]["is_valid"] is False
    assert debug.body["data"]["error"].get("subcode") == subcode


async def test_foreign_token_leaves_only_three_keys_in_debug_token(client: "Client", world: World) -> None:
    debug: Any = await client.get("debug_token", f"{world.app_id}|{world.app_secret}", input_token="EAAnope")
    assert set(debug.body["data"]) == {"error", "is_valid", "scopes"}


async def test_token_expires_by_the_clock(
    client: "Client", user_token: str, clock: list[float], page: Page
) -> None:
    clock[0] += 5_183_944
    refused: Any = await client.get("me", user_token)
    assert refused.body["error"]["error_subcode"] == 463


async def test_deleting_permissions_kills_every_token(
    client: "Client", graph: GraphSandbox, user_token: str, page_token: str, page: Page
) -> None:
    graph.switches.bare_true = True
    assert (await client.call("DELETE", "me/permissions", user_token)).text == "true"
    for token in (user_token, page_token):
        refused: Any = await client.get("me", token)
        assert refused.body["error"]["error_subcode"] == 458


async def test_proof_is_checked_when_sent_and_demanded_by_switch(
    client: "Client", graph: GraphSandbox, user_token: str
) -> None:
    wrong: Any = await client.get("me", user_token, appsecret_proof="00")
    assert "Invalid appsecret_proof" in wrong.body["error"]["message"]
    graph.switches.require_proof = True
    assert (await client.get("me", user_token)).status == 400
    proof = graph.graph.proof(user_token)
    assert (await client.get("me", user_token, appsecret_proof=proof)).status == 200


async def test_token_in_the_url_is_seen_but_not_kept(
    client: "Client", graph: GraphSandbox, user_token: str
) -> None:
    await client.get("me", user_token)
    await client.get("me", access_token=user_token)
    assert [(seen.token_in_url, seen.token_in_header) for seen in graph.seen] == [
        (False, True),
        (True, False),
    ]
    assert user_token not in repr(graph.seen)


async def test_system_user_token_has_no_expiry(client: "Client", world: World, page: Page) -> None:
    world.next_consent = Consent(person=world.add_person("System", system_user=True))
    back = await _dialog(client, world, config_id="1")
    token = await _exchange(client, world, code=back["code"], redirect_uri=CALLBACK)
    assert "expires_in" not in token
    me: Any = (await client.get("me", token["access_token"], fields="id,client_business_id")).body
    assert me["client_business_id"]


async def test_unknown_version_is_served_by_the_oldest(client: "Client", graph: GraphSandbox) -> None:
    answers = [
        (await client.get(f"{graph.url}/{v}/me")).headers["facebook-api-version"] for v in ("v26.0", "v27.0")
    ]
    assert answers == ["v26.0", "v20.0"]
