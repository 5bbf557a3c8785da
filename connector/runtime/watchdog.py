"""Feeding systemd's watchdog for as long as every loop turns.

An event loop that is blocked cannot get here, and a loop that hangs holds the ping back: either way systemd kills the
process after `WatchdogSec` and starts it anew. What was under way is due again then, as after any crash.
"""

import asyncio

import structlog

from connector.ports import Clock
from connector.runtime.liveness import Liveness
from connector.runtime.systemd import Notifier

log = structlog.stdlib.get_logger()


async def feed_watchdog(
    notifier: Notifier, liveness: Liveness, stopping: asyncio.Event, clock: Clock, every_s: float
) -> None:
    """Ping every `every_s` seconds until `stopping`: then the stop's own time limit holds."""
    held_back = False
    while not stopping.is_set():
        if stuck := liveness.stuck():
            if not held_back:
                log.error("watchdog.held_back", loops=stuck)
            notifier.status(
                f"Loops do not turn: {', '.join(stuck)}. The watchdog will start the service anew"
            )
        else:
            notifier.watchdog()
            if held_back:
                log.info("watchdog.resumed")
                notifier.status("All loops turn again")
        held_back = bool(stuck)
        await clock.wait(stopping, every_s)
