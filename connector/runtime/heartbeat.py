"""Whether every loop still turns; and the heartbeat that goes out while they do and the state takes writes.

A process that answers its watchdog can be half dead. What is told outside is the real thing: each loop has stepped
without failing lately. When one has not, nothing is sent, and the alarm of another machine rings.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from connector.runtime.liveness import Liveness

log = structlog.stdlib.get_logger()


class Pinging(Protocol):
    """Where the heartbeat goes."""

    async def ping(self) -> None:
        """Say that all is well. Raises TransientError."""


class Heartbeat:
    """Sends a beat while all is well."""

    def __init__(
        self, liveness: Liveness, state: Callable[[], Awaitable[str | None]], pinging: Pinging
    ) -> None:
        self._liveness = liveness
        self._state = state
        self._pinging = pinging
        self._held_back: str | None = None

    async def step(self) -> bool:
        """Send one beat, or say in the log why not. Raises TransientError: it did not arrive."""
        late = self._liveness.late()
        reason = f"loops do not turn: {', '.join(late)}" if late else await self._state()
        if reason is None:
            await self._pinging.ping()
            if self._held_back is not None:
                log.info("heartbeat.resumed")
        elif self._held_back is None:
            log.error("heartbeat.held_back", reason=reason)
        self._held_back = reason
        return False
