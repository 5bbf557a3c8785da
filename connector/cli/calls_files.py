"""`connector calls preview` and `connector calls import`: files of call logs."""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import click

from adapters.call_files.detect import CallFile, open_calls
from connector.cli.calls_options import workspace
from connector.cli.rejected import rejects_file, tell
from connector.cli.session import BAD_INPUT, Failure, Session, as_json, failure
from connector.composition import Chance, opened_state
from connector.composition.call_log import take_calls
from connector.domain.call import Call, RejectedRow
from connector.domain.calls.columns import custom_map
from connector.domain.calls.filters import CallSettings
from connector.domain.calls.merging import merge
from connector.domain.calls.numbers import region_named
from connector.domain.calls.reading import Rules
from connector.domain.calls.times import zone_named
from connector.domain.errors import ConnectorError
from connector.domain.lead import WorkspaceId
from connector.pipelines.take_calls import CHUNK
from connector.runtime.clock import SystemClock
from connector.wire.call import call_json

_reading: Sequence[Callable[[Any], Any]] = (
    click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)),
    click.option("--zone", help="IANA zone of times without one, e.g. Asia/Kolkata."),
    click.option(
        "--owner", help="Whose calls they are, where a row does not say: the user's id, or +number."
    ),
    click.option("--region", help="ISO 3166 country of numbers without a country code, e.g. IN."),
    click.option(
        "--map", "mapped", multiple=True, help="FIELD=COLUMN, where a column is not recognised; repeatable."
    ),
    click.option("--date-order", type=click.Choice(["dmy", "mdy"]), help="Where no line of the file tells."),
    click.option(
        "--durations", default="mm:ss", type=click.Choice(["mm:ss", "h:mm"]), help="What 00:22 means."
    ),
    rejects_file,
)


def _reads_a_file(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_reading):
        command = option(command)
    return command


@click.command("preview")
@_reads_a_file
def calls_preview(file: Path, rejects: TextIO | None, **given: Any) -> None:  # noqa: ANN401 - click's own
    """Print the calls that a file holds as Call records, one JSON line each; nothing is stored.

    FILE is a call log of any format we read (`-` reads standard input). Rows that are no calls go to standard
    error, with line and reason. A call that the file tells twice is printed once.
    """
    with ExitStack() as stack:
        try:
            opened = _opened(stack, file, given, CallSettings(tracking=False))
            bad = _print_merged(opened, rejects)
        except ConnectorError as error:
            raise failure(error) from error
    _end(opened, bad)


def _print_merged(opened: CallFile, rejects: TextIO | None) -> int:
    """Print each call once; only those that come again are held. Returns how many rows were rejected."""
    seen, again = set[bytes](), dict[str, int]()
    for row in opened.calls():
        if isinstance(row, Call):
            key = bytes.fromhex(row.call_id[:24])
            if key in seen:
                again[row.call_id] = again.get(row.call_id, 1) + 1
            seen.add(key)
    opened.notes[:] = list(dict.fromkeys(opened.notes))
    held: dict[str, Call] = {}
    bad = 0
    for row in opened.calls():
        if isinstance(row, RejectedRow):
            bad += 1
            tell(row, rejects)
            continue
        call = row
        if row.call_id in again:
            known = held.get(row.call_id)
            call = held[row.call_id] = row if known is None else merge(known, row, now=opened.rules.now)
            again[row.call_id] -= 1
            if again[row.call_id]:
                continue
        click.echo(call_json(call))
    return bad


@click.command("import")
@_reads_a_file
@workspace
@as_json
@click.pass_obj
def calls_import(
    session: Session,
    /,
    file: Path,
    workspace_id: str,
    rejects: TextIO | None,
    *,
    in_json: bool,
    **given: Any,  # noqa: ANN401 - click's own
) -> None:
    """Store the calls of a file; what is known already is not stored twice, and nothing is ever removed.

    Rows that are no calls are named on standard error and the others are stored; the exit code is 65 then.
    """
    settings = session.settings()

    async def store(stack: ExitStack) -> tuple[CallFile, Any]:
        clock, chance = SystemClock(), Chance.of_system()
        async with opened_state(settings, clock, chance) as rooms:
            taking = await take_calls(rooms, chance).begin(WorkspaceId(workspace_id))
            opened = _opened(stack, file, given, taking.settings)
            rows = opened.calls()
            while chunk := list(islice(rows, CHUNK)):
                for row in chunk:
                    if isinstance(row, RejectedRow):
                        tell(row, rejects)
                await taking.take(chunk)
            return opened, taking.done()

    with ExitStack() as stack:
        opened, tally = session.run(store(stack))
    if in_json:
        click.echo(json.dumps(asdict(tally)))
    else:
        click.echo(
            f"{tally.received} rows: {tally.new} new, {tally.duplicate} known already, {tally.filtered} filtered, "
            f"{tally.rejected} rejected."
        )
    _end(opened, tally.rejected)


def _opened(stack: ExitStack, file: Path, given: dict[str, Any], settings: CallSettings) -> CallFile:
    """Open the file under the options that were given. Raises BadInputError."""
    rules = Rules(
        now=datetime.now(UTC),
        zone=zone_named(given["zone"]) if given["zone"] else None,
        durations=given["durations"],
        region=region_named(given["region"] or settings.region),
        owner=given["owner"],
        owners=settings.owners,
        imported_by="cli",
    )
    path = _spooled(stack) if str(file) == "-" else file
    return open_calls(path, rules, custom=custom_map(given["mapped"]), order=given["date_order"])


def _spooled(stack: ExitStack) -> Path:
    """Return a file with what standard input holds: it is read more than once."""
    spool = stack.enter_context(
        tempfile.NamedTemporaryFile(prefix="calls-")  # noqa: SIM115 - the stack closes it
    )
    shutil.copyfileobj(sys.stdin.buffer, spool)
    spool.flush()
    return Path(spool.name)


def _end(opened: CallFile, rejected: int) -> None:
    for note in dict.fromkeys(opened.notes):
        click.echo(f"note: {note}", err=True)
    if rejected:
        raise Failure(f"{rejected} rows were rejected.", code=BAD_INPUT)
