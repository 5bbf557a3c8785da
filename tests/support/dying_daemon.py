"""The `connector` command line in a process that kills itself (SIGKILL) at a named log event.

    python dying_daemon.py [--die-at EVENT:N] [--gate] -- ARGUMENTS OF connector

The product has no hook for this: a processor is put before its own log processors, and the event's N-th
occurrence in this process is where it dies, in the very call that logs. `--gate` loads everything first, then
waits for a line on stdin: a restart costs no import time.
"""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import WrappedLogger


class DieAt:
    """A log processor: the N-th `event` is the last thing this process does."""

    def __init__(self, event: str, occurrence: int) -> None:
        self._event = event
        self._left = occurrence

    def __call__(
        self, _: WrappedLogger, __: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Pass the event on, or die; what a killed process leaves of its last words goes out first."""
        if event["event"] == self._event:
            self._left -= 1
            if self._left == 0:
                os.write(2, f'{{"event": "test.died", "at": "{self._event}"}}\n'.encode())
                os.kill(os.getpid(), signal.SIGKILL)
                signal.pause()  # it comes at once; nothing of ours runs in between
        return event


def die_at(event: str, occurrence: int) -> None:
    """From the next `structlog.configure` on, die at the event."""
    configure = structlog.configure
    last_words = DieAt(event, occurrence)

    def configured(*, processors: list[Any], **others: Any) -> None:  # noqa: ANN401 - handed through
        configure(processors=[last_words, *processors], **others)

    structlog.configure = configured  # type: ignore[assignment] # our own process, and the point of it


def main() -> None:
    """Parse, load, wait, become the connector."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--die-at", default="")
    parser.add_argument("--gate", action="store_true")
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args()
    command_line = importlib.import_module("connector.cli").main
    importlib.import_module("connector.cli.run")
    if options.die_at:
        event, _, occurrence = options.die_at.partition(":")
        die_at(event, int(occurrence or "1"))
    if options.gate and not sys.stdin.readline():
        return  # nobody wants us any more
    command_line(options.arguments, prog_name="connector")


if __name__ == "__main__":
    main()
