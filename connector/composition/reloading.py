"""Reading the settings anew while everything runs: SIGHUP, `systemctl reload`."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from connector.config import RUN_NEEDS, Settings
from connector.config_live import reloaded
from connector.domain.errors import ConnectorError
from connector.ports import Clock
from connector.runtime.liveness import Liveness
from connector.runtime.logs import set_level
from connector.runtime.systemd import Notifier
from connector.runtime.worker import work

LOOK_S = 3600.0
"""Seconds that the loop waits by itself; a signal wakes it."""

Follower = Callable[[Settings], None]
"""What takes the live settings over. It must not fail, and it awaits nothing: a reload is one moment for all."""

log = structlog.stdlib.get_logger()


class Reloading:
    """Takes over what may change. Mistakes in the new settings change nothing, and are said."""

    def __init__(
        self,
        running: Settings,
        read: Callable[[], Settings],
        followers: Sequence[Follower],
        notifier: Notifier,
    ) -> None:
        self._running = running
        self._read = read
        self._followers = followers
        self._notifier = notifier
        self._requested = False
        self._wake = asyncio.Event()

    def request(self) -> None:
        """Reload soon: what a signal handler calls."""
        self._requested = True
        self._wake.set()

    async def run(self, liveness: Liveness, stopping: asyncio.Event, clock: Clock) -> None:
        """Reload whenever it was requested, until `stopping`."""
        step = liveness.turning("reload", self.step, idle_s=LOOK_S)
        await work("reload", step, self._wake, stopping, clock, LOOK_S)

    async def step(self) -> bool:
        """Reload once if that was requested."""
        if self._requested:
            self._requested = False
            self._notifier.reloading()
            self._notifier.ready(self._reload())
        return False

    def _reload(self) -> str:
        """Read and take over; return what `systemctl status` says of it."""
        try:
            fresh = self._read()
            fresh.require(*RUN_NEEDS)
        except ConnectorError as error:
            log.error("settings.not_reloaded", reason=str(error))  # noqa: TRY400 - expected: a trace says nothing
            return f"The settings were NOT reloaded, the old ones hold: {error}"
        result = reloaded(self._running, fresh)
        self._running = result.settings
        for follow in self._followers:
            follow(result.settings)
        set_level(result.settings.log.level)
        log.info("settings.reloaded", changed=result.changed, restart_needed=result.waiting)
        waiting = f"; a restart is needed for {', '.join(result.waiting)}" if result.waiting else ""
        return f"Settings reloaded, changed: {', '.join(result.changed) or 'nothing'}{waiting}"
