"""The state looks after itself: copies on a schedule, each proved; a drill each week; an alarm when either fails."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from connector.domain.alerts_catalogue import STATE_DRILL_FAILED, STATE_NOT_COPIED, STATE_RESTORED
from connector.domain.errors import ConnectorError
from connector.domain.own_state import (
    CopyUnderWayError,
    Done,
    Kind,
    Manifest,
    Standing,
    copy_due_ms,
    copy_is_stale,
    drill_due_ms,
    drill_is_stale,
)
from connector.ports import Alerts, Clock

IDLE_S = 60.0
HOUR_MS = 3_600_000
REASONS = {
    "copy": "The last one is older than two and a half times state.backup_hours.",
    "drill": "The last good drill is more than two weeks ago.",
}

log = structlog.stdlib.get_logger()


class StateKeeper(Protocol):
    """Who makes copies and drills them."""

    async def standing(self) -> Standing:
        """Return how they stand."""

    async def copy(self) -> Manifest:
        """Make a copy, prove it, keep what became of it, delete what is past the number kept.

        Raises StateUnavailableError or BadInputError; then the last good copy stands as before. CopyUnderWayError,
        like a drill: another process is at it.
        """

    async def drill(self) -> Done:
        """Restore the newest copy into a scratch place and judge it. Raises ConnectorError kinds."""

    async def has_caught_up(self) -> bool:
        """Tell whether everything was read again since the last restore, if there was one."""


class OwnState:
    """Works off what is due."""

    def __init__(self, keeper: StateKeeper, alerts: Alerts, clock: Clock, *, backup_hours: float) -> None:
        self._keeper = keeper
        self._alerts = alerts
        self._clock = clock
        self._every_ms = round(backup_hours * HOUR_MS)
        self._started_at_ms = clock.now_ms()
        self._failed_at_ms: dict[Kind, int | None] = {"copy": None, "drill": None}

    async def step(self) -> bool:
        """Do what is due; True when something was done."""
        if await self._keeper.has_caught_up():
            await self._alerts.resolve(STATE_RESTORED.key())
        if not self._every_ms:
            return False
        now_ms, standing = self._clock.now_ms(), await self._keeper.standing()
        try:
            match self._due(standing, now_ms):
                case "copy":
                    return await self._try("copy", self._copy)
                case "drill":
                    return await self._try("drill", self._drill)
                case None:
                    pass
        except CopyUnderWayError as error:
            log.info("state.run_put_off", reason=str(error))
        await self._judge(standing, now_ms)
        return False

    def _due(self, standing: Standing, now_ms: int) -> Kind | None:
        """Return what is to be done now."""
        due_ms = copy_due_ms(
            standing,
            every_ms=self._every_ms,
            started_at_ms=self._started_at_ms,
            failed_at_ms=self._failed_at_ms["copy"],
        )
        if now_ms >= due_ms:
            return "copy"
        drill_ms = drill_due_ms(standing, failed_at_ms=self._failed_at_ms["drill"])
        return "drill" if drill_ms is not None and now_ms >= drill_ms else None

    async def idle_s(self) -> float:
        """Return how long to wait for the next look."""
        return IDLE_S

    async def _try(self, kind: Kind, run: Callable[[], Awaitable[None]]) -> bool:
        alarm = STATE_NOT_COPIED if kind == "copy" else STATE_DRILL_FAILED
        try:
            await run()
        except CopyUnderWayError:
            raise
        except ConnectorError as error:
            self._failed_at_ms[kind] = self._clock.now_ms()
            log.warning("state.run_failed", kind=kind, error=str(error))
            await self._alerts.raise_once(alarm.alert(reason=f"{error}."))
            return False
        self._failed_at_ms[kind] = None
        await self._alerts.resolve(alarm.key())
        return True

    async def _copy(self) -> None:
        made = await self._keeper.copy()
        log.info("state.copied", file=made.file, bytes=made.bytes, rows=sum(made.rows.values()))

    async def _drill(self) -> None:
        done = await self._keeper.drill()
        log.info("state.drilled", file=done.file, rows=done.rows)

    async def _judge(self, standing: Standing, now_ms: int) -> None:
        """Raise what is stale though nothing failed: a schedule that does not run is worse than one that fails."""
        begun = self._started_at_ms
        if copy_is_stale(standing, every_ms=self._every_ms, started_at_ms=begun, now_ms=now_ms):
            await self._alerts.raise_once(STATE_NOT_COPIED.alert(reason=REASONS["copy"]))
        if drill_is_stale(standing, started_at_ms=begun, now_ms=now_ms):
            await self._alerts.raise_once(STATE_DRILL_FAILED.alert(reason=REASONS["drill"]))
