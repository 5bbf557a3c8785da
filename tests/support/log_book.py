"""A log that is kept whole in a file and can be waited on: of a daemon process, or of one in this process."""

import asyncio
import contextlib
import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any


class LogBook(io.TextIOBase):
    """Counts log events by name. Takes lines from any thread; waiters are of the loop that made it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seen: Counter[str] = Counter()
        self.lines: list[dict[str, Any]] = []
        self.is_over = False
        self._file = path.open("a", encoding="utf-8")
        self._loop = asyncio.get_running_loop()
        self._waiters: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    def write(self, text: str, /) -> int:
        """Take one rendered line, as a log stream."""
        self.feed(text)
        return len(text)

    def feed(self, line: str) -> None:
        """Keep one line and wake whoever waits for it."""
        self._file.write(line if line.endswith("\n") else f"{line}\n")
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if isinstance(event, dict):
            self.lines.append(event)
            self.seen[str(event.get("event"))] += 1
        with contextlib.suppress(RuntimeError):  # the loop has closed meanwhile
            self._loop.call_soon_threadsafe(self._look)

    def flush(self) -> None:
        """Bring everything to disk, for whoever reads the file."""
        if not self._file.closed:
            self._file.flush()

    def end(self) -> None:
        """No more lines will come: whoever still waits is told."""
        self.is_over = True
        self._file.close()
        self._look()

    async def wait_for(self, predicate: Callable[[], bool], timeout_s: float = 30.0) -> None:
        """Return once `predicate()` holds; it is looked at after each line.

        Raises TimeoutError, or EOFError when the log ended before that.
        """
        if predicate():
            return
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._waiters.append((predicate, waiter))
        self._look()
        async with asyncio.timeout(timeout_s):
            await waiter

    async def wait_for_event(self, name: str, times: int = 1, timeout_s: float = 30.0) -> None:
        """Return once the event was logged `times` times in all."""
        await self.wait_for(lambda: self.seen[name] >= times, timeout_s)

    def of(self, name: str) -> list[dict[str, Any]]:
        """Return the lines of one event."""
        return [line for line in self.lines if line.get("event") == name]

    def tail(self, lines: int = 20) -> str:
        """Return the last lines, for a failing test's message."""
        return "\n".join(json.dumps(line, ensure_ascii=False)[:500] for line in self.lines[-lines:])

    def _look(self) -> None:
        for predicate, waiter in self._waiters:
            if waiter.done():
                continue
            if predicate():
                waiter.set_result(None)
            elif self.is_over:
                waiter.set_exception(EOFError(f"the process ended; its last lines:\n{self.tail()}"))
        self._waiters = [waiting for waiting in self._waiters if not waiting[1].done()]
