"""The daemon under measurement, as a process: its loops run when told to, its stages can be run one by one.

Commands: `start` runs the loops, `stage` drains one stage and tells its CPU, `lag` tells the longest time the event
loop was held since it was last asked.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import structlog

from connector.bench.commands import command_lines
from connector.composition import Chance, Daemon, opened_daemon
from connector.config import load
from connector.runtime.clock import SystemClock
from connector.runtime.lanes import Lanes
from connector.runtime.logs import configure_logs
from connector.runtime.supervisor import supervise

TICK_S = 0.001
POLL_S = 0.05
DRAIN_S = 2.0
WALK = ("fetch", "resolve", "deliver")
"""The loops under measurement: reading the forms again would import the bench's whole world beside them."""


class Lag:
    """How long the event loop was held at a stretch: a tick that comes late tells."""

    def __init__(self) -> None:
        self.longest_s = 0.0

    async def watch(self) -> None:
        """Tick for ever."""
        while True:
            due = time.perf_counter() + TICK_S
            await asyncio.sleep(TICK_S)
            self.longest_s = max(self.longest_s, time.perf_counter() - due)

    def taken(self) -> float:
        """Return the longest hold since the last call, in seconds."""
        longest, self.longest_s = self.longest_s, 0.0
        return longest


class Subject:
    """Carries out commands on an open daemon."""

    def __init__(self, daemon: Daemon, clock: SystemClock, stopping: asyncio.Event) -> None:
        self._daemon = daemon
        self._clock = clock
        self._stopping = stopping
        self._loops: asyncio.Task[None] | None = None
        self.lag = Lag()

    async def answer(self, command: dict[str, Any]) -> object:
        """Do one command."""
        match str(command["do"]):
            case "start":
                log = structlog.get_logger()
                walk = {name: self._daemon.loops[name] for name in WALK}
                loops = supervise(walk, self._stopping, DRAIN_S, self._clock, log)
                self._loops = asyncio.create_task(loops)
            case "stage":
                return await self._stage(command["name"])
            case "stop_sending":
                await self._daemon.rooms.deliveries.stop("measuring")
            case "resume_sending":
                return await self._daemon.rooms.deliveries.resume()
            case "resolved":
                return (await self._daemon.rooms.records.balance()).get("contact", 0)
            case "lag":
                return self.lag.taken()
            case "cpu":
                return time.process_time()
            case unknown:
                raise ValueError(unknown)
        return None

    async def _stage(self, name: str) -> dict[str, float]:
        """Drain one stage; return its CPU and wall time in seconds."""
        flows = self._daemon.flows
        cpu, wall = time.process_time(), time.perf_counter()
        match name:
            case "fetch":
                await Lanes("fetch", flows.fetch, width=4, clock=self._clock).drain()
            case "resolve":
                while await flows.resolve.step():
                    pass
            case "deliver":
                await self._daemon.rooms.deliveries.resume()
                await self._deliver()
            case unknown:
                raise ValueError(unknown)
        return {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}

    async def _deliver(self) -> None:
        """Deliver everything in running lanes, as the daemon does."""
        wake, stop = asyncio.Event(), asyncio.Event()
        lanes = Lanes("deliver", self._daemon.flows.deliver, width=32, clock=self._clock)
        running = asyncio.create_task(lanes.run(wake, stop))
        while "deliver" in await self._daemon.rooms.records.queues():  # noqa: ASYNC110 - state is asked, as a person would
            await asyncio.sleep(POLL_S)
        stop.set()
        await running


async def main(config: str) -> None:
    """Open the daemon, say where it listens, obey until standard input ends."""
    settings = load(Path(config), {})
    configure_logs(log_format="json", level="warning")
    clock, stopping = SystemClock(), asyncio.Event()
    async with opened_daemon(settings, clock, Chance.of_system(), stopping) as daemon:
        subject = Subject(daemon, clock, stopping)
        watching = asyncio.create_task(subject.lag.watch())
        sys.stdout.write(json.dumps({"public": daemon.public_url, "ops": daemon.ops_url}) + "\n")
        sys.stdout.flush()
        async for command in command_lines():
            sys.stdout.write(json.dumps(await subject.answer(command)) + "\n")
            sys.stdout.flush()
        watching.cancel()
        stopping.set()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
