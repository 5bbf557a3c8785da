"""Reading leads again from the command line: what it would cost, how it ends, and what it refuses."""

import json
from pathlib import Path

import pytest
from cli.conftest import LEADS, Call, Spawn

from adapters.sandbox.running import Sandbox


@pytest.mark.process
async def test_what_is_missing_is_read_and_a_dry_run_says_the_cost(
    connected: Path, sandbox: Sandbox, spawn: Spawn
) -> None:
    page = next(iter(sandbox.world.pages))
    asked = sandbox.graph.requests
    dry = await spawn("--config", str(connected), "reconcile", "--page", page, "--dry-run", "--json")
    assert dry.code == 0, dry
    plan = json.loads(dry.out)
    assert (plan["leads"], plan["known"], plan["calls"]) == (LEADS, 0, 1 + LEADS)
    assert sandbox.graph.requests == asked
    result = await spawn("--config", str(connected), "reconcile", "--page", page)
    assert result.code == 0, result
    assert "1 forms: 7 leads, 7 of them new" in result.out
    again = await spawn("--config", str(connected), "reconcile", "--page", page, "--json")
    assert (json.loads(again.out)["found"], json.loads(again.out)["new"]) == (LEADS, 0)
    status = await spawn("--config", str(connected), "reconcile", "--status")
    assert status.out.strip() == "No import is under way."


@pytest.mark.process
async def test_a_throttled_page_is_left_to_the_daemon_and_can_be_stopped(
    connected: Path, sandbox: Sandbox, spawn: Spawn
) -> None:
    page = next(iter(sandbox.world.pages.values()))
    sandbox.world.throttle(page, minutes=20)
    result = await spawn("--config", str(connected), "reconcile", "--all")
    assert result.code == 75, result
    assert "The daemon goes on with it" in result.err
    dry = await spawn("--config", str(connected), "reconcile", "--stop", "--page", page.id, "--dry-run")
    assert "Would stop 1 imports." in dry.out
    stopped = await spawn("--config", str(connected), "reconcile", "--stop", "--page", page.id)
    assert "Stopped 1 imports." in stopped.out


def test_an_unscoped_call_is_refused(call: Call) -> None:
    result = call("reconcile")
    assert result.exit_code == 2
    assert "--page, --form, --workspace or --all" in result.output


def test_a_window_that_ends_before_it_begins_is_refused(call: Call) -> None:
    result = call("reconcile", "--all", "--since", "2026-11-02", "--until", "2026-11-01")
    assert result.exit_code == 2


def test_a_page_that_nobody_knows_is_bad_input(call: Call) -> None:
    result = call("reconcile", "--page", "1")
    assert result.exit_code == 65
    assert "connector connections" in result.output
