"""`connector leads show`: one lead's whole life, as the dashboard's page tells it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from connector.cli.session import BAD_INPUT, Failure, Session
from connector.composition import Chance, opened_state
from connector.domain.lead import WorkspaceId
from connector.runtime.clock import SystemClock
from connector.web.dashboard.lead_views import lead_trace
from connector.web.dashboard.views import Fact, LeadTrace, TraceStep
from connector.web.dashboard.views.words import LEAD_STATES
from state.leads.readings import SqlReadings

Life = tuple[str, Mapping[str, Any], LeadTrace]


@click.command("show")
@click.argument("lead_id")
@click.option("--json", "in_json", is_flag=True, help="Print JSON, one object a workspace.")
@click.pass_obj
def leads_show(session: Session, lead_id: str, *, in_json: bool) -> None:
    """Print one lead's whole life: told, read, matched and why, corrected, each attempt at the CRM, its record."""
    settings = session.settings()

    async def find() -> Sequence[Life]:
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            readings = SqlReadings(rooms.engine)
            found: list[Life] = []
            for trace in await rooms.records.trace(lead_id):
                life = await readings.life(WorkspaceId(trace["workspace_id"]), lead_id)
                if life is not None:
                    told = {**trace, "corrections": life["corrections"], "crm_id": life["crm_id"]}
                    found.append((trace["workspace_id"], told, lead_trace(life, may_replay=False)))
            return found

    lives = session.run(find())
    if not lives:
        raise Failure(f"There is no lead {lead_id}: see `connector leads list`.", code=BAD_INPUT)
    for workspace_id, told, trace in lives:
        if in_json:
            click.echo(json.dumps(told, ensure_ascii=False))
        else:
            click.echo("\n".join(_lines(workspace_id, trace)))


def _lines(workspace_id: str, trace: LeadTrace) -> Iterator[str]:
    state = LEAD_STATES[trace.lead.state].label
    record = f", CRM record {trace.crm_id}" if trace.crm_id else ""
    yield f"Lead {trace.lead.id} of workspace {workspace_id}: {state}{record}"
    for text in (trace.lead.reason, trace.next_step):
        if text:
            yield f"  {text}"
    for step in trace.steps:
        yield from _step(step)
    for title, facts in (("Answers", trace.answers), ("Contact", trace.contact), ("From", trace.ids)):
        if facts:
            yield title
            yield from (f"  {_fact(fact)}" for fact in facts)


def _step(step: TraceStep) -> Iterator[str]:
    when = f"{step.at:%Y-%m-%d %H:%M:%S} UTC" if step.at else "to come".ljust(23)
    yield f"  {when}  {step.title}"
    if step.text:
        yield f"  {'':23}  {step.text}"
    for fact in step.facts:
        yield f"  {'':23}  {_fact(fact)}"


def _fact(fact: Fact) -> str:
    return f"{fact.name}: {' '.join(fact.value.split())}"
