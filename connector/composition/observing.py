"""What operators see of the daemon: gauges counted from state, and the readiness checks."""

import asyncio

from connector.composition.rooms import Rooms
from connector.domain.errors import StateUnavailableError
from connector.ports import Clock
from connector.runtime.metrics import Metrics, replace
from state.engine import CommitObserver


def commit_observer(metrics: Metrics) -> CommitObserver:
    """Return what the engine tells of its commits to."""

    def observe(seconds: float, units: int) -> None:
        metrics.commit_seconds.observe(seconds)
        metrics.commit_batch_size.observe(units)

    return observe


async def count_queues(metrics: Metrics, rooms: Rooms, clock: Clock) -> None:
    """Set the gauges of what waits and since when."""
    queues = await rooms.records.queues()
    now_ms = clock.now_ms()
    depths: dict[tuple[str, ...], float] = {(stage,): depth for stage, (depth, _) in queues.items()}
    replace(metrics.queue_depth, depths)
    ages: dict[tuple[str, ...], float] = {
        (stage,): max(now_ms - since_ms, 0) / 1000
        for stage, (_, since_ms) in queues.items()
        if since_ms is not None
    }
    replace(metrics.queue_oldest_seconds, ages)


async def count_connections(metrics: Metrics, rooms: Rooms) -> None:
    """Set the gauge of connected accounts by state."""
    accounts = await rooms.records.accounts()
    replace(metrics.connections, {labels: float(count) for labels, count in accounts.items()})


async def state_works(rooms: Rooms) -> str | None:
    """Return why nothing can be stored, or None."""
    try:
        await rooms.engine.write(lambda _: None)
    except StateUnavailableError as error:
        return str(error)
    return None


async def not_stopping(stopping: asyncio.Event) -> str | None:
    """Return that we are stopping, or None."""
    return "stopping" if stopping.is_set() else None
