"""What is shown to people: quarantine, open alerts, deliveries; and replays of all that matches."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from cli.conftest import Call
from support.counters import SeenCounters
from support.rooms import notification

from connector.composition import Chance, Rooms, opened_state
from connector.config import load
from connector.domain.alert import Alert
from connector.domain.lead import WorkspaceId
from connector.domain.notice import Notification, Quarantined
from connector.runtime.clock import SystemClock
from state.intake.inbox import SqlInbox

Change = Callable[[Rooms], Awaitable[object]]

LEAD = """
    INSERT INTO leads (workspace_id, lead_id, page_id, received_via, received_at_ms, stage, attempts)
    VALUES ('main', :id, '100', 'webhook', 1, 'parked', 3)"""
DELIVERY = """
    INSERT INTO deliveries (event_id, workspace_id, sequence, lead_id, state, attempts, is_replay, errors,
                            last_status)
    VALUES (:id, 'main', :n, :id, 'parked', 1, 0, '[{"field": "email", "message": "taken"}]', 422)"""


@pytest.fixture
def given(config: Path) -> Callable[[Change], None]:
    """Change the state before a command looks at it."""

    def change(do: Change) -> None:
        async def open_and_do() -> None:
            async with opened_state(load(config, {}), SystemClock(), Chance.of_system()) as rooms:
                await do(rooms)

        asyncio.run(open_and_do())

    return change


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


async def strangers(rooms: Rooms) -> None:
    """Take in what is no lead, and a lead of a Page that nobody connected."""
    inbox = SqlInbox(rooms.engine, SystemClock(), SeenCounters())
    odd = Quarantined(payload=b'{"odd":1}', reason="unknown_field", field_name="feed")
    await inbox.record(Notification(quarantined=(odd,)))
    await inbox.record(notification("77", page="9"))
    await inbox.aclose()


def test_quarantine_is_shown(call: Call, given: Callable[[Change], None]) -> None:
    assert call("leads", "quarantine").stdout == "Nothing is in quarantine.\n"
    given(strangers)
    rows = {row["reason"]: row for row in lines(call("leads", "quarantine", "--json").stdout)}
    assert (rows["unknown_page"]["page_id"], rows["unknown_page"]["lead_id"]) == ("9", "77")
    assert rows["unknown_field"]["field_name"] == "feed"
    assert all(row["seen"] == 1 and row["first_seen_ms"] and row["last_seen_ms"] for row in rows.values())
    assert all("payload" not in row for row in rows.values())
    assert "unknown_page" in call("leads", "quarantine").stdout
    assert len(lines(call("leads", "quarantine", "--json", "--limit", "1").stdout)) == 1


def test_payloads_of_quarantine_are_for_json_only(call: Call, given: Callable[[Change], None]) -> None:
    given(strangers)
    rows = lines(call("leads", "quarantine", "--json", "--payload").stdout)
    payloads = [base64.b64decode(str(row["payload"])) for row in rows]
    assert b'{"odd":1}' in payloads
    assert call("leads", "quarantine", "--payload").exit_code == 2


def test_open_alerts_are_listed(call: Call, given: Callable[[Change], None]) -> None:
    assert call("alerts").stdout == "No open alerts.\n"

    async def alarm(rooms: Rooms) -> None:
        for key in ("crm.outage", "over"):
            alert = Alert(
                key=key, severity="critical", title="T.", remedy="R.", workspace_id=WorkspaceId("main")
            )
            await rooms.alerts.raise_once(alert)
        await rooms.alerts.resolve("over")

    given(alarm)
    (row,) = lines(call("alerts", "--json").stdout)
    assert row.pop("since_ms")
    assert row == {
        "key": "crm.outage",
        "severity": "critical",
        "title": "T.",
        "remedy": "R.",
        "workspace_id": "main",
    }
    assert "crm.outage" in call("alerts").stdout


async def dead_letters(rooms: Rooms) -> None:
    """Park 130 leads and their deliveries."""
    rows = [{"id": f"{n}", "n": n} for n in range(130)]
    await rooms.engine.write(lambda tx: tx.execute_many(LEAD, rows))
    await rooms.engine.write(lambda tx: tx.execute_many(DELIVERY, rows))


def test_deliveries_name_the_crm_s_complaints_as_a_list(call: Call, given: Callable[[Change], None]) -> None:
    given(dead_letters)
    rows = lines(call("deliveries", "list", "--json").stdout)
    assert len(rows) == 100
    assert rows[0]["errors"] == [{"field": "email", "message": "taken"}]


@pytest.mark.parametrize(
    ("command", "filters", "noun"),
    [("leads", ("--stage", "parked"), "leads"), ("deliveries", ("--state", "parked"), "events again")],
)
def test_a_replay_takes_all_and_says_when_a_limit_cuts(
    call: Call, given: Callable[[Change], None], command: str, filters: tuple[str, ...], noun: str
) -> None:
    given(dead_letters)
    replay = (command, "replay", *filters)
    assert f" 130 {noun}" in call(*replay, "--dry-run").stdout
    assert f" 30 of 130 {noun}" in call(*replay, "--dry-run", "--limit", "30").stdout
    assert f" 30 of 130 {noun}" in call(*replay, "--limit", "30").stdout
    assert f" 100 {noun}" in call(*replay, "--limit", "100").stdout
    assert f" 0 {noun}" in call(*replay).stdout
