"""The `connector` command line in a process that hangs on demand.

    python hanging_daemon.py --silent SECONDS -- ARGUMENTS OF connector

SIGUSR1: the next step of the loop `resolve` waits for what never comes. SIGUSR2: the event loop is blocked. The
product has no hook for either: a step is wrapped before the composition takes it, and a signal handler of this script
blocks. `--silent` shortens the five minutes after which work that is not resumed counts as hanging.
"""

import argparse
import asyncio
import importlib
import signal
import threading

from connector.cli import main
from connector.pipelines.resolve import Resolve


def hang_on_signals() -> None:
    """Put both traps."""
    hangs = threading.Event()
    signal.signal(signal.SIGUSR1, lambda *_: hangs.set())
    signal.signal(signal.SIGUSR2, lambda *_: threading.Event().wait())
    step = Resolve.step

    async def trapped(self: Resolve) -> bool:
        if hangs.is_set():
            await asyncio.get_running_loop().create_future()
        return await step(self)

    Resolve.step = trapped  # type: ignore[method-assign] # our own process, and the point of it


def start() -> None:
    """Parse, set the traps, become the connector."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--silent", type=float, required=True)
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args()
    vars(importlib.import_module("connector.composition.daemon"))["silent_s"] = lambda _: options.silent
    hang_on_signals()
    main(options.arguments, prog_name="connector")


if __name__ == "__main__":
    start()
