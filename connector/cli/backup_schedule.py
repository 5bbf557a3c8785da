"""`connector backup schedule`."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_args

import click

from connector.cli.backup_options import me, workspace
from connector.cli.session import Failure, Session, as_json, dry_run, failure, show
from connector.composition import Chance
from connector.composition.backing_up import BackupDesk, opened_desk
from connector.config import Settings
from connector.domain.backup.editing import MistakenError
from connector.domain.backup.files import BackupFormat
from connector.domain.backup.manifest import BackupKind
from connector.domain.backup.schedule import Retention, Schedule
from connector.domain.backup.views import ScheduleView
from connector.domain.calls.times import zone_named
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.pipelines.backup.spool import size_said
from connector.runtime.clock import SystemClock
from connector.wire.backup import coming, schedule_value

COLUMNS = (
    "id",
    "name",
    "cron",
    "zone",
    "kind",
    "formats",
    "account_email",
    "next_run_at",
    "last_good_at",
    "said",
)


@click.group()
def schedule() -> None:
    """When call logs are backed up, what is written, into whose Drive, and how long it stays."""


@schedule.command("list")
@workspace
@as_json
@click.pass_obj
def list_(session: Session, /, workspace_id: str, *, in_json: bool) -> None:
    """List schedules with how they stand."""
    settings = session.settings()

    async def find() -> Sequence[ScheduleView]:
        async with opened_desk(settings, SystemClock(), Chance.of_system()) as desk:
            return await desk.schedules.all(WorkspaceId(workspace_id))

    now = SystemClock().now()
    rows = [_row(one, now, in_json=in_json) for one in session.run(find())]
    show(rows, COLUMNS, in_json=in_json, empty="No schedules yet: see `connector backup schedule set`.")


def _row(view: ScheduleView, now: datetime, *, in_json: bool) -> dict[str, Any]:
    value = schedule_value(view, now)
    if in_json:
        return value
    said = "off" if not view.schedule.is_on else "stale" if view.is_stale else None
    return {**value, **value["status"], "formats": " ".join(value["formats"]), "said": said}


@schedule.command("show")
@click.argument("name", metavar="SCHEDULE")
@workspace
@as_json
@click.pass_obj
def show_(session: Session, /, name: str, workspace_id: str, *, in_json: bool) -> None:
    """Show one schedule, its next five runs in its own zone, its last backup and drill."""
    settings = session.settings()
    view = session.run(_found(settings, WorkspaceId(workspace_id), name))
    now = SystemClock().now()
    if in_json:
        show([schedule_value(view, now)], (), in_json=True, empty="")
        return
    for line in (
        *schedule_lines(view.schedule, view.account_email),
        *_standing(view),
        *coming_lines(view.schedule, now),
    ):
        click.echo(line)


async def _found(settings: Settings, workspace_id: WorkspaceId, name: str) -> ScheduleView:
    async with opened_desk(settings, SystemClock(), Chance.of_system()) as desk:
        return await desk.schedules.find(workspace_id, name)


def schedule_lines(one: Schedule, email: str | None) -> Sequence[str]:
    """Return a schedule for people to read, into the Drive of that e-mail address."""
    kept = one.retention
    sealed = (
        "with a pass phrase" if one.sealing.locked_identity else "for " + ", ".join(one.sealing.recipients)
    )
    generations = f"{kept.daily} days, {kept.weekly} weeks, {kept.monthly} months, {kept.yearly} years"
    return (
        f"Schedule   {one.name} ({one.id}){'' if one.is_on else ', off'}",
        f"When       {one.cron} in {one.zone}",
        f"What       {one.kind}: {', '.join(one.formats)}",
        f"Where      {email or one.connection_id}, folder {one.folder or 'of its own'}, files {one.file_name}",
        f"Sealed     {sealed if one.sealing.recipients else 'no'}",
        f"Stays      {generations}; at least {kept.min_count} and for {kept.min_age_days} days",
        f"Drill      {f'every {one.drill_days} days' if one.drill_days else 'never by itself'}",
    )


def _standing(view: ScheduleView) -> Sequence[str]:
    good, drill = view.last_good, view.last_drill
    last = f"run {good.id}, {good.calls} calls, {size_said(good.bytes_total)}" if good else "none yet"
    state = f"{drill.state}: {drill.reason or f'{drill.calls} calls'}" if drill else "none yet"
    return (f"Last good  {last}{' (stale)' if view.is_stale else ''}", f"Last drill {state}")


def coming_lines(one: Schedule, now: datetime) -> Sequence[str]:
    """Return its next runs for people to read, in its own zone."""
    zone = zone_named(one.zone)
    times = [f"  {at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}" for at in coming(one, now)]
    return ("Next runs", *times) if times else ("Next runs  none: it is off",)


_KEPT = ", ".join(Retention.__dataclass_fields__)


@schedule.command("set")
@click.argument("name", metavar="SCHEDULE")
@workspace
@click.option("--cron", help="Five fields: `30 2 * * *` is daily at 2:30.")
@click.option("--zone", help="IANA zone of these times and of days in names; else the workspace's.")
@click.option("--kind", type=click.Choice(get_args(BackupKind)), help="What a run takes.")
@click.option(
    "--format", "formats", multiple=True, type=click.Choice(get_args(BackupFormat)), help="Repeatable."
)
@click.option("--folder", help="Folder's name or pattern in that Drive; else our own folder.")
@click.option("--file-name", help="Pattern of the files' names, such as `{schedule} {date} {time}`.")
@click.option(
    "--account", help="Google account: e-mail address or connection id; needed where there are several."
)
@click.option("--keep", multiple=True, metavar="NAME=N", help=f"Retention, repeatable: {_KEPT}.")
@click.option("--drill-days", type=int, help="Days between two drills; 0: none by itself.")
@click.option("--on/--off", "is_on", default=None, help="Whether it runs by itself.")
@click.option("--rename", help="Give it another name.")
@click.option("--recipient", "recipients", multiple=True, help="Seal for this age key (age1…); repeatable.")
@click.option("--new-key", is_flag=True, help="Seal for a new key and print its sheet, once.")
@click.option(
    "--passphrase-stdin", is_flag=True, help="The same, the key under a pass phrase from standard input."
)
@click.option("--unsealed", is_flag=True, help="Seal no more.")
@dry_run
@as_json
@click.pass_obj
def set_(
    session: Session,
    /,
    name: str,
    workspace_id: str,
    *,
    dry_run: bool,
    in_json: bool,
    **given: Any,  # noqa: ANN401 - click's own
) -> None:
    """Make or change a schedule; what is not named stays as it is. Prints the next five runs."""
    given["phrase"] = _phrase(given)
    settings = session.settings()
    where = WorkspaceId(workspace_id)
    view = session.run(_set(settings, where, name, given, is_dry=dry_run))
    now = SystemClock().now()
    if isinstance(view, ScheduleView) and in_json:
        show([schedule_value(view, now)], (), in_json=True, empty="")
        return
    drafted = view.schedule if isinstance(view, ScheduleView) else view
    email = view.account_email if isinstance(view, ScheduleView) else None
    for line in (
        "Would be saved:" if dry_run else "Saved:",
        *schedule_lines(drafted, email),
        *coming_lines(drafted, now),
    ):
        click.echo(line)


def _phrase(given: dict[str, Any]) -> str | None:
    ways = ("new_key", "passphrase_stdin", "unsealed", "recipients")
    if sum(bool(given[way]) for way in ways) > 1:
        raise Failure("Take one of --recipient, --new-key, --passphrase-stdin and --unsealed.", code=2)
    return sys.stdin.readline().rstrip("\n") if given["passphrase_stdin"] else None


async def _set(
    settings: Settings, workspace_id: WorkspaceId, name: str, given: dict[str, Any], *, is_dry: bool
) -> ScheduleView | Schedule:
    async with opened_desk(settings, SystemClock(), Chance.of_system()) as desk:
        known = await _known(desk, workspace_id, name)
        fields = _fields(given)
        if known is None:
            fields = {"name": name, **fields}
            if "cron" not in fields:
                raise BadInputError(f"There is no schedule {name!r} yet: a new one needs --cron.")
        try:
            draft = await desk.schedules.draft(workspace_id, fields, known)
        except MistakenError as error:
            said = " ".join(f"{one.place[1:].replace('/', '.')}: {one.message}" for one in error.mistakes)
            raise BadInputError(said) from None
        if is_dry:
            return draft
        if given["new_key"] or given["passphrase_stdin"]:
            draft, sheet = desk.schedules.sealed(draft, phrase=given["phrase"])
            click.echo(sheet)  # before it seals anything: a key that no paper has is never used
        await desk.schedules.save(draft, by=me())
        return await desk.schedules.find(workspace_id, draft.id)


async def _known(desk: BackupDesk, workspace_id: WorkspaceId, name: str) -> Schedule | None:
    views = await desk.schedules.all(workspace_id)
    if not any(name in {one.schedule.id, one.schedule.name} for one in views):
        return None
    return (await desk.schedules.find(workspace_id, name)).schedule


def _fields(given: dict[str, Any]) -> dict[str, object]:
    plain = ("cron", "zone", "kind", "folder", "file_name", "account", "drill_days", "is_on")
    fields: dict[str, object] = {one: given[one] for one in plain if given[one] is not None}
    if given["formats"]:
        fields["formats"] = list(given["formats"])
    if given["rename"] is not None:
        fields["name"] = given["rename"]
    if given["keep"]:
        fields["retention"] = dict(map(_kept, given["keep"]))
    if given["recipients"] or given["unsealed"]:
        fields["sealing"] = {"recipients": list(given["recipients"])}
    return fields


def _kept(pair: str) -> tuple[str, int]:
    key, _, count = pair.partition("=")
    if not (count.isascii() and count.isdigit()):
        raise failure(BadInputError(f"--keep takes NAME=N, such as daily=14; names are {_KEPT}."))
    return key.strip(), int(count)


@schedule.command("remove")
@click.argument("name", metavar="SCHEDULE")
@workspace
@dry_run
@click.pass_obj
def remove(session: Session, /, name: str, workspace_id: str, *, dry_run: bool) -> None:
    """Remove a schedule; its open run ends, its backups stay in the Drive and are deleted by nobody."""
    settings = session.settings()

    async def take() -> ScheduleView:
        async with opened_desk(settings, SystemClock(), Chance.of_system()) as desk:
            where = WorkspaceId(workspace_id)
            found = await desk.schedules.find(where, name)
            if not dry_run:
                await desk.schedules.remove(where, found.schedule.id, by=me())
            return found

    view = session.run(take())
    ends = f" Its open run {view.open_run.id} ends." if view.open_run else ""
    click.echo(f"{'Would remove' if dry_run else 'Removed'} {view.schedule.name}; its backups stay.{ends}")
