import json
from typing import TYPE_CHECKING, Any

import pytest

from adapters.sandbox.faults import Fault
from adapters.sandbox.graph_api import GraphSandbox
from adapters.sandbox.world import Checkbox, Form, Page, Person, World

if TYPE_CHECKING:
    from adapters.sandbox.conftest import Client

DAY_S = 86_400


async def _all_ids(client: "Client", address: str, token: str, **params: str) -> tuple[list[str], int]:
    """Follow `paging.next` to the end; return the ids and how many pages were empty."""
    ids: list[str] = []
    answer: Any = (await client.get(address, token, **params)).body
    empty = 0
    while True:
        ids += [row["id"] for row in answer["data"]]
        empty += not answer["data"]
        following = answer.get("paging", {}).get("next")
        if following is None:
            return ids, empty
        answer = (await client.get(following)).body


async def test_lead_reads_as_text_and_omits_what_is_unavailable(
    client: "Client", world: World, form: Form, page_token: str
) -> None:
    lead = world.add_lead(form, answers={"full_name": "Ünal", "email": None}, is_organic=True, ad_id="1")
    answer: Any = await client.get(
        f"{lead}/", page_token, fields="created_time,ad_id,field_data,no_such_field"
    )
    assert answer.body == {
        "created_time": "2026-09-21T14:13:20+0000",
        "field_data": [{"name": "full_name", "values": ["Ünal"]}, {"name": "email"}],
        "id": lead,
    }
    assert "\\u00dc" in answer.text


async def test_disclaimers_and_tracking_come_as_on_the_wire(
    client: "Client", world: World, page: Page, page_token: str
) -> None:
    form = world.add_form(
        page, checkboxes=[Checkbox(key="news", text="News?")], tracking={"utm_source": "fb"}
    )
    lead = world.add_lead(form, answers={}, disclaimers={"news": True, "calls": False})
    body: Any = (await client.get(lead, page_token, fields="custom_disclaimer_responses,field_data")).body
    assert body["custom_disclaimer_responses"] == [
        {"checkbox_key": "news", "is_checked": "1"},
        {"checkbox_key": "calls", "is_checked": ""},
    ]
    assert body["field_data"] == [{"name": "utm_source", "values": ["fb"]}]
    shown: Any = (await client.get(form.id, page_token, fields="legal_content,tracking_parameters")).body
    assert shown["legal_content"]["custom_disclaimer"]["checkboxes"][0]["key"] == "news"
    assert shown["tracking_parameters"] == [{"key": "utm_source", "value": "fb"}]


@pytest.mark.parametrize("with_empty_pages", [False, True])
async def test_paging_reaches_every_lead_newest_first(
    client: "Client",
    graph: GraphSandbox,
    world: World,
    form: Form,
    page_token: str,
    *,
    with_empty_pages: bool,
) -> None:
    graph.switches.empty_pages = with_empty_pages
    leads = [
        world.add_lead(form, answers={"email": "a@example.com"}, created_time=world.now() - n)
        for n in range(7)
    ]
    ids, empty = await _all_ids(client, f"{form.id}/leads", page_token, limit="3")
    assert ids == leads
    assert empty == (3 if with_empty_pages else 0)


async def test_filter_takes_unix_seconds_and_ignores_the_mistakes_the_api_ignores(
    client: "Client", world: World, form: Form, page_token: str
) -> None:
    old, new = (world.add_lead(form, created_time=world.now() - age) for age in (5000, 10))
    since = int(world.now()) - 100
    right = json.dumps([{"field": "time_created", "operator": "GREATER_THAN", "value": since}])
    wrong = json.dumps([{"field": "created_time", "operator": "GREATER_THAN", "value": since}])
    assert (await _all_ids(client, f"{form.id}/leads", page_token, filtering=right))[0] == [new]
    assert (await _all_ids(client, f"{form.id}/leads", page_token, filtering=wrong))[0] == [new, old]


async def test_lead_vanishes_after_90_days(
    client: "Client", world: World, form: Form, page_token: str, clock: list[float]
) -> None:
    lead = world.add_lead(form)
    clock[0] += 90 * DAY_S
    gone: Any = await client.get(lead, page_token)
    assert gone.body["error"]["error_subcode"] == 33
    assert "Unsupported get request" in gone.body["error"]["message"]
    assert (await _all_ids(client, f"{form.id}/leads", page_token))[0] == []
    shown: Any = (await client.get(form.id, page_token, fields="leads_count,expired_leads_count")).body
    assert (shown["leads_count"], shown["expired_leads_count"]) == (0, 1)


async def test_bulk_needs_page_token_scope_and_a_modest_limit(
    client: "Client", admin: Person, page: Page, form: Form, user_token: str, page_token: str
) -> None:  # fmt: skip
    user: Any = await client.get(f"{page.id}/leadgen_forms", user_token)
    assert user.body["error"]["error_subcode"] == 2069032
    huge: Any = await client.get(f"{form.id}/leads", page_token, limit="15000")
    assert huge.status == 500
    assert "reduce the amount of data" in huge.body["error"]["message"]
    admin.granted.discard("pages_manage_ads")
    refused: Any = await client.get(f"{form.id}/leads", page_token)
    assert refused.body["error"]["message"].startswith("(#200) Requires pages_manage_ads permission")


async def test_access_manager_and_ads_fields_refuse(
    client: "Client", world: World, admin: Person, page: Page, form: Form, page_token: str
) -> None:  # fmt: skip
    lead = world.add_lead(form, ad_name="Ad")
    page.ads_fields_refused = "ads_fields_refused_200"
    assert (await client.get(lead, page_token, fields="id,ad_name")).status == 403
    assert (await client.get(lead, page_token, fields="id,platform")).status == 200
    world.revoke_lead_access(page)
    refused: Any = await client.get(lead, page_token)
    assert (refused.status, refused.body["error"]["code"]) == (403, 103)
    asked = f"has_lead_access.user_id({admin.id}).app_id({world.app_id})"
    verdict: Any = (await client.get(page.id, page_token, fields=asked)).body
    assert verdict["has_lead_access"]["can_access_lead"] is False
    assert verdict["has_lead_access"]["failure_resolution"]
    without: Any = await client.get(page.id, page_token, fields="has_lead_access.app_id(1)")
    assert without.body["error"]["message"] == "(#100) The parameter user_id is required"


async def test_throttle_names_the_minutes_and_ends_by_the_clock(
    client: "Client", world: World, page: Page, form: Form, page_token: str, clock: list[float]
) -> None:
    lead = world.add_lead(form)
    world.throttle(page, minutes=19)
    refused: Any = await client.get(lead, page_token)
    assert (refused.status, refused.body["error"]["code"]) == (400, 80005)
    usage = json.loads(refused.headers["X-Business-Use-Case-Usage"])
    assert usage[page.id][0]["type"] == "leadgen"
    assert usage[page.id][0]["estimated_time_to_regain_access"] == 19
    clock[0] += 5.5 * 60
    refused = await client.get(lead, page_token)
    usage = json.loads(refused.headers["X-Business-Use-Case-Usage"])
    assert usage[page.id][0]["estimated_time_to_regain_access"] == 14
    clock[0] += 13.5 * 60
    read: Any = await client.get(lead, page_token)
    assert read.status == 200
    assert "X-Business-Use-Case-Usage" not in read.headers  # Meta's window has moved on


async def test_second_test_lead_is_refused_until_the_first_is_deleted(
    client: "Client", form: Form, page_token: str
) -> None:
    made: Any = await client.call("POST", f"{form.id}/test_leads", page_token)
    again: Any = await client.call("POST", f"{form.id}/test_leads", page_token)
    assert (again.body["error"]["code"], again.body["error"]["error_subcode"]) == (2, 1892058)
    listed: Any = await client.get(f"{form.id}/test_leads", page_token)
    values = {field["name"]: field["values"][0] for field in listed.body["data"][0]["field_data"]}
    assert values["email"] == "test@meta.com"
    assert values["full_name"] == "<test lead: dummy data for full_name>"
    assert (await client.call("DELETE", made.body["id"], page_token)).body == {"success": True}
    assert (await client.call("POST", f"{form.id}/test_leads", page_token)).status == 200


async def test_ids_fails_whole_for_one_bad_id(
    client: "Client", world: World, form: Form, page_token: str
) -> None:
    one, two = world.add_lead(form), world.add_lead(form)
    both: Any = await client.get("", page_token, ids=f"{one},{two}", fields="id")
    assert both.body == {one: {"id": one}, two: {"id": two}}
    assert (await client.get("", page_token, ids=f"{one},444444444444")).status == 400


def _batch(*urls: str) -> str:
    return json.dumps([{"method": "GET", "relative_url": url} for url in urls])


async def test_batch_answers_in_order_with_failures_and_nulls_inside(
    client: "Client", graph: GraphSandbox, world: World, page: Page, form: Form, page_token: str
) -> None:
    leads = [world.add_lead(form, answers={"email": "a@example.com"}) for _ in range(4)]
    graph.faults.add(leads[1], Fault.null_member)
    graph.faults.add(leads[2], Fault.status(502))
    graph.faults.add("lead", Fault.error("session_expired"), page=page.id)
    answer: Any = await client.call("POST", "", page_token, batch=_batch(*leads, "444444444444"))
    assert answer.status == 200
    assert [member and member["code"] for member in answer.body] == [400, None, 502, 200, 400]
    assert json.loads(answer.body[0]["body"])["error"]["error_subcode"] == 463
    assert json.loads(answer.body[3]["body"])["id"] == leads[3]
    assert json.loads(answer.body[4]["body"])["error"]["error_subcode"] == 33
    assert graph.seen[-1].members == (*leads, "444444444444")


async def test_batch_member_may_bring_its_own_token_and_proof(
    client: "Client", graph: GraphSandbox, world: World, admin: Person, page_token: str, form: Form
) -> None:
    other_page = world.add_page("Other", admins=[admin])
    other = world.add_lead(world.add_form(other_page))
    lead = world.add_lead(form)
    token = graph.page_token(graph.log_in(admin), other_page)
    proved = f"{other}?fields=id&access_token={token}&appsecret_proof={graph.graph.proof(token)}"
    batch = _batch(lead, proved, other)
    answer: Any = await client.call(
        "POST", "", page_token, batch=batch, appsecret_proof=graph.graph.proof(page_token)
    )
    assert [member["code"] for member in answer.body] == [200, 200, 400]


async def test_batch_of_51_is_refused(client: "Client", page_token: str) -> None:
    answer = await client.call("POST", "", page_token, batch=_batch(*["1"] * 51))
    assert answer.status == 400
