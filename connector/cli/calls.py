"""`connector calls`."""

import getpass
import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from connector.cli.calls_files import calls_import, calls_preview
from connector.cli.calls_options import workspace
from connector.cli.calls_settings import calls_settings
from connector.cli.session import Failure, Session, as_json, at_most, dry_run, show
from connector.composition import Chance, opened_state
from connector.composition.call_log import purge_calls, take_calls
from connector.domain.calls.taking import CallFilter
from connector.domain.calls.times import zone_named
from connector.domain.lead import WorkspaceId
from connector.runtime.clock import SystemClock

LIST_COLUMNS = ("started_at", "user", "direction", "type", "status", "duration_seconds", "number", "name")
SUMMARY_COLUMNS = (
    "day", "user", "calls", "inbound", "outbound", "connected", "talk_seconds", "missed", "missed_not_called_back",
)  # fmt: skip


@click.group()
def calls() -> None:
    """Call logs: what a file holds, importing it, what is stored, and each employee's day."""


calls.add_command(calls_preview)
calls.add_command(calls_import)
calls.add_command(calls_settings)


@calls.command("list")
@workspace
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
@workspace
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


@calls.command("purge")
@workspace
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
