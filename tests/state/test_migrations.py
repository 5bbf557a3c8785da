"""The schema: applied once, by one machine at a time; one process runs on a SQLite file."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from support.engines import open_engine

from connector.domain.errors import BadInputError
from state.engine import Tx
from state.migrations import STEPS, Step, migrate_postgres, migrate_sqlite
from state.sqlite import SqliteEngine
from state.sqlite_file import plain_sqlite

NAMES = [step.name for step in STEPS]
BROKEN = Step("0002_broken", ("CREATE TABLE good (id TEXT)", "CREATE TABLE bad (id TEXT", "SELECT 1"))


def add(tx: Tx, name: str) -> int:
    return tx.execute("INSERT INTO destinations (id) VALUES (:id)", {"id": name})


SECOND = """
import asyncio, sys
from pathlib import Path
from connector.domain.errors import BadInputError
from state.sqlite import SqliteEngine

async def main():
    try:
        engine = SqliteEngine(Path(sys.argv[1]), exclusive=sys.argv[2] == "run")
    except BadInputError as error:
        return print("refused:", error)
    print("opened", await engine.read(lambda tx: tx.row("SELECT COUNT(*) AS n FROM leads")["n"]))
    await engine.aclose()

asyncio.run(main())
"""


def test_sqlite_is_migrated_once(tmp_path: Path) -> None:
    with plain_sqlite(tmp_path / "state.db") as db:
        assert migrate_sqlite(db) == NAMES
        db.execute("INSERT INTO destinations (id) VALUES ('kept')")
        assert migrate_sqlite(db) == []
        assert db.execute("SELECT id FROM destinations").fetchall() == [("kept",)]


@pytest.mark.postgres
def test_postgres_is_migrated_once_by_many_machines_at_once(bare_postgres_url: str) -> None:
    with ThreadPoolExecutor(6) as threads:
        applied = list(threads.map(lambda _: migrate_postgres(bare_postgres_url), range(6)))
    assert sorted(applied) == [[]] * 5 + [NAMES]
    assert migrate_postgres(bare_postgres_url) == []


def test_a_step_that_breaks_leaves_nothing_of_itself_on_sqlite(tmp_path: Path) -> None:
    with plain_sqlite(tmp_path / "state.db") as db:
        with pytest.raises(Exception, match=r"syntax|incomplete"):
            migrate_sqlite(db, (*STEPS, BROKEN))
        assert "good" not in db.table_names()
        assert migrate_sqlite(db) == []


@pytest.mark.postgres
def test_a_step_that_breaks_leaves_nothing_of_itself_on_postgres(bare_postgres_url: str) -> None:
    with pytest.raises(Exception, match="syntax"):
        migrate_postgres(bare_postgres_url, (*STEPS, BROKEN))
    assert migrate_postgres(bare_postgres_url) == NAMES


async def test_a_second_engine_to_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    running = SqliteEngine(path, exclusive=True)
    with pytest.raises(BadInputError, match="another connector runs"):
        SqliteEngine(path, exclusive=True)
    await running.aclose()
    await SqliteEngine(path, exclusive=True).aclose()


async def test_a_second_process_may_look_but_not_run(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    running = SqliteEngine(path, exclusive=True)
    said = [
        await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", SECOND, path, how], capture_output=True
        )
        for how in ("run", "look")
    ]
    assert b"refused: another connector runs" in said[0].stdout
    assert said[1].stdout == b"opened 0\n"
    await running.aclose()


async def test_an_engine_finds_what_another_left(state_url: str) -> None:
    for expected in (1, 2):
        engine = open_engine(state_url)
        await engine.write(partial(add, name=f"{expected}"))
        assert len(await engine.read(lambda tx: tx.rows("SELECT id FROM destinations"))) == expected
        await engine.aclose()
