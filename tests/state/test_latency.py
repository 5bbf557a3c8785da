"""Latency from a sample of the feed, found by its numbers: imported history, replays and other events left out."""

from collections.abc import Callable

import pytest
from fake_clock import FakeClock
from support import own_state
from support.rooms import MAIN, PAGE, Rooms, raw

from connector.domain.latency import Latency
from state.copies.restoring import go_on_from
from state.engine import Tx
from state.leads.latency import SAMPLE, latency

NUMBERS = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows)"
SEED = (
    """INSERT INTO leads (workspace_id, lead_id, page_id, received_via, backfill_id, received_at_ms, stage, attempts)
       {numbers} SELECT 'main', 'lead' || n, '100', 'webhook', CASE WHEN n % 10 = 0 THEN 'bf' END, n * 1000,
                        'contact', 1 FROM numbers""",
    """INSERT INTO events (workspace_id, sequence, id, type, lead_id, body, created_at_ms)
       {numbers} SELECT 'main', n, 'evt' || n, 'contact.created', 'lead' || n, :body, n * 1000 FROM numbers""",
    """INSERT INTO deliveries (event_id, workspace_id, sequence, lead_id, state, attempts, is_replay, accepted_at_ms,
                               settled_at_ms)
       {numbers} SELECT 'evt' || n, 'main', n, 'lead' || n, CASE WHEN n % 10 = 1 THEN 'parked' ELSE 'delivered' END,
                        1, CASE WHEN n % 10 = 2 THEN 1 ELSE 0 END, CASE WHEN n % 10 <> 3 THEN n * 1000 END,
                        n * 1000 + CASE WHEN n % 10 < 4 THEN 900000 WHEN n <= :slow THEN 20000 ELSE 2000 END
         FROM numbers""",
    "UPDATE workspaces SET last_sequence = :rows WHERE id = 'main'",
)
"""An event a second. Of ten one is imported, one parked, one a replay, one of no webhook: six count."""


DELIVERED = """
    UPDATE deliveries SET state = 'delivered', due_at_ms = NULL, settled_at_ms = :now_ms WHERE lead_id = '9'"""


async def look(rooms: Rooms, *, rows: int, slow: int, since_s: int) -> Latency | None:
    await rooms.connect(PAGE)

    def fill(tx: Tx) -> None:
        given: dict[str, object] = {"rows": rows, "slow": slow, "body": b"{}"}
        for sql in (one.replace("{numbers}", NUMBERS) for one in SEED):
            tx.execute(sql, {name: value for name, value in given.items() if f":{name}" in sql})

    await rooms.engine.write(fill)
    return await rooms.engine.read(lambda tx: latency(tx, MAIN, since_ms=since_s * 1000))


async def test_of_few_all_are_looked_at(rooms: Rooms) -> None:
    found = await look(rooms, rows=200, slow=100, since_s=0)
    assert found is not None
    assert (found.leads, found.p50_s, found.p95_s, found.within) == (120, 2.0, 20.0, 0.5)


async def test_only_what_came_since_counts(rooms: Rooms) -> None:
    found = await look(rooms, rows=200, slow=100, since_s=101)
    assert found is not None
    assert (found.leads, found.p95_s, found.is_kept) == (60, 2.0, True)


@pytest.mark.parametrize("since_s", [3001, 10_000])
async def test_nothing_since_has_no_latency(rooms: Rooms, since_s: int) -> None:
    assert await look(rooms, rows=3000, slow=0, since_s=since_s) is None


async def test_of_many_an_even_sample_stands_for_all(rooms: Rooms, clock: FakeClock) -> None:
    del clock
    found = await look(rooms, rows=20_011, slow=10_005, since_s=0)
    assert found is not None
    assert SAMPLE / 3 < found.leads < SAMPLE
    assert 0.4 < found.within < 0.6


async def test_a_restore_leaves_no_hole_in_the_sample(
    rooms: Rooms, clock: FakeClock, new_id: Callable[[], str]
) -> None:
    """Numbers go on far above those of the copy: what came since counts, from the first on."""
    await look(rooms, rows=200, slow=200, since_s=0)
    hands = own_state.hands(clock, new_id)
    await rooms.engine.write(lambda tx: go_on_from(tx, made_at_ms=1, hands=hands))
    assert await rooms.engine.read(lambda tx: latency(tx, MAIN, since_ms=0)) is None
    await rooms.fetch({"9": raw("9", email="ada@example.com")})
    await rooms.resolve()
    await clock.advance(3.0)
    settled = {"now_ms": clock.now_ms()}
    await rooms.engine.write(lambda tx: tx.execute(DELIVERED, settled))
    found = await rooms.engine.read(lambda tx: latency(tx, MAIN, since_ms=0))
    assert found is not None
    assert (found.leads, found.p50_s) == (1, 3.0)


async def test_an_empty_workspace_has_none(rooms: Rooms) -> None:
    await rooms.connect(PAGE)
    assert await rooms.engine.read(lambda tx: latency(tx, MAIN, since_ms=0)) is None
