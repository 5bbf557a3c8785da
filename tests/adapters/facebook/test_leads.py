import json
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from adapters.facebook.client import GraphClient
from adapters.facebook.leads import BATCH_ROUNDS, CORE_FIELDS, LEAD_FIELDS, FacebookLeads
from connector.domain.connection import PageAccess
from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    GoneError,
    LeadAccessError,
    PermanentError,
    RateLimitedError,
    TransientError,
)
from connector.domain.lead import FormId, LeadId

from .conftest import TOKEN, Script, Seen, refusal

if TYPE_CHECKING:
    from connector.ports import LeadSource


@pytest.fixture
def leads(client: GraphClient) -> FacebookLeads:
    return FacebookLeads(client)


def as_port(leads: FacebookLeads) -> "LeadSource":
    """Let the type checker compare it with the port."""
    return leads


def ids(*names: str) -> list[LeadId]:
    return [LeadId(name) for name in names]


def lead(lead_id: str) -> dict[str, object]:
    return {"id": lead_id, "created_time": "2026-11-22T10:00:00+0000", "field_data": [{"name": "email"}]}


def member(body: object, code: int = 200) -> dict[str, object]:
    return {"code": code, "headers": [], "body": json.dumps(body)}


def batched(judge: Callable[[str, str], object]) -> Callable[[Seen], web.StreamResponse]:
    """Answer every batch member with what `judge` makes of (id, fields)."""

    def answer(seen: Seen) -> web.StreamResponse:
        answers = []
        for asked in json.loads(seen.form["batch"]):
            address = urlsplit(asked["relative_url"])
            answers.append(judge(address.path, parse_qs(address.query)["fields"][0]))
        return web.json_response(answers)

    return answer


async def test_one_lead_is_one_read_with_the_fields_named(
    graph: Script, leads: FacebookLeads, access: PageAccess
) -> None:
    graph.then(lead("7"))
    assert await leads.fetch(access, ids("7")) == {"7": lead("7")}
    (seen,) = graph.seen
    assert (seen.path, seen.query["fields"]) == ("/v26.0/7", LEAD_FIELDS)


async def test_several_leads_are_one_batch(graph: Script, leads: FacebookLeads, access: PageAccess) -> None:
    graph.otherwise = batched(lambda lead_id, _: member(lead(lead_id)))
    asked = ids(*(str(n) for n in range(1, 51)))
    assert await leads.fetch(access, asked) == {i: lead(i) for i in asked}
    assert len(graph.seen) == 1
    assert TOKEN not in graph.seen[0].address + str(graph.seen[0].form)


async def test_one_unreadable_lead_leaves_the_others_alone(
    graph: Script, leads: FacebookLeads, access: PageAccess
) -> None:
    gone = member(refusal(100, 33), 400)
    graph.otherwise = batched(lambda i, _: gone if i == "3" else member(lead(i)))
    found = await leads.fetch(access, ids(*"12345"))
    assert isinstance(found[LeadId("3")], GoneError)
    assert [found[i] for i in ids(*"1245")] == [lead(i) for i in "1245"]


async def test_members_left_undone_are_asked_again(
    graph: Script, leads: FacebookLeads, access: PageAccess
) -> None:
    graph.then([member(lead("1")), None, None])
    graph.then([None, member(lead("3"))])
    graph.then([member(lead("2"))])
    assert await leads.fetch(access, ids(*"123")) == {i: lead(i) for i in "123"}
    assert [len(json.loads(seen.form["batch"])) for seen in graph.seen] == [3, 2, 1]


async def test_a_member_never_done_is_a_failure_of_a_moment(
    graph: Script, leads: FacebookLeads, access: PageAccess
) -> None:
    graph.otherwise = batched(lambda i, _: None if i == "2" else member(lead(i)))
    found = await leads.fetch(access, ids(*"12"))
    assert found[LeadId("1")] == lead("1")
    assert isinstance(found[LeadId("2")], TransientError)
    assert len(graph.seen) == BATCH_ROUNDS


@pytest.mark.parametrize(("code", "kind"), [(190, AuthLostError), (80005, RateLimitedError)])
async def test_a_member_s_own_trouble_is_told_for_its_id(
    graph: Script, leads: FacebookLeads, access: PageAccess, code: int, kind: type
) -> None:
    graph.otherwise = batched(lambda i, _: member(refusal(code), 400) if i == "2" else member(lead(i)))
    found = await leads.fetch(access, ids(*"12"))
    assert isinstance(found[LeadId("2")], kind)
    assert found[LeadId("1")] == lead("1")


@pytest.mark.parametrize("names", ["7", "78"])
@pytest.mark.parametrize(
    ("code", "kind"), [(190, AuthLostError), (80005, RateLimitedError), (2, TransientError)]
)
async def test_a_call_that_fails_as_a_whole_raises(
    graph: Script, leads: FacebookLeads, access: PageAccess, names: str, code: int, kind: type
) -> None:
    graph.otherwise = lambda _: web.json_response(refusal(code), status=400)
    with pytest.raises(kind):
        await leads.fetch(access, ids(*names))


@pytest.mark.parametrize(
    ("code", "subcode", "kind"),
    [(100, 33, GoneError), (103, None, LeadAccessError), (2500, None, PermanentError)],
)
async def test_what_is_said_of_a_single_lead_is_returned(
    graph: Script, leads: FacebookLeads, access: PageAccess, code: int, subcode: int | None, kind: type
) -> None:
    graph.refuse(code, subcode)
    found = await leads.fetch(access, ids("7"))
    assert isinstance(found[LeadId("7")], kind)
    assert len(graph.seen) == 1


@pytest.mark.parametrize(
    "message",
    [
        "(#200) Requires ads_management permission",
        "(#200) Permissions error",
        "(#100) nonexisting field (ad_name)",
        "(#100) Missing permissions",
    ],
)
@pytest.mark.parametrize("names", ["7", "78"])
async def test_a_lead_is_read_without_the_ads_when_these_are_refused(
    graph: Script, leads: FacebookLeads, access: PageAccess, names: str, message: str
) -> None:
    refused = refusal(int(message[2:5]), None, message)

    def one(seen: Seen) -> web.StreamResponse:
        if "ad_name" in seen.query["fields"]:
            return web.json_response(refused, status=403)
        return web.json_response(lead("7"))

    many = batched(lambda i, f: member(refused, 403) if i == "7" and f == LEAD_FIELDS else member(lead(i)))
    graph.otherwise = lambda seen: one(seen) if "fields" in seen.query else many(seen)
    assert await leads.fetch(access, ids(*names)) == {i: lead(i) for i in names}
    assert len(graph.seen) == 2
    assert CORE_FIELDS in (graph.seen[1].query.get("fields") or graph.seen[1].form["batch"])


async def test_when_the_bare_read_is_refused_too_its_reason_counts(
    graph: Script, leads: FacebookLeads, access: PageAccess
) -> None:
    graph.refuse(200, None, "(#200) Requires ads_management permission")
    graph.refuse(200, None, "(#200) Requires leads_retrieval permission")
    with pytest.raises(AuthLostError, match="leads_retrieval"):
        await leads.fetch(access, ids("7"))


@pytest.mark.parametrize("answer", [{"id": "8"}, {}, [], True, {"id": None}])
async def test_another_object_than_asked_for_is_not_taken(
    graph: Script, leads: FacebookLeads, access: PageAccess, answer: object
) -> None:
    graph.then(json.dumps(answer))
    graph.then(json.dumps(answer))
    found = await leads.fetch(access, ids("7"))
    assert isinstance(found[LeadId("7")], TransientError)
    graph.answers.clear()
    graph.otherwise = batched(lambda _, __: member(answer))
    found = await leads.fetch(access, ids("7", "9"))
    assert all(isinstance(verdict, TransientError) for verdict in found.values())


async def test_nothing_asked_nothing_sent(graph: Script, leads: FacebookLeads, access: PageAccess) -> None:
    assert await leads.fetch(access, []) == {}
    assert graph.seen == []


async def test_an_id_twice_is_asked_once_and_an_impossible_one_never(
    graph: Script, leads: FacebookLeads, access: PageAccess
) -> None:
    graph.then(lead("7"))
    found = await leads.fetch(access, ids("7", "7", "7?fields=x&method=delete"))
    assert found[LeadId("7")] == lead("7")
    assert isinstance(found[LeadId("7?fields=x&method=delete")], PermanentError)
    assert len(graph.seen) == 1


async def test_more_than_a_batch_is_a_bug(leads: FacebookLeads, access: PageAccess) -> None:
    with pytest.raises(ValueError, match="50"):
        await leads.fetch(access, ids(*(str(n) for n in range(51))))


# Forms


async def test_a_form_is_read_with_its_questions(
    graph: Script, leads: FacebookLeads, access: PageAccess
) -> None:
    graph.then({"id": "5", "questions": []})
    assert (await leads.form(access, FormId("5")))["id"] == "5"
    assert "questions{id,key,label,type,options{key,value}}" in graph.seen[0].query["fields"]
    assert "legal_content" in graph.seen[0].query["fields"]


async def test_a_form_is_read_without_what_is_refused(
    graph: Script, leads: FacebookLeads, access: PageAccess
) -> None:
    graph.refuse(100, None, "(#100) nonexisting field (legal_content)")
    graph.refuse(200, None, "(#200) Permissions error")
    graph.then({"id": "5"})
    assert await leads.form(access, FormId("5")) == {"id": "5"}
    assert "questions" in graph.seen[1].query["fields"]
    assert "legal_content" not in graph.seen[1].query["fields"]
    assert "questions" not in graph.seen[2].query["fields"]


@pytest.mark.parametrize(
    ("code", "subcode", "kind"),
    [(190, None, AuthLostError), (100, 33, GoneError), (4, None, RateLimitedError)],
)
async def test_a_form_refused_for_another_reason_raises_at_once(
    graph: Script, leads: FacebookLeads, access: PageAccess, code: int, subcode: int | None, kind: type
) -> None:
    graph.refuse(code, subcode)
    with pytest.raises(kind):
        await leads.form(access, FormId("5"))
    assert len(graph.seen) == 1


# Listings


def page_of(rows: list[object], after: str | None, **paging: object) -> dict[str, object]:
    told: dict[str, object] = {"cursors": {"before": "b", "after": after or "end"}, **paging}
    if after is not None:
        told["next"] = f"https://graph.facebook.com/v26.0/5/leads?access_token={TOKEN}&after={after}"
    return {"data": rows, "paging": told}


async def all_leads(leads: FacebookLeads, access: PageAccess) -> list[object]:
    return [row["id"] async for row in leads.form_leads(access, FormId("5"), 1761945743)]


async def test_a_listing_is_followed_past_an_empty_page(
    graph: Script, leads: FacebookLeads, access: PageAccess
) -> None:
    graph.then(page_of([lead("1")], "A"))
    graph.then(page_of([], "B"))
    graph.then(page_of([lead("2")], None))
    assert await all_leads(leads, access) == ["1", "2"]
    assert [seen.query.get("after") for seen in graph.seen] == [None, "A", "B"]
    assert all(TOKEN not in seen.address for seen in graph.seen)
    assert json.loads(graph.seen[2].query["filtering"]) == [
        {"field": "time_created", "operator": "GREATER_THAN", "value": 1761945743}
    ]


async def test_25001_leads_are_all_read(graph: Script, leads: FacebookLeads, access: PageAccess) -> None:
    def answer(seen: Seen) -> web.StreamResponse:
        start = int(seen.query.get("after", "0"))
        end = min(start + int(seen.query["limit"]), 25_001)
        rows: list[object] = [{"id": str(n)} for n in range(start, end)]
        return web.json_response(page_of(rows, str(end) if end < 25_001 else None))

    graph.otherwise = answer
    assert await all_leads(leads, access) == [str(n) for n in range(25_001)]
    assert len(graph.seen) == 251


async def test_the_cursor_is_taken_from_next_when_it_stands_nowhere_else(
    graph: Script, leads: FacebookLeads, access: PageAccess
) -> None:
    graph.then({"data": [lead("1")], "paging": {"next": "https://x/?access_token=t&after=QQ%3D%3D"}})
    graph.then({"data": [lead("2")]})
    assert await all_leads(leads, access) == ["1", "2"]
    assert graph.seen[1].query["after"] == "QQ=="


async def test_less_is_asked_for_until_it_is_little_enough(
    graph: Script, leads: FacebookLeads, access: PageAccess
) -> None:
    def answer(seen: Seen) -> web.StreamResponse:
        if int(seen.query["limit"]) > 20:
            return web.json_response(refusal(1, None, "Please reduce the amount of data"), status=500)
        return web.json_response(page_of([lead("1")], None))

    graph.otherwise = answer
    assert await all_leads(leads, access) == ["1"]
    assert [seen.query["limit"] for seen in graph.seen] == ["100", "50", "25", "12"]


async def test_when_one_row_is_too_much_it_raises(
    graph: Script, leads: FacebookLeads, access: PageAccess
) -> None:
    less = refusal(1, None, "Please reduce the amount of data")
    graph.otherwise = lambda _: web.json_response(less, status=500)
    with pytest.raises(TransientError):
        await all_leads(leads, access)
    assert graph.seen[-1].query["limit"] == "1"


@pytest.mark.parametrize(
    "answer",
    [
        page_of([], "A"),
        {"data": [], "paging": {"next": "https://x/?offset=25"}},
        {"data": [], "paging": {"next": "http://[x"}},
        {"data": [], "paging": {"next": 7}},
        {"data": {}},
        {"data": [7]},
        {},
        [],
    ],
)
async def test_a_listing_without_end_or_shape_raises_and_does_not_spin(
    graph: Script, leads: FacebookLeads, access: PageAccess, answer: object
) -> None:
    graph.otherwise = lambda _: web.json_response(answer)
    with pytest.raises(TransientError):
        await all_leads(leads, access)
    assert len(graph.seen) <= 2


async def test_a_form_s_leads_are_read_without_the_ads_when_these_are_refused(
    graph: Script, leads: FacebookLeads, access: PageAccess
) -> None:
    graph.refuse(200, None, "(#200) Requires ads_management permission", 403)
    graph.then(page_of([lead("1")], None))
    assert await all_leads(leads, access) == ["1"]
    assert graph.seen[1].query["fields"] == CORE_FIELDS


async def test_revoked_lead_access_is_not_taken_for_refused_ads(
    graph: Script, leads: FacebookLeads, access: PageAccess
) -> None:
    graph.refuse(200, None, "CRM access has been revoked from Lead Access Manager")
    with pytest.raises(LeadAccessError):
        await all_leads(leads, access)
    assert len(graph.seen) == 1


async def test_no_raised_error_chains_another(
    graph: Script, leads: FacebookLeads, access: PageAccess
) -> None:
    graph.refuse(190, 460)
    with pytest.raises(ConnectorError) as caught:
        await leads.form(access, FormId("5"))
    assert TOKEN not in repr(caught.value.__cause__)
