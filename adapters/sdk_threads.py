"""The bounded thread boundary for synchronous SDKs."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class SdkThreads:
    """A few threads of one adapter: a stuck provider fills these and never the loop.

    A cancelled await does not stop its thread, so every call needs a timeout of its own. Close with
    `aclose()`, which waits for the calls that still run.
    """

    def __init__(self, name: str, limit: int = 4) -> None:
        if limit < 1:
            raise ValueError("limit must be 1 or more")
        self._pool = ThreadPoolExecutor(max_workers=limit, thread_name_prefix=name)
        self._free = asyncio.Semaphore(limit)

    async def call(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `fn` in a thread, in a copy of the caller's context. Raises what it raises."""
        async with self._free:  # callers queue here, cancellable, not in the pool
            bound = partial(contextvars.copy_context().run, fn, *args, **kwargs)
            return await asyncio.get_running_loop().run_in_executor(self._pool, bound)

    async def aclose(self) -> None:
        """Refuse new calls, drop those not begun, wait for those running. May be called twice."""
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)
