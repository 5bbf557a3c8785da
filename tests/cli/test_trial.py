"""`leads test` beside a running daemon: each hop ticked, 0 when it got through; 1 with the reason when not."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cli.conftest import Call, calling
from support.daemon import Home, running_inside
from support.leaks import Leaks
from support.traffic import Received, plain_forms, submit

from adapters.sandbox.faults import Fault
from adapters.sandbox.objects import Form
from adapters.sandbox.running import Sandbox
from connector.runtime.clock import SystemClock

pytestmark = [pytest.mark.process, pytest.mark.timeout(60)]


@pytest.fixture
async def home(sandbox: Sandbox, tmp_path: Path) -> Home:
    leaks = Leaks(tmp_path)
    return Home(folder=tmp_path, state_url=f"sqlite:///{tmp_path / 'live.db'}", sandbox=sandbox, leaks=leaks)


@pytest.fixture
async def form(sandbox: Sandbox) -> Form:
    return plain_forms(sandbox)[0]


@pytest.fixture
async def live(home: Home, form: Form) -> AsyncIterator[Call]:
    """Run the daemon in this process on real time; return what calls commands beside it."""
    del form  # published before its Page is listed
    config = home.configure()
    await home.connect(config)
    async with running_inside(home, config, SystemClock()) as inside:
        await inside.log.wait_for_event("page.listed", times=len(home.sandbox.world.pages))
        yield calling(config.path)


async def test_each_hop_is_ticked_and_the_lead_is_gone(live: Call, sandbox: Sandbox, form: Form) -> None:
    result = await asyncio.to_thread(live, "leads", "test", "--form", form.id)
    assert result.exit_code == 0, result.output
    *hops, last = result.stdout.splitlines()
    assert [line[0] for line in hops] == ["✓"] * 6
    assert last == "The test lead went every hop and is removed again."
    assert [one for one in sandbox.world.leads.values() if one.is_test and not one.deleted] == []


async def test_json_is_one_object_with_its_hops(live: Call, form: Form) -> None:
    result = await asyncio.to_thread(live, "leads", "test", "--form", form.id, "--json")
    assert result.exit_code == 0, result.output
    run = json.loads(result.stdout)
    assert (run["state"], run["form_id"]) == ("done", form.id)
    assert {hop["state"] for hop in run["hops"]} == {"done"}


async def test_a_hop_that_fails_ends_with_1_and_its_reason(live: Call, sandbox: Sandbox, form: Form) -> None:
    sandbox.graph.faults.add("test_leads", Fault.error("missing_permissions"), times=99)
    result = await asyncio.to_thread(live, "leads", "test", "--form", form.id)
    assert result.exit_code == 1
    assert "✗" in result.stdout
    assert "Error: Permissions are missing" in result.stderr


async def test_a_form_that_nobody_knows_is_bad_input(live: Call) -> None:
    result = await asyncio.to_thread(live, "leads", "test", "--form", "1", "--json")
    assert (result.exit_code, result.stdout) == (65, "")


async def test_live_leads_are_proved_beside_the_test(live: Call, home: Home, form: Form) -> None:
    received = Received(home.sandbox.crm)
    leads = [submit(home.sandbox, form, number) for number in range(3)]
    for sent in await home.sandbox.sender.announce(leads):
        assert sent.statuses == [200]
    await home.sandbox.crm.wait_for(lambda: received.has({lead.id for lead in leads}))
    result = await asyncio.to_thread(live, "proof", "--form", form.id, "--json")
    assert result.exit_code == 0, result.output
    (day,) = (json.loads(line) for line in result.stdout.splitlines())
    assert (day["at_meta"], day["pushed"], day["delivered"]) == (3, 3, 3)


def test_without_a_daemon_it_says_so(call: Call) -> None:
    result = call("leads", "test")
    assert result.exit_code == 65  # no form is known to a state that nobody has filled
    assert "Traceback" not in result.output
