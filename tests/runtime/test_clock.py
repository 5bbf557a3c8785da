import asyncio
from datetime import UTC

from connector.runtime.clock import SystemClock


async def test_now_is_aware_and_agrees_with_now_ms() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert abs(clock.now().timestamp() * 1000 - clock.now_ms()) < 1_000
    assert clock.monotonic() <= clock.monotonic()


async def test_wait_tells_event_from_time() -> None:
    clock, event = SystemClock(), asyncio.Event()
    assert not await clock.wait(event, 0)
    event.set()
    assert await clock.wait(event, 0)
    await clock.sleep(0)


async def test_wait_is_cancellable() -> None:
    waiting = asyncio.ensure_future(SystemClock().wait(asyncio.Event(), 60))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert waiting.cancelled()
