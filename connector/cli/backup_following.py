"""Staying with a run or a drill until it is over; where no daemon runs, doing it here."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import click

from connector.cli.session import TRY_LATER, Failure
from connector.composition.backing_up import BackupTools
from connector.domain.backup.drilling import DrillId, DrillView
from connector.domain.backup.runs import OPEN_STATES, RunId
from connector.domain.backup.schedule import ScheduleId
from connector.domain.backup.verdicts import way_out
from connector.domain.backup.views import RunView
from connector.domain.errors import BadInputError
from connector.runtime.clock import SystemClock
from state.daemons import SqlDaemons

LOOK_S = 0.25
GOES_ON = "Then a daemon goes on with it, or the same command."

Report = Callable[[RunView], None]


class Follower:
    """Looks at a run or a drill again and again, and works off what is due where no daemon does."""

    def __init__(self, tools: BackupTools, clock: SystemClock) -> None:
        self._tools = tools
        self._clock = clock

    async def run(self, run_id: RunId, report: Report) -> None:
        """Return when the run is over. Raises Failure when it waits for something."""
        async with self._helped(self._a_run):
            while True:
                found = await self._tools.backups.runs.run(run_id)
                if found is None:
                    raise BadInputError("The run is gone.")
                report(found)
                if found.state not in OPEN_STATES:
                    return
                if found.hold is not None:
                    said = f"The run waits: {found.reason} {way_out(found.hold)} {GOES_ON}"
                    raise Failure(said, code=TRY_LATER)
                if await self._is_account_lost(found):
                    said = f"The run waits: its account is lost. {way_out('account')} {GOES_ON}"
                    raise Failure(said, code=TRY_LATER)
                await self._clock.sleep(LOOK_S)

    async def drill(self, drill_id: DrillId) -> DrillView:
        """Return the drill when it is over. Raises Failure when it waits for something."""
        async with self._helped(self._tools.flows.drills.step):
            while True:
                found = await self._tools.backups.drills.drill(drill_id)
                if found is None:
                    raise BadInputError("The drill is gone.")
                if found.finished_at_ms is not None:
                    return found
                if found.reason is not None:
                    raise Failure(f"The drill waits: {found.reason} {GOES_ON}", code=TRY_LATER)
                await self._clock.sleep(LOOK_S)

    async def _is_account_lost(self, run: RunView) -> bool:
        """Tell whether nobody claims the run because its account has to be connected again."""
        views = await self._tools.backups.runs.schedules(schedule_id=ScheduleId(run.schedule_id))
        return any(one.account_state not in {"healthy", "degraded"} for one in views)

    @asynccontextmanager
    async def _helped(self, step: Callable[[], Awaitable[bool]]) -> AsyncIterator[None]:
        """Work while inside; what is under way at the end is finished, whatever is left of it."""
        over = asyncio.Event()
        working = asyncio.create_task(self._work(step, over))
        try:
            yield
            over.set()
            await working
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def _work(self, step: Callable[[], Awaitable[bool]], over: asyncio.Event) -> None:
        while not over.is_set():
            has_daemon = bool(await SqlDaemons(self._tools.rooms.engine, self._clock).alive())
            if has_daemon or not await step():
                await self._clock.wait(over, LOOK_S)

    async def _a_run(self) -> bool:
        works = await self._tools.flows.runs.claim(1)
        for work in works:
            await self._tools.flows.runs.handle(work)
        return bool(works)


@contextmanager
def followed(*, in_json: bool) -> Iterator[Report]:
    """Yield what shows how far a run is: a bar on a terminal, lines elsewhere, nothing where JSON is wanted."""
    if in_json:
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - only a bar needs it

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines()
        return
    from rich.progress import (  # noqa: PLC0415 - the same
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TransferSpeedColumn,
    )

    columns = (TextColumn("{task.description:<18}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        bar = bars.add_task("waiting", total=None)

        def report(run: RunView) -> None:
            if run.state == "spooling":
                said = f"{run.rows_written} of {run.calls} calls"
                bars.update(bar, description=said, completed=0, total=None)
            else:
                total = run.bytes_total or None
                bars.update(bar, description=run.state, completed=run.bytes_sent, total=total)

        yield report


def _lines() -> Report:
    said = [""]

    def report(run: RunView) -> None:
        line = f"{run.state}: {run.rows_written} of {run.calls} calls, {run.bytes_sent} of {run.bytes_total} bytes"
        if line != said[0]:
            said[0] = line
            click.echo(line, err=True)

    return report
