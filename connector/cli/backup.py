"""`connector backup`."""

import json
from collections.abc import Sequence
from typing import Any

import click

from connector.cli.backup_adopt import adopt
from connector.cli.backup_following import Follower, followed
from connector.cli.backup_options import me, seen, workspace
from connector.cli.backup_preview import would_run, would_said
from connector.cli.backup_proofs import drill, verify
from connector.cli.backup_restore import restore
from connector.cli.backup_schedule import schedule
from connector.cli.session import (
    BAD_INPUT,
    FINDINGS,
    Failure,
    Session,
    as_json,
    dry_run,
    show,
)
from connector.composition import Chance
from connector.composition.backing_up import BackupDesk, opened_desk, opened_tools
from connector.config import Settings
from connector.domain.backup.runs import OPEN_STATES, RunFile, RunId
from connector.domain.backup.views import RunView
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.pipelines.backup.spool import size_said
from connector.runtime.clock import SystemClock
from connector.wire.backup import file_value, run_value
from state.daemons import SqlDaemons

RUN_COLUMNS = (
    "created_at", "id", "schedule", "kind", "state", "calls", "size", "account_email", "said",
)  # fmt: skip
FILE_COLUMNS = ("name", "state", "rows", "size", "link")
OVER_COLUMNS = ("id", "made_at", "calls", "size")
NO_DAEMON = "No daemon runs here: it begins when one does, or now with --wait."


@click.group()
def backup() -> None:
    """Call logs in Google Drive: schedules, runs, checks, and the way back."""


backup.add_command(schedule)
backup.add_command(restore)
backup.add_command(adopt)
backup.add_command(verify)
backup.add_command(drill)


@backup.command("run")
@click.argument("name", metavar="SCHEDULE")
@workspace
@click.option(
    "--wait/--no-wait", help="Stay until it is over and show how far it is; without a daemon do it here."
)
@dry_run
@as_json
@click.pass_obj
def run(
    session: Session, /, name: str, workspace_id: str, *, wait: bool, dry_run: bool, in_json: bool
) -> None:
    """Back a schedule up now; where a run of it is open, that one is meant."""
    settings = session.settings()
    if dry_run:
        would = session.run(would_run(settings, WorkspaceId(workspace_id), name))
        click.echo(json.dumps(would) if in_json else would_said(would))
        return
    run_, files = session.run(_ran(settings, WorkspaceId(workspace_id), name, wait=wait, in_json=in_json))
    if in_json:
        click.echo(json.dumps(run_value(run_, files), ensure_ascii=False))
    else:
        click.echo(_told(run_))
    if wait and run_.state != "good":
        raise Failure("There is no new backup.", code=FINDINGS)


async def _ran(
    settings: Settings, workspace_id: WorkspaceId, name: str, *, wait: bool, in_json: bool
) -> tuple[RunView, Sequence[RunFile]]:
    clock, chance = SystemClock(), Chance.of_system()
    if not wait:
        async with opened_desk(settings, clock, chance) as desk:
            run_id = await _asked(desk, workspace_id, name)
            if not in_json and not await SqlDaemons(desk.rooms.engine, clock).alive():
                click.echo(NO_DAEMON, err=True)
            return await seen(desk, workspace_id, run_id)
    async with opened_tools(settings, clock, chance) as tools:
        run_id = await _asked(tools, workspace_id, name)
        with followed(in_json=in_json) as report:
            await Follower(tools, clock).run(run_id, report)
        return await seen(tools, workspace_id, run_id)


async def _asked(desk: BackupDesk, workspace_id: WorkspaceId, name: str) -> RunId:
    found = await desk.schedules.find(workspace_id, name)
    return await desk.backups.runs.ask(workspace_id, found.schedule.id, by=me())


def _told(run_: RunView) -> str:
    match run_.state:
        case "good":
            where = f" to {run_.account_email}" if run_.account_email else ""
            said = f"{run_.calls} calls, {size_said(run_.bytes_total)}{where}, compared byte for byte."
            return f"Run {run_.id}: {said}"
        case "failed" | "canceled":
            return f"Run {run_.id} {run_.state}: {run_.reason or 'by a person'}"
        case _:
            return f"Run {run_.id} is {run_.state}." + (f" It waits: {run_.reason}" if run_.reason else "")


@backup.command("list")
@click.argument("run_id", metavar="[RUN]", required=False)
@workspace
@click.option("--schedule", "name", help="Only runs of this schedule.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="At most, the newest."
)
@as_json
@click.pass_obj
def list_(
    session: Session,
    /,
    run_id: str | None,
    workspace_id: str,
    name: str | None,
    *,
    limit: int,
    in_json: bool,
) -> None:
    """List runs, the newest first; with RUN one of them, with its files and their links."""
    settings = session.settings()

    async def find() -> Sequence[tuple[RunView, Sequence[RunFile]]]:
        async with opened_desk(settings, SystemClock(), Chance.of_system()) as desk:
            where = WorkspaceId(workspace_id)
            if run_id is not None:
                return [await seen(desk, where, run_id)]
            schedule_id = (await desk.schedules.find(where, name)).schedule.id if name else None
            runs = await desk.backups.runs.runs(where, schedule_id=schedule_id, limit=limit)
            return [(one, await desk.backups.runs.files(one.id)) for one in runs]

    found = session.run(find())
    if in_json:
        show([run_value(one, files) for one, files in found], (), in_json=True, empty="")
        return
    show([_row(one) for one, _ in found], RUN_COLUMNS, in_json=False, empty="No backups yet.")
    if run_id is not None:
        ((one, files),) = found
        show([_file_row(file) for file in files], FILE_COLUMNS, in_json=False, empty="No files yet.")
        for line in (
            *([f"Folder: {value}"] if (value := run_value(one)["folder_link"]) else []),
            *one.notices,
        ):
            click.echo(line)


def _row(run_: RunView) -> dict[str, Any]:
    value = run_value(run_)
    state = "deleted" if run_.trashed_at_ms is not None else run_.state
    return {**value, "state": state, "size": size_said(run_.bytes_total), "said": run_.reason}


def _file_row(file: RunFile) -> dict[str, Any]:
    return {**file_value(file), "size": size_said(file.size_bytes)}


@backup.command("confirm")
@click.argument("name", metavar="SCHEDULE")
@click.option("--run", "run_ids", multiple=True, help="Only this backup; repeatable. Else all that wait.")
@workspace
@dry_run
@as_json
@click.pass_obj
def confirm(
    session: Session,
    /,
    name: str,
    run_ids: tuple[str, ...],
    workspace_id: str,
    *,
    dry_run: bool,
    in_json: bool,
) -> None:
    """Allow old backups to be deleted that retention asks about; they go to the Drive's bin after the next run."""
    settings = session.settings()

    async def allow() -> Sequence[RunView]:
        async with opened_desk(settings, SystemClock(), Chance.of_system()) as desk:
            where = WorkspaceId(workspace_id)
            found = (await desk.schedules.find(where, name)).schedule
            plan = await desk.schedules.retention(found)
            asks = [one for one in plan.asks if not run_ids or one in run_ids]
            if stranger := set(run_ids) - set(asks):
                raise BadInputError(f"Nothing is asked about {', '.join(sorted(stranger))}.")
            runs = [(await seen(desk, where, one))[0] for one in asks]
            if asks and not dry_run:  # all that waits: with the one that needs no word, and goes before it
                allowed = asks if run_ids else list(plan.over)
                await desk.backups.runs.confirm(where, found.id, allowed, by=me())
            return runs

    runs = session.run(allow())
    show([_row(one) for one in runs], OVER_COLUMNS, in_json=in_json, empty="Nothing waits for a word.")
    if runs and not in_json:
        click.echo(f"{len(runs)} backups {'would be' if dry_run else 'are'} allowed to be deleted.")


@backup.command("cancel")
@click.argument("run_id", metavar="RUN")
@workspace
@dry_run
@click.pass_obj
def cancel(session: Session, /, run_id: str, workspace_id: str, *, dry_run: bool) -> None:
    """End an open run. What it has sent so far is taken away; older backups stay."""
    settings, where = session.settings(), WorkspaceId(workspace_id)

    async def end() -> RunView | None:
        async with opened_desk(settings, SystemClock(), Chance.of_system()) as desk:
            run_ = await desk.backups.runs.run(RunId(run_id))
            if run_ is None or run_.workspace_id != where or run_.state not in OPEN_STATES:
                return None
            if not dry_run and not await desk.backups.runs.cancel(where, run_.id, by=me()):
                return None
            return run_

    ended = session.run(end())
    if ended is None:
        raise Failure("No such run is open: see `connector backup list`.", code=BAD_INPUT)
    if dry_run:
        sent = f"{size_said(ended.bytes_sent)} of {size_said(ended.bytes_total)}"
        click.echo(f"Would end run {ended.id} of {ended.schedule_name}: {ended.state}, {sent} sent.")
    else:
        click.echo("It ends within a minute.")
