"""`connector proof`: Meta's leads, ours and the CRM's, form by form and day by day."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from connector.cli.session import FINDINGS, Failure, Session, show
from connector.composition import Chance
from connector.composition.proving import opened_proof
from connector.domain.lead import FormId, PageId, WorkspaceId
from connector.domain.proof import ProofDay
from connector.domain.reconciling import DAY_MS, RETENTION_MS
from connector.pipelines.proof import FormProof, ProofOrder
from connector.runtime.clock import SystemClock
from connector.wire.proof_csv import COLUMNS, proof_csv

DAYS = 7


@click.command()
@click.option("--workspace", "workspace_id", help="Only this workspace.")
@click.option("--page", "page_id", help="Only this Page.")
@click.option("--form", "form_id", help="Only this form.")
@click.option("--since", type=click.DateTime(), help="Submitted since (UTC); 7 days ago unless said.")
@click.option("--until", type=click.DateTime(), help="Submitted before (UTC); now unless said.")
@click.option("--json", "in_json", is_flag=True, help="Print JSON, one form's day a line.")
@click.option("--csv", "in_csv", is_flag=True, help="Print CSV.")
@click.pass_obj
def proof(
    session: Session,
    /,
    *,
    since: datetime | None,
    until: datetime | None,
    in_json: bool,
    in_csv: bool,
    **only: str | None,
) -> None:
    """Read every form at Meta and name each lead that is not here, or not in the CRM. Exit code 1: some are."""
    settings = session.settings()
    clock = SystemClock()
    order = _order(clock.now(), since, until, only)

    async def run() -> Sequence[FormProof]:
        async with opened_proof(settings, clock, Chance.of_system()) as opened:
            return await opened.prove(order)

    proofs = session.run(run())
    days = [day for one in proofs for day in one.days]
    if in_csv:
        click.echo(proof_csv(_row(day) for day in days), nl=False)
    elif in_json:
        for day in days:
            click.echo(json.dumps({**_row(day), "on": day.on.isoformat(), "differences": _differences(day)}))
    else:
        rows = [{**_row(day), "day": day.on.isoformat()} for day in days]
        show(rows, COLUMNS, in_json=False, empty="Meta has no leads in this time.")
        for day in days:
            for one in day.differences:
                click.echo(f"{day.on} form {day.form_id} lead {one.lead_id}: {one.fate}. {one.reason}")
    for form_proof in proofs:
        if form_proof.trouble is not None:
            click.echo(f"Form {form_proof.form.form_id} was not read. {form_proof.trouble}", err=True)
    missing = sum(not day.is_whole for day in days) + sum(proved.trouble is not None for proved in proofs)
    if missing:
        raise Failure("The sets are not proved the same: see above.", code=FINDINGS)


def _order(
    now: datetime, since: datetime | None, until: datetime | None, only: dict[str, str | None]
) -> ProofOrder:
    until_at = until.replace(tzinfo=UTC) if until else now
    since_at = since.replace(tzinfo=UTC) if since else (until_at - timedelta(days=DAYS))
    since_ms, until_ms = (int(at.timestamp() * 1000) for at in (since_at, until_at))
    if since is None:
        since_ms -= since_ms % DAY_MS
    if since_ms >= until_ms:
        raise Failure("--since must lie before --until.", code=2)
    oldest_ms = int(now.timestamp() * 1000) - RETENTION_MS
    workspace_id, page_id, form_id = (only[name] for name in ("workspace_id", "page_id", "form_id"))
    return ProofOrder(
        since_ms=max(since_ms, oldest_ms),
        until_ms=until_ms,
        workspace_id=WorkspaceId(workspace_id) if workspace_id else None,
        page_id=PageId(page_id) if page_id else None,
        form_id=FormId(form_id) if form_id else None,
    )


def _row(day: ProofDay) -> dict[str, Any]:
    counts = {
        name: getattr(day, name) for name in ("day", "page_id", "form_id", "at_meta", "pushed", "pulled")
    }
    return counts | {str(fate): count for fate, count in day.fates.items()}


def _differences(day: ProofDay) -> list[dict[str, str]]:
    return [{"lead_id": one.lead_id, "fate": one.fate, "reason": one.reason} for one in day.differences]
