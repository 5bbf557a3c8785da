"""`connector backup adopt`."""

import json
import sys
from collections.abc import Iterator
from typing import Any, TextIO

import click

from connector.cli.backup_adopting import Order, Taken, listed, taken_over
from connector.cli.backup_options import SHEET_CHARS_MAX, identity_option, passphrase_option, workspace
from connector.cli.backup_schedule import coming_lines, schedule_lines
from connector.cli.session import Failure, Session, as_json, dry_run, show
from connector.domain.calls.adopting import Adopted
from connector.domain.lead import WorkspaceId
from connector.pipelines.backup.spool import size_said
from connector.runtime.clock import SystemClock

COLUMNS = ("made_at", "run_id", "schedule", "calls", "size", "is_own", "said")
NONE_FOUND = "No backups in that folder. Google shows an app only what its own Cloud project made."


@click.command()
@click.argument("source", metavar="[RUN | MANIFEST]", required=False)
@workspace
@click.option(
    "--connection", help="Google account: e-mail address or connection id; needed where there are several."
)
@click.option("--folder", help="Another folder of that Drive: its id, from its address; else our own.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="At most, the newest."
)
@click.option("--schedule", is_flag=True, help="Take the schedule over, into that account.")
@click.option("--settings", "calls", is_flag=True, help="Take over owners, private numbers and work hours.")
@click.option("--replace", is_flag=True, help="Also where something else is set here.")
@click.option("--yes", is_flag=True, help="Do it; else only say what it would do.")
@dry_run
@identity_option
@passphrase_option
@as_json
@click.pass_obj
def adopt(
    session: Session,
    /,
    source: str | None,
    workspace_id: str,
    *,
    yes: bool,
    dry_run: bool,
    in_json: bool,
    **given: Any,  # noqa: ANN401 - click's own
) -> None:
    """Find backups in a connected Drive, whichever installation made them, and take over their settings.

    Lists them. With RUN, or a MANIFEST that was downloaded by hand, and --schedule or --settings it says what it
    would take over, and with --yes does it. What is set here stays unless --replace is given.
    """
    identity: TextIO | None = given["identity"]
    if yes and dry_run:
        raise Failure("Take one of --yes and --dry-run.", code=2)
    if given["passphrase_stdin"] and identity is None:
        raise Failure("--passphrase-stdin needs the sheet, too: --identity FILE.", code=2)
    if (source is not None) != (given["schedule"] or given["calls"]):
        raise Failure("Taking over needs RUN or MANIFEST, and --schedule, --settings or both.", code=2)
    order = Order(
        source=source,
        workspace_id=WorkspaceId(workspace_id),
        account=given["connection"],
        folder_id=given["folder"],
        limit=given["limit"],
        sheet=identity.read(SHEET_CHARS_MAX) if identity is not None else None,
        phrase=sys.stdin.readline().rstrip("\n") if given["passphrase_stdin"] else None,
        takes_schedule=given["schedule"],
        takes_calls=given["calls"],
        replaces=given["replace"],
        applies=yes,
    )
    settings = session.settings()
    if source is None:
        rows = session.run(listed(settings, order))
        show(rows if in_json else list(map(_row, rows)), COLUMNS, in_json=in_json, empty=NONE_FOUND)
        return
    taken = session.run(taken_over(settings, order))
    if in_json:
        click.echo(json.dumps(_value(taken, order), ensure_ascii=False))
        return
    for line in _lines(taken, order):
        click.echo(line)


def _row(value: dict[str, Any]) -> dict[str, Any]:
    return {**value, "size": size_said(value["size_bytes"]), "is_own": "yes" if value["is_own"] else "no"}


def _value(taken: Taken, order: Order) -> dict[str, Any]:
    one, calls = taken.schedule, taken.calls
    names = ("owners_new", "owners_replaced", "owners_kept", "private_new", "private_unfit", "work_hours")
    return {
        "mode": "apply" if order.applies else "preview",
        "run_id": taken.run_id,
        "schedule": {"name": one.name, "cron": one.cron, "zone": one.zone, "fate": taken.fate}
        if one
        else None,
        "settings": {name: getattr(calls, name) for name in names} if calls else None,
    }


def _lines(taken: Taken, order: Order) -> Iterator[str]:
    if (schedule := taken.schedule) is not None:
        if taken.fate == "kept":
            yield f"Schedule {schedule.name}: one of this name is here and stays; --replace takes the backup's."
        else:
            yield f"Schedule {'taken over' if order.applies else 'would be taken over'} ({taken.fate}):"
            yield from schedule_lines(schedule, None)
            yield from coming_lines(schedule, SystemClock().now())
    if taken.calls is not None:
        yield from _calls_lines(taken.calls, order)
    if not order.applies:
        yield "Nothing was changed; --yes does it."


def _calls_lines(calls: Adopted, order: Order) -> Iterator[str]:
    hours = calls.settings.filters.work_hours
    said = f"{hours.text} {hours.zone}" if hours else "none"
    yield (
        f"Call settings {'taken over' if order.applies else 'would be taken over'}: "
        f"{calls.owners_new} owners added, {calls.owners_replaced} replaced; "
        f"{calls.private_new} private numbers added; work hours {said} ({calls.work_hours})."
    )
    if calls.owners_kept or calls.work_hours == "kept":
        hours_too = " and work hours" if calls.work_hours == "kept" else ""
        yield f"Set otherwise here and kept: {calls.owners_kept} owners{hours_too}; --replace takes the backup's."
    if calls.private_unfit:
        yield (
            f"Left out: {calls.private_unfit} private numbers. The backup is of a workspace of another id, where "
            "their prints fit; name them again with `connector calls settings --private`."
        )
