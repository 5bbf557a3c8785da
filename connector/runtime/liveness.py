"""Whether every loop turns: asked by the watchdog (does it get on at all?) and by the heartbeat (does it succeed?).

A piece of work (a step, a claim, a job) gets on whenever the event loop resumes it: after each answer, each commit,
each pause. However long it is, it is never silent for longer than its longest single wait. What waits for an answer
that never comes, or for a thread that hangs, is not resumed any more, and that is what `stuck` tells. An outage is
none of this: a step that fails in time has turned.
"""

import itertools
import math
from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from connector.ports import Clock
from connector.runtime.lanes import Flow

LATE_S = 300.0
"""Seconds that a loop may take longer than it meant to wait: a step with all its timeouts."""

T = TypeVar("T")
JobT = TypeVar("JobT")


@dataclass(slots=True, kw_only=True)
class _Loop:
    """Times are `Clock.monotonic()`. `resumed_at`: when each piece of work under way was resumed last."""

    idle_s: float
    worked_at: float
    ended_at: float
    resumed_at: dict[int, float] = field(default_factory=dict)


class Liveness:
    """Notes how each loop gets on. `silent_s`: the longest single wait of a piece of work, queues included."""

    def __init__(self, clock: Clock, *, silent_s: float = LATE_S) -> None:
        self._clock = clock
        self._silent_s = silent_s
        self._loops: dict[str, _Loop] = {}
        self._pieces = itertools.count()

    @property
    def names(self) -> frozenset[str]:
        """The loops that are watched."""
        return frozenset(self._loops)

    def watched(
        self, name: str, step: Callable[[], Awaitable[bool]], *, idle_s: float = 30.0
    ) -> Callable[[], Awaitable[bool]]:
        """Return the step noting its loop; `idle_s` is the longest that the loop waits by itself."""
        self._watch(name, idle_s)
        return lambda: self._piece(name, step())

    def turning(
        self, name: str, step: Callable[[], Awaitable[bool]], *, idle_s: float = 30.0
    ) -> Callable[[], Awaitable[bool]]:
        """Return the step noting its loop for `stuck` alone: whether it succeeds is no matter of ours."""
        noted = self.watched(name, step, idle_s=idle_s)
        self._loops[name].worked_at = math.inf
        return noted

    def flow(self, name: str, flow: Flow[JobT], *, idle_s: float = 30.0) -> Flow[JobT]:
        """Return the flow noting its loop: each claim, and each job."""
        self._watch(name, idle_s)
        return _NotedFlow(name, flow, self._piece)

    def late(self) -> Sequence[str]:
        """Return the loops that should have worked without failing and did not."""
        now = self._clock.monotonic()
        return sorted(name for name, at in self._loops.items() if now > at.worked_at + at.idle_s + LATE_S)

    def stuck(self) -> Sequence[str]:
        """Return the loops with work that waits for what never comes, or that begin no work any more."""
        now = self._clock.monotonic()
        return sorted(name for name, loop in self._loops.items() if self._is_stuck(loop, now))

    def _is_stuck(self, loop: _Loop, now: float) -> bool:
        if loop.resumed_at:
            return now > min(loop.resumed_at.values()) + self._silent_s
        return now > loop.ended_at + loop.idle_s + self._silent_s

    def _watch(self, name: str, idle_s: float) -> None:
        now = self._clock.monotonic()
        self._loops[name] = _Loop(idle_s=idle_s, worked_at=now, ended_at=now)

    async def _piece(self, name: str, work: Awaitable[T]) -> T:
        loop, piece = self._loops[name], next(self._pieces)

        def resumed() -> None:
            loop.resumed_at[piece] = self._clock.monotonic()

        try:
            done = await _Resumed(work, resumed)
        finally:
            loop.resumed_at.pop(piece, None)
            loop.ended_at = self._clock.monotonic()
        loop.worked_at = max(loop.worked_at, loop.ended_at)
        return done


class _Resumed(Generic[T]):
    """Awaits `work`, calling `note` each time that the event loop resumes it."""

    def __init__(self, work: Awaitable[T], note: Callable[[], None]) -> None:
        self._work = work
        self._note = note

    def __await__(self) -> Generator[Any, Any, T]:
        steps = self._work.__await__()
        error: BaseException | None = None
        while True:
            self._note()
            try:
                waited_for = next(steps) if error is None else _thrown(steps, error)
            except StopIteration as end:
                done: T = end.value
                return done
            error = None
            try:
                yield waited_for
            except BaseException as thrown:  # noqa: BLE001 - handed on: a cancellation belongs to the work
                error = thrown


def _thrown(steps: Generator[Any, Any, T], error: BaseException) -> object:
    return steps.throw(error)


class _NotedFlow(Generic[JobT]):
    def __init__(
        self, name: str, flow: Flow[JobT], piece: Callable[[str, Awaitable[Any]], Awaitable[Any]]
    ) -> None:
        self._name = name
        self._flow = flow
        self._piece = piece

    async def claim(self, free: int) -> Sequence[JobT]:
        jobs: Sequence[JobT] = await self._piece(self._name, self._flow.claim(free))
        return jobs

    async def handle(self, job: JobT) -> None:
        await self._piece(self._name, self._flow.handle(job))

    async def release(self, jobs: Sequence[JobT]) -> None:
        await self._flow.release(jobs)

    async def idle_s(self) -> float:
        return await self._flow.idle_s()
