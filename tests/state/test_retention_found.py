"""The tables that grow are kept to the days that the settings say; what waits, and all of a person's, stays."""

from collections.abc import Mapping, Sequence
from functools import partial

from fake_clock import FakeClock
from support.rooms import PAGE, Rooms, raw

from connector.domain.alerts_catalogue import MAIL_FAILING
from connector.pipelines.retention import Retention
from state.engine import Engine
from state.retention import DAY_MS, SqlRetention
from state.retention_found import PART, SWEEPS, Record, _delete

AGES: Mapping[Record, int] = {
    "attempts": 90 * DAY_MS,
    "quarantine": 100 * DAY_MS,
    "news": 180 * DAY_MS,
    "proofs": 400 * DAY_MS,
}
ATTEMPT = """
    INSERT INTO attempts (event_id, attempt, at_ms, duration_ms, status)
    SELECT event_id, :attempt, :at_ms, 1, 500 FROM deliveries"""
DELIVER = """
    UPDATE deliveries SET state = 'delivered', due_at_ms = NULL
     WHERE contact_id IS NOT NULL OR event_id IN (SELECT id FROM events WHERE type = 'alert.raised')"""
STRANGE = """
    INSERT INTO quarantine (digest, reason, payload, seen, first_seen_ms, last_seen_ms)
    VALUES (:digest, 'broken_json', :payload, 1, :at_ms, :at_ms)"""
REVIVE = (
    "UPDATE quarantine SET last_seen_ms = 9000000000000 WHERE digest = '0'",
    "UPDATE deliveries SET state = 'waiting', due_at_ms = 1 WHERE contact_id IS NULL",
)
PROOF = """
    INSERT INTO proof_days (workspace_id, page_id, form_id, day, at_meta, pushed, pulled, delivered, waiting, parked,
                            test, erased, refused, missing, proved_at_ms)
    VALUES ('main', 'p', 'f', :day, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)"""
DIFFERENCE = """
    INSERT INTO proof_differences (workspace_id, form_id, day, lead_id, fate, reason)
    VALUES ('main', 'f', :day, '1', 'parked', 'r')"""
PAGES = "PRAGMA page_count"


async def sweep(engine: Engine, clock: FakeClock, ages_ms: Mapping[Record, int] = AGES) -> None:
    retention = Retention(SqlRetention(engine, clock, ages_ms), clock)
    while await retention.step():
        pass


async def count(rooms: Rooms, table: str) -> int:
    return int(str(await rooms.value(f"SELECT COUNT(*) AS n FROM {table}")))  # noqa: S608 - our own tables


async def strange(rooms: Rooms, engine: Engine, many: int, at_ms: int, name: str = "") -> None:
    rows = [{"digest": f"{name}{n}", "payload": b"x" * 500, "at_ms": at_ms} for n in range(many)]
    await engine.write(lambda tx: tx.execute_many(STRANGE, rows))


async def lived(rooms: Rooms, engine: Engine, clock: FakeClock) -> None:
    """Have a contact delivered, an alert told, and the end of that alert wait for the CRM."""
    await rooms.connect(PAGE)
    await rooms.fetch({"1": raw("1", email="ada@example.com")})
    await rooms.resolve()
    await rooms.alerts.raise_once(MAIL_FAILING.alert(reason="x"))
    await rooms.alerts.resolve(MAIL_FAILING.key())
    at_ms = clock.now_ms()
    for attempt in (1, 2):
        await engine.write(
            lambda tx, attempt=attempt: tx.execute(ATTEMPT, {"attempt": attempt, "at_ms": at_ms})  # type: ignore[misc] # a lambda's default
        )
    await engine.write(lambda tx: tx.execute(DELIVER))


async def test_attempts_and_news_go_and_people_and_what_waits_stay(
    rooms: Rooms, engine: Engine, clock: FakeClock
) -> None:
    await lived(rooms, engine, clock)
    events = [event["type"] for event in await rooms.events()]
    assert events == ["contact.created", "alert.raised", "alert.resolved"]
    assert await count(rooms, "attempts") == 6
    await clock.advance(90 * 86_400)
    await sweep(engine, clock)
    assert await count(rooms, "attempts") == 6, "a day too early"
    await clock.advance(86_400)
    await sweep(engine, clock)
    waiting = await rooms.rows(
        "SELECT DISTINCT d.state FROM attempts a JOIN deliveries d ON d.event_id = a.event_id"
    )
    assert await count(rooms, "attempts") == 2
    assert [row["state"] for row in waiting] == ["waiting"]
    await clock.advance(90 * 86_400)
    await sweep(engine, clock)
    assert [event["type"] for event in await rooms.events()] == ["contact.created", "alert.resolved"]
    await clock.advance(10_000 * 86_400)
    await sweep(engine, clock)
    assert [event["type"] for event in await rooms.events()] == ["contact.created", "alert.resolved"]
    assert await count(rooms, "leads") == await count(rooms, "contacts") == 1


async def test_quarantine_proofs_and_runs_go_in_parts(rooms: Rooms, engine: Engine, clock: FakeClock) -> None:
    now_ms = clock.now_ms()
    await strange(rooms, engine, PART + 7, now_ms - 101 * DAY_MS, "old")
    await strange(rooms, engine, 3, now_ms - 99 * DAY_MS, "new")
    today = now_ms // DAY_MS
    for day in (today - 401, today - 399):
        for sql in (PROOF, DIFFERENCE):
            await engine.write(lambda tx, sql=sql, day=day: tx.execute(sql, {"day": day}))  # type: ignore[misc] # a lambda's default
    await sweep(engine, clock)
    assert await count(rooms, "quarantine") == 3
    for table in ("proof_days", "proof_differences"):
        assert await rooms.value(f"SELECT day FROM {table}") == today - 399  # noqa: S608 - our own tables


async def test_what_comes_to_life_again_after_it_was_found_stays(
    rooms: Rooms, engine: Engine, clock: FakeClock
) -> None:
    """A webhook tells of it again, or somebody replays it, between the look and the deletion."""
    await lived(rooms, engine, clock)
    await strange(rooms, engine, 2, clock.now_ms())
    await clock.advance(86_400)
    now_ms = clock.now_ms()
    sweeps = {one.record: one for one in SWEEPS}
    records: Sequence[Record] = ("quarantine", "news")
    found = {
        record: [row["k1"] for row in await rooms.rows(sweeps[record].find, before_ms=now_ms, part=PART)]
        for record in records
    }
    assert [len(keys) for keys in found.values()] == [2, 1]
    for sql in REVIVE:
        await engine.write(lambda tx, sql=sql: tx.execute(sql))  # type: ignore[misc] # a lambda's default
    deleted = [
        await engine.write(partial(_delete, delete=sweeps[record].delete, keys=keys, before_ms=now_ms))
        for record, keys in found.items()
    ]
    assert deleted == [1, 0]
    assert await rooms.value("SELECT digest FROM quarantine") == "0"
    assert "alert.raised" in [event["type"] for event in await rooms.events()]


async def test_what_has_no_age_is_kept_for_good(rooms: Rooms, engine: Engine, clock: FakeClock) -> None:
    await lived(rooms, engine, clock)
    await strange(rooms, engine, 1, 0)
    await clock.advance(10_000 * 86_400)
    await sweep(engine, clock, {})
    assert (await count(rooms, "attempts"), await count(rooms, "quarantine")) == (6, 1)


async def test_a_sqlite_file_does_not_grow_by_what_comes_and_goes(
    rooms: Rooms, engine: Engine, clock: FakeClock, state_url: str
) -> None:
    if not state_url.startswith("sqlite"):
        return  # PostgreSQL's autovacuum does it
    pages: list[int] = []
    for turn in range(4):
        await strange(rooms, engine, 2_000, clock.now_ms(), str(turn))
        pages.append(int(str(await rooms.value(PAGES))))
        await clock.advance(101 * 86_400)
        await sweep(engine, clock)
    assert pages[-1] <= pages[0] * 1.05
