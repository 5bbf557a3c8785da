"""Webhooks first: while Meta waits for answers, the workers take small turns instead of all there is.

Everything runs on one event loop. An answer that comes late is a webhook sent again; a lead worked a moment later is
nothing. Without this a backlog takes nine tenths of the loop from the door (measured with `make bench`).
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from connector.ports import Clock

PAUSE_S = 0.004
"""Seconds that a worker leaves to the door for each lead it is about to work, while webhooks are being answered."""
LONGEST_PAUSE_S = 0.1


class Courtesy:
    """The door says when it is busy; workers ask for their turn before each piece of work."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._serving = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._turn = asyncio.Lock()  # one worker at a time: else all would wake together

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Mark a webhook as being answered."""
        self._serving += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._serving -= 1
            if not self._serving:
                self._idle.set()

    async def turn(self, leads: int = 1) -> None:
        """Return when a worker may work `leads`: once the door is idle, after a bounded pause at the latest."""
        if not self._serving:
            return
        async with self._turn:
            await self._clock.wait(self._idle, min(leads * PAUSE_S, LONGEST_PAUSE_S))
