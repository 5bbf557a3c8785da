import asyncio

from fake_clock import START, FakeClock, LeapingClock


async def test_sleepers_wake_in_due_order_at_their_own_time() -> None:
    clock, woken = FakeClock(), list[tuple[str, float]]()

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.monotonic()))

    async with asyncio.TaskGroup() as group:
        for name, seconds in (("c", 3.0), ("a", 1.0), ("b", 2.0)):
            group.create_task(sleeper(name, seconds))
        await clock.until_waiters(3)
        await clock.advance(2.5)
        assert woken == [("a", 1.0), ("b", 2.0)]
        assert clock.waiters == 1
        await clock.advance(1)
    assert woken[-1] == ("c", 3.0)
    assert (clock.now() - START).total_seconds() == 3.5
    assert clock.now_ms() == round(START.timestamp() * 1000) + 3_500


async def test_a_sleeper_that_sleeps_again_is_woken_in_the_same_advance() -> None:
    clock, turns = FakeClock(), list[float]()

    async def ticking() -> None:
        for _ in range(3):
            await clock.sleep(1)
            turns.append(clock.monotonic())

    async with asyncio.TaskGroup() as group:
        group.create_task(ticking())
        await clock.advance(10)
    assert turns == [1.0, 2.0, 3.0]


async def test_a_wait_ends_with_its_event_or_its_time() -> None:
    clock, event = FakeClock(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        timed_out = group.create_task(clock.wait(event, 5))
        await clock.until_waiters(1)
        await clock.advance(5)
        rung = group.create_task(clock.wait(event, 5))
        await clock.until_waiters(1)
        event.set()
    assert (timed_out.result(), rung.result()) == (False, True)
    assert clock.waiters == 0
    assert await clock.wait(event, 5)


async def test_a_cancelled_wait_leaves_nothing_behind() -> None:
    clock = FakeClock()
    waiting = asyncio.ensure_future(clock.wait(asyncio.Event(), 5))
    await clock.until_waiters(1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert waiting.cancelled()
    assert clock.waiters == 0


async def test_a_leap_wakes_everybody_who_is_due_by_then_at_its_end() -> None:
    clock = LeapingClock()
    woken: list[tuple[str, float]] = []

    async def nap(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.monotonic()))

    naps = [
        asyncio.ensure_future(nap(name, s)) for name, s in (("long", 50.0), ("short", 5.0), ("later", 70.0))
    ]
    await clock.advance(60.0)
    assert woken == [("short", 60.0), ("long", 60.0)]
    await clock.advance(10.0)
    assert woken[-1] == ("later", 70.0)
    await asyncio.gather(*naps)
