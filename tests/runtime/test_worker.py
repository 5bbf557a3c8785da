import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fake_clock import FakeClock
from structlog.testing import capture_logs

from connector.domain.errors import TransientError
from connector.runtime.worker import Idle, periodic, work

Outcome = bool | Exception


class Bench:
    """A worker whose steps end as queued, then with nothing to do; each start is noted with its time."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.wake, self.stopping = asyncio.Event(), asyncio.Event()
        self.outcomes: deque[Outcome] = deque()
        self.started_s: list[float] = []

    async def step(self) -> bool:
        self.started_s.append(self.clock.monotonic())
        outcome = self.outcomes.popleft() if self.outcomes else False
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    @asynccontextmanager
    async def working(self, idle_s: Idle = 60) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            group.create_task(work("bench", self.step, self.wake, self.stopping, self.clock, idle_s))
            await self.clock.advance(0)
            yield
            self.stopping.set()


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_it_steps_while_there_is_work_and_then_waits(bench: Bench) -> None:
    bench.outcomes.extend([True, True, False])
    async with bench.working():
        assert bench.started_s == [0, 0, 0]
        await bench.clock.advance(60)
        assert bench.started_s == [0, 0, 0, 60]


async def test_a_wake_up_is_immediate(bench: Bench) -> None:
    async with bench.working():
        await bench.clock.advance(7)
        bench.wake.set()
        await bench.clock.advance(0)
        assert bench.started_s == [0, 7]


async def test_a_wake_up_during_a_step_is_not_lost(bench: Bench) -> None:
    started, may_end = asyncio.Event(), asyncio.Event()
    steps = 0

    async def slow() -> bool:
        nonlocal steps
        steps += 1
        started.set()
        await may_end.wait()
        return False

    async with asyncio.TaskGroup() as group:
        group.create_task(work("slow", slow, bench.wake, bench.stopping, bench.clock, 60))
        await started.wait()
        bench.wake.set()
        may_end.set()
        await bench.clock.advance(0)
        assert steps == 2
        bench.stopping.set()


async def test_the_idle_time_may_be_asked_for(bench: Bench) -> None:
    async def until_due() -> float:
        return 3.0

    async with bench.working(until_due):
        await bench.clock.advance(3)
        assert bench.started_s == [0, 3]


async def test_a_stop_ends_an_idle_and_a_pausing_worker(bench: Bench) -> None:
    async with bench.working(idle_s=10**6):
        pass
    other = Bench()
    other.outcomes.append(ZeroDivisionError())
    async with other.working():
        pass
    assert (bench.clock.monotonic(), other.clock.monotonic()) == (0, 0)


async def test_workers_that_share_a_wake_all_stop(bench: Bench) -> None:
    async with bench.working(), bench.working(), bench.working():
        bench.stopping.set()
    assert bench.started_s == [0, 0, 0]


async def test_failing_steps_are_paused_and_logged_once_an_outage(bench: Bench) -> None:
    bench.outcomes.extend([*(TransientError("down") for _ in range(7)), False, ZeroDivisionError(), False])
    with capture_logs() as logged:
        async with bench.working():
            await bench.clock.advance(91)
            bench.wake.set()
            await bench.clock.advance(1)
    assert bench.started_s == [0, 1, 3, 7, 15, 31, 61, 91, 91, 92]
    assert [entry["event"] for entry in logged] == ["loop.step_failed", "loop.recovered"] * 2
    first, recovered, bug, _ = logged
    assert (first["loop"], first["error"], first["exc_info"]) == ("bench", "down", None)
    assert recovered["failures"] == 7
    assert isinstance(bug["exc_info"], ZeroDivisionError), "a bug is logged with its trace"


async def test_a_failing_question_for_the_idle_time_is_a_failing_step(bench: Bench) -> None:
    async def broken() -> float:
        raise TransientError("down")

    with capture_logs() as logged:
        async with bench.working(broken):
            await bench.clock.advance(1)
    assert bench.started_s == [0, 1]
    assert [entry["event"] for entry in logged] == ["loop.step_failed"]


async def test_work_that_never_ends_does_not_starve_others(bench: Bench) -> None:
    steps = 0

    async def endless() -> bool:
        nonlocal steps
        steps += 1
        return True

    async with asyncio.TaskGroup() as group:
        group.create_task(work("endless", endless, bench.wake, bench.stopping, bench.clock, 60))
        await bench.clock.advance(0)
        bench.stopping.set()
    assert steps > 1


async def test_cancelling_passes(bench: Bench) -> None:
    working = asyncio.ensure_future(work("w", bench.step, bench.wake, bench.stopping, bench.clock, 60))
    await bench.clock.until_waiters(1)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert working.cancelled()


async def test_periodic_runs_now_and_every_interval(bench: Bench) -> None:
    async def run() -> None:
        await bench.step()

    async with asyncio.TaskGroup() as group:
        group.create_task(periodic("p", 10, run, bench.stopping, bench.clock))
        await bench.clock.advance(25)
        bench.stopping.set()
    assert bench.started_s == [0, 10, 20]
