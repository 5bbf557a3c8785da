"""`connector deliveries`."""

from datetime import UTC
from typing import Any

import click

from connector.cli.session import Failure, Session, as_json, at_most, dry_run, newest, of_all, rate, show
from connector.composition import Chance, opened_state
from connector.runtime.clock import SystemClock

STATES = ("waiting", "delivered", "parked", "superseded")
COLUMNS = (
    "workspace_id",
    "sequence",
    "lead_id",
    "revision",
    "state",
    "attempts",
    "last_status",
    "reason",
    "due_at_ms",
)

_workspace = click.option("--workspace", "workspace_id", help="Only this workspace.")
_state = click.option("--state", type=click.Choice(STATES), help="Only deliveries in this state.")
_lead = click.option("--lead", "lead_id", help="Only events that this lead caused.")
_event = click.option("--event", "event_id", help="Only this event.")
_since = click.option("--since", type=click.DateTime(), help="Only since (UTC).")


@click.group()
def deliveries() -> None:
    """Events on their way to the CRM."""


@deliveries.command("list")
@_workspace
@_state
@_lead
@_event
@_since
@at_most
@as_json
@click.pass_obj
def deliveries_list(session: Session, /, *, in_json: bool, limit: int, **given: Any) -> None:  # noqa: ANN401 - click's own
    """List deliveries, newest first."""
    settings = session.settings()

    async def find() -> Any:  # noqa: ANN401 - rows as state gives them
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            return await rooms.records.deliveries(_filters(given), limit=limit)

    show(session.run(find()), COLUMNS, in_json=in_json, empty="No deliveries yet.")


@deliveries.command("replay")
@_workspace
@_state
@_lead
@_event
@_since
@newest
@rate
@dry_run
@click.pass_obj
def deliveries_replay(
    session: Session,
    /,
    *,
    limit: int | None,
    per_second: float,
    dry_run: bool,
    **given: Any,  # noqa: ANN401 - click's own
) -> None:
    """Send events again: the same bytes under the same id, marked as replay. Needs a filter."""
    filters = _filters(given)
    if not any(filters.values()):
        raise Failure("Say which deliveries: --state, --lead, --event, --since or --workspace.", code=2)
    settings = session.settings()

    async def replay() -> tuple[int, int]:
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            matching = await rooms.records.count_deliveries(filters)
            count = await rooms.records.replay_deliveries(
                filters, limit=limit, dry_run=dry_run, per_second=per_second
            )
            return count, matching

    count, matching = session.run(replay())
    click.echo(f"{'Would send' if dry_run else 'Sending'} {of_all(count, matching, limit)} events again.")


@deliveries.command("resume")
@click.pass_obj
def deliveries_resume(session: Session) -> None:
    """Send again after the CRM answered 410 and sending stopped."""
    settings = session.settings()

    async def resume() -> bool:
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            resumed = await rooms.deliveries.resume()
            await rooms.alerts.resolve("crm.stopped")
            return resumed

    click.echo("Sending goes on." if session.run(resume()) else "Sending was not stopped.")


def _filters(given: dict[str, Any]) -> dict[str, Any]:
    since = given.pop("since", None)
    since_ms = int(since.replace(tzinfo=UTC).timestamp() * 1000) if since else None
    return {**given, "since_ms": since_ms}
