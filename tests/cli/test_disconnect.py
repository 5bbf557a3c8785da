"""`connector disconnect`: it says what it does, asks, and does that."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from cli.conftest import Call

from connector.composition import Chance, opened_state
from connector.config import load
from connector.domain.connection import ConnectionId, FacebookConnection, PageGrant, Person, UserToken
from connector.domain.lead import PageId, WorkspaceId
from connector.runtime.clock import SystemClock
from state.accounts.connections import SqlConnections
from state.accounts.page_grants import note_subscribed
from state.engine import Engine, Row
from state.vault import Vault

T = TypeVar("T")
MINE, OTHER = ConnectionId("con_mine"), ConnectionId("con_other")
PAGE = PageId("100")


def on_state(config: Path, work: Callable[[Engine], Awaitable[T]]) -> T:
    async def run() -> T:
        async with opened_state(load(config, {}), SystemClock(), Chance.of_system()) as rooms:
            await rooms.workspaces.add("other")
            return await work(rooms.engine)

    return asyncio.run(run())


def connect(config: Path, connection_id: ConnectionId, workspace: str = "main") -> None:
    async def save(engine: Engine) -> None:
        vault = Vault(load(config, {}).state.keys())
        connections = SqlConnections(engine, SystemClock(), vault, Chance.of_system().new_id)
        await connections.save(
            FacebookConnection(
                id=connection_id,
                workspace_id=WorkspaceId(workspace),
                person=Person(id="9", name="Ada Admin"),
                token=UserToken(value="EAAuser"),
                scopes=("leads_retrieval",),
            ),
            [PageGrant(page_id=PAGE, name="Bakery", token="EAApage")],
        )
        await engine.write(lambda tx: note_subscribed(tx, connection_id, PAGE))

    on_state(config, save)


def connection(config: Path, connection_id: ConnectionId = MINE) -> Row:
    row = on_state(
        config,
        lambda engine: engine.read(
            lambda tx: tx.row("SELECT * FROM connections WHERE id = :id", {"id": connection_id})
        ),
    )
    assert row is not None
    return row


def test_a_dry_run_says_what_would_happen_and_changes_nothing(call: Call, config: Path) -> None:
    connect(config, MINE)
    result = call("disconnect", MINE, "--dry-run")
    assert result.exit_code == 0, result.output
    assert "Page 100 Bakery: stops, with 0 forms." in result.output
    assert "At Facebook: this app is taken off Page 100." in result.output
    assert "grant is taken back" in result.output
    assert "Kept: 0 contacts, 0 leads" in result.output
    assert connection(config)["state"] == "healthy"


def test_it_is_done_after_a_yes(call: Call, config: Path) -> None:
    connect(config, MINE)
    assert call("disconnect", MINE, input="n\n").exit_code == 1
    assert connection(config)["state"] == "healthy"
    result = call("disconnect", MINE, input="y\n")
    assert result.exit_code == 0, result.output
    assert "Disconnected con_mine." in result.output
    row = connection(config)
    assert (row["state"], row["sealed_token"]) == ("disconnecting", None)
    assert "disconnecting already" in call("disconnect", MINE, "--yes").output


def test_what_another_workspace_uses_is_named_and_stays(call: Call, config: Path) -> None:
    connect(config, MINE)
    connect(config, OTHER, "other")
    result = call("disconnect", MINE, "--yes")
    assert result.exit_code == 0, result.output
    assert "this app stays on Page 100, for con_other of workspace other." in result.output
    assert "the person's grant stays, for con_other of workspace other." in result.output
    assert connection(config)["state"] == "disconnected"
    assert connection(config, OTHER)["state"] == "healthy"


@pytest.mark.parametrize("more", [(), ("--yes",), ("--dry-run",)])
def test_a_connection_that_is_not_there_is_said_so(call: Call, more: tuple[str, ...]) -> None:
    result = call("disconnect", "con_none", *more)
    assert result.exit_code == 65
    assert "no such connection" in result.output


def test_what_was_given_up_is_noted_as_done_by_hand(call: Call, config: Path) -> None:
    connect(config, MINE)
    assert "nothing to note" in call("disconnect", MINE, "--done-by-hand").output
    assert call("disconnect", MINE, "--yes").exit_code == 0
    on_state(
        config,
        lambda engine: engine.write(
            lambda tx: tx.execute("UPDATE undoings SET state = 'given_up', due_at_ms = NULL")
        ),
    )
    result = call("disconnect", MINE, "--done-by-hand")
    assert (result.exit_code, result.output) == (0, "Noted.\n")
    assert connection(config)["state"] == "disconnected"
    assert call("disconnect", MINE, "--done-by-hand", "--dry-run").exit_code == 2
