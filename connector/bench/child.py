"""Child processes of a measurement: JSON lines in and out, killed at the end whatever happens."""

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

LINE_BYTES = 512 * 1024 * 1024
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024


class Child:
    """A process that answers JSON lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def ask(self, **command: object) -> Any:  # noqa: ANN401 - whatever JSON it answers
        """Send one command, return its answer. Raises RuntimeError when the child is gone."""
        if self.process.stdin is None:
            raise RuntimeError("the child takes no commands")
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        await self.process.stdin.drain()
        return await self.read()

    async def read(self) -> Any:  # noqa: ANN401 - whatever JSON it says
        """Return the next thing it says. Raises RuntimeError when the child is gone."""
        line = await self.process.stdout.readline() if self.process.stdout else b""
        if not line:
            raise RuntimeError(f"a measuring process ended with {await self.process.wait()}")
        return json.loads(line)

    def rss_mib(self) -> float:
        """Return its resident memory in MiB."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:  # noqa: PTH123 - no path of ours
            return int(file.read().split()[1]) * PAGE_KIB / 1024

    def peak_mib(self) -> float:
        """Return the most memory that it ever had resident, in MiB; 0 once it is gone."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        except FileNotFoundError:
            return 0.0
        found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
        return int(found[1]) / 1024 if found else 0.0  # a process that ended is known for a while without it

    def kill(self) -> None:
        """Kill it as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)


@asynccontextmanager
async def child(module: str, *arguments: str, quiet: bool = True) -> AsyncIterator[Child]:
    """Run `python -m module`; its log goes nowhere unless `quiet` is False."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL if quiet else None,
        limit=LINE_BYTES,
    )
    running = Child(process)
    try:
        yield running
    finally:
        running.kill()
        await process.wait()
