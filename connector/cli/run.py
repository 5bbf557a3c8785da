"""`connector run`: the daemon."""

import asyncio
import faulthandler
import os
from collections.abc import Awaitable, Callable
from functools import partial

import click
import structlog
from structlog.typing import FilteringBoundLogger

from connector.cli.session import INTERNAL, Failure, Session
from connector.composition import Chance, Daemon, opened_daemon
from connector.composition.reloading import Reloading
from connector.config import Settings
from connector.ports import Clock
from connector.runtime.clock import SystemClock
from connector.runtime.supervisor import Loop, LoopDiedError, reload_on_signal, stop_on_signals, supervise
from connector.runtime.systemd import Notifier, listen_fds
from connector.runtime.watchdog import feed_watchdog

STDERR = 2

log: FilteringBoundLogger = structlog.get_logger()


@click.command()
@click.pass_obj
def run(session: Session) -> None:
    """Run the daemon until SIGTERM or SIGINT; what is not done then is done after the next start.

    SIGHUP reads the settings again and takes over what may change without a restart.
    """
    settings = session.settings()
    try:
        session.run(run_daemon(settings, reread=session.reread))
    except LoopDiedError as error:
        raise Failure(f"{error}: see the log; the service manager starts it again.", code=INTERNAL) from error


async def run_daemon(
    settings: Settings,
    *,
    reread: Callable[[], Settings] | None = None,
    beside: Callable[[Daemon, asyncio.Event], Awaitable[None]] | None = None,
) -> None:
    """Run until a signal comes or `beside` sets the event it is given. `beside` runs next to the loops.

    With `reread` a SIGHUP reads the settings by it. Raises LoopDiedError and what opening the daemon raises.
    """
    clock = SystemClock()
    stopping = asyncio.Event()
    notifier = Notifier(os.environ)
    sockets = listen_fds(os.environ)
    chance = Chance.of_system()
    with stop_on_signals(stopping):
        async with opened_daemon(settings, clock, chance, stopping, sockets) as daemon:
            reloading = Reloading(settings, reread or (lambda: settings), daemon.followers, notifier)
            loops = {**daemon.loops, **_service_loops(settings, daemon, reloading, notifier, stopping, clock)}
            if beside is not None:
                loops["beside"] = lambda: beside(daemon, stopping)
            with reload_on_signal(reloading.request if reread else None):
                log.info("daemon.started", public=daemon.public_url, ops=daemon.ops_url)
                notifier.ready(f"Receiving at {daemon.public_url}")
                await supervise(loops, stopping, settings.server.drain_seconds, clock, log)
    log.info("daemon.stopped")


def _service_loops(
    settings: Settings,
    daemon: Daemon,
    reloading: Reloading,
    notifier: Notifier,
    stopping: asyncio.Event,
    clock: Clock,
) -> dict[str, Loop]:
    """Return the loops that talk with the service manager."""

    async def say_stopping() -> None:
        await stopping.wait()
        notifier.stopping(f"Finishing what is under way, for at most {settings.server.drain_seconds:g} s")

    loops: dict[str, Loop] = {
        "stopping": say_stopping,
        "reload": partial(reloading.run, daemon.liveness, stopping, clock),
    }
    if notifier.watchdog_every_s is not None:
        faulthandler.enable(
            STDERR
        )  # whom the watchdog kills says in which line each thread was, and no value
        loops["watchdog"] = partial(
            feed_watchdog, notifier, daemon.liveness, stopping, clock, notifier.watchdog_every_s
        )
    return loops
