"""`connector leads import`."""

import json
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TextIO

import click

from adapters.lead_export import LeadExport, open_lead_export
from connector.cli.rejected import rejects_file, tell
from connector.cli.session import BAD_INPUT, Failure, Session, as_json, dry_run, failure, rate
from connector.composition import Chance, opened_state
from connector.composition.lead_import import import_leads
from connector.config import Settings
from connector.domain.errors import ConnectorError
from connector.domain.lead import FormId, PageId, WorkspaceId
from connector.pipelines.import_leads import CHUNK, ImportOrder, ImportTally
from connector.runtime.clock import SystemClock


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--workspace", "workspace_id", default="main", show_default=True, help="Whose leads.")
@click.option("--page", "page_id", help="The Page, where neither file nor form tells.")
@click.option("--form", "form_id", help="The form, where the file does not say.")
@rate
@rejects_file
@dry_run
@as_json
@click.pass_obj
def leads_import(  # noqa: PLR0913 - click hands one parameter an option
    session: Session,
    /,
    file: Path,
    workspace_id: str,
    page_id: str | None,
    form_id: str | None,
    *,
    per_second: float,
    rejects: TextIO | None,
    dry_run: bool,
    in_json: bool,
) -> None:
    """Store the leads of a file that Meta's Ads Manager or Leads Centre downloaded (CSV or TSV).

    For leads that the API does not give any more: it keeps them 90 days. What is known already stays as Facebook
    told it and is not stored twice. Rows that are no leads are named on standard error; the exit code is 65 then.
    """
    settings = session.settings()
    order = ImportOrder(
        workspace_id=WorkspaceId(workspace_id),
        page_id=PageId(page_id) if page_id else None,
        form_id=FormId(form_id) if form_id else None,
        per_second=per_second,
        is_dry=dry_run,
    )
    try:
        export = open_lead_export(file)
    except ConnectorError as error:
        raise failure(error) from error
    tally = session.run(_import(settings, export, order, rejects))
    for note in export.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(json.dumps(asdict(tally)) if in_json else _said(tally, is_dry=dry_run))
    if tally.rejected:
        raise Failure(f"{tally.rejected} rows were rejected.", code=BAD_INPUT)


async def _import(
    settings: Settings, export: LeadExport, order: ImportOrder, rejects: TextIO | None
) -> ImportTally:
    clock, chance = SystemClock(), Chance.of_system()
    async with opened_state(settings, clock, chance) as rooms:
        importing = await import_leads(rooms, clock, chance).begin(order)
        rows = export.rows()
        while chunk := list(islice(rows, CHUNK)):
            for row in await importing.take(chunk):
                tell(row, rejects)
        return importing.done()


def _said(tally: ImportTally, *, is_dry: bool) -> str:
    completed = f", {tally.completed} that Facebook had refused" if tally.completed else ""
    return (
        f"{tally.rows} rows{', nothing stored' if is_dry else ''}: {tally.new} new{completed}, "
        f"{tally.known} known already, {tally.rejected} rejected; {tally.test} are test leads."
    )
