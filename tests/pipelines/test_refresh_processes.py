"""Two real processes on one PostgreSQL and one Google that rotates: one call, and a killed holder is replaced."""

import asyncio
import hashlib
import json
import random
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fake_clock import FakeClock
from support import refreshing
from support.counters import SeenCounters
from support.engines import open_engine
from support.google_accounts import GoogleStand, opened_stand
from support.ids import numbered
from support.rooms import Rooms

from adapters.sandbox.google.world import GoogleWorld
from connector.domain.connection import ConnectionId
from connector.domain.errors import ConnectorError
from state.accounts.google_tokens import LEASE_MS

pytestmark = pytest.mark.postgres

TESTS = Path(__file__).parent.parent
EXPIRE = "UPDATE connections SET access_expires_at_ms = 0, refresh_due_at_ms = 0"


@pytest.fixture
async def stand(postgres_url: str) -> AsyncIterator[GoogleStand]:
    clock = FakeClock(datetime.now(UTC))  # the children have the machine's
    engine = open_engine(postgres_url)
    rooms = Rooms.on(engine, clock, SeenCounters(), numbered(1))
    world = GoogleWorld.invented(random.Random(1), now=time.time)  # noqa: S311 - repeatable
    world.rotates = True
    world.add_account("ada@example.com")
    async with opened_stand(rooms, world) as opened:
        yield opened
    await rooms.aclose()
    await engine.aclose()


class Children:
    """Processes that ask for the token of one connection."""

    def __init__(self, stand: GoogleStand, url: str, connection_id: ConnectionId) -> None:
        self._arguments = (url, json.dumps(stand.google.settings()), connection_id)
        self._started = 1

    async def start(self) -> Process:
        """Return one that has loaded everything and waits for its line."""
        self._started += 1
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            refreshing.__file__,
            *self._arguments,
            str(self._started),
            stdin=PIPE,
            stdout=PIPE,
            env={"PYTHONPATH": f"{TESTS}:{TESTS.parent}"},
        )
        await told(child, "ready")
        return child


async def told(child: Process, word: str) -> str:
    """Return what a child says after `word`."""
    assert child.stdout is not None
    while line := (await child.stdout.readline()).decode():
        if line.startswith(word):
            return line.removeprefix(word).strip()
    raise AssertionError(f"the child ended before {word!r}")


def go(child: Process) -> None:
    assert child.stdin is not None
    child.stdin.write(b"go\n")


async def test_two_processes_race_and_ask_google_once(stand: GoogleStand, postgres_url: str) -> None:
    done = await stand.connected()
    await stand.rooms.engine.write(lambda tx: tx.execute(EXPIRE))
    children = Children(stand, postgres_url, done.connection_id)
    racing = await asyncio.gather(children.start(), children.start())
    gate = stand.hold_refreshes()
    for child in racing:
        go(child)
    await gate.reached.wait()
    gate.open.set()
    outcomes = [await told(child, "outcome") for child in racing]
    assert [await child.wait() for child in racing] == [0, 0]
    assert stand.refreshes() == 1
    token = list(stand.world.access_tokens)[-1]
    assert outcomes == [hashlib.sha256(token.encode()).hexdigest()] * 2


async def test_a_holder_killed_in_its_refresh_is_replaced_after_its_lease(
    stand: GoogleStand, postgres_url: str
) -> None:
    done = await stand.connected()
    await stand.rooms.engine.write(lambda tx: tx.execute(EXPIRE))
    child = await Children(stand, postgres_url, done.connection_id).start()
    gate = stand.hold_refreshes()  # before Google looks at the token: nothing is rotated
    go(child)
    await gate.reached.wait()
    child.kill()
    await child.wait()
    row = await stand.row(done.connection_id)
    assert row["refresh_claim_id"] is not None
    assert await stand.store.due(limit=1) == []
    heir = asyncio.create_task(stand.refresh.access(done.connection_id))
    await stand.rooms.clock.until_waiters(1)  # type: ignore[attr-defined] # it is the one that tests move
    assert not heir.done()
    while not heir.done():
        await stand.rooms.clock.advance(LEASE_MS / 1000 / 4)  # type: ignore[attr-defined] # as above
        await asyncio.sleep(0.01)
    try:
        token = await heir
    except ConnectorError as error:  # pragma: no cover - the message of a failing test
        pytest.fail(repr(error))
    assert token == list(stand.world.access_tokens)[-1]
    assert (await stand.row(done.connection_id))["state"] == "healthy"
    gate.open.set()
