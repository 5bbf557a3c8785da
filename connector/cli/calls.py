"""`connector calls`."""

import getpass
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import click

from adapters.call_files.detect import CallFile, open_calls
from connector.cli.rejected import rejects_file, tell
from connector.cli.session import BAD_INPUT, Failure, Session, as_json, at_most, dry_run, failure, show
from connector.composition import Chance, opened_state
from connector.composition.call_log import purge_calls, take_calls
from connector.domain.call import Call, Peer, RejectedRow
from connector.domain.calls.columns import custom_map
from connector.domain.calls.filters import CallSettings, number_print
from connector.domain.calls.identity import peer_key
from connector.domain.calls.merging import merge
from connector.domain.calls.numbers import read_number
from connector.domain.calls.reading import Rules
from connector.domain.calls.taking import CallFilter
from connector.domain.calls.times import zone_named
from connector.domain.errors import BadInputError, ConnectorError
from connector.domain.lead import WorkspaceId
from connector.pipelines.take_calls import CHUNK
from connector.runtime.clock import SystemClock
from connector.wire.call import call_json

LIST_COLUMNS = ("started_at", "user", "direction", "type", "status", "duration_seconds", "number", "name")
SUMMARY_COLUMNS = (
    "day", "user", "calls", "inbound", "outbound", "connected", "talk_seconds", "missed", "missed_not_called_back",
)  # fmt: skip

_workspace = click.option(
    "--workspace", "workspace_id", default="main", show_default=True, help="Whose calls."
)
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


@click.group()
def calls() -> None:
    """Call logs: what a file holds, importing it, what is stored, and each employee's day."""


@calls.command("preview")
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


@calls.command("import")
@_reads_a_file
@_workspace
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


@calls.command("list")
@_workspace
@click.option("--user", help="Only this employee.")
@click.option("--since", type=click.DateTime(), help="Only calls started since (UTC).")
@click.option("--until", type=click.DateTime(), help="Only calls started before (UTC).")
@at_most
@as_json
@click.pass_obj
def calls_list(session: Session, /, workspace_id: str, *, limit: int, in_json: bool, **given: Any) -> None:  # noqa: ANN401 - click's own
    """List calls, the latest first; with --json as whole Call records."""
    settings = session.settings()

    async def find() -> Any:  # noqa: ANN401 - rows as state gives them
        clock = SystemClock()
        async with opened_state(settings, clock, Chance.of_system()) as rooms:
            return await rooms.calls.page(WorkspaceId(workspace_id), _filter(**given), limit=limit)

    rows = [json.loads(body) for _, _, body in session.run(find())]
    show(
        rows if in_json else [_flat(row) for row in rows],
        LIST_COLUMNS,
        in_json=in_json,
        empty="No calls yet.",
    )


@calls.command("summary")
@_workspace
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day; else six days before the last.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day; else today.")
@click.option("--zone", help="IANA zone of the days; else the workspace's.")
@as_json
@click.pass_obj
def calls_summary(
    session: Session,
    /,
    workspace_id: str,
    *,
    since: datetime | None,
    until: datetime | None,
    zone: str | None,
    in_json: bool,
) -> None:
    """Each employee's days: calls, talk time, connected, missed, missed that nobody called back."""
    settings = session.settings()

    async def add_up() -> Any:  # noqa: ANN401 - rows for the table
        clock, chance = SystemClock(), Chance.of_system()
        async with opened_state(settings, clock, chance) as rooms:
            workspace = await rooms.calls.settings(WorkspaceId(workspace_id))
            where = zone_named(zone or workspace.timezone)
            last = until.date() if until else clock.now().astimezone(where).date()
            first = since.date() if since else last - timedelta(days=6)
            return await take_calls(rooms, chance).summary(WorkspaceId(workspace_id), where, first, last)

    rows = [{**asdict(one), "day": one.day.isoformat()} for one in session.run(add_up())]
    show(rows, SUMMARY_COLUMNS, in_json=in_json, empty="No calls in these days.")


@calls.command("settings")
@_workspace
@click.option("--private", multiple=True, help="A number whose calls are never stored; repeatable.")
@click.option("--not-private", multiple=True, help="Take a number out again.")
@click.option(
    "--work-hours",
    help="`Mon-Fri 09:00-18:00` in the workspace's zone: only these are stored; `off` ends it.",
)
@click.option(
    "--user",
    "users",
    multiple=True,
    help="KEY=USER: an own number, SIM, device or name is this user's; KEY= forgets.",
)
@as_json
@click.pass_obj
def calls_settings(
    session: Session,
    /,
    workspace_id: str,
    *,
    private: tuple[str, ...],
    not_private: tuple[str, ...],
    work_hours: str | None,
    users: tuple[str, ...],
    in_json: bool,
) -> None:
    """Show or change what is kept out of the calls of a workspace, and whose phone is whose."""
    settings = session.settings()

    async def change() -> CallSettings:
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            known = await rooms.calls.settings(WorkspaceId(workspace_id))
            return await rooms.call_settings.change(
                WorkspaceId(workspace_id),
                private=_prints(private, workspace_id, known.region),
                no_longer_private=_prints(not_private, workspace_id, known.region),
                owners=dict(_owner(pair) for pair in users),
                hours=work_hours,
            )

    changed = session.run(change())
    hours = changed.filters.work_hours
    row = {
        "call_tracking": "on" if changed.tracking else "off",
        "private_numbers": len(changed.filters.private),
        "work_hours": f"{hours.text} {hours.zone}" if hours else None,
        "users": json.dumps(dict(changed.owners), ensure_ascii=False) if changed.owners else None,
    }
    show([row], tuple(row), in_json=in_json, empty="")


@calls.command("purge")
@_workspace
@click.option("--user", help="Only this employee's.")
@click.option("--before", type=click.DateTime(), help="Only calls started before (UTC).")
@click.option("--all", "everything", is_flag=True, help="All calls of the workspace.")
@dry_run
@click.pass_obj
def calls_purge(
    session: Session,
    workspace_id: str,
    *,
    user: str | None,
    before: datetime | None,
    everything: bool,
    dry_run: bool,
) -> None:
    """Remove stored calls for good. Needs --user, --before or --all."""
    if not (user or before or everything):
        raise Failure("Say which calls: --user, --before or --all.", code=2)
    settings = session.settings()
    where = _filter(user=user, until=before)

    async def purge() -> int:
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            workspace, me = WorkspaceId(workspace_id), getpass.getuser()
            await rooms.calls.settings(workspace)  # or there is no such workspace
            if dry_run:
                return await rooms.calls.count(workspace, where)
            return await purge_calls(rooms, workspace, where, by=me)

    click.echo(f"{'Would remove' if dry_run else 'Removed'} {session.run(purge())} calls.")


def _opened(stack: ExitStack, file: Path, given: dict[str, Any], settings: CallSettings) -> CallFile:
    """Open the file under the options that were given. Raises BadInputError."""
    rules = Rules(
        now=datetime.now(UTC),
        zone=zone_named(given["zone"]) if given["zone"] else None,
        durations=given["durations"],
        region=_region(given["region"] or settings.region),
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


def _region(region: str | None) -> str | None:
    import phonenumbers  # noqa: PLC0415 - 10 MiB that no other command needs

    if region is not None and region.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise BadInputError(f"{region!r} is no ISO 3166 country code; India is IN.")
    return region.upper() if region else None


def _end(opened: CallFile, rejected: int) -> None:
    for note in dict.fromkeys(opened.notes):
        click.echo(f"note: {note}", err=True)
    if rejected:
        raise Failure(f"{rejected} rows were rejected.", code=BAD_INPUT)


def _filter(
    *, user: str | None = None, since: datetime | None = None, until: datetime | None = None
) -> CallFilter:
    return CallFilter(user=user, since_ms=_ms(since), until_ms=_ms(until))


def _ms(at: datetime | None) -> int | None:
    return int(at.replace(tzinfo=UTC).timestamp() * 1000) if at else None


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    peer = row["peer"]
    return {
        **row,
        "user": row["user"]["id"],
        "number": peer["number"] or peer["number_raw"],
        "name": peer["name"],
    }


def _prints(numbers: Sequence[str], workspace_id: str, region: str | None) -> list[str]:
    keys = (peer_key(Peer(number=read_number(one, region=region).e164, number_raw=one)) for one in numbers)
    return [number_print(workspace_id, key) for key in keys]


def _owner(pair: str) -> tuple[str, str | None]:
    key, equals, user = pair.partition("=")
    if not equals or not key.strip():
        raise BadInputError("--user takes KEY=USER, such as +919000000099=asha.")
    return key.strip(), user.strip() or None
