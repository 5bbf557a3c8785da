import asyncio
import contextvars
import threading

import pytest

from adapters.sdk_threads import SdkThreads

PLACE: contextvars.ContextVar[str] = contextvars.ContextVar("place")


async def test_call_returns_what_the_function_returns() -> None:
    threads = SdkThreads("t")
    assert await threads.call(int, "ff", base=16) == 255
    await threads.aclose()


async def test_call_raises_what_the_function_raises() -> None:
    threads = SdkThreads("t")
    with pytest.raises(ValueError, match="invalid literal"):
        await threads.call(int, "no number")
    await threads.aclose()


async def test_the_callers_context_reaches_the_thread_and_not_back() -> None:
    threads = SdkThreads("t")
    PLACE.set("loop")

    def look() -> str:
        before = PLACE.get()
        PLACE.set("thread")
        return before

    assert await threads.call(look) == "loop"
    assert PLACE.get() == "loop"
    await threads.aclose()


async def test_no_more_than_limit_run_at_once() -> None:
    threads = SdkThreads("t", limit=2)
    go, both = threading.Event(), threading.Event()
    running: list[int] = []
    lock = threading.Lock()

    def work() -> int:
        with lock:
            running.append(1)
            if len(running) == 2:
                both.set()
        go.wait(10)
        with lock:
            running.pop()
            return len(running)

    calls = [asyncio.ensure_future(threads.call(work)) for _ in range(6)]
    await asyncio.to_thread(both.wait, 10)
    assert len(running) == 2
    go.set()
    assert max(await asyncio.gather(*calls)) <= 1
    await threads.aclose()


async def test_a_caller_who_waits_for_a_thread_can_be_cancelled() -> None:
    threads = SdkThreads("t", limit=1)
    go = threading.Event()
    first = asyncio.ensure_future(threads.call(go.wait, 10))
    await asyncio.sleep(0)
    began: list[str] = []
    second = asyncio.ensure_future(threads.call(began.append, "second"))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    go.set()
    assert await first
    assert began == []
    await threads.aclose()


async def test_aclose_waits_for_what_runs_and_may_be_called_twice() -> None:
    threads = SdkThreads("t", limit=1)
    begun, go, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go.wait(10)
        done.set()

    call = asyncio.ensure_future(threads.call(work))
    await asyncio.to_thread(begun.wait, 10)
    closing = asyncio.ensure_future(threads.aclose())
    await asyncio.sleep(0)
    assert not closing.done()
    go.set()
    await closing
    assert done.is_set()
    await call
    await threads.aclose()


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="limit"):
        SdkThreads("t", limit=0)
