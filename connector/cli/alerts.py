"""`connector alerts`."""

from typing import Any

import click

from connector.cli.session import Session, as_json, show
from connector.composition import Chance, opened_state
from connector.runtime.clock import SystemClock

COLUMNS = ("since_ms", "severity", "key", "workspace_id", "title", "remedy")


@click.command()
@as_json
@click.pass_obj
def alerts(session: Session, *, in_json: bool) -> None:
    """List the open alerts, oldest first: what is wrong, since when, and what to do."""
    settings = session.settings()

    async def find() -> Any:  # noqa: ANN401 - rows as state gives them
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            return await rooms.alerts.open()

    found = [{**row, "since_ms": row["raised_at_ms"]} for row in session.run(find())]
    rows = [{column: row[column] for column in COLUMNS} for row in found]
    show(rows, COLUMNS, in_json=in_json, empty="No open alerts.")
