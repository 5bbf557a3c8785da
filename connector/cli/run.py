"""`connector run`: the daemon."""

import asyncio
import os
from collections.abc import Awaitable, Callable

import click
import structlog
from structlog.typing import FilteringBoundLogger

from connector.cli.session import INTERNAL, Failure, Session
from connector.composition import Chance, Daemon, opened_daemon
from connector.config import Settings
from connector.runtime.clock import SystemClock
from connector.runtime.supervisor import LoopDiedError, stop_on_signals, supervise
from connector.runtime.systemd import Notifier, listen_fds

log: FilteringBoundLogger = structlog.get_logger()


@click.command()
@click.pass_obj
def run(session: Session) -> None:
    """Run the daemon until SIGTERM or SIGINT; what is not done then is done after the next start."""
    settings = session.settings()
    try:
        session.run(run_daemon(settings))
    except LoopDiedError as error:
        raise Failure(f"{error}: see the log; the service manager starts it again.", code=INTERNAL) from error


async def run_daemon(
    settings: Settings, *, beside: Callable[[Daemon, asyncio.Event], Awaitable[None]] | None = None
) -> None:
    """Run until a signal comes or `beside` sets the event it is given. `beside` runs next to the loops."""
    clock = SystemClock()
    stopping = asyncio.Event()
    notifier = Notifier(os.environ)
    sockets = listen_fds(os.environ)
    chance = Chance.of_system()
    with stop_on_signals(stopping):
        async with opened_daemon(settings, clock, chance, stopping, sockets) as daemon:
            loops = dict(daemon.loops)
            if beside is not None:
                loops["beside"] = lambda: beside(daemon, stopping)
            log.info("daemon.started", public=daemon.public_url, ops=daemon.ops_url)
            notifier.ready()
            await supervise(loops, stopping, settings.server.drain_seconds, clock, log)
            notifier.stopping()
    log.info("daemon.stopped")
