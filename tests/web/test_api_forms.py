"""The API's forms, on both engines over real sockets: listed, mapped, tried, applied; what is wrong is named."""

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
from support.rooms import MAIN, PAGE, Rooms, raw

from connector.domain.lead import FormId, PageId
from connector.pipelines.courtesy import Courtesy
from connector.pipelines.mapping import FormMappings
from connector.runtime.wakeups import TopicWakeups
from connector.web.api import add_api
from connector.web.api_forms import FormsPart
from connector.web.server import addresses, public_app, serve
from state.engine import Engine
from state.leads.mappings import SqlMappings
from state.leads.remapping import SqlRemappings

FORM = {
    "id": "300",
    "name": "Courses",
    "locale": "en_US",
    "questions": [
        {"key": "email", "type": "EMAIL", "label": "E-mail"},
        {"key": "budget", "type": "CUSTOM", "label": "Budget"},
        {"key": "course", "type": "CUSTOM", "label": "Which?", "options": [{"key": "a1", "value": "Beginners"}]},
    ],
    "legal_content": {"custom_disclaimer": {"checkboxes": [{"key": "news", "text": "News", "is_required": True}]}},
    "tracking_parameters": [{"key": "shop", "value": "12"}],
}  # fmt: skip
RULE = {"question": "budget", "to": "custom", "key": "deal_amount", "type": "number"}


@dataclass(kw_only=True)
class Api:
    """The API over real state, called with the token of `main`, or with another."""

    url: str
    rooms: Rooms
    http: aiohttp.ClientSession
    tokens: dict[str | None, str]

    async def call(
        self, method: str, path: str, *, of: str | None = MAIN, given: object = None
    ) -> tuple[int, dict[str, Any]]:
        named = {"Authorization": f"Bearer {self.tokens[of]}"}
        data = None if given is None else json.dumps(given)
        async with self.http.request(method, f"{self.url}/api/v1{path}", headers=named, data=data) as answer:
            return answer.status, await answer.json(content_type=None)


@pytest.fixture
async def api(
    engine: Engine, clock: FakeClock, counters: SeenCounters, new_id: Callable[[], str]
) -> AsyncIterator[Api]:
    rooms, doors = Rooms.on(engine, clock, counters, new_id), Doors.on(engine, clock, new_id)
    await rooms.connect(PAGE)
    await rooms.workspaces.add("other")
    await rooms.forms.store(PageId(PAGE), FormId("300"), json.dumps(FORM))
    tokens = {of: (await rooms.tokens.create("crm", of))[1] for of in (MAIN, "other", None)}
    mappings = FormMappings(
        SqlMappings(engine, clock, new_id), SqlRemappings(engine, clock, new_id), clock, Courtesy(clock)
    )
    part, app = FormsPart(mappings), public_app()
    add_api(app, rooms.tokens, rooms.feed, clock, TopicWakeups(), asyncio.Event(), doors.invite, parts=[part])
    runner = await serve(app, "127.0.0.1:0", header_timeout_s=5.0, drain_s=0.2)
    async with aiohttp.ClientSession() as http:
        yield Api(url=addresses(runner)[0], rooms=rooms, http=http, tokens=tokens)
    await runner.cleanup()
    await rooms.aclose()


async def test_forms_are_listed_with_what_they_ask_page_by_page(api: Api) -> None:
    for number in (301, 302):
        definition = {**FORM, "id": str(number), "name": f"Form {number}"}
        await api.rooms.forms.store(PageId(PAGE), FormId(str(number)), json.dumps(definition))
    status, first = await api.call("GET", "/forms?limit=2")
    assert status == 200
    assert [form["form_id"] for form in first["forms"]] == ["300", "301"]
    _, rest = await api.call("GET", f"/forms?limit=2&cursor={first['next_cursor']}")
    assert ([form["form_id"] for form in rest["forms"]], rest["next_cursor"]) == (["302"], None)
    form = first["forms"][0]
    assert (form["name"], form["page_id"], form["page_name"], form["version"]) == (
        "Courses",
        PAGE,
        "Page 100",
        0,
    )
    assert form["mapping"] == {"rules": [], "opt_ins": [], "split_full_name": False}
    assert form["questions"][2]["options"] == [{"key": "a1", "label": "Beginners"}]
    assert form["checkboxes"] == [{"key": "news", "text": "News", "is_required": True}]
    assert form["hidden_fields"] == ["shop"]
    assert (form["is_live"], form["is_connected"]) == (True, True)
    await api.rooms.engine.write(lambda tx: tx.execute("UPDATE pages SET state = 'disconnected'"))
    _, left = await api.call("GET", "/forms/300")
    assert (left["is_live"], left["is_connected"], left["version"]) == (False, False, 0)
    _, none = await api.call("GET", "/forms", of="other")
    assert none == {"forms": [], "next_cursor": None}
    assert (await api.call("GET", "/forms/300", of="other"))[0] == 404


async def test_a_mapping_is_put_read_and_used_by_the_next_lead(api: Api) -> None:
    given = {
        "version": 0,
        "rules": [RULE],
        "opt_ins": [{"checkbox": "news", "opt_in": "letter"}],
        "split_full_name": True,
    }
    status, saved = await api.call("PUT", "/forms/300/mapping", given=given)
    assert (status, saved["version"], saved["saved_by"]["kind"]) == (200, 1, "api")
    _, form = await api.call("GET", "/forms/300")
    assert form["mapping"]["rules"] == [{**RULE, "on_problem": "keep"}]
    assert [one["version"] for one in form["versions"]] == [1]
    again = {**given, **form["mapping"], "version": form["version"]}
    assert (await api.call("PUT", "/forms/300/mapping", given=again))[1]["version"] == 1, "nothing new"
    await api.rooms.fetch({"1": raw("1", email="a@example.com", budget="1,200.50")})
    await api.rooms.resolve()
    (contact,) = await api.rooms.contacts()
    assert contact["custom_fields"][0]["typed_values"] == [1200.5]


async def test_every_mistake_is_named_with_its_place(api: Api) -> None:
    rules = [
        {"question": "budgit", "to": "custom", "key": "x"},
        {"question": "course", "to": "somewhere"},
        {"question": "email", "to": "email", "key": "y"},
        {"question": "budget", "to": "custom", "key": "course", "type": "choice", "options": {}},
        {"question": "Budget", "to": "phone", "on_problem": "explode", "more": 1},
    ]
    opt_ins = [{"checkbox": "nothing", "opt_in": "x"}]
    given = {"version": 0, "rules": rules, "opt_ins": opt_ins, "extra": 1}
    status, told = await api.call("PUT", "/forms/300/mapping", given=given)
    assert (status, told["type"], told["status"]) == (422, "about:blank", 422)
    places = {one["pointer"]: one["detail"] for one in told["errors"]}
    assert set(places) == {
        "#/extra",
        "#/rules/0/question",
        "#/rules/1/to",
        "#/rules/2/key",
        "#/rules/3/options",
        "#/rules/4/question",
        "#/rules/4/on_problem",
        "#/rules/4/more",
        "#/opt_ins/0/checkbox",
    }
    assert "email, budget, course" in places["#/rules/0/question"]
    assert "has a rule already" in places["#/rules/4/question"]
    assert told["detail"]
    wrongs: list[object] = [None, [], {"version": "1"}, {"version": -1, "rules": []}, {"rules": []}]
    for wrong in wrongs:
        status, told = await api.call("PUT", "/forms/300/mapping", given=wrong)
        assert status in {400, 422}
        assert told["detail"].endswith(".")
    assert (await api.call("GET", "/forms/300"))[1]["version"] == 0


async def test_of_very_many_mistakes_the_first_hundred_are_named(api: Api) -> None:
    given = {"version": 0, **{f"name{n}": n for n in range(5_000)}}
    status, told = await api.call("PUT", "/forms/300/mapping", given=given)
    assert (status, len(told["errors"])) == (422, 100)
    assert told["detail"].endswith("There are 4999 more mistakes.")
    _, told = await api.call("PUT", "/forms/300/mapping", given={"version": 0, "one": 1, "two": 2})
    assert told["detail"].endswith("There is one more mistake.")


async def test_of_two_who_replace_the_same_version_the_second_is_told(api: Api) -> None:
    assert (await api.call("PUT", "/forms/300/mapping", given={"version": 0, "rules": [RULE]}))[0] == 200
    status, told = await api.call("PUT", "/forms/300/mapping", given={"version": 0, "rules": []})
    assert (status, told["version"]) == (409, 1)
    assert "Version 1 is in force" in told["detail"]
    assert (await api.call("GET", "/forms/300"))[1]["mapping"]["rules"] != []


async def test_a_dry_run_shows_real_leads_and_writes_nothing(api: Api) -> None:
    await api.rooms.fetch({"1": raw("1", email="a@example.com", budget="1,200.50")})
    await api.rooms.resolve()
    status, told = await api.call("PUT", "/forms/300/mapping?dry_run=true", given={"rules": [RULE]})
    assert status == 200
    (lead,) = told["leads"]
    assert lead["lead_id"] == "1"
    assert {one["field"]: (one["before"], one["after"]) for one in lead["changes"]} == {
        "custom_fields.budget": ("1,200.50", None),
        "custom_fields.deal_amount": (None, "1200.5"),
    }
    assert told["past_leads"] == {
        "leads": 1,
        "looked_at": 1,
        "contacts_changed": 1,
        "left_alone": 0,
        "failed": 0,
        "is_whole": True,
    }
    assert (await api.call("GET", "/forms/300"))[1]["version"] == 0
    assert (await api.call("PUT", "/forms/300/mapping?dry_run=maybe", given={"rules": []}))[0] == 400


async def test_past_leads_are_put_in_line(api: Api) -> None:
    await api.rooms.fetch({"1": raw("1", email="a@example.com", budget="7")})
    await api.rooms.resolve()
    await api.call("PUT", "/forms/300/mapping", given={"version": 0, "rules": [RULE]})
    status, count = await api.call("POST", "/forms/300/mapping/apply?dry_run=true")
    assert (status, count["contacts_changed"]) == (200, 1)
    status, progress = await api.call("POST", "/forms/300/mapping/apply")
    assert (status, progress["state"], progress["leads"], progress["done"]) == (202, "waiting", 1, 0)
    assert (await api.call("GET", "/forms/300"))[1]["application"]["id"] == progress["id"]
    assert (await api.call("POST", "/forms/9/mapping/apply"))[0] == 404
    assert (await api.call("PUT", "/forms/%00/mapping", given={}))[0] == 404
