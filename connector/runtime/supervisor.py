"""Owning every long-lived loop: one dies, all stop; at a stop they drain for a bounded time."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

from structlog.typing import FilteringBoundLogger

from connector.ports import Clock

Loop = Callable[[], Awaitable[None]]


class LoopDiedError(RuntimeError):
    """A loop ended or raised unasked: a bug. The process ends and the service manager starts it anew."""


async def supervise(
    loops: Mapping[str, Loop],
    stopping: asyncio.Event,
    drain_s: float,
    clock: Clock,
    log: FilteringBoundLogger,
) -> None:
    """Run all loops until `stopping`, then wait `drain_s` seconds for them and cut off the rest.

    Raises LoopDiedError, from its cause, when a loop ended or raised unasked.
    """
    died: list[LoopDiedError] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_forever(name, run, stopping, died), name=name)
                for name, run in loops.items()
            ]
            await stopping.wait()
            await _drain(tasks, drain_s, clock, log)
    except* LoopDiedError:
        pass  # noted in `died`, and raised below without the group around it
    if died:
        raise died[0]


async def _forever(name: str, run: Loop, stopping: asyncio.Event, died: list[LoopDiedError]) -> None:
    """Run one loop and judge its end. While stopping a death is only noted: the others may still drain."""
    try:
        await run()
        if stopping.is_set():
            return
        death = LoopDiedError(f"loop {name} ended by itself")
    except asyncio.CancelledError as e:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        death = LoopDiedError(f"loop {name} was cancelled by nobody")  # a group would take it for a good end
        death.__cause__ = e
    except Exception as e:  # noqa: BLE001 - this is the outermost frame of the loop
        death = LoopDiedError(f"loop {name} raised {type(e).__name__}")
        death.__cause__ = e
    died.append(death)
    if not stopping.is_set():
        raise death


async def _drain(
    tasks: list[asyncio.Task[None]], drain_s: float, clock: Clock, log: FilteringBoundLogger
) -> None:
    drained = asyncio.Event()

    def note(_: asyncio.Task[None] | None = None) -> None:
        if all(task.done() for task in tasks):
            drained.set()

    for task in tasks:
        task.add_done_callback(note)
    note()
    await clock.wait(drained, drain_s)
    for task in tasks:
        if not task.done():
            log.warning("loop.cut_off", loop=task.get_name(), drain_s=drain_s)
            task.cancel()


@contextmanager
def stop_on_signals(stopping: asyncio.Event) -> Iterator[None]:
    """Set `stopping` on SIGTERM and SIGINT while inside."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, stopping.set)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


@contextmanager
def reload_on_signal(request: Callable[[], None] | None) -> Iterator[None]:
    """Call `request` on each SIGHUP while inside; None leaves the signal as it was."""
    if request is None:
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, request)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
