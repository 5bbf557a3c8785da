"""What is due by the clock: runs, drills, and the alarm of schedules that are stale."""

from connector.ports import Clock
from connector.ports.backing_up import BackupDrills, BackupSchedules

IDLE_MAX_S = 30.0
"""Seconds after which we look again whatever we know."""
IDLE_MIN_S = 0.5


class BackupClock:
    """Begins what is due. Quick, so that a loop which does not turn is noticed; the work itself is others'."""

    def __init__(self, schedules: BackupSchedules, drills: BackupDrills, clock: Clock) -> None:
        self._schedules = schedules
        self._drills = drills
        self._clock = clock

    async def step(self) -> bool:
        """Begin what is due."""
        await self._schedules.begin_due()
        await self._schedules.raise_stale()
        await self._drills.begin_due()
        return False

    async def idle_s(self) -> float:
        """Return how long nothing will be due, at most half a minute."""
        due = await self._schedules.next_due_ms()
        left_s = IDLE_MAX_S if due is None else (due - self._clock.now_ms()) / 1000
        return min(max(left_s, IDLE_MIN_S), IDLE_MAX_S)
