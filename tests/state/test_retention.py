"""What is over is deleted in parts; what is still needed, and the audit log, stays."""

import random

from fake_clock import FakeClock
from structlog.testing import capture_logs
from support.rooms import MAIN, Rooms

from connector.domain.connection import ConnectionId
from connector.domain.consenting import CONSENT_LIFE, ConsentAttempt
from connector.domain.lead import WorkspaceId
from connector.pipelines.retention import Retention
from state.accounts.consents import SqlConsents
from state.engine import Engine
from state.retention import DAY_MS, PART, QUARTER_MS, YEAR_MS, SqlRetention

ALERT = """
    INSERT INTO alerts (key, severity, title, remedy, raised_at_ms, resolved_at_ms)
    VALUES (:key, 'warning', 't', 'r', :old_ms, :resolved_at_ms)"""
MAIL = """
    INSERT INTO mails (id, alert_id, kind, stage, recipient, state, due_at_ms, attempts, created_at_ms)
    VALUES (:id, (SELECT id FROM alerts WHERE key = :key), 'raised', '', :id, 'sent', :due_at_ms, 1, :old_ms)"""
UNDOING = """
    INSERT INTO undoings (id, connection_id, workspace_id, provider, kind, state, attempts, created_at_ms,
                          settled_at_ms)
    VALUES (:id, 'con_1', 'main', 'google', 'revoke_grant', :id, 1, :old_ms, :old_ms)"""
EVENT = "INSERT INTO security_events (jti, type, outcome, received_at_ms) VALUES (:id, 'x', 'none', :old_ms)"
REQUEST = """
    INSERT INTO privacy_requests (code, provider, kind, request_hash, state, received_at_ms)
    VALUES (:id, 'facebook', :id, :id, 'done', :old_ms)"""
PERSON = """
    INSERT INTO people (id, email, email_key, name, created_at_ms) VALUES ('per_1', 'a@x', 'a@x', 'Ada', :old_ms)"""
LINK = """
    INSERT INTO sign_in_links (hash, person_id, return_to, created_at_ms, expires_at_ms)
    VALUES (:id, 'per_1', '/', :old_ms, :old_ms)"""
SESSION = """
    INSERT INTO sessions (hash, person_id, opened_by, label, created_at_ms, seen_at_ms, expires_at_ms)
    VALUES (:id, 'per_1', 'link', 'x', :old_ms, :old_ms, :old_ms)"""
BROWSER = "INSERT INTO known_browsers (hash, person_id, created_at_ms) VALUES (:id, 'per_1', :old_ms)"
FAILURE = """
    INSERT INTO sign_in_failures (key, failures, last_failed_at_ms, blocked_until_ms) VALUES (:id, 1, :old_ms, 0)"""
AUDIT = "INSERT INTO audit (at_ms, actor_kind, actor, action) VALUES (:old_ms, 'cli', 'x', 'a.b')"

SCHEDULE = """
    INSERT INTO backup_schedules (id, workspace_id, connection_id, name, cron, zone, kind, formats, folder, file_name,
                                  sealing, retention, drill_days, is_on, created_at_ms, updated_at_ms)
    VALUES (:id, 'main', 'con_1', 'x', 'x', 'x', 'full', '[]', '', 'x', 'x', 'x', 0, 0, 0, 0)"""
DRILL = """
    INSERT INTO backup_drills (id, workspace_id, schedule_id, state, due_at_ms, created_at_ms, finished_at_ms)
    VALUES (:id, 'main', :id, 'proved', :due_ms, 0, :ended_ms)"""
RESTORE = """
    INSERT INTO backup_restores (id, workspace_id, run_id, mode, state, due_at_ms, created_at_ms, finished_at_ms)
    VALUES (:id, 'main', 'r', 'apply', 'done', :due_ms, 0, :ended_ms)"""


async def sweep(engine: Engine, clock: FakeClock) -> None:
    retention = Retention(SqlRetention(engine, clock), clock)
    while await retention.step():
        pass


async def ids(rooms: Rooms, column: str, table: str) -> set[object]:
    rows = await rooms.rows(f"SELECT {column} AS id FROM {table}")  # noqa: S608 - the test's own words
    return {row["id"] for row in rows}


async def test_what_was_told_and_taken_back_goes_after_a_quarter_and_alerts_after_a_year(
    rooms: Rooms, engine: Engine, clock: FakeClock
) -> None:
    now_ms = clock.now_ms()
    for key, resolved_at_ms in (
        ("open", None),
        ("over", now_ms - QUARTER_MS - 1),
        ("older", now_ms - YEAR_MS - 1),
    ):
        row = {"key": key, "resolved_at_ms": resolved_at_ms, "old_ms": now_ms - 2 * YEAR_MS}
        await rooms.execute(ALERT, **row)
    for name, key, due in (("of_open", "open", None), ("of_over", "over", None), ("waits", "over", now_ms)):
        mail = {"id": name, "key": key, "due_at_ms": due, "old_ms": now_ms - QUARTER_MS - 1}
        await rooms.execute(MAIL, **mail)
    for name in ("done", "called_off", "given_up"):
        row = {"id": name, "old_ms": now_ms - QUARTER_MS - 1}
        await rooms.execute(UNDOING, **row)
    await sweep(engine, clock)
    assert await ids(rooms, "key", "alerts") == {"open", "over"}
    assert await ids(rooms, "id", "mails") == {"of_open", "waits"}
    assert await ids(rooms, "id", "undoings") == {"given_up"}


async def test_calls_and_the_door_are_forgotten_and_the_audit_log_never(
    rooms: Rooms, engine: Engine, clock: FakeClock
) -> None:
    now_ms = clock.now_ms()
    await engine.write(lambda tx: tx.execute(PERSON, {"old_ms": now_ms}))
    for sql in (EVENT, LINK, SESSION, BROWSER, FAILURE):
        await rooms.execute(sql, id="fresh", old_ms=now_ms)
        old = {"id": "old", "old_ms": now_ms - YEAR_MS}
        await rooms.execute(sql, **old)
    for kind in ("deauthorize", "deletion"):
        old = {"id": kind, "old_ms": now_ms - QUARTER_MS - 1}
        await rooms.execute(REQUEST, **old)
    await engine.write(lambda tx: tx.execute(AUDIT, {"old_ms": now_ms - 9 * YEAR_MS}))
    await sweep(engine, clock)
    for column, table in (
        ("jti", "security_events"),
        ("hash", "sign_in_links"),
        ("hash", "sessions"),
        ("hash", "known_browsers"),
        ("key", "sign_in_failures"),
    ):
        assert await ids(rooms, column, table) == {"fresh"}, table
    assert await ids(rooms, "code", "privacy_requests") == {"deletion"}
    assert len(await ids(rooms, "id", "audit")) == 1


async def test_it_deletes_in_parts_once_a_day_and_says_how_much(
    rooms: Rooms, engine: Engine, clock: FakeClock
) -> None:
    def fill(tx_rows: int) -> list[dict[str, object]]:
        return [{"id": str(random.random()), "old_ms": 1} for _ in range(tx_rows)]  # noqa: S311 - any

    rows = fill(2 * PART + 1)
    await engine.write(lambda tx: tx.execute_many(EVENT, rows))
    retention = Retention(SqlRetention(engine, clock), clock)
    with capture_logs() as logs:
        assert [await retention.step() for _ in range(4)] == [True, True, True, False]
    assert [(line["event"], line["rows"]) for line in logs] == [("records.swept", 2 * PART + 1)]
    more = fill(1)
    await engine.write(lambda tx: tx.execute_many(EVENT, more))
    assert not await retention.step()
    assert len(await ids(rooms, "jti", "security_events")) == 1
    await clock.advance(DAY_MS / 1000)
    assert await retention.step()
    assert await ids(rooms, "jti", "security_events") == set()


async def test_the_tokens_of_a_choice_that_nobody_made_go_with_its_half_hour(
    rooms: Rooms, engine: Engine, clock: FakeClock
) -> None:
    consents = SqlConsents(engine, clock, rooms.vault)
    retention = Retention(SqlRetention(engine, clock), clock)
    attempt = ConsentAttempt(
        id="attempt-1",
        provider="facebook",
        workspace_id=WorkspaceId(MAIN),
        session="a session",
        person_id="per_1",
        connection_id=ConnectionId("con_1"),
        verifier=None,
        return_to=None,
    )
    await consents.begin(attempt, state="state")
    taken = await consents.take("facebook", state="state", session=attempt.session)
    await consents.keep_offer(taken, "tokens")
    await sweep(engine, clock)
    assert (await consents.offered(attempt.id, session=attempt.session))[1] == "tokens"
    await retention.step()  # the daily part is done
    await clock.advance(CONSENT_LIFE.total_seconds())
    await retention.step()
    assert await ids(rooms, "id", "consent_attempts") == set()


async def test_drills_and_restores_go_a_year_after_their_end(
    rooms: Rooms, engine: Engine, clock: FakeClock
) -> None:
    now_ms = clock.now_ms()
    for name, due_ms, ended_ms in (
        ("old", None, now_ms - YEAR_MS - 1),
        ("fresh", None, now_ms - YEAR_MS + 1),
        ("open", now_ms, None),
    ):
        row = {"id": name, "due_ms": due_ms, "ended_ms": ended_ms}
        for sql in (SCHEDULE, DRILL, RESTORE):
            await rooms.execute(sql, **row)
    await sweep(engine, clock)
    for table in ("backup_drills", "backup_restores"):
        assert await ids(rooms, "id", table) == {"fresh", "open"}, table
