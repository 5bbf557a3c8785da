"""`connector backup restore`."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

import click

from adapters.call_files.formats import FileFormats
from adapters.call_files.sealing import AgeSealing
from connector.cli.backup_options import (
    SHEET_CHARS_MAX,
    identity_option,
    me,
    passphrase_option,
    sheet_identities,
    workspace,
)
from connector.cli.session import (
    BAD_INPUT,
    NOT_PERMITTED,
    TRY_LATER,
    UNAVAILABLE,
    Failure,
    Session,
    as_json,
    dry_run,
)
from connector.composition import Chance, Rooms, opened_state
from connector.composition.backing_up import opened_tools
from connector.composition.backups import scratch_store
from connector.config import Settings
from connector.domain.audit import AuditEntry
from connector.domain.backup.drilling import DrillFailedError, DrillFault
from connector.domain.backup.restoring import RestoreCounts, RestoreMode
from connector.domain.backup.runs import RunId
from connector.domain.backup.verdicts import way_on
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.pipelines.backup.restore import Restore, Unpacked, unpack_by_hand
from connector.ports.backing_up import CallRestore
from connector.runtime.clock import SystemClock
from state.backup.call_restore import SqlCallRestore

_CODES: dict[DrillFault, int] = {"account_lost": NOT_PERMITTED, "not_reached": TRY_LATER}
SETTINGS_TOO = (
    "The manifest also holds the schedule and call settings of that time: `connector backup adopt MANIFEST "
    "--schedule --settings` says what it would take over, with --yes it does."
)
_BY_OUTSIDE = {"file_missing", "file_changed", "other_client", "no_backup"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be restored, and where to."""

    sources: Sequence[str]
    workspace_id: WorkspaceId
    mode: RestoreMode
    into: Path | None
    sheet: str | None
    phrase: str | None

    @property
    def run_id(self) -> RunId | None:
        """Return the run that is meant; None: files."""
        (first, *more) = self.sources
        is_name = first.replace("_", "").isalnum()  # no path, no ending: a mistyped file is no run
        return RunId(first) if is_name and not more and not Path(first).exists() else None

    def files(self) -> Sequence[Path]:
        """Return the files, those of folders included. Raises BadInputError."""
        found: list[Path] = []
        for source in map(Path, self.sources):
            if not source.exists():
                raise BadInputError(f"There is no file {source}.")
            inside = sorted(one for one in source.iterdir() if one.is_file()) if source.is_dir() else [source]
            found += inside
        return found


@click.command()
@click.argument("sources", metavar="RUN | FILE...", nargs=-1, required=True)
@workspace
@click.option("--apply", "--yes", "apply", is_flag=True, help="Do it; else only say what it would do.")
@dry_run
@click.option(
    "--into",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A SQLite file of its own, made where it is not there; the live calls are not touched.",
)
@identity_option
@passphrase_option
@as_json
@click.pass_obj
def restore(  # noqa: PLR0913 - click hands one parameter an option
    session: Session,
    /,
    sources: tuple[str, ...],
    workspace_id: str,
    into: Path | None,
    *,
    apply: bool,
    dry_run: bool,
    identity: TextIO | None,
    passphrase_stdin: bool,
    in_json: bool,
) -> None:
    """Restore a backup: a RUN out of its Drive, or FILES that were downloaded by hand, without any account.

    Says what it adds, changes and keeps; with --apply it does so. Nothing is ever removed, twice is once.
    """
    if apply and dry_run:
        raise Failure("Take one of --apply and --dry-run.", code=2)
    if passphrase_stdin and identity is None:
        raise Failure("--passphrase-stdin needs the sheet, too: --identity FILE.", code=2)
    order = Order(
        sources=sources,
        workspace_id=WorkspaceId(workspace_id),
        mode="apply" if apply else "preview",
        into=into,
        sheet=identity.read(SHEET_CHARS_MAX) if identity is not None else None,
        phrase=sys.stdin.readline().rstrip("\n") if passphrase_stdin else None,
    )
    needs_settings = order.run_id is not None or into is None
    settings = session.settings() if needs_settings else None
    try:
        counts, notes = session.run(_restored(settings, order, in_json=in_json))
    except DrillFailedError as error:
        code = UNAVAILABLE if error.fault in _BY_OUTSIDE else _CODES.get(error.fault, BAD_INPUT)
        raise Failure(f"{error} {way_on(error.fault)}", code=code) from error
    _tell(counts, notes, order, in_json=in_json)


async def _restored(
    settings: Settings | None, order: Order, *, in_json: bool
) -> tuple[RestoreCounts, Sequence[str]]:
    async with AsyncExitStack() as stack:
        identities = await asyncio.to_thread(sheet_identities, order.sheet, order.phrase)
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="restore-")))
        notes: Sequence[str] = ()
        if order.run_id is not None and settings is not None:
            unpacked = await _fetched(settings, order, order.run_id, identities, work)
        else:
            unpacked, notes = await asyncio.to_thread(
                unpack_by_hand, AgeSealing(), order.files(), work, identities
            )
            if any(one.manifest is not None and one.manifest.settings for one in unpacked):
                notes = (*notes, SETTINGS_TOO)
        target, rooms = await stack.enter_async_context(_target(settings, order, work))
        total = sum(one.manifest.calls for one in unpacked if one.manifest is not None)
        with _shown(total, in_json=in_json) as shown:

            async def progress(counts: RestoreCounts) -> None:
                shown(counts)

            restoring = Restore(FileFormats())
            counts = await restoring.run(target, order.workspace_id, unpacked, order.mode, progress)
        if rooms is not None and order.mode == "apply":
            await _record(rooms, order, counts)
        return counts, notes


async def _fetched(
    settings: Settings, order: Order, run_id: RunId, identities: Sequence[str], work: Path
) -> Sequence[Unpacked]:
    """Fetch a run and all it goes on from, the newest first."""
    async with opened_tools(settings, SystemClock(), Chance.of_system()) as tools:
        found = await tools.backups.runs.run(run_id)
        if found is None or found.workspace_id != order.workspace_id:
            raise BadInputError(f"{run_id}: there is no such file, and no such run in this workspace.")
        fetching = tools.flows.fetching.with_identities(identities)
        unpacked = []
        for at, run in enumerate(await fetching.chain(run_id)):
            folder = work / str(at)
            await asyncio.to_thread(folder.mkdir)
            fetched = await fetching.fetch(run, folder)
            if fetched.manifest is None:
                raise DrillFailedError("cannot_unseal", "Its files are sealed.")
            unpacked.append(Unpacked(files=fetched.files, manifest=fetched.manifest))
        return unpacked


@asynccontextmanager
async def _target(
    settings: Settings | None, order: Order, work: Path
) -> AsyncIterator[tuple[CallRestore, Rooms | None]]:
    """Open the live store, or a file of its own; a preview of one that is not there makes none."""
    clock, chance = SystemClock(), Chance.of_system()
    if order.into is not None:
        is_only_shown = order.mode == "preview" and not order.into.exists()
        path = work / "scratch.db" if is_only_shown else order.into
        async with scratch_store(clock, path, order.workspace_id) as scratch:
            yield scratch, None
        return
    assert settings is not None, "the live store is the settings'"  # noqa: S101 - the command loads them
    async with opened_state(settings, clock, chance) as rooms:
        await rooms.calls.settings(order.workspace_id)  # or there is no such workspace
        yield SqlCallRestore(rooms.engine, clock, f"restore:{chance.new_id()}"), rooms


async def _record(rooms: Rooms, order: Order, counts: RestoreCounts) -> None:
    detail = {name: value for name, value in asdict(counts).items() if name != "read"}
    entry = AuditEntry(
        actor=me(),
        action="backup.restored",
        workspace_id=order.workspace_id,
        subject=order.run_id,
        detail=detail,
    )
    await rooms.audit.record(entry)


@contextmanager
def _shown(total: int, *, in_json: bool) -> Iterator[Callable[[RestoreCounts], None]]:
    from rich.console import Console  # noqa: PLC0415 - only a bar needs it

    console = Console(stderr=True)
    if in_json or not console.is_terminal:
        yield lambda _: None
        return
    from rich.progress import Progress  # noqa: PLC0415 - the same

    with Progress(console=console, transient=True) as bars:
        bar = bars.add_task("Calls read", total=total or None)
        yield lambda counts: bars.update(bar, completed=counts.read)


def _tell(counts: RestoreCounts, notes: Sequence[str], order: Order, *, in_json: bool) -> None:
    for note in notes:
        click.echo(f"note: {note}", err=True)
    if in_json:
        click.echo(json.dumps({"mode": order.mode, **asdict(counts)}))
    else:
        would = "Restored" if order.mode == "apply" else "Would restore"
        withheld = f", {counts.withheld} withheld (private or erased numbers)" if counts.withheld else ""
        click.echo(
            f"{would}: {counts.read} calls read, {counts.adds} added, {counts.changes} changed, "
            f"{counts.keeps} kept as they are{withheld}."
        )
        if order.mode == "preview":
            click.echo("Nothing was changed; --apply does it.")
    if counts.rejected:
        raise Failure(f"{counts.rejected} rows are no calls and were left out.", code=BAD_INPUT)
