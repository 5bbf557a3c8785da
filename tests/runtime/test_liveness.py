"""What hangs is told from what is slow, from what fails and from what has nothing to do."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from fake_clock import FakeClock
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.errors import StateUnavailableError
from connector.runtime.lanes import Lanes
from connector.runtime.liveness import LATE_S, Liveness
from connector.runtime.worker import work

Step = Callable[[], Awaitable[bool]]


class Turning:
    """One loop as the daemon runs it, over a step of the test."""

    def __init__(self, clock: FakeClock, step: Step, *, idle_s: float = 30.0) -> None:
        self.live = Liveness(clock)
        self.clock = clock
        self.stopping, self.wake = asyncio.Event(), asyncio.Event()
        noted = self.live.watched("one", step, idle_s=idle_s)
        self.running = asyncio.ensure_future(
            work("one", noted, self.wake, self.stopping, clock, idle_s=idle_s)
        )

    async def after(self, seconds: float) -> tuple[Sequence[str], Sequence[str]]:
        """Let time go by; return who is stuck and who is late."""
        await self.clock.advance(seconds)
        return self.live.stuck(), self.live.late()

    async def end(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)


async def test_a_step_that_waits_for_what_never_comes_is_stuck(clock: FakeClock) -> None:
    async def hangs() -> bool:
        await asyncio.get_running_loop().create_future()
        return False

    loop = Turning(clock, hangs)
    assert await loop.after(LATE_S) == ([], [])
    assert (await loop.after(1))[0] == ["one"]
    await loop.end()


async def test_a_long_step_whose_single_waits_are_short_is_not(clock: FakeClock) -> None:
    async def long() -> bool:
        for _ in range(10_000):
            await clock.sleep(LATE_S - 1)
        return False

    loop = Turning(clock, long)
    for _ in range(10):
        assert (await loop.after(LATE_S))[0] == []
    assert loop.live.late() == ["one"]  # the heartbeat wants to see it done
    await loop.end()


async def test_an_outage_of_hours_is_late_and_not_stuck(clock: FakeClock) -> None:
    async def fails() -> bool:
        raise StateUnavailableError("the database is away")

    loop = Turning(clock, fails)
    assert await loop.after(6 * 3600) == ([], ["one"])
    await loop.end()


async def test_a_loop_that_waits_as_long_as_it_said_is_neither(clock: FakeClock) -> None:
    async def nothing() -> bool:
        return False

    loop = Turning(clock, nothing, idle_s=3600.0)
    for _ in range(100):
        assert await loop.after(599) == ([], [])
    await loop.end()


async def test_a_loop_that_begins_no_step_any_more_is_stuck(clock: FakeClock) -> None:
    async def nothing() -> bool:
        return False

    loop = Turning(clock, nothing)
    await loop.after(1)
    await loop.end()  # as if its wait never ended
    assert await loop.after(30 + LATE_S + 1) == (["one"], ["one"])


class Jobs:
    """Two jobs: the first hangs, the other ones come as often as they are claimed."""

    def __init__(self) -> None:
        self.claims = 0

    async def claim(self, free: int) -> Sequence[int]:
        del free
        self.claims += 1
        return [self.claims]

    async def handle(self, job: int) -> None:
        if job == 1:
            await asyncio.get_running_loop().create_future()

    async def release(self, jobs: Sequence[int]) -> None:
        del jobs

    async def idle_s(self) -> float:
        return 5.0


async def test_one_hung_job_is_seen_while_the_other_lanes_work(clock: FakeClock) -> None:
    live, stopping, jobs = Liveness(clock), asyncio.Event(), Jobs()
    lanes = Lanes("jobs", live.flow("jobs", jobs), width=3, clock=clock)
    running = asyncio.ensure_future(lanes.run(asyncio.Event(), stopping))
    for _ in range(int(LATE_S)):
        await clock.advance(1)
    assert live.stuck() == []
    claims = jobs.claims
    await clock.advance(6)
    assert jobs.claims > claims
    assert live.stuck() == ["jobs"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert live.stuck() == []  # what was cut off is no longer under way


@given(waits=st.lists(st.floats(0, LATE_S), max_size=8), end=st.sampled_from(["value", "error", "cancel"]))
async def test_work_gets_its_results_its_errors_and_its_cancellation(waits: list[float], end: str) -> None:
    clock = FakeClock()
    live, cancelled = Liveness(clock), False

    async def step() -> bool:
        nonlocal cancelled
        try:
            for wait_s in waits:
                with pytest.raises(LookupError):
                    await _later(clock, wait_s)
            if end == "error":
                raise KeyError(end)
            if end == "cancel":
                await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            cancelled = True
            raise
        return True

    task = asyncio.ensure_future(live.watched("one", step)())
    for wait_s in [*waits, 0.0]:
        await clock.advance(wait_s)
        assert live.stuck() == []
    task.cancel()
    (got,) = await asyncio.gather(task, return_exceptions=True)
    kind = {"value": bool, "error": KeyError, "cancel": asyncio.CancelledError}[end]
    assert isinstance(got, kind)
    assert cancelled == (end == "cancel")


async def _later(clock: FakeClock, wait_s: float) -> None:
    await clock.sleep(wait_s)
    raise LookupError
