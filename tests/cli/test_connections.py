"""`connector connections`: how accounts stand, what was checked, what waits since when."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from cli.conftest import Call
from support.counters import SeenCounters
from support.rooms import notification

from connector.cli.connections import drops_in_days
from connector.composition import Chance, opened_connect
from connector.config import load
from connector.domain.connection import (
    Check,
    ConnectionId,
    FacebookConnection,
    PageGrant,
    Person,
    UserToken,
)
from connector.domain.lead import PageId, WorkspaceId
from connector.domain.probing import PageVerdict
from connector.domain.signals import Probed, TokenDied
from connector.runtime.clock import SystemClock
from state.accounts.connections import SqlConnections
from state.accounts.probing import SqlProbing
from state.engine import Engine
from state.intake.inbox import SqlInbox
from state.vault import Vault

DAY_MS = 86_400_000
ACCOUNT = FacebookConnection(
    id=ConnectionId("con_a"),
    workspace_id=WorkspaceId("main"),
    person=Person(id="9001", name="Ada Admin"),
    token=UserToken(value="SECRET-user"),
    scopes=("leads_retrieval",),
)
PAGE = PageGrant(page_id=PageId("100"), name="Bakery", token="SECRET-page")
FAILED = Check(
    name="leads_access", outcome="failed", page_id=PageId("100"), detail="Not listed.", remedy="List it."
)

Change = Callable[[SqlConnections, Engine], Awaitable[object]]


@pytest.fixture
def given(config: Path) -> Callable[[Change], None]:
    """Change the state before a command looks at it."""

    def change(do: Change) -> None:
        async def open_and_do() -> None:
            settings = load(config, {})
            async with opened_connect(settings, SystemClock(), Chance.of_system()) as (_, stored, rooms):
                await do(stored, rooms.engine)

        asyncio.run(open_and_do())

    return change


async def connected(stored: SqlConnections, engine: Engine) -> None:
    saved = await stored.save(ACCOUNT, [PAGE])
    inbox = SqlInbox(engine, SystemClock(), SeenCounters())
    await inbox.record(notification("1", "2", page="100"))
    await inbox.aclose()
    fine = Check(name="token", outcome="ok")
    page = PageVerdict(page_id=PAGE.page_id, name="Bakery", state=None, checks=(FAILED,))
    await stored.proved(saved, [fine], [page], [Probed(checks=(fine, FAILED))])


def test_nothing_connected_says_what_to_do(call: Call) -> None:
    assert "connector connect facebook" in call("connections").output
    assert call("connections", "--json").output == ""


def test_an_account_is_shown_with_its_checks_and_what_waits(
    call: Call, given: Callable[[Change], None]
) -> None:
    given(connected)
    (account,) = [json.loads(line) for line in call("connections", "--json").output.splitlines()]
    assert (account["id"], account["state"], account["waiting"]) == ("con_a", "degraded", 2)
    assert (account["reason"], account["remedy"]) == ("Not listed.", "List it.")
    assert account["drops_in_days"] == 90
    assert {check["name"]: check["outcome"] for check in account["checks"]} == {
        "token": "ok",
        "leads_access": "failed",
    }
    assert all(check["checked_at_ms"] for check in account["checks"])
    assert [(page["page_id"], page["waiting"]) for page in account["pages"]] == [("100", 2)]
    shown = call("connections")
    assert shown.exit_code == 0
    for text in ("degraded since", "2 leads wait", "check leads_access of Page 100: failed", "List it."):
        assert text in shown.output
    assert "SECRET" not in shown.output + json.dumps(account)


def test_a_lost_account_says_when_meta_drops_the_first_lead(
    call: Call, given: Callable[[Change], None], config: Path
) -> None:
    given(connected)

    async def die(_: SqlConnections, engine: Engine) -> None:
        settings = load(config, {})
        probing = SqlProbing(engine, SystemClock(), Vault(settings.state.keys()), Chance.of_system().new_id)
        await probing.hear(ConnectionId("con_a"), TokenDied(at=SystemClock().now(), reason="Dead."))
        sql = "UPDATE leads SET received_at_ms = received_at_ms - :age WHERE lead_id = '1'"
        await engine.write(lambda tx: tx.execute(sql, {"age": 80 * DAY_MS}))

    given(die)
    (account,) = [json.loads(line) for line in call("connections", "--json").output.splitlines()]
    assert (account["state"], account["waiting"], account["drops_in_days"]) == ("reconnect", 2, 10)
    assert "Meta drops it in 10 days" in call("connections").output


@pytest.mark.parametrize(("age_days", "left"), [(0, 90), (0.99, 90), (1, 89), (89.5, 1), (90, 0), (400, 0)])
def test_days_until_meta_forgets(age_days: float, left: int) -> None:
    assert drops_in_days(0, now_ms=int(age_days * DAY_MS)) == left
    assert drops_in_days(None, now_ms=0) is None
