"""Whether every loop still turns; and the heartbeat that goes out while they do and the state takes writes.

A process that answers its watchdog can be half dead. What is told outside is the real thing: each loop has stepped
without failing lately. When one has not, nothing is sent, and the alarm of another machine rings.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar

import structlog

from connector.ports import Clock
from connector.runtime.lanes import Flow

LATE_S = 300.0
"""Seconds that a loop may take longer than it meant to wait: a step with all its timeouts."""

JobT = TypeVar("JobT")
log = structlog.stdlib.get_logger()


class Liveness:
    """Notes when each loop last stepped."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: dict[str, float] = {}
        self._idle: dict[str, float] = {}

    def watched(
        self, name: str, step: Callable[[], Awaitable[bool]], *, idle_s: float = 30.0
    ) -> Callable[[], Awaitable[bool]]:
        """Return the step noting its loop; `idle_s` is the longest that the loop waits by itself."""
        self._watch(name, idle_s)

        async def noted() -> bool:
            more = await step()
            self._note(name)
            return more

        return noted

    def flow(self, name: str, flow: Flow[JobT], *, idle_s: float = 30.0) -> Flow[JobT]:
        """Return the flow noting its loop each time that it claims."""
        self._watch(name, idle_s)
        return _NotedFlow(flow, lambda: self._note(name))

    def late(self) -> Sequence[str]:
        """Return the loops that should have stepped and did not."""
        now = self._clock.monotonic()
        return sorted(name for name, due in self._due.items() if now > due)

    def _watch(self, name: str, idle_s: float) -> None:
        self._idle[name] = idle_s
        self._note(name)

    def _note(self, name: str) -> None:
        self._due[name] = self._clock.monotonic() + self._idle[name] + LATE_S


class _NotedFlow(Generic[JobT]):
    def __init__(self, flow: Flow[JobT], note: Callable[[], None]) -> None:
        self._flow = flow
        self._note = note

    async def claim(self, free: int) -> Sequence[JobT]:
        jobs = await self._flow.claim(free)
        self._note()
        return jobs

    async def handle(self, job: JobT) -> None:
        await self._flow.handle(job)

    async def release(self, jobs: Sequence[JobT]) -> None:
        await self._flow.release(jobs)

    async def idle_s(self) -> float:
        return await self._flow.idle_s()


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
