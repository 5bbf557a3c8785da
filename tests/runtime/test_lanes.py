"""Jobs side by side: each fails for itself, and a stop waits for no pause."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from fake_clock import FakeClock
from structlog.testing import capture_logs

from connector.domain.errors import StateUnavailableError
from connector.runtime.lanes import Lanes

DOWN = StateUnavailableError("the database is away")


class Jobs:
    """A flow of numbered jobs: some raise, some last until they are let go; when what ran is noted."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.due: deque[int] = deque()
        self.failing: dict[int, Exception] = {}
        self.claims_failing = 0
        self.held: dict[int, asyncio.Event] = {}
        self.ran: list[tuple[int, float]] = []
        self.released: list[int] = []
        self.running = self.most_running = 0

    async def claim(self, free: int) -> Sequence[int]:
        if self.claims_failing:
            self.claims_failing -= 1
            raise DOWN
        return [self.due.popleft() for _ in range(min(free, len(self.due)))]

    async def handle(self, job: int) -> None:
        self.ran.append((job, self.clock.monotonic()))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            if job in self.held:
                await self.held[job].wait()
            if job in self.failing:
                raise self.failing[job]
        finally:
            self.running -= 1

    async def release(self, jobs: Sequence[int]) -> None:
        self.released += jobs

    async def idle_s(self) -> float:
        return 5.0

    def started(self) -> list[int]:
        return [job for job, _ in self.ran]


class Bench:
    """Lanes over jobs, started and stopped by the test."""

    def __init__(self, width: int = 4) -> None:
        self.clock = FakeClock()
        self.jobs = Jobs(self.clock)
        self.wake, self.stopping = asyncio.Event(), asyncio.Event()
        self.lanes = Lanes("jobs", self.jobs, width=width, clock=self.clock)

    async def settled(self) -> None:
        """Let everything go on that waits for no time."""
        for _ in range(10):
            await self.clock.advance(0)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.lanes.run(self.wake, self.stopping))
            await self.clock.advance(0)
            yield
            self.stopping.set()


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_all_lanes_work_and_no_more(bench: Bench) -> None:
    bench.jobs.due.extend(range(50))
    for job in range(50):
        bench.jobs.held[job] = asyncio.Event()
    async with bench.running():
        assert bench.jobs.started() == [0, 1, 2, 3]
        for event in bench.jobs.held.values():
            event.set()
        await bench.settled()
        assert bench.jobs.started() == list(range(50))
    assert (bench.jobs.most_running, bench.clock.monotonic()) == (4, 0)


async def test_a_failing_job_pauses_its_own_lane(bench: Bench) -> None:
    bench.jobs.failing[0] = DOWN
    bench.jobs.due.extend(range(20))
    async with bench.running():
        await bench.settled()
        assert bench.jobs.started() == list(range(20))


async def test_one_hiccup_that_all_lanes_feel_is_one_short_pause(bench: Bench) -> None:
    bench.jobs.failing = dict.fromkeys(range(4), DOWN)
    bench.jobs.due.extend(range(8))
    bench.jobs.held = {job: asyncio.Event() for job in range(4, 8)}
    with capture_logs() as logged:
        async with bench.running():
            assert bench.jobs.started() == [0, 1, 2, 3]
            await bench.clock.advance(1)
            assert bench.jobs.started() == list(range(8))  # every lane is back
            for event in bench.jobs.held.values():
                event.set()
    assert [entry["event"] for entry in logged].count("loop.step_failed") == 1


async def test_a_lane_that_keeps_failing_pauses_longer_each_time() -> None:
    bench = Bench(width=1)
    bench.jobs.failing = dict.fromkeys(range(9), ZeroDivisionError())
    bench.jobs.due.extend(range(9))
    async with bench.running():
        await bench.clock.advance(1 + 2 + 4 + 8 + 16 + 30)
    assert [at_s for _, at_s in bench.jobs.ran] == [0, 1, 3, 7, 15, 31, 61]


async def test_a_state_that_is_back_is_noticed_within_five_seconds() -> None:
    bench = Bench(width=1)
    bench.jobs.claims_failing = 100
    bench.jobs.due.append(1)
    async with bench.running():
        await bench.clock.advance(600)
        bench.jobs.claims_failing = 0
        await bench.clock.advance(5)
    assert bench.jobs.started() == [1]


async def test_a_failing_claim_pauses_and_comes_again(bench: Bench) -> None:
    bench.jobs.claims_failing = 2
    bench.jobs.due.append(1)
    with capture_logs() as logged:
        async with bench.running():
            await bench.clock.advance(3)
    assert bench.jobs.ran == [(1, 3)]
    assert [entry["event"] for entry in logged] == ["loop.step_failed", "loop.recovered"]


async def test_a_stop_ends_every_pause_at_once(bench: Bench) -> None:
    bench.jobs.failing = dict.fromkeys(range(3), DOWN)
    bench.jobs.due.extend(range(3))
    async with bench.running():
        pass
    failing = Bench()
    failing.jobs.claims_failing = 1
    async with failing.running():
        pass
    assert (bench.clock.monotonic(), failing.clock.monotonic()) == (0, 0)


async def test_a_stop_finishes_what_runs_and_gives_the_rest_back(bench: Bench) -> None:
    bench.jobs.due.extend(range(20))
    for job in range(20):
        bench.jobs.held[job] = asyncio.Event()
    async with bench.running():
        bench.stopping.set()
        await bench.clock.advance(0)
        for event in bench.jobs.held.values():
            event.set()
    assert bench.jobs.started() == [0, 1, 2, 3]
    assert bench.jobs.released == [4, 5, 6, 7]


async def test_a_bug_is_logged_with_its_trace(bench: Bench) -> None:
    bench.jobs.failing[0] = ZeroDivisionError()
    bench.jobs.due.append(0)
    with capture_logs() as logged:
        async with bench.running():
            pass
    assert isinstance(logged[0]["exc_info"], ZeroDivisionError)
