"""When the database cannot take a write, the caller hears it, nothing is half stored, and it works again."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.engines import open_engine
from support.full_disk import longest_file, no_file_grows
from support.ids import numbered
from support.rooms import PAGE, Rooms

from connector.domain.errors import StateUnavailableError
from state.engine import Tx
from state.sqlite import SqliteEngine
from state.sqlite_file import plain_sqlite

BIG = "INSERT INTO destinations (id, reason) VALUES (:id, :reason)"
ADD = "INSERT INTO destinations (id) VALUES (:id)"


def add(tx: Tx, name: str, reason: str = "") -> int:
    return tx.execute(BIG, {"id": name, "reason": reason})


def limit_pages(tx: Tx, pages: int) -> None:
    """Let the file grow to this many pages and no further, as a full disk does."""
    tx.rows(f"PRAGMA max_page_count = {pages}")


async def test_a_full_disk_refuses_whole_notifications_and_recovers(
    tmp_path: Path, clock: FakeClock, counters: SeenCounters
) -> None:
    engine = SqliteEngine(tmp_path / "state.db")
    rooms = Rooms.on(engine, clock, counters, numbered(1))
    await rooms.connect(PAGE)
    (row,) = await rooms.rows("PRAGMA page_count")
    await engine.write(lambda tx: limit_pages(tx, row["page_count"] + 20))
    stored = 0
    refused = None
    while refused is None:
        try:
            await rooms.receive(*(f"{stored + n:06}" for n in range(50)))
            stored += 50
        except StateUnavailableError as error:
            refused = error
    assert "full" in str(refused)
    assert stored > 0
    assert await rooms.value("SELECT COUNT(*) FROM leads") == stored
    assert counters.seen["notices", "new"] == stored
    assert await rooms.value("SELECT COUNT(*) FROM pages") == 1  # reading goes on
    await engine.write(lambda tx: limit_pages(tx, 1_000_000))
    await rooms.receive("later")
    assert await rooms.value("SELECT COUNT(*) FROM leads") == stored + 1
    (checked,) = await rooms.rows("PRAGMA integrity_check")
    assert list(checked.values()) == ["ok"]
    await rooms.aclose()
    await engine.aclose()


async def test_everyone_in_the_group_of_a_full_disk_hears_it(tmp_path: Path) -> None:
    engine = SqliteEngine(tmp_path / "state.db")
    (row,) = await engine.read(lambda tx: tx.rows("PRAGMA page_count"))
    await engine.write(lambda tx: limit_pages(tx, row["page_count"] + 5))
    results = await asyncio.gather(
        *(engine.write(partial(add, name=f"{n}", reason="x" * 3_000)) for n in range(50)),
        return_exceptions=True,
    )
    stored = {row["id"] for row in await engine.read(lambda tx: tx.rows("SELECT id FROM destinations"))}
    told = {f"{n}" for n, result in enumerate(results) if result == 1}
    assert stored == told
    assert all(result == 1 or isinstance(result, StateUnavailableError) for result in results)
    assert len(told) < 50
    await engine.aclose()


async def test_a_full_disk_is_the_reason_that_everyone_in_the_group_hears(tmp_path: Path) -> None:
    engine = SqliteEngine(tmp_path / "state.db")
    (row,) = await engine.read(lambda tx: tx.rows("PRAGMA page_count"))
    await engine.write(lambda tx: limit_pages(tx, row["page_count"]))
    loop, begun, queued = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def keep_busy(_: Tx) -> None:
        loop.call_soon_threadsafe(begun.set)
        queued.wait(5)

    first = asyncio.create_task(engine.write(keep_busy))
    await begun.wait()
    group = [
        asyncio.create_task(engine.write(partial(add, name=f"{n}", reason="x" * size)))
        for n, size in enumerate((10, 10, 200_000, 10))
    ]
    await asyncio.sleep(0)
    queued.set()
    await first
    results = await asyncio.gather(*group, return_exceptions=True)
    assert {type(result) for result in results} == {StateUnavailableError}
    assert {str(result) for result in results} == {
        "SQLite refused a write: database or disk is full: make room on its disk"
    }
    assert await engine.read(lambda tx: tx.rows("SELECT id FROM destinations")) == []
    await engine.aclose()


async def test_a_disk_that_fails_is_said_to_all_and_used_again(tmp_path: Path) -> None:
    engine = SqliteEngine(tmp_path / "state.db")
    await engine.write(partial(add, name="before"))
    with no_file_grows(beyond_bytes=longest_file(tmp_path)):
        results = await asyncio.gather(
            *(engine.write(partial(add, name=f"{n}", reason="x" * 100_000)) for n in range(20)),
            return_exceptions=True,
        )
    assert {type(result) for result in results} == {StateUnavailableError}
    assert all("disk I/O error: look at its disk" in str(result) for result in results)
    await engine.write(partial(add, name="later"))
    rows = await engine.read(lambda tx: tx.rows("SELECT id FROM destinations ORDER BY id"))
    assert [row["id"] for row in rows] == ["before", "later"]
    (checked,) = await engine.read(lambda tx: tx.rows("PRAGMA integrity_check"))
    assert list(checked.values()) == ["ok"]
    await engine.aclose()


async def test_a_file_that_another_program_locks_is_waited_for_and_then_said_to_all(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    engine = SqliteEngine(path, busy_timeout_ms=50)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        results = await asyncio.gather(
            *(engine.write(partial(add, name=f"{n}")) for n in range(20)), return_exceptions=True
        )
        assert {type(result) for result in results} == {StateUnavailableError}
        assert all("database is locked: wait for the other program" in str(result) for result in results)
        assert await engine.read(lambda tx: tx.rows("SELECT id FROM destinations")) == []
        other.execute("ROLLBACK")
    assert await engine.write(partial(add, name="later")) == 1
    await engine.aclose()


async def test_a_database_that_turned_read_only(tmp_path: Path) -> None:
    engine = SqliteEngine(tmp_path / "state.db")
    await engine.write(lambda tx: tx.execute("PRAGMA query_only = ON"))
    with pytest.raises(StateUnavailableError, match="readonly database: let the user who runs this write"):
        await engine.write(lambda tx: tx.execute(ADD, {"id": "a"}))
    assert await engine.read(lambda tx: tx.rows("SELECT id FROM destinations")) == []
    await engine.aclose()


async def test_a_closed_engine_says_so_at_once(state_url: str) -> None:
    engine = open_engine(state_url)
    await engine.aclose()
    async with asyncio.timeout(5):
        with pytest.raises(StateUnavailableError):
            await engine.write(lambda tx: tx.execute(ADD, {"id": "a"}))
        with pytest.raises(StateUnavailableError):
            await engine.read(lambda tx: tx.rows("SELECT id FROM destinations"))


async def test_a_file_that_is_no_database_any_more(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    engine = SqliteEngine(path)
    await engine.write(lambda tx: tx.execute(ADD, {"id": "a"}))
    with plain_sqlite(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    size = path.stat().st_size
    path.write_bytes(b"no database" * (size // 11))
    for _ in range(2):
        with pytest.raises(StateUnavailableError):
            await engine.write(lambda tx: tx.rows("SELECT * FROM leads, workspaces, contacts"))
    await engine.aclose()


@pytest.mark.postgres
async def test_postgres_that_ends_our_connections_is_used_again(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    await engine.write(lambda tx: tx.execute(ADD, {"id": "a"}))

    def cut_off(tx: Tx) -> None:
        tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(StateUnavailableError):
        await engine.write(cut_off)
    for n in range(8):
        try:
            await engine.write(partial(add, name=f"b{n}"))
        except StateUnavailableError:
            continue
        break
    rows = await engine.read(lambda tx: tx.rows("SELECT id FROM destinations"))
    assert len(rows) == 2
    await engine.aclose()
