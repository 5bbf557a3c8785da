"""Readiness means that a write gets to the disk; being alive means no more than that the process turns."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, closing
from pathlib import Path

import aiohttp
from fake_clock import FakeClock
from support.full_disk import longest_file, no_file_grows

from adapters.sandbox.running import Sandbox
from connector.composition import Chance, opened_daemon
from connector.composition.observing import PROBE_EVERY_S, StateProbe
from connector.demo.stage import demo_settings
from state.engine import Engine, Tx
from state.sqlite import SqliteEngine

PROBES = "SELECT COUNT(*) AS probes FROM probes"


async def fill(engine: Engine) -> None:
    """Let the database have no free page, and get none: a full disk."""

    def limit(tx: Tx) -> None:
        tx.rows("PRAGMA max_page_count = 1")  # no less than it has
        (free,) = tx.rows("PRAGMA freelist_count")
        assert not free["freelist_count"]

    await engine.write(limit)


async def make_room(engine: Engine) -> None:
    await engine.write(lambda tx: tx.rows("PRAGMA max_page_count = 1000000"))


async def test_it_really_writes_and_leaves_nothing_that_grows(engine: Engine, clock: FakeClock) -> None:
    probe = StateProbe(engine, clock)
    for _ in range(3):
        assert await probe() is None
        await clock.advance(PROBE_EVERY_S)
    (row,) = await engine.read(lambda tx: tx.rows(PROBES))
    assert row["probes"] == 1


async def test_however_many_ask_it_writes_once_in_a_while(tmp_path: Path, clock: FakeClock) -> None:
    commits: list[int] = []
    engine = SqliteEngine(tmp_path / "state.db", observe=lambda _seconds, units: commits.append(units))
    async with aclosing(engine):
        probe = StateProbe(engine, clock)
        assert await asyncio.gather(*(probe() for _ in range(20))) == [None] * 20
        once = len(commits)
        await probe()
        assert len(commits) == once
        await clock.advance(PROBE_EVERY_S)
        await probe()
        assert len(commits) == 2 * once


async def test_a_state_that_does_not_answer_is_not_ready(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "state.db"
    async with aclosing(SqliteEngine(path)) as engine:
        probe = StateProbe(engine, clock, answer_s=0.05)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert await probe() == "The state takes no writes. It gave no answer within 0.05 s"
        await clock.advance(PROBE_EVERY_S)
        assert await StateProbe(engine, clock)() is None


async def test_a_disk_that_refuses_to_let_files_grow(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "state.db"
    async with aclosing(SqliteEngine(path)) as engine:
        probe = StateProbe(engine, clock)
        with no_file_grows(beyond_bytes=longest_file(tmp_path) + 4096):
            assert "look at its disk" in str(await probe())
        await clock.advance(PROBE_EVERY_S)
        assert await probe() is None
        (checked,) = await engine.read(lambda tx: tx.rows("PRAGMA integrity_check"))
        assert list(checked.values()) == ["ok"]


@asynccontextmanager
async def asked(url: str) -> AsyncIterator[tuple[int, str]]:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        yield answer.status, await answer.text()


async def test_the_daemon_on_a_full_disk_is_alive_and_not_ready_until_there_is_room(
    tmp_path: Path, clock: FakeClock
) -> None:
    async with Sandbox(seed=8) as sandbox:
        settings = demo_settings(sandbox, tmp_path, "http://127.0.0.1:8080")
        async with opened_daemon(settings, clock, Chance.of_system(), asyncio.Event()) as daemon:
            await fill(daemon.rooms.engine)
            async with asked(f"{daemon.ops_url}/readyz") as (status, text):
                (reason,) = json.loads(text)["reasons"]
            assert status == 503
            assert reason == (
                "The state takes no writes. SQLite refused a write: database or disk is full: make room on its disk"
            )
            for path in ("livez", "metrics"):
                async with asked(f"{daemon.ops_url}/{path}") as (status, _):
                    assert status == 200
            await make_room(daemon.rooms.engine)
            await clock.advance(PROBE_EVERY_S)
            async with asked(f"{daemon.ops_url}/readyz") as (status, text):
                assert (status, json.loads(text)["reasons"]) == (200, [])
