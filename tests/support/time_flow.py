"""Letting days pass for a daemon that does real work in real threads over real sockets."""

from collections.abc import Callable

from fake_clock import FakeClock

from support.daemon import Inside

TURNS = 3
"""Round trips through the state's writer that a woken loop gets: its claim, its look for what is due next."""

QUEUES = (
    "leads",
    "page_rounds",
    "page_forms",
    "backfills",
    "deliveries",
    "undoings",
    "mails",
    "trials",
    "backup_runs",
    "backup_drills",
    "backup_restores",
)
CLAIMS = (
    *(f"{queue} WHERE claim_id IS NOT NULL AND due_at_ms > :now_ms" for queue in QUEUES),
    "connections WHERE probe_claim_id IS NOT NULL AND probe_due_at_ms > :now_ms",
    "connections WHERE refresh_claim_id IS NOT NULL AND refresh_lease_until_ms > :now_ms",
)
CLAIMED = f"SELECT {' + '.join(f'(SELECT COUNT(*) FROM {claim})' for claim in CLAIMS)} AS claimed"  # noqa: S608 - our own words
"""A claim whose lease is over is nobody's: whoever made it died."""
MOMENT_S = 0.1
"""What the clock moves while something is claimed: it may be an adapter that waits some seconds to try again."""


class TimeFlow:
    """Takes big steps only when nothing is claimed: a jump does not end the lease of what is under way."""

    def __init__(self, inside: Inside, clock: FakeClock, *, moment_s: float = MOMENT_S) -> None:
        self._moment_s = moment_s
        self._loops = len(inside.daemon.loops)
        self._engine = inside.daemon.rooms.engine
        self._clock = clock

    async def settle(self) -> None:
        """Return once nothing is claimed and the loops have looked for more."""
        await self._turns()
        while await self._is_busy():
            await self._turns()

    async def pass_by(
        self, seconds: float, *, step_s: float, until: Callable[[], bool] = lambda: False
    ) -> float:
        """Let time go by in steps until it is over or `until()` holds; return the seconds that it took."""
        started_s = self._clock.monotonic()
        while self._clock.monotonic() - started_s < seconds:
            await self.settle()
            if until():
                break
            await self._clock.advance(step_s)
        await self.settle()
        return self._clock.monotonic() - started_s

    async def _turns(self) -> None:
        for _ in range(TURNS):
            await self._engine.write(lambda _: None)

    async def _is_busy(self) -> bool:
        """Look whether all loops wait for time to go by and nothing is claimed; let a moment pass if it is."""
        if self._clock.waiters < self._loops:
            return True
        now = {"now_ms": self._clock.now_ms()}
        row = await self._engine.read(lambda tx: tx.row(CLAIMED, now))
        if row is not None and row["claimed"] == 0:
            return self._clock.waiters < self._loops
        await self._clock.advance(self._moment_s)
        return True
