"""`connector demo` and `connector sandbox`."""

import click

from connector.cli.session import FINDINGS, INTERNAL, UNAVAILABLE, Failure, Session
from connector.demo.screen import Screen
from connector.demo.servers import Ports, run_sandbox
from connector.demo.show import run_demo
from connector.demo.stage import Plan
from connector.demo.summary import Summary
from connector.runtime.supervisor import LoopDiedError


@click.command()
@click.option(
    "--once", is_flag=True, help="End by itself; exit code 0 only if all leads arrived and the backup holds."
)
@click.option(
    "--leads", default=200, show_default=True, type=click.IntRange(1, 10_000), help="Leads of the burst."
)
@click.option(
    "--calls", default=2000, show_default=True, type=click.IntRange(1, 100_000), help="Calls of the backup."
)
@click.pass_obj
def demo(session: Session, *, once: bool, leads: int, calls: int) -> None:
    """Show the daemon at work against sandbox servers on loopback; needs no settings, leaves nothing behind."""
    screen = Screen()
    try:
        with screen.opened():
            summary = session.run(run_demo(Plan(leads=leads, calls=calls, once=once), screen))
    except LoopDiedError as error:
        raise Failure(f"{error}: see the log above.", code=INTERNAL) from error
    screen.console.print(summary.table())
    if once:
        _judge(summary)


def _judge(summary: Summary) -> None:
    for problem in summary.problems:
        click.echo(f"Failed: {problem}", err=True)
    if summary.problems:
        raise Failure("The demo failed: see above.", code=FINDINGS)
    click.echo("Every lead arrived, both accounts are healthy, the backup is in the Drive and was restored.")


@click.command()
@click.option(
    "--port-graph", default=0, type=click.IntRange(0, 65_535), help="Of the Graph API; 0 = any free."
)
@click.option("--port-google", default=0, type=click.IntRange(0, 65_535), help="Of Google; 0 = any free.")
@click.option("--port-crm", default=0, type=click.IntRange(0, 65_535), help="Of the CRM; 0 = any free.")
@click.option(
    "--leads-per-minute", default=0.0, type=click.FloatRange(0, 6_000), help="Let leads come; 0 = none."
)
@click.option(
    "--deliver-to",
    default="",
    metavar="URL",
    help="Webhook address that is told of the leads; a daemon's gets the providers' other calls too.",
)
@click.option("--ask", is_flag=True, help="Let the dialogs ask; otherwise they agree by themselves.")
@click.pass_obj
def sandbox(
    session: Session,
    *,
    port_graph: int,
    port_google: int,
    port_crm: int,
    leads_per_minute: float,
    deliver_to: str,
    ask: bool,
) -> None:
    """Run the sandbox servers alone: Graph API and Google with their dialogs, and a CRM. Ends with Ctrl-C."""
    if deliver_to and not deliver_to.startswith(("http://", "https://")):
        raise click.BadParameter("must start with http:// or https://", param_hint="--deliver-to")
    serving = run_sandbox(
        Ports(graph=port_graph, google=port_google, crm=port_crm),
        leads_per_minute=leads_per_minute or (12.0 if deliver_to else 0.0),
        deliver_to=deliver_to,
        say=click.echo,
        asks=ask,
    )
    try:
        session.run(serving)
    except OSError as error:
        raise Failure(f"The sandbox cannot listen: {error.strerror}.", code=UNAVAILABLE) from error
