"""`connector leads test`: asks the running daemon for a test lead and ticks its hops."""

import getpass
import json
from collections.abc import Callable
from dataclasses import asdict

import click

from connector.cli.session import FINDINGS, Failure, Session
from connector.composition import Chance, opened_state
from connector.config import Settings
from connector.domain.audit import Actor
from connector.domain.lead import FormId, WorkspaceId
from connector.domain.trial import Hop, Trial, hops
from connector.ports import Clock
from connector.ports.trials import Trials
from connector.runtime.clock import SystemClock
from state.leads.trials import SqlTrials
from state.vault import Vault

LOOK_S = 0.25
PATIENCE_S = 180.0
"""Seconds: longer than a run may take that a daemon works on."""
UNTOUCHED_S = 15.0
"""Seconds after which nobody works on the run."""
MARKS = {"done": "✓", "running": "…", "failed": "✗", "ahead": " ", "skipped": "-"}


@click.command("test")
@click.option("--form", "form_id", help="The form; without it the one with the newest lead.")
@click.option("--workspace", "workspace_id", default="main", show_default=True, help="The workspace.")
@click.option("--json", "in_json", is_flag=True, help="Print the run as one JSON object at its end.")
@click.pass_obj
def leads_test(session: Session, form_id: str | None, workspace_id: str, *, in_json: bool) -> None:
    """Send a real test lead through every hop, tick each with its time, and take it away again.

    Needs the daemon (`connector run`): it does the work. Live leads go on; the test never becomes a contact.
    """
    settings = session.settings()
    say: Callable[[str], None] = (lambda _: None) if in_json else click.echo
    run = session.run(_followed(settings, WorkspaceId(workspace_id), form_id, say))
    if in_json:
        click.echo(
            json.dumps({**asdict(run), "hops": [asdict(hop) for hop in hops(run)]}, ensure_ascii=False)
        )
    if run.state != "done":
        raise Failure(run.reason or "The test lead did not get through.", code=FINDINGS)
    say("The test lead went every hop and is removed again.")


async def _followed(
    settings: Settings, workspace_id: WorkspaceId, form_id: str | None, say: Callable[[str], None]
) -> Trial:
    clock, chance = SystemClock(), Chance.of_system()
    async with opened_state(settings, clock, chance) as rooms:
        trials = SqlTrials(rooms.engine, clock, Vault(settings.state.keys()), chance.new_id)
        actor = Actor(kind="cli", name=getpass.getuser())
        run_id = await trials.ask(workspace_id, FormId(form_id) if form_id else None, actor=actor)
        return await follow(trials, run_id, clock, say)


async def follow(trials: Trials, run_id: str, clock: Clock, say: Callable[[str], None]) -> Trial:
    """Say each hop once, when it is reached, until the run ends. Raises Failure: nobody works on it."""
    told: set[str] = set()
    began_s = clock.monotonic()
    while True:
        run = await trials.run(run_id)
        if run is None:
            raise Failure("The test is gone.", code=FINDINGS)
        for hop in hops(run):
            if hop.state in {"done", "failed", "skipped"} and hop.name not in told:
                told.add(hop.name)
                say(_line(run, hop))
        if run.finished_at_ms is not None:
            return run
        waited_s = clock.monotonic() - began_s
        if waited_s > PATIENCE_S or (run.state == "asked" and waited_s > UNTOUCHED_S):
            raise Failure("Nobody works on it: is `connector run` up? It goes on once it is.", code=FINDINGS)
        await clock.sleep(LOOK_S)


def _line(run: Trial, hop: Hop) -> str:
    after = f" after {(hop.at_ms - run.asked_at_ms) / 1000:.1f} s" if hop.at_ms is not None else ""
    return f"{MARKS[hop.state]} {hop.title}{after}{f': {hop.text}' if hop.text else ''}"
