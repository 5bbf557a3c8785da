"""`connector leads`."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

import click

from connector.cli.lead_import import leads_import
from connector.cli.lead_trace import leads_show
from connector.cli.session import (
    BAD_INPUT,
    Failure,
    Session,
    as_json,
    at_most,
    dry_run,
    newest,
    of_all,
    rate,
    show,
)
from connector.cli.trial import leads_test
from connector.composition import Chance, opened_state
from connector.domain.preview import contact_from_input
from connector.runtime.clock import SystemClock
from connector.wire.contact import contact_json

STAGES = ("fetch", "held", "resolve", "contact", "test", "parked")
QUARANTINE_COLUMNS = (
    "reason",
    "field_name",
    "page_id",
    "lead_id",
    "seen",
    "first_seen_ms",
    "last_seen_ms",
)
COLUMNS = ("received_at_ms", "lead_id", "workspace_id", "form_id", "stage", "delivery", "attempts", "reason")

_workspace = click.option("--workspace", "workspace_id", help="Only this workspace.")
_page = click.option("--page", "page_id", help="Only this Page.")
_stage = click.option("--stage", type=click.Choice(STAGES), help="Only leads that stand here.")
_since = click.option("--since", type=click.DateTime(), help="Only leads received since (UTC).")


@click.group()
def leads() -> None:
    """Leads: what came in, where each one stands, and putting them back in line."""


@leads.command("list")
@_workspace
@_page
@_stage
@_since
@at_most
@as_json
@click.pass_obj
def leads_list(session: Session, /, *, in_json: bool, limit: int, **given: Any) -> None:  # noqa: ANN401 - click's own
    """List leads, newest first."""
    settings = session.settings()

    async def find() -> Any:  # noqa: ANN401 - rows as state gives them
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            return await rooms.records.leads(_filters(given), limit=limit)

    show(session.run(find()), COLUMNS, in_json=in_json, empty="No leads yet.")


@leads.command("replay")
@click.option("--lead", "lead_id", help="Only this lead.")
@_workspace
@_page
@_stage
@_since
@newest
@rate
@click.option("--reread", is_flag=True, help="Read the lead from Facebook again, not from what is stored.")
@dry_run
@click.pass_obj
def leads_replay(
    session: Session,
    /,
    *,
    limit: int | None,
    per_second: float,
    reread: bool,
    dry_run: bool,
    **given: Any,  # noqa: ANN401 - click's own
) -> None:
    """Put leads back in line. Needs a filter; a contact changes only where the lead says something new."""
    filters = _filters(given)
    if not any(filters.values()):
        raise Failure("Say which leads: --lead, --stage, --page, --since or --workspace.", code=2)
    settings = session.settings()

    async def replay() -> tuple[int, int]:
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            records = rooms.records
            matching = await records.count_leads(filters)
            count = await records.replay_leads(
                filters, limit=limit, reread=reread, dry_run=dry_run, per_second=per_second
            )
            return count, matching

    count, matching = session.run(replay())
    click.echo(f"{'Would replay' if dry_run else 'Replaying'} {of_all(count, matching, limit)} leads.")


@leads.command("quarantine")
@at_most
@click.option("--payload", "with_payload", is_flag=True, help="With --json: what was sent, as base64.")
@as_json
@click.pass_obj
def leads_quarantine(session: Session, /, *, limit: int, with_payload: bool, in_json: bool) -> None:
    """List what Meta signed and what became no lead, newest first: why, of which Page, how often seen."""
    if with_payload and not in_json:
        raise Failure("--payload needs --json: it is no text for a table.", code=2)
    settings = session.settings()

    async def find() -> Any:  # noqa: ANN401 - rows as state gives them
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            return await rooms.records.quarantined(limit=limit, with_payload=with_payload)

    rows = [_printable(row) for row in session.run(find())]
    show(rows, QUARANTINE_COLUMNS, in_json=in_json, empty="Nothing is in quarantine.")


def _printable(row: Mapping[str, Any]) -> dict[str, Any]:
    payload = row.get("payload")
    return {**row, "payload": base64.b64encode(payload).decode()} if payload is not None else dict(row)


@leads.command("preview")
@click.argument("file", type=click.File(encoding="utf-8-sig", errors="surrogateescape"))
def leads_preview(file: TextIO) -> None:
    """Print the Contact 1.0 that each line's lead would become; nothing is stored or sent.

    FILE has one JSON object a line (`-` reads standard input): field_data, and optionally country_hint,
    form_locale, created_time, questions, custom_disclaimer_responses, lead.
    """
    now = datetime.now(UTC)
    bad = 0
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            click.echo(f"line {number}: is no JSON", err=True)
            bad += 1
            continue
        click.echo(contact_json(contact_from_input(value, now=now)))
    if bad:
        raise Failure(f"{bad} lines are no JSON.", code=BAD_INPUT)


def _filters(given: dict[str, Any]) -> dict[str, Any]:
    since = given.pop("since", None)
    since_ms = int(since.replace(tzinfo=UTC).timestamp() * 1000) if since else None
    return {**given, "since_ms": since_ms}


leads.add_command(leads_import)
leads.add_command(leads_show)
leads.add_command(leads_test)
