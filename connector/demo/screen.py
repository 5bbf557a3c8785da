"""What a person sees of the demo: bars on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from connector.runtime.logs import configure_logs

BARS = ("announced by Meta", "read and resolved", "in the CRM")


class Screen:
    """Milestones as lines; counts as bars where there is a terminal. Use inside `opened`."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._started = time.monotonic()
        self._progress: Progress | None = None
        self._bars: list[TaskID] = []
        self._backup: TaskID | None = None

    @contextmanager
    def opened(self) -> Iterator["Screen"]:
        """Show bars while inside; the daemon's warnings go above them, or to stderr where there are none."""
        if not self.console.is_terminal:
            configure_logs(level="warning", cached=False)
            yield self
            return
        columns = (
            TextColumn("{task.description:<18}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        progress = Progress(
            *columns, console=self.console, transient=True, redirect_stderr=sys.stderr.isatty()
        )
        with progress:
            configure_logs(level="warning", cached=False)  # inside: the bars have taken stderr over
            self._progress = progress
            self._backup = None
            self._bars = [progress.add_task(name, total=None) for name in BARS]
            yield self
        self._progress = None
        configure_logs(level="warning", cached=False)

    def say(self, text: str) -> None:
        """Print one milestone."""
        elapsed_s = time.monotonic() - self._started
        self.console.print(f"{elapsed_s:5.1f} s  {text}", markup=False, soft_wrap=True)

    def counts(self, *done: int, total: int) -> None:
        """Move the bars, in the order of `BARS`."""
        if self._progress is not None:
            for bar, count in zip(self._bars, done, strict=True):
                self._progress.update(bar, completed=count, total=total)

    def backup(self, sent_bytes: int, total_bytes: int) -> None:
        """Move the bar of the backup, in KB; it appears with the first call."""
        if self._progress is None:
            return
        if self._backup is None:
            self._backup = self._progress.add_task("KB in the Drive", total=None)
        total = total_bytes // 1000 or None
        self._progress.update(self._backup, completed=sent_bytes // 1000, total=total)
