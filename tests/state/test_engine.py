"""One suite for both engines: what a unit of work may rely on."""

import asyncio
import contextlib
from functools import partial
from pathlib import Path

import psycopg
import pytest
from support.engines import open_engine

from connector.domain.errors import NewerStateError
from state.engine import Engine, Tx
from state.migrations import STEPS, Step, migrate_postgres, migrate_sqlite
from state.sqlite_file import plain_sqlite

ADD = "INSERT INTO destinations (id, reason) VALUES (:id, :reason)"
ALL = "SELECT id, reason FROM destinations ORDER BY id"


def add(tx: Tx, name: str) -> int:
    return tx.execute(ADD, {"id": name, "reason": "50 % of :x"})


async def test_a_write_is_seen_by_a_read(engine: Engine) -> None:
    assert await engine.write(lambda tx: add(tx, "a")) == 1
    rows = await engine.read(lambda tx: tx.rows(ALL))
    assert [dict(row) for row in rows] == [{"id": "a", "reason": "50 % of :x"}]


async def test_a_unit_that_raises_undoes_only_itself(engine: Engine) -> None:
    def spoiled(tx: Tx) -> None:
        add(tx, "bad")
        raise KeyError

    results = await asyncio.gather(
        *(engine.write(partial(add, name=f"good{n}")) for n in range(20)),
        engine.write(spoiled),
        *(engine.write(partial(add, name=f"more{n}")) for n in range(20)),
        return_exceptions=True,
    )
    assert isinstance(results[20], KeyError)
    rows = await engine.read(lambda tx: tx.rows(ALL))
    assert len(rows) == 40
    assert "bad" not in {row["id"] for row in rows}


async def test_a_savepoint_undoes_only_what_is_inside(engine: Engine) -> None:
    def work(tx: Tx) -> None:
        add(tx, "kept")
        with contextlib.suppress(ZeroDivisionError), tx.savepoint():
            add(tx, "undone")
            raise ZeroDivisionError

    await engine.write(work)
    assert [row["id"] for row in await engine.read(lambda tx: tx.rows(ALL))] == ["kept"]


async def test_wakes_come_after_the_commit_and_not_from_what_was_undone(engine: Engine) -> None:
    heard: list[str] = []
    engine.on_wake(heard.append)

    def spoiled(tx: Tx) -> None:
        tx.wake("never")
        raise KeyError

    with pytest.raises(KeyError):
        await engine.write(spoiled)

    def fine(tx: Tx) -> None:
        add(tx, "a")
        tx.wake("topic")

    await engine.write(fine)
    await asyncio.sleep(0)
    assert heard == ["topic"]


async def test_many_rows_and_bytes_come_back_as_given(engine: Engine) -> None:
    rows = [{"id": f"d{n:03}", "reason": "ünïcode 😀" if n % 2 else None} for n in range(300)]
    assert await engine.write(lambda tx: tx.execute_many(ADD, rows)) == 300
    assert [dict(row) for row in await engine.read(lambda tx: tx.rows(ALL))] == rows


async def test_a_cancelled_waiter_takes_nobody_along(engine: Engine) -> None:
    task = asyncio.create_task(engine.write(lambda tx: add(tx, "a")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await engine.write(lambda tx: add(tx, "b")) == 1


async def test_what_was_queued_is_written_before_closing(state_url: str) -> None:
    engine = open_engine(state_url)
    writes = [asyncio.create_task(engine.write(partial(add, name=f"{n}"))) for n in range(50)]
    await asyncio.sleep(0)
    await engine.aclose()
    assert sum(await asyncio.gather(*writes)) == 50


def test_a_newer_database_is_refused_by_sqlite(tmp_path: Path) -> None:
    newer = (*STEPS, Step("9999_from_the_future", ("CREATE TABLE future (id TEXT)",)))
    with plain_sqlite(tmp_path / "state.db") as db:
        migrate_sqlite(db, newer)
        with pytest.raises(NewerStateError, match="9999_from_the_future"):
            migrate_sqlite(db)


@pytest.mark.postgres
def test_a_newer_database_is_refused_by_postgres(postgres_url: str) -> None:
    newer = (*STEPS, Step("9999_from_the_future", ("CREATE TABLE future (id TEXT)",)))
    migrate_postgres(postgres_url, newer)
    with pytest.raises(NewerStateError, match="9999_from_the_future"):
        migrate_postgres(postgres_url)


@pytest.mark.postgres
def test_both_engines_end_at_the_same_columns(tmp_path: Path, postgres_url: str) -> None:
    with plain_sqlite(tmp_path / "state.db") as db:
        migrate_sqlite(db)
        lite = {
            (table, row["name"])
            for table in db.table_names()
            for row in db.query("SELECT name FROM pragma_table_info(:t)", {"t": table})
            if not table.startswith(("_", "sqlite_"))
        }
    migrate_postgres(postgres_url)
    with psycopg.connect(postgres_url) as conn:
        found = conn.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        ).fetchall()
    assert {(str(table), str(column)) for table, column in found if table != "migrations"} == lite
