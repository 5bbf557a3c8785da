"""Reading leads again from the command line: what it would cost, how it ends, and what it refuses."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cli.conftest import Call, Spawn, sandbox_settings

from adapters.sandbox.graph.tokens import issue_user_token, page_token
from adapters.sandbox.objects import SCOPES
from adapters.sandbox.running import Sandbox, submit_form
from connector.composition import Chance, opened_state
from connector.config import load
from connector.domain.connection import ConnectionId, FacebookConnection, PageGrant, Person, UserToken
from connector.domain.lead import FormId, PageId, WorkspaceId
from connector.domain.reconcile_work import RoundDone, RoundWork, Subscribed
from connector.domain.reconciling import FormListing, ListedForm
from connector.runtime.clock import SystemClock
from state.connections import SqlConnections
from state.reconciling import SqlReconciling
from state.vault import Vault

LEADS = 7


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(seed=6) as running:
        yield running


@pytest.fixture
async def connected(sandbox: Sandbox, tmp_path: Path) -> Path:
    """Connect the first Page as consent would and know its first form, whose history nobody imports by itself."""
    path = sandbox_settings(sandbox, tmp_path)
    settings, clock, chance = load(path, {}), SystemClock(), Chance.of_system()
    admin = next(iter(sandbox.world.people.values()))
    admin.authorised = True
    admin.granted |= set(SCOPES)
    page = next(iter(sandbox.world.pages.values()))
    form = sandbox.world.forms[page.form_ids[0]]
    for _ in range(LEADS):
        submit_form(sandbox.world, form)
    user = issue_user_token(sandbox.world, admin, long_lived=True)
    token = page_token(sandbox.world, user, page).value
    async with opened_state(settings, clock, chance) as rooms:
        state = (rooms.engine, clock, Vault(settings.state.keys()), chance.new_id)
        connection = FacebookConnection(
            id=ConnectionId("con_1"),
            workspace_id=WorkspaceId("main"),
            person=Person(id=admin.id, name=None),
            token=UserToken(value=user.value),
            scopes=SCOPES,
        )
        grant = PageGrant(page_id=PageId(page.id), name=page.name, token=token)
        await SqlConnections(*state).save(connection, [grant])
        work = SqlReconciling(*state)
        job = await work.claim()
        assert isinstance(job, RoundWork)
        listed = ListedForm(id=FormId(form.id), name=form.name, status="ACTIVE", leads=LEADS)
        done = RoundDone(
            subscribed=Subscribed(),
            listing=FormListing(forms=(listed,)),
            due_at_ms=2**52,
            list_due_at_ms=2**52,
        )
        assert await work.round_done(job, done)
        await rooms.engine.write(lambda tx: tx.execute("DELETE FROM backfills"))
    return path


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
