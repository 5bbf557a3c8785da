import asyncio
import os
import signal

import pytest
import structlog
from fake_clock import FakeClock
from structlog.testing import capture_logs

from connector.runtime.supervisor import Loop, LoopDiedError, stop_on_signals, supervise


class Loops:
    """Loops that note how they ended."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self.clock = FakeClock()
        self.ended: list[str] = []

    def until_stopping(self, name: str, *, drains_s: float = 0) -> Loop:
        async def run() -> None:
            try:
                await self.stopping.wait()
                await self.clock.sleep(drains_s)
            except asyncio.CancelledError:
                self.ended.append(f"{name} cut off")
                raise
            self.ended.append(f"{name} drained")

        return run

    async def supervise(self, **loops: Loop) -> None:
        await supervise(loops, self.stopping, 25, self.clock, structlog.get_logger())


@pytest.fixture
def loops() -> Loops:
    return Loops()


async def test_a_stop_lets_loops_drain_and_cuts_off_the_late(loops: Loops) -> None:
    quick, late = loops.until_stopping("quick", drains_s=24), loops.until_stopping("late", drains_s=26)
    with capture_logs() as logged:
        async with asyncio.TaskGroup() as group:
            group.create_task(loops.supervise(quick=quick, late=late))
            loops.stopping.set()
            await loops.clock.until_waiters(3)
            await loops.clock.advance(25)
    assert loops.ended == ["quick drained", "late cut off"]
    assert [(entry["event"], entry["loop"]) for entry in logged] == [("loop.cut_off", "late")]


async def test_a_stop_ends_at_once_when_all_are_done(loops: Loops) -> None:
    loops.stopping.set()
    await loops.supervise(a=loops.until_stopping("a"), b=loops.until_stopping("b"))
    assert loops.ended == ["a drained", "b drained"]
    assert loops.clock.monotonic() == 0


async def test_no_loops_end_at_the_stop(loops: Loops) -> None:
    loops.stopping.set()
    await loops.supervise()


async def raises() -> None:
    raise ZeroDivisionError


async def returns() -> None:
    pass


async def is_cancelled_by_itself() -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("dying", "why"),
    [
        (raises, "raised ZeroDivisionError"),
        (returns, "ended by itself"),
        (is_cancelled_by_itself, "by nobody"),
    ],
)
async def test_a_loop_that_ends_unasked_stops_all(loops: Loops, dying: Loop, why: str) -> None:
    with pytest.raises(LoopDiedError, match=f"loop dying .*{why}") as caught:
        await loops.supervise(dying=dying, other=loops.until_stopping("other"))
    assert loops.ended in ([], ["other cut off"])
    assert (dying is raises) == isinstance(caught.value.__cause__, ZeroDivisionError)


async def test_a_loop_that_dies_while_stopping_lets_the_others_drain(loops: Loops) -> None:
    async def dying() -> None:
        await loops.stopping.wait()
        raise ZeroDivisionError

    supervised = asyncio.ensure_future(
        loops.supervise(dying=dying, other=loops.until_stopping("other", drains_s=5))
    )
    loops.stopping.set()
    await loops.clock.until_waiters(2)
    await loops.clock.advance(5)
    with pytest.raises(LoopDiedError, match="dying"):
        await supervised
    assert loops.ended == ["other drained"]


async def test_a_cancelled_supervisor_cancels_its_loops(loops: Loops) -> None:
    supervised = asyncio.ensure_future(loops.supervise(one=loops.until_stopping("one")))
    await loops.clock.advance(0)
    supervised.cancel()
    await asyncio.gather(supervised, return_exceptions=True)
    assert supervised.cancelled()
    assert loops.ended == ["one cut off"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_signals_stop(number: signal.Signals) -> None:
    stopping = asyncio.Event()
    before = signal.getsignal(signal.SIGTERM)
    with stop_on_signals(stopping):
        os.kill(os.getpid(), number)
        await stopping.wait()
    assert signal.getsignal(signal.SIGTERM) == before
