"""Webhooks first: workers wait for the door, but not a moment longer than it is busy, and never for ever."""

import asyncio

import pytest
from fake_clock import FakeClock

from connector.pipelines.courtesy import LONGEST_PAUSE_S, PAUSE_S, Courtesy


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()  # the time of this folder's others does not stand still


@pytest.fixture
def courtesy(clock: FakeClock) -> Courtesy:
    return Courtesy(clock)


def working(courtesy: Courtesy, *leads: int) -> list[asyncio.Task[None]]:
    return [asyncio.create_task(courtesy.turn(count)) for count in leads]


def done(tasks: list[asyncio.Task[None]]) -> list[bool]:
    return [task.done() for task in tasks]


async def test_nobody_waits_while_the_door_is_idle(courtesy: Courtesy, clock: FakeClock) -> None:
    await courtesy.turn(50)
    with courtesy.serving():
        pass
    await courtesy.turn(50)
    assert (clock.monotonic(), clock.waiters) == (0, 0)


async def test_workers_wake_when_the_door_is_idle(courtesy: Courtesy, clock: FakeClock) -> None:
    with courtesy.serving():
        tasks = working(courtesy, 25, 25, 25)
        await clock.advance(PAUSE_S)
        assert done(tasks) == [False] * 3
    await clock.advance(0)
    assert done(tasks) == [True] * 3
    assert clock.monotonic() == PAUSE_S


async def test_the_door_is_busy_until_its_last_webhook_is_answered(
    courtesy: Courtesy, clock: FakeClock
) -> None:
    with courtesy.serving():
        tasks = working(courtesy, 25)
        with courtesy.serving():
            await clock.advance(0)
        await clock.advance(0)
        assert done(tasks) == [False]
    await clock.advance(0)
    assert done(tasks) == [True]


async def test_a_webhook_that_fails_is_answered_too(courtesy: Courtesy, clock: FakeClock) -> None:
    with pytest.raises(ZeroDivisionError), courtesy.serving():
        raise ZeroDivisionError
    await courtesy.turn(50)
    assert clock.monotonic() == 0


@pytest.mark.parametrize(
    ("leads", "pause_s"), [(1, PAUSE_S), (10, 10 * PAUSE_S), (50, LONGEST_PAUSE_S), (10_000, LONGEST_PAUSE_S)]
)
async def test_a_busy_door_holds_nobody_up_for_long(
    courtesy: Courtesy, clock: FakeClock, leads: int, pause_s: float
) -> None:
    with courtesy.serving():
        tasks = working(courtesy, leads)
        await clock.advance(pause_s - 0.001)
        assert done(tasks) == [False]
        await clock.advance(0.001)
        assert done(tasks) == [True]


async def test_workers_take_turns_while_the_door_is_busy(courtesy: Courtesy, clock: FakeClock) -> None:
    with courtesy.serving():
        tasks = working(courtesy, 1, 1, 1)
        for finished in range(4):
            assert sum(done(tasks)) == finished
            await clock.advance(PAUSE_S)


async def test_a_worker_that_is_cancelled_leaves_the_turn_to_the_next(
    courtesy: Courtesy, clock: FakeClock
) -> None:
    with courtesy.serving():
        first, second = working(courtesy, 25, 1)
        await clock.advance(0)
        first.cancel()
        await clock.advance(PAUSE_S)
        assert (first.cancelled(), second.done()) == (True, True)
