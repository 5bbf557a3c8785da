"""What waits follows a wall clock that was set, on either engine, and nothing that waits is forgotten."""

import re

import pytest
from fake_clock import FakeClock

from state.engine import Engine, Row, Tx
from state.migrations import STEPS
from state.waiting_rows import LONGEST_MS, PART, WAITS, SqlWaitingRows
from state.workspaces import SqlWorkspaces

HOUR_MS = 3_600_000
LEAD = """
    INSERT INTO leads (workspace_id, lead_id, page_id, form_id, received_via, received_at_ms, stage, due_at_ms,
                       attempts)
    VALUES ('main', :id, '100', '300', 'webhook', 0, :stage, :due_at_ms, 0)"""
DELIVERY = """
    INSERT INTO deliveries (event_id, workspace_id, sequence, contact_id, revision, lead_id, state, due_at_ms,
                            attempts, is_replay)
    VALUES (:id, 'main', :number, :id, 1, :id, 'waiting', :due_at_ms, :attempts, :is_replay)"""
LEADS = "SELECT lead_id, due_at_ms FROM leads ORDER BY lead_id"
DELIVERIES = "SELECT event_id, due_at_ms FROM deliveries ORDER BY event_id"
ELSEWHERE = {"backup_schedules.next_due_at_ms", "page_rhythms.overdue_at_ms"}
"""The one is told by the calendar and planned again, the other is judged anew every ten minutes: no waits."""


async def leads(engine: Engine, dues: list[int], *, stage: str = "fetch") -> None:
    rows = [{"id": f"{n:05d}", "stage": stage, "due_at_ms": due} for n, due in enumerate(dues)]
    await engine.write(lambda tx: tx.execute_many(LEAD, rows))


async def seen(engine: Engine, sql: str) -> list[int]:
    def read(tx: Tx) -> list[Row]:
        return list(tx.rows(sql))

    return [row["due_at_ms"] for row in await engine.read(read)]


def test_every_time_that_is_waited_for_is_known() -> None:
    statements = [statement for step in STEPS for statement in step.statements]
    tables = [
        found for one in statements if (found := re.match(r"CREATE TABLE (\w+) \((.*)\)", one, re.DOTALL))
    ]
    waited = {
        f"{table[1]}.{column}"
        for table in tables
        for column in re.findall(
            r"^\s*(\w*(?:due_at_ms|lease_until_ms|paused_until_ms))\b", table[2], re.MULTILINE
        )
    }
    assert waited - ELSEWHERE <= {f"{one.table}.{one.column}" for one in WAITS}


async def test_what_waits_comes_back_by_the_jump_and_keeps_its_order(
    engine: Engine, clock: FakeClock
) -> None:
    now_ms = clock.now_ms()
    by_ms = 3 * HOUR_MS
    many = 2 * PART + 7
    due_before, just_behind = [now_ms - 5, now_ms], [now_ms + 1]
    waiting = [
        now_ms + by_ms + n * 40_000 for n in range(many)
    ]  # far over the jump: parts may not meet twice
    await leads(engine, due_before + just_behind + waiting)
    assert await SqlWaitingRows(engine, clock).pull_back(by_ms) == many + 1
    assert await seen(engine, LEADS) == due_before + [now_ms + 1 - by_ms] + [due - by_ms for due in waiting]


async def test_a_part_takes_all_of_one_moment(engine: Engine, clock: FakeClock) -> None:
    due_ms = clock.now_ms() + 4 * HOUR_MS
    await leads(engine, [due_ms] * (PART + 20), stage="resolve")
    await SqlWaitingRows(engine, clock).pull_back(HOUR_MS)
    assert await seen(engine, LEADS) == [due_ms - HOUR_MS] * (PART + 20)


async def test_no_wait_is_longer_than_any_of_ours_but_a_replay_s(engine: Engine, clock: FakeClock) -> None:
    bound_ms = clock.now_ms() + LONGEST_MS
    dues = [bound_ms, bound_ms + 1, bound_ms + 900 * HOUR_MS]
    await leads(engine, dues * (PART // 2))
    replays = [(0, 0), (1, 1), (1, 0)]
    rows = [
        {"id": str(n), "number": n, "due_at_ms": dues[-1], "attempts": attempts, "is_replay": is_replay}
        for n, (is_replay, attempts) in enumerate(replays)
    ]
    await engine.write(lambda tx: tx.execute_many(DELIVERY, rows))
    waiting = SqlWaitingRows(engine, clock)
    assert await waiting.curb() == PART + 2
    assert await seen(engine, LEADS) == [bound_ms] * len(dues) * (PART // 2)
    assert await seen(engine, DELIVERIES) == [bound_ms, bound_ms, dues[-1]]
    assert await waiting.curb() == 0


async def test_who_works_the_rows_is_woken(engine: Engine, clock: FakeClock) -> None:
    woken: list[str] = []
    engine.on_wake(woken.append)
    await leads(engine, [clock.now_ms() + HOUR_MS])
    await SqlWaitingRows(engine, clock).pull_back(HOUR_MS)
    assert woken in ([], ["fetch"])  # PostgreSQL tells it a moment later


async def test_the_time_is_noted_for_whoever_starts_next(engine: Engine, clock: FakeClock) -> None:
    waiting = SqlWaitingRows(engine, clock)
    assert await waiting.last_seen_ms() is None
    for _ in range(2):
        await waiting.note()
        assert await waiting.last_seen_ms() == clock.now_ms()
        clock.jump(-3600)
    await waiting.pull_back(HOUR_MS)  # the note is no wait
    assert await waiting.last_seen_ms() == clock.now_ms() + HOUR_MS


@pytest.mark.parametrize("had", [False, True])
async def test_schedules_come_at_their_next_time_but_not_twice(
    engine: Engine, clock: FakeClock, *, had: bool
) -> None:
    """Set back from three days ahead: today's time comes, unless its run was made already."""
    day_ms = 24 * HOUR_MS
    coming_ms = clock.now_ms() // day_ms * day_ms + 23 * HOUR_MS  # 23:00 UTC, and it is 10:00
    await SqlWorkspaces(engine, clock).add("main")
    await engine.write(lambda tx: _schedule(tx, next_due_at_ms=coming_ms + 3 * day_ms))
    if had:
        await engine.write(lambda tx: _run(tx, scheduled_for_ms=coming_ms))
    await SqlWaitingRows(engine, clock).pull_back(3 * day_ms)
    planned = await seen(engine, "SELECT next_due_at_ms AS due_at_ms FROM backup_schedules")
    assert planned == [coming_ms + (day_ms if had else 0)]


def _schedule(tx: Tx, *, next_due_at_ms: int) -> None:
    _insert(
        tx,
        "backup_schedules",
        {
            "id": "s",
            "workspace_id": "main",
            "cron": "0 23 * * *",
            "zone": "UTC",
            "is_on": 1,
            "next_due_at_ms": next_due_at_ms,
        },
    )


def _run(tx: Tx, *, scheduled_for_ms: int) -> None:
    _insert(
        tx,
        "backup_runs",
        {"id": "r", "workspace_id": "main", "schedule_id": "s", "scheduled_for_ms": scheduled_for_ms},
    )


def _insert(tx: Tx, table: str, row: dict[str, object]) -> None:
    """Insert a row; what else the table asks for is filled with what its type allows."""
    ddl = next(one for step in STEPS for one in step.statements if one.startswith(f"CREATE TABLE {table} ("))
    asked = re.findall(r"^\s*(\w+) (TEXT|BIGINT)[^,\n]*(?:NOT NULL|PRIMARY KEY)", ddl, re.MULTILINE)
    full = {**{name: "x" if kind == "TEXT" else 0 for name, kind in asked}, **row}
    names = ", ".join(full)
    values = ", ".join(f":{name}" for name in full)
    tx.execute(f"INSERT INTO {table} ({names}) VALUES ({values})", full)  # noqa: S608 - our own names
