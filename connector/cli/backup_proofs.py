"""`connector backup verify` and `connector backup drill`."""

from collections.abc import Sequence

import click

from connector.cli.backup_following import Follower
from connector.cli.backup_options import me, seen, workspace
from connector.cli.session import FINDINGS, UNAVAILABLE, Failure, Session, as_json, show
from connector.composition import Chance
from connector.composition.backing_up import BackupTools, opened_tools
from connector.config import Settings
from connector.domain.backup.drilling import DrillFailedError, DrillId, DrillView
from connector.domain.backup.verdicts import way_on
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.pipelines.backup.verifying import Verified
from connector.runtime.clock import SystemClock
from connector.wire.backup import drill_value


@click.command()
@click.argument("run_id", metavar="RUN")
@workspace
@as_json
@click.pass_obj
def verify(session: Session, /, run_id: str, workspace_id: str, *, in_json: bool) -> None:
    """Compare what Drive says of a backup's files with what was sent and its manifest; nothing is restored."""
    settings = session.settings()

    async def look() -> Verified:
        async with opened_tools(settings, SystemClock(), Chance.of_system()) as tools:
            found, _ = await seen(tools, WorkspaceId(workspace_id), run_id)
            if found.state != "good":
                raise BadInputError(f"The run is {found.state}: only a good backup can be verified.")
            return await tools.verifying.verify(found.id)

    try:
        found = session.run(look())
    except DrillFailedError as error:
        raise Failure(f"{error} {way_on(error.fault)}", code=UNAVAILABLE) from error
    rows = [
        {
            "run_id": one.run_id,
            "file": one.name,
            "size": one.size_bytes,
            "fault": one.fault,
            "said": one.detail or "as it was sent",
        }
        for one in found.files
    ]
    show(rows, ("file", "size", "said"), in_json=in_json, empty="")
    if found.sealed and not in_json:
        click.echo(f"{found.sealed} manifests are sealed and were compared as they were sent.")
    if found.faults:
        worst = found.faults[0].fault
        said = f"{len(found.faults)} of {len(found.files)} files are not as they were."
        raise Failure(f"{said} {way_on(worst) if worst else ''}".strip(), code=FINDINGS)
    if not in_json:
        click.echo(
            f"All {len(found.files)} files of {len(found.runs)} runs are in the Drive as they were sent."
        )


@click.command()
@click.argument("name", metavar="[SCHEDULE]", required=False)
@workspace
@click.option("--wait/--no-wait", default=True, help="Stay until it is over; without a daemon do it here.")
@as_json
@click.pass_obj
def drill(session: Session, /, name: str | None, workspace_id: str, *, wait: bool, in_json: bool) -> None:
    """Restore the newest backup into a scratch place and compare, of one schedule or of each that has one."""
    settings = session.settings()
    drills = session.run(_drilled(settings, WorkspaceId(workspace_id), name, wait=wait))
    if in_json:
        show(
            [{**drill_value(one), "schedule_id": one.schedule_id} for one in drills],
            (),
            in_json=True,
            empty="",
        )
    for one in () if in_json else drills:
        click.echo(_drill_told(one))
    failed = [one.fault for one in drills if one.state == "failed" and one.fault]
    if failed:
        raise Failure(f"{len(failed)} drills failed. {way_on(failed[0])}", code=FINDINGS)


async def _drilled(
    settings: Settings, workspace_id: WorkspaceId, name: str | None, *, wait: bool
) -> Sequence[DrillView]:
    clock, chance = SystemClock(), Chance.of_system()
    async with opened_tools(settings, clock, chance) as tools:
        if name is None:
            views = [one for one in await tools.schedules.all(workspace_id) if one.last_good is not None]
        else:
            views = [await tools.schedules.find(workspace_id, name)]
        if not views:
            raise BadInputError("There is no good backup to drill yet: see `connector backup run`.")
        ids = [await tools.backups.drills.ask(workspace_id, one.schedule.id, by=me()) for one in views]
        return [await _drill_ended(tools, clock, one, wait=wait) for one in ids]


async def _drill_ended(tools: BackupTools, clock: SystemClock, drill_id: DrillId, *, wait: bool) -> DrillView:
    if wait:
        return await Follower(tools, clock).drill(drill_id)
    found = await tools.backups.drills.drill(drill_id)
    assert found is not None, "asked a moment ago"  # noqa: S101 - nobody removes drills
    return found


def _drill_told(one: DrillView) -> str:
    match one.state:
        case "proved":
            return (
                f"Proved: {one.calls} calls out of {len(one.runs)} runs were restored and are as they were."
            )
        case "partly":
            return f"Proved in part: {one.reason}"
        case "failed":
            return f"Failed: {one.reason}"
        case "waiting":
            return f"Drill {one.id} waits." + (f" {one.reason}" if one.reason else "")
