"""Two machines on one PostgreSQL: they coordinate through the database and nothing else."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, cast

import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.engines import open_engine
from support.ids import numbered
from support.rooms import MAIN, PAGE, Rooms, raw

from connector.domain.delivery import Delivered
from connector.domain.work import AttemptRecord, DeliveryWork, FetchBatch, PageTrouble
from state.engine import Params, Row, Tx
from state.leads.queue import CLAIM, _claim

pytestmark = pytest.mark.postgres


@pytest.fixture
async def machines(postgres_url: str, clock: FakeClock) -> AsyncIterator[list[Rooms]]:
    engines = [open_engine(postgres_url), open_engine(postgres_url)]
    opened = [Rooms.on(one, clock, SeenCounters(), numbered(n)) for n, one in enumerate(engines, start=1)]
    await opened[0].connect(PAGE, "1", "2", "3")
    yield opened
    for machine in opened:
        await machine.aclose()
        await machine.engine.aclose()


async def test_two_machines_never_claim_the_same_lead(machines: list[Rooms]) -> None:
    for page in "123":
        await machines[0].receive(*(f"{page}{n:03}" for n in range(100)), page=page)
    claimed: list[FetchBatch] = []

    async def work(machine: Rooms) -> None:
        misses = 0
        while misses < 20:  # what another machine holds at the moment is skipped, not waited for
            batch = await machine.queue.claim(limit=7)
            misses = 0 if batch else misses + 1
            if batch:
                claimed.append(batch)

    await asyncio.gather(*(work(machine) for machine in machines * 4))
    counts = Counter(lead.lead_id for batch in claimed for lead in batch.leads)
    assert len(counts) == 300
    assert set(counts.values()) == {1}
    assert max(len(batch.leads) for batch in claimed) <= 7
    assert all(len({lead.lead_id[0] for lead in batch.leads}) == 1 for batch in claimed)


class Meanwhile:
    """A transaction in which something happens elsewhere, right before one of its statements."""

    def __init__(self, tx: Tx, sql: str, happen: Callable[[], None]) -> None:
        self._tx = tx
        self._sql = sql
        self._happen = happen

    def rows(self, sql: str, params: Params | None = None) -> Sequence[Row]:
        if sql == self._sql:
            self._happen()
        return self._tx.rows(sql, params)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a transaction has
        return getattr(self._tx, name)


async def test_a_claim_takes_nothing_of_a_page_that_another_machine_has_just_marked(
    machines: list[Rooms], clock: FakeClock
) -> None:
    """The claim has seen the Page as readable; then the other machine holds it, and a new lead arrives."""
    here, there = machines
    await here.receive("1")
    batch = await there.claim()
    await here.receive("2")
    dead = PageTrouble(state="auth_lost", reason="The token is dead.", remedy="Connect again.")

    async def marked() -> None:
        assert await there.queue.hold(batch, dead) == 2
        await there.receive("3")

    loop = asyncio.get_running_loop()

    def claim(tx: Tx) -> FetchBatch | None:
        def mark() -> None:
            asyncio.run_coroutine_threadsafe(marked(), loop).result(10)

        seen = cast("Tx", Meanwhile(tx, CLAIM, mark))
        return _claim(seen, limit=50, vault=here.vault, clock=clock, new_id=here.new_id)

    assert await here.engine.write(claim) is None
    assert await here.queue.claim(limit=50) is None
    assert await here.rows("SELECT lead_id FROM leads WHERE stage <> 'held'") == []


async def test_two_machines_number_without_a_gap_and_a_reader_never_skips(machines: list[Rooms]) -> None:
    people = 40
    await machines[0].fetch({f"{n}": raw(f"{n}", email=f"p{n % people}@example.com") for n in range(120)})
    running = True
    read: list[int] = []

    async def follow() -> None:
        while running or await machines[1].feed.after(MAIN, len(read), limit=1):
            entries = await machines[1].feed.after(MAIN, read[-1] if read else 0, limit=3)
            read.extend(entry.sequence for entry in entries)
            await asyncio.sleep(0)

    async def work(machine: Rooms) -> None:
        while works := await machine.resolver.claim(limit=3):
            await machine.resolver.commit([(work, machine.outcome(work)) for work in works])

    following = asyncio.create_task(follow())
    await asyncio.gather(*(work(machine) for machine in machines * 3))
    while await machines[0].resolve():
        pass
    running = False
    await following
    total = await machines[0].value("SELECT COUNT(*) FROM events")
    assert read == list(range(1, len(read) + 1))
    assert len(read) == total
    revisions = await machines[0].rows(
        "SELECT contact_id, revision FROM events ORDER BY contact_id, sequence"
    )
    by_contact: dict[str, list[int]] = {}
    for row in revisions:
        by_contact.setdefault(row["contact_id"], []).append(row["revision"])
    assert all(seen == list(range(1, len(seen) + 1)) for seen in by_contact.values())
    assert len(by_contact) == await machines[0].value("SELECT COUNT(*) FROM contacts") == people


async def test_two_machines_never_send_the_same_event_nor_one_contact_twice_at_once(
    machines: list[Rooms],
) -> None:
    await machines[0].fetch({f"{n}": raw(f"{n}", email=f"p{n % 12}@example.com") for n in range(60)})
    while await machines[0].resolve():
        pass
    out: set[str] = set()
    sent: list[DeliveryWork] = []

    async def work(machine: Rooms) -> None:
        while len(sent) < total:
            for one in await machine.deliveries.claim(limit=3):
                assert one.contact_id not in out
                out.add(str(one.contact_id))
                sent.append(one)
                said = AttemptRecord(at_ms=0, duration_ms=0, status=200, reason=None)
                out.discard(str(one.contact_id))
                assert await machine.deliveries.settle(one, Delivered(), said)

    total = len(await machines[0].events())
    async with asyncio.timeout(30):
        await asyncio.gather(*(work(machine) for machine in machines * 3))
    assert sorted(one.sequence for one in sent) == list(range(1, total + 1))
    by_contact: dict[str, list[int]] = {}
    for one in sent:
        by_contact.setdefault(str(one.contact_id), []).append(one.sequence)
    assert len(by_contact) == 12
    assert all(sequences == sorted(sequences) for sequences in by_contact.values())
