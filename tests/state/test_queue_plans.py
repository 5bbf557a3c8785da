"""What runs all the time looks up what it needs: no plan reads a whole table, on either engine."""

import json
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.rooms import PAGE, Rooms, fetched, raw

from connector.domain.alert import Alert
from connector.domain.audit import Actor
from connector.domain.delivery import Delivered
from connector.domain.lead import FormId, WorkspaceId
from connector.domain.mapping.rules import FormMapping
from connector.domain.reconcile_work import BackfillOrder
from connector.domain.reconciling import Window
from connector.domain.silence import Quiet
from connector.domain.work import AttemptRecord, PageTrouble
from connector.ports import Clock
from connector.ports.silence import Verdict
from state.accounts.cards import SqlAccountCards
from state.engine import Engine, Params, Row, Tx
from state.glance import SqlGlance
from state.leads.mappings import SqlMappings
from state.leads.readings import DELIVERY_STATES, STATES, SqlReadings
from state.leads.remapping import SqlRemappings
from state.leases import RELEASE_ALL
from state.reconcile.desk import SqlReadingDesk
from state.reconcile.rhythms import SqlRhythms
from state.sqlite import SqliteEngine
from state.vault import Vault

T = TypeVar("T")

MAIN = WorkspaceId("main")
ADMIN = Actor(kind="cli", name="test")
ALL = 2**62
ROWS = 20_000
OPEN = 40
"""Rows of each stage that still wait; the rest is done, as it is in a database that has run for months."""

NUMBERS = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows)"
STAGE = "CASE n % (:rows / :open) WHEN 0 THEN {} WHEN 1 THEN {} WHEN 2 THEN {} WHEN 3 THEN {} ELSE {} END"
DUE = STAGE.format("n", "n", "NULL", "NULL", "NULL")
LEAD_STAGE = STAGE.format("'fetch'", "'resolve'", "'held'", "'parked'", "'contact'")
DELIVERY_STATE = STAGE.format("'waiting'", "'waiting'", "'parked'", "'parked'", "'delivered'")
SEED = (
    """INSERT INTO contacts (id, workspace_id, revision, body, edited, created_at_ms, updated_at_ms)
       {numbers} SELECT 'con' || n, 'main', 1, '{}', '[]', n, n FROM numbers""",
    """INSERT INTO contact_keys (workspace_id, kind, value, contact_id)
       {numbers} SELECT 'main', 'email', 'p' || n || '@example.com', 'con' || n FROM numbers""",
    """INSERT INTO leads (workspace_id, lead_id, page_id, form_id, received_via, received_at_ms, stage, due_at_ms,
                          attempts, raw)
       {numbers} SELECT 'main', 'lead' || n, CAST(100 + n % 7 AS TEXT), '300', 'webhook', n, {stage}, {due}, 1,
                        :raw FROM numbers""",
    """INSERT INTO events (workspace_id, sequence, id, type, contact_id, revision, lead_id, body, created_at_ms)
       {numbers} SELECT 'main', n, 'evt' || n, 'contact.created', 'con' || n, 1, 'lead' || n, :body, n
         FROM numbers""",
    """INSERT INTO deliveries (event_id, workspace_id, sequence, contact_id, revision, lead_id, state, due_at_ms,
                               attempts, is_replay, accepted_at_ms)
       {numbers} SELECT 'evt' || n, 'main', n, 'con' || n, 1, 'lead' || n, {state}, {due}, 1, 0, n FROM numbers""",
    """INSERT INTO attempts (event_id, attempt, at_ms, duration_ms)
       {numbers} SELECT 'evt' || n, 1, n, 1 FROM numbers""",
    """INSERT INTO quarantine (digest, reason, page_id, payload, seen, first_seen_ms, last_seen_ms, released_at_ms)
       {numbers} SELECT 'digest' || n, 'unknown_page', CAST(n % 7 AS TEXT), :body, 1, n, n, n FROM numbers""",
    """INSERT INTO alerts (key, severity, title, remedy, raised_at_ms, resolved_at_ms)
       {numbers} SELECT 'key' || n, 'warning', 'title', 'remedy', n, n FROM numbers""",
    """INSERT INTO merges (workspace_id, contact_id, lead_id, why, before, after, merged_at_ms)
       {numbers} SELECT 'main', 'con' || n, 'lead' || n, 'none', '{}', '{}', n FROM numbers""",
    """INSERT INTO forms (form_id, page_id, definition, fetched_at_ms)
       {numbers} SELECT 'form' || n, CAST(100 + n % 2000 AS TEXT), '{}', n FROM numbers""",
    """INSERT INTO backfills (id, workspace_id, page_id, form_id, since_ms, requested_by, state, created_at_ms)
       {numbers} SELECT 'bf' || n, 'w' || n % 100, '100', 'form' || n, 0, 'connect', 'done', n FROM numbers""",
    """INSERT INTO page_hours (page_id, workspace_id, hour, leads)
       {numbers} SELECT CAST(n % 100 AS TEXT), 'main', n, 1 FROM numbers""",
    "UPDATE workspaces SET last_sequence = :rows WHERE id = 'main'",
)
GROWING = frozenset(re.findall(r"INSERT INTO (\w+)", " ".join(SEED)))
PARTIAL = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"


class NotingTx:
    """A transaction that asks for the plan of each statement before it runs it."""

    def __init__(self, tx: Tx, note: Callable[[Tx, str, Params], None]) -> None:
        self._tx = tx
        self._note = note

    def execute(self, sql: str, params: Params | None = None) -> int:
        self._note(self._tx, sql, params or {})
        return self._tx.execute(sql, params)

    def execute_many(self, sql: str, rows: Sequence[Params]) -> int:
        self._note(self._tx, sql, rows[0])
        return self._tx.execute_many(sql, rows)

    def rows(self, sql: str, params: Params | None = None) -> Sequence[Row]:
        self._note(self._tx, sql, params or {})
        return self._tx.rows(sql, params)

    def row(self, sql: str, params: Params | None = None) -> Row | None:
        self._note(self._tx, sql, params or {})
        return self._tx.row(sql, params)

    def wake(self, topic: str) -> None:
        self._tx.wake(topic)

    def savepoint(self) -> AbstractContextManager[object]:
        return self._tx.savepoint()


class NotingEngine:
    """An engine that keeps, once `noting`, each statement that reads a whole table that grows, with its plan."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._partial: set[str] | None = None  # names of SQLite's partial indexes; PostgreSQL needs none
        self.noting = False
        self.seen: set[str] = set()
        self.whole: dict[str, list[str]] = {}

    async def write(self, fn: Callable[[Tx], T], *, durable: bool = True) -> T:
        return await self._engine.write(lambda tx: fn(NotingTx(tx, self._note)), durable=durable)

    async def read(self, fn: Callable[[Tx], T]) -> T:
        return await self._engine.read(lambda tx: fn(NotingTx(tx, self._note)))

    def on_wake(self, listener: Callable[[str], None]) -> None:
        self._engine.on_wake(listener)

    async def release_leases(self, now_ms: int) -> None:
        await self._engine.release_leases(now_ms)

    async def aclose(self) -> None:
        """Leave it to whoever opened it."""

    async def look(self) -> None:
        """Note from here on."""
        if isinstance(self._engine, SqliteEngine):
            rows = await self._engine.read(lambda tx: tx.rows(PARTIAL))
            self._partial = {row["name"] for row in rows}
        self.noting = True

    def _note(self, tx: Tx, sql: str, params: Params) -> None:
        if not self.noting or sql in self.seen:
            return
        self.seen.add(sql)
        if self._partial is None:
            plan = [row["QUERY PLAN"] for row in tx.rows(f"EXPLAIN {sql}", params)]
            found = [line for line in plan if _is_whole_on_postgres(line)]
        else:
            plan = [row["detail"] for row in tx.rows(f"EXPLAIN QUERY PLAN {sql}", params)]
            found = [line for line in plan if _is_whole_on_sqlite(line, sql, self._partial)]
        if found:
            self.whole[sql] = plan


def _is_whole_on_postgres(line: str) -> bool:
    read = re.search(r"Seq Scan on (\w+)", line)
    return read is not None and read[1] in GROWING


def _is_whole_on_sqlite(line: str, sql: str, partial: set[str]) -> bool:
    """Whether this line reads all of a table. A partial index may be: it holds what is open and nothing else."""
    read = re.search(r"SCAN (\w+)", line)
    if read is None or line.startswith("SCAN CONSTANT"):
        return False
    aliased = re.search(rf"(?:FROM|JOIN)\s+(\w+)\s+(?:AS\s+)?{read[1]}\b", sql)
    index = re.search(r"USING (?:COVERING )?INDEX (\w+)", line)
    return (aliased[1] if aliased else read[1]) in GROWING and (index is None or index[1] not in partial)


async def seed(rooms: Rooms) -> None:
    await rooms.connect(PAGE, *(str(100 + n) for n in range(1, 7)))

    def fill(tx: Tx) -> None:
        record = json.dumps(raw("7", email="ada@example.com"))
        given = {"rows": ROWS, "open": OPEN, "body": b"{}", "raw": record}
        words = {"{numbers}": NUMBERS, "{stage}": LEAD_STAGE, "{state}": DELIVERY_STATE, "{due}": DUE}
        for sql in SEED:
            for word, means in words.items():
                sql = sql.replace(word, means)  # noqa: PLW2901 - our own words
            tx.execute(sql, {name: value for name, value in given.items() if f":{name}" in sql})
        tx.execute("ANALYZE")

    await rooms.engine.write(fill)


async def live(rooms: Rooms, clock: Clock) -> None:
    """Do once what the daemon does all the time: leads come, wait, fail, are sent; operators look."""
    await rooms.receive("new", "newer")
    await rooms.queue.next_due_ms()
    batch = await rooms.claim()
    await rooms.queue.settle(batch, {lead.lead_id: fetched(raw(lead.lead_id)) for lead in batch.leads})
    batch = await rooms.claim()
    await rooms.queue.postpone(batch, until_ms=clock.now_ms() + 1000, reason="later")
    batch = await rooms.claim()
    await rooms.queue.hold(batch, PageTrouble(state="auth_lost", reason="gone", remedy="connect"))
    await rooms.connect(batch.page_id)  # sets free what was held
    await rooms.resolver.next_due_ms()
    works = await rooms.resolver.claim(limit=5)
    await rooms.resolver.commit([(work, rooms.outcome(work)) for work in works[1:]])
    await rooms.resolver.retry(works[0], due_at_ms=clock.now_ms(), reason="again")
    await rooms.deliveries.next_due_ms()
    sent, *others = await rooms.deliveries.claim(limit=3)
    tried = AttemptRecord(at_ms=clock.now_ms(), duration_ms=1, status=200, reason=None)
    await rooms.deliveries.settle(sent, Delivered(crm_id="7"), tried)
    await rooms.deliveries.release(others)
    await rooms.deliveries.stopped()
    alert = Alert(key="crm.down", workspace_id=None, severity="warning", title="title", remedy="remedy")
    await rooms.alerts.raise_once(alert)
    await rooms.alerts.open()
    await rooms.alerts.resolve(alert.key)
    await rooms.feed.after(WorkspaceId("main"), ROWS - 5, limit=5)
    await rooms.records.queues()
    await rooms.records.accounts()
    await rooms.records.trace("lead7")


FORM = """
    INSERT INTO page_forms (page_id, workspace_id, form_id, status, is_live, first_seen_ms, floor_ms)
    VALUES ('101', 'main', 'form7', 'ACTIVE', 1, 0, 0)"""


async def looked_at(noting: Engine, clock: Clock) -> None:
    """Show what the dashboard's pages show."""
    readings, glance, cards = SqlReadings(noting), SqlGlance(noting), SqlAccountCards(noting)
    await glance.at(MAIN)
    await glance.past_alerts(MAIN, before=ALL, limit=50)
    await glance.quarantine(before=(ALL, ""), limit=50)
    await cards.all(MAIN)
    await readings.overview(MAIN, now_ms=clock.now_ms(), days=14)
    for state in ("", *STATES):
        await readings.leads(MAIN, {"state": state} if state else {}, before=ALL, limit=50)
    await readings.leads(MAIN, {"page": PAGE, "form": "300"}, before=ALL, limit=50)
    await readings.choices(MAIN)
    await readings.life(MAIN, "lead7")
    mappings, remappings = (
        SqlMappings(noting, clock, lambda: "new"),
        SqlRemappings(noting, clock, lambda: "map"),
    )
    await mappings.forms(MAIN, limit=50)
    await mappings.form(MAIN, FormId("form7"))
    await mappings.samples(MAIN, FormId("300"), limit=10)
    await mappings.save(MAIN, FormId("300"), FormMapping(split_full_name=True), based_on=0, actor=ADMIN)
    await remappings.look(MAIN, FormId("300"), FormMapping(split_full_name=True), before_id=None, limit=10)
    await remappings.ask(MAIN, FormId("form7"), per_second=20, actor=ADMIN)  # every lead here is of 300
    await remappings.progress(MAIN, FormId("form7"))
    await remappings.step()
    await remappings.next_due_ms()
    desk = SqlReadingDesk(noting, clock, lambda: "new")
    await desk.pages(MAIN)
    await desk.imports(MAIN)
    await desk.forms(MAIN, limit=50)
    window = Window(since_ms=0)
    order = BackfillOrder(
        page_id=None, form_id=FormId("form7"), workspace_id=MAIN, window=window, requested_by="per_1"
    )
    await desk.plan(order)
    await desk.ask(order, actor=ADMIN)
    await desk.stop(order, actor=ADMIN)
    rhythms = SqlRhythms(noting, clock, Vault([bytes(32)]), lambda: "new")
    await rhythms.learn()
    for page in await rhythms.standings():
        await rhythms.hours(page)
        await rhythms.judged(page, Verdict(quiet=Quiet(hearing="flowing"), ads=None, asked_at_ms=None))
    for sent in (None, *DELIVERY_STATES):
        await readings.deliveries(MAIN, state=sent, before=ALL, limit=50)


@pytest.mark.timeout(120)
async def test_what_runs_all_the_time_reads_no_whole_table(
    engine: Engine, clock: FakeClock, counters: SeenCounters, new_id: Callable[[], str]
) -> None:
    noting = NotingEngine(engine)
    rooms = Rooms.on(noting, clock, counters, new_id)
    await seed(rooms)
    await rooms.engine.write(lambda tx: tx.execute(FORM))
    await noting.look()
    await live(rooms, clock)
    await looked_at(noting, clock)

    def start(tx: Tx) -> None:
        for sql in RELEASE_ALL:
            tx.execute(sql, {"now_ms": clock.now_ms()})

    await noting.write(start)
    await rooms.aclose()
    assert len(noting.seen) > 40
    assert noting.whole == {}
