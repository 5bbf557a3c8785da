"""The API's backups: schedules replaced on top of what was read, runs asked for and followed."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from fake_clock import FakeClock
from support.backing_up import Backing, many_calls, opened_backing
from support.counters import SeenCounters
from support.doors import Doors
from support.google_accounts import opened_stand
from support.rooms import MAIN, Rooms

from adapters.call_files.sealing import AgeSealing
from adapters.sandbox.google.world import GoogleWorld
from connector.pipelines.backup.desk import DeskRooms, ScheduleDesk
from connector.runtime.wakeups import TopicWakeups
from connector.web.api import add_api
from connector.web.api_backups import BackupsPart
from connector.web.server import addresses, public_app, serve
from state.accounts.cards import SqlAccountCards
from state.engine import Engine

SCHEDULES, RUNS = "/api/v1/backups/schedules", "/api/v1/backups/runs"
NIGHTLY = {"name": "nightly", "cron": "30 2 * * *", "zone": "Asia/Kolkata", "formats": ["jsonl", "csv"]}


class HastyClock(FakeClock):
    """A fake clock on which retries of seconds happen at once."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds if seconds >= 30 else 0)


@dataclass(kw_only=True)
class Api:
    """The API over real state and a real Drive of the sandbox, called with the token of `main` or another."""

    url: str
    backing: Backing
    http: aiohttp.ClientSession
    tokens: dict[str | None, str]

    async def call(
        self, method: str, path: str, *, of: str | None = MAIN, body: object = None
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.tokens[of]}"}
        data = None if body is None else json.dumps(body)
        async with self.http.request(method, f"{self.url}{path}", headers=headers, data=data) as answer:
            return answer.status, await answer.json(content_type=None)

    async def scheduled(self, *schedules: dict[str, Any]) -> dict[str, Any]:
        """Make schedules; return the answer."""
        status, body = await self.call("PUT", SCHEDULES, body={"schedules": list(schedules or [NIGHTLY])})
        assert status == 200, body
        return body


@pytest.fixture
async def api(
    engine: Engine, counters: SeenCounters, new_id: Callable[[], str], tmp_path: Path
) -> AsyncIterator[Api]:
    clock = HastyClock()
    rooms, doors = Rooms.on(engine, clock, counters, new_id), Doors.on(engine, clock, new_id)
    world = GoogleWorld.invented(random.Random(1), now=lambda: clock.now().timestamp())  # noqa: S311 - repeatable
    world.add_account("ada@example.com")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(rooms.aclose)
        stand = await stack.enter_async_context(opened_stand(rooms, world))
        backing = await stack.enter_async_context(opened_backing(stand, tmp_path))
        await rooms.workspaces.add("other")
        tokens = {of: (await rooms.tokens.create("crm", of))[1] for of in (MAIN, "other", None)}
        desk = ScheduleDesk(
            DeskRooms(
                schedules=backing.schedules,
                runs=backing.runs,
                retention=backing.retention,
                accounts=SqlAccountCards(engine),
                calls=backing.calls,
            ),
            AgeSealing(),
            clock,
            new_id,
        )
        app, part = public_app(), BackupsPart(desk, backing.runs, clock)
        add_api(app, rooms.tokens, rooms.feed, clock, TopicWakeups(), asyncio.Event(), doors.invite, [part])
        runner = await serve(app, "127.0.0.1:0", header_timeout_s=5.0, drain_s=0.2)
        stack.push_async_callback(runner.cleanup)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield Api(url=addresses(runner)[0], backing=backing, http=http, tokens=tokens)


async def test_schedules_are_replaced_on_top_of_what_was_read(api: Api) -> None:
    assert (await api.call("GET", SCHEDULES))[1]["schedules"] == []
    first = await api.scheduled()
    (nightly,) = first["schedules"]
    assert (nightly["formats"], nightly["zone"]) == (["jsonl", "csv"], "Asia/Kolkata")
    assert nightly["status"]["account_email"] == "ada@example.com"
    assert nightly["status"]["next_runs"][0] == "2026-11-22T21:00:00.000Z"
    changed = {**nightly, "cron": "0 4 * * *"}
    wanted = {"version": first["version"], "schedules": [changed, {"name": "weekly", "cron": "0 5 * * 0"}]}
    status, second = await api.call("PUT", SCHEDULES, body=wanted)
    assert (status, [one["cron"] for one in second["schedules"]]) == (200, ["0 4 * * *", "0 5 * * 0"])
    status, conflict = await api.call("PUT", SCHEDULES, body=wanted)
    assert (status, conflict["version"]) == (409, second["version"])
    assert (await api.call("PUT", SCHEDULES, body={"schedules": []}))[0] == 409
    assert (await api.call("GET", SCHEDULES))[1] == second
    status, none = await api.call("PUT", SCHEDULES, body={"version": second["version"], "schedules": []})
    assert (status, none["schedules"]) == (200, [])


async def test_a_bad_field_is_named_and_nothing_is_changed(api: Api) -> None:
    bad = [NIGHTLY, {**NIGHTLY, "cron": "never", "retention": {"daily": "many"}, "speed": 9}]
    status, body = await api.call("PUT", SCHEDULES, body={"schedules": bad})
    assert status == 422
    assert {one["pointer"] for one in body["errors"]} == {
        "#/schedules/1/cron", "#/schedules/1/retention/daily", "#/schedules/1/speed",
    }  # fmt: skip
    wrongs: tuple[object, ...] = ([], {"schedules": {}}, {"schedules": [1]}, {"schedules": [], "version": 3})
    for wrong in wrongs:
        assert (await api.call("PUT", SCHEDULES, body=wrong))[0] == 422
    status, body = await api.call("PUT", SCHEDULES, of="other", body={"schedules": [NIGHTLY]})
    assert (status, body["errors"][0]["pointer"]) == (422, "#/schedules/0/account")
    assert (await api.call("GET", SCHEDULES))[1]["schedules"] == []


async def test_a_run_is_asked_for_and_followed_to_its_files(api: Api) -> None:
    await api.backing.stored(many_calls(12))
    await api.scheduled()
    headers = {"Authorization": f"Bearer {api.tokens[MAIN]}"}
    body = json.dumps({"schedule": "nightly"})
    async with api.http.post(f"{api.url}{RUNS}", headers=headers, data=body) as answer:
        assert answer.status == 202
        run, where = await answer.json(), answer.headers["Location"]
    assert where == f"{RUNS}/{run['id']}"
    again = await api.call("POST", RUNS, body={"schedule": run["schedule_id"]})
    assert (again[0], again[1]["id"]) == (202, run["id"])
    status, found = await api.call("GET", where)
    assert (status, found["state"], found["files"]) == (200, "waiting", [])
    assert await api.backing.machine.step()
    done = (await api.call("GET", where))[1]
    assert (done["state"], done["calls"], done["bytes_sent"]) == ("good", 12, done["bytes_total"])
    assert [one["format"] for one in done["files"]] == ["jsonl", "csv", None]
    assert all(one["link"] and one["state"] == "stored" for one in done["files"])


async def test_runs_come_in_pages_and_by_schedule(api: Api) -> None:
    await api.scheduled(NIGHTLY, {**NIGHTLY, "name": "weekly"})
    for name in ("nightly", "weekly", "nightly"):
        await api.call("POST", RUNS, body={"schedule": name})
        await api.backing.machine.step()
        await api.backing.clock.advance(1)
    seen: list[str] = []
    cursor = ""
    while True:
        body = (await api.call("GET", f"{RUNS}?limit=2{cursor}"))[1]
        seen += [one["schedule"] for one in body["runs"]]
        if body["next_cursor"] is None:
            break
        cursor = f"&cursor={body['next_cursor']}"
    assert seen == ["nightly", "weekly", "nightly"]
    assert len((await api.call("GET", f"{RUNS}?schedule=weekly"))[1]["runs"]) == 1
    assert (await api.call("GET", f"{RUNS}?schedule=none"))[0] == 400
    assert (await api.call("GET", f"{RUNS}?cursor=x"))[0] == 400


async def test_another_workspace_sees_and_begins_nothing(api: Api) -> None:
    await api.scheduled()
    run_id = (await api.call("POST", RUNS, body={"schedule": "nightly"}))[1]["id"]
    assert (await api.call("GET", SCHEDULES, of="other"))[1]["schedules"] == []
    assert (await api.call("GET", f"{RUNS}/{run_id}", of="other"))[0] == 404
    assert (await api.call("GET", f"{RUNS}/{run_id}?workspace=other", of=None))[0] == 404
    assert (await api.call("GET", f"{RUNS}/{run_id}?workspace=main", of=None))[0] == 200
    assert (await api.call("GET", f"{RUNS}/..%00", of=MAIN))[0] == 404
    for body in ({"schedule": "nightly"}, {"schedule": 1}, {}, {"schedule": "nightly", "x": 1}):
        status, answer = await api.call("POST", RUNS, of="other", body=body)
        assert (status, answer["errors"][0]["pointer"]) == (422, "#/schedule")
    (nightly,) = (await api.call("GET", SCHEDULES))[1]["schedules"]
    status, answer = await api.call("PUT", SCHEDULES, of="other", body={"schedules": [nightly]})
    assert (status, answer["errors"][0]["pointer"]) == (422, "#/schedules/0/id")


async def test_the_answers_are_as_the_openapi_document_says(api: Api) -> None:
    async with api.http.get(f"{api.url}/api/v1/openapi.json") as answer:
        assert answer.status == 200
        document = await answer.json()
    assert document["openapi"] == "3.1.0"
    schemas = document["components"]["schemas"]
    assert set(document["paths"]["/backups/schedules"]) == {"get", "put"}
    assert "/forms" not in document["paths"], "only what is mounted"
    await api.backing.stored(many_calls(1))
    (schedule,) = (await api.scheduled())["schedules"]
    assert set(schedule) == set(schemas["BackupSchedule"]["properties"]) - {"account"}
    run_id = (await api.call("POST", RUNS, body={"schedule": "nightly"}))[1]["id"]
    await api.backing.machine.step()
    run = (await api.call("GET", f"{RUNS}/{run_id}"))[1]
    assert set(run) == set(schemas["BackupRun"]["properties"])
    assert set(run["files"][0]) == set(schemas["BackupFile"]["properties"])
    parameters = document["paths"]["/backups/runs/{id}"]["get"]["parameters"]
    assert [(one["name"], one["in"]) for one in parameters] == [("id", "path"), ("workspace", "query")]
