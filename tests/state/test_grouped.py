"""Small writes that share a transaction: everyone hears of their own, nobody takes another along."""

import asyncio
import threading
from collections.abc import Sequence

from connector.domain.errors import StateUnavailableError
from state.engine import Engine, Tx
from state.grouped import ITEMS_MAX, Grouped


class Seen:
    """Keeps the groups that were written."""

    def __init__(self, *, fails: bool = False) -> None:
        self.groups: list[list[int]] = []
        self.fails = fails

    def write(self, _tx: Tx, items: Sequence[int]) -> list[int]:
        self.groups.append(list(items))
        if self.fails:
            raise KeyError("spoiled")
        return [item * 10 for item in items]


async def test_what_arrives_during_a_write_goes_together_in_the_next(engine: Engine) -> None:
    seen = Seen()
    grouped = Grouped(engine, seen.write)
    assert await asyncio.gather(*(grouped.add(n) for n in range(100))) == [n * 10 for n in range(100)]
    assert len(seen.groups) <= 2
    assert [n for group in seen.groups for n in group] == list(range(100))


async def test_a_group_has_its_bound(engine: Engine) -> None:
    seen = Seen()
    grouped = Grouped(engine, seen.write)
    await asyncio.gather(*(grouped.add(n) for n in range(3 * ITEMS_MAX)))
    assert max(map(len, seen.groups)) == ITEMS_MAX
    assert [n for group in seen.groups for n in group] == list(range(3 * ITEMS_MAX))


async def test_one_who_is_cancelled_harms_nobody_and_is_written_all_the_same(engine: Engine) -> None:
    seen = Seen()
    grouped = Grouped(engine, seen.write)
    tasks = [asyncio.create_task(grouped.add(n)) for n in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()  # the one whose call began the write
    tasks[1].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert isinstance(results[1], asyncio.CancelledError)
    assert results[2] == 20
    assert [n for group in seen.groups for n in group] == [0, 1, 2]


async def test_a_failure_reaches_everyone_of_its_group_and_nobody_later(engine: Engine) -> None:
    seen = Seen(fails=True)
    grouped = Grouped(engine, seen.write)
    results = await asyncio.gather(*(grouped.add(n) for n in range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [KeyError] * 5
    seen.fails = False
    assert await grouped.add(7) == 70


async def test_one_poison_item_fails_alone(engine: Engine) -> None:
    groups: list[list[int]] = []

    def write(_tx: Tx, items: Sequence[int]) -> list[int]:
        groups.append(list(items))
        if 3 in items:
            raise KeyError("poison")
        return list(items)

    grouped = Grouped(engine, write)
    results = await asyncio.gather(*(grouped.add(n) for n in range(6)), return_exceptions=True)
    assert [n for n, result in enumerate(results) if isinstance(result, KeyError)] == [3]
    assert [result for result in results if not isinstance(result, KeyError)] == [0, 1, 2, 4, 5]


async def test_a_database_that_is_away_is_asked_once_a_group(engine: Engine) -> None:
    groups: list[list[int]] = []

    def write(_tx: Tx, items: Sequence[int]) -> list[int]:
        groups.append(list(items))
        raise StateUnavailableError("down")

    grouped: Grouped[int, int] = Grouped(engine, write)
    results = await asyncio.gather(*(grouped.add(n) for n in range(6)), return_exceptions=True)
    assert [type(result) for result in results] == [StateUnavailableError] * 6
    assert len(groups) <= 2


async def test_closing_waits_for_what_was_added(engine: Engine) -> None:
    seen = Seen()
    grouped = Grouped(engine, seen.write)
    adding = asyncio.gather(*(grouped.add(n) for n in range(10)))
    await asyncio.sleep(0)
    await grouped.aclose()
    assert sum(map(len, seen.groups)) == 10
    assert len(await adding) == 10


async def test_closing_before_anything_is_fine(engine: Engine) -> None:
    await Grouped(engine, Seen().write).aclose()


async def test_a_writer_of_too_few_results_leaves_nobody_waiting(engine: Engine) -> None:
    grouped: Grouped[int, int] = Grouped(engine, lambda _tx, items: [0] * (len(items) - 1))
    async with asyncio.timeout(5):
        results = await asyncio.gather(*(grouped.add(n) for n in range(3)), return_exceptions=True)
    assert all(isinstance(result, ValueError) for result in results)


async def test_what_nobody_waits_for_any_more_is_not_kept(engine: Engine) -> None:
    """While a write hangs, callers give up one after the other, and send again."""
    written: list[int] = []
    goes_on = threading.Event()

    def note(_: Tx, items: Sequence[int]) -> Sequence[int]:
        written.extend(items)
        return items

    grouped = Grouped(engine, note)
    hanging = asyncio.create_task(engine.write(lambda _: goes_on.wait(10)))
    first = asyncio.create_task(grouped.add(0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the first is handed to the engine, the others wait behind it
    others = [asyncio.create_task(grouped.add(n)) for n in range(1, 5)]
    await asyncio.sleep(0)
    for one in others[:3]:
        one.cancel()
    await asyncio.gather(*others[:3], return_exceptions=True)
    goes_on.set()
    assert list(await asyncio.gather(first, others[3])) == [0, 4]
    assert written == [0, 4]
    await hanging
