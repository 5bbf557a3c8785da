"""A claim takes no more than it asked for, though PostgreSQL believes the table to be as small as it was once."""

from collections.abc import AsyncIterator, Callable

import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.engines import open_engine
from support.rooms import MAIN, PAGE, Rooms, raw

from state.engine import Tx
from state.mails import CLAIM as CLAIM_MAILS

pytestmark = pytest.mark.postgres

MANY, LIMIT = 40, 7


@pytest.fixture
async def rooms(
    postgres_url: str, clock: FakeClock, counters: SeenCounters, new_id: Callable[[], str]
) -> AsyncIterator[Rooms]:
    engine = open_engine(postgres_url)
    opened = Rooms.on(engine, clock, counters, new_id)
    await opened.workspaces.add(MAIN)
    await opened.connect(PAGE)
    yield opened
    await opened.aclose()
    await engine.aclose()


async def looked_at(rooms: Rooms, table: str) -> None:
    """Have the server take its statistics now, as it does by itself at any time: then it plans for so many rows."""
    await rooms.engine.write(lambda tx: tx.execute(f"ANALYZE {table}"))


def told(numbers: range) -> dict[str, dict[str, object]]:
    return {str(number): raw(str(number), email=f"p{number}@example.com") for number in numbers}


async def test_leads_are_claimed_to_the_limit(rooms: Rooms) -> None:
    await rooms.receive("0")
    await looked_at(rooms, "leads")
    await rooms.receive(*(str(number) for number in range(1, MANY)))
    assert len((await rooms.claim(LIMIT)).leads) == LIMIT


async def test_leads_that_were_read_are_claimed_to_the_limit(rooms: Rooms) -> None:
    await rooms.fetch(told(range(1)))
    await looked_at(rooms, "leads")
    await rooms.fetch(told(range(1, MANY)))
    assert len(await rooms.resolver.claim(limit=LIMIT)) == LIMIT


async def test_deliveries_are_claimed_to_the_limit(rooms: Rooms) -> None:
    await rooms.fetch(told(range(1)))
    await rooms.resolve()
    await looked_at(rooms, "deliveries")
    await rooms.fetch(told(range(1, MANY)))
    await rooms.resolve()
    assert len(await rooms.deliveries.claim(limit=LIMIT)) == LIMIT


async def test_mails_are_claimed_to_the_limit(rooms: Rooms) -> None:
    add = """
        INSERT INTO mails (id, alert_id, kind, stage, recipient, state, due_at_ms, attempts, created_at_ms)
        VALUES (:id, 1, 'raised', '', :id, 'waiting', 0, 0, 0)"""
    claim = {"claim_id": "c", "now_ms": 1, "lease_until_ms": 2, "limit": LIMIT}

    def added(tx: Tx, numbers: range) -> None:
        for number in numbers:
            tx.execute(add, {"id": str(number)})

    await rooms.engine.write(lambda tx: added(tx, range(1)))
    await looked_at(rooms, "mails")
    await rooms.engine.write(lambda tx: added(tx, range(1, MANY)))
    assert await rooms.engine.write(lambda tx: len(tx.rows(CLAIM_MAILS, claim))) == LIMIT
