"""Waiting for something to have happened on a server, without polling."""

import asyncio
from collections.abc import Callable


class Watch:
    """Wakes waiters each time that `notify` is called."""

    def __init__(self) -> None:
        self._condition = asyncio.Condition()
        self._waiters = 0

    async def notify(self) -> None:
        """Let every waiter look again; costs nothing while nobody waits."""
        if self._waiters:
            async with self._condition:
                self._condition.notify_all()

    async def wait_for(self, predicate: Callable[[], bool], timeout_s: float = 10.0) -> None:
        """Return once `predicate()` holds. Raises TimeoutError after `timeout_s` seconds."""
        self._waiters += 1
        try:
            async with asyncio.timeout(timeout_s), self._condition:
                await self._condition.wait_for(predicate)
        finally:
            self._waiters -= 1
