"""`connector conform`."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

import click

from adapters.crm.conformance import HttpReceiver
from adapters.crm.gateway import crm_session
from connector.cli.session import FINDINGS, Failure, Session, as_json, dry_run, show
from connector.composition import Chance
from connector.config import Settings
from connector.domain.conformance import Finding
from connector.pipelines.conform import Conform
from connector.pipelines.conform_checks import CHECKS
from connector.pipelines.conform_events import Events
from connector.runtime.clock import SystemClock

COLUMNS = ("verdict", "name", "detail", "why", "remedy")
PLANNED = ("name", "why")


@click.command()
@click.argument("url")
@click.option("--allow-network", "networks", multiple=True, help="A private network that the URL may be in.")
@click.option(
    "--timeout", "timeout_s", type=click.FloatRange(0.1, 120), help="Seconds; else crm.timeout_seconds."
)
@dry_run
@as_json
@click.pass_obj
def conform(
    session: Session,
    /,
    url: str,
    *,
    networks: tuple[str, ...],
    timeout_s: float | None,
    dry_run: bool,
    in_json: bool,
) -> None:
    """Check a CRM's receiver at URL against what it will be sent.

    It sends some sixty made-up events with twenty contacts of the workspace `conformance`, signed with
    crm.signing_secret and marked by the header connector-conformance, a ping first, and has them erased at the end.
    Use a receiver for tests. Exit code 1 when a check does not pass.
    """
    settings = session.settings()
    if dry_run:
        checks = [{column: getattr(one, column) for column in PLANNED} for one in CHECKS]
        show(checks, PLANNED, in_json=in_json, empty="")
        return
    settings.require("crm.signing_secret")
    findings = session.run(_check(settings, url, networks=_networks(networks), timeout_s=timeout_s))
    rows = [{column: getattr(one, column) for column in COLUMNS} for one in findings]
    columns = COLUMNS if in_json else tuple(name for name in COLUMNS if name != "why")
    show(rows, columns, in_json=in_json, empty="")
    count = sum(one.verdict != "pass" for one in findings)
    if count:
        raise Failure(f"{count} of {len(findings)} checks did not pass.", code=FINDINGS)
    if not in_json:
        click.echo(f"All {len(findings)} checks passed.")


async def _check(
    settings: Settings, url: str, *, networks: Sequence[IPv4Network | IPv6Network], timeout_s: float | None
) -> Sequence[Finding]:
    clock = SystemClock()
    limit_s = timeout_s or settings.crm.timeout_seconds
    allowed = (*settings.crm.allowed_networks, *networks)
    async with crm_session(allowed_networks=allowed) as http:
        receiver = HttpReceiver(
            http,
            url=url,
            signing_secrets=[settings.crm.signing_secret.get_secret_value()],
            timeout_s=limit_s,
            clock=clock,
        )
        run = Conform(receiver, Events(clock, Chance.of_system().new_id), timeout_s=limit_s)
        return await run.run(CHECKS)


def _networks(given: Sequence[str]) -> Sequence[IPv4Network | IPv6Network]:
    try:
        return [ip_network(text) for text in given]
    except ValueError:
        raise Failure("--allow-network takes a network such as 10.1.0.0/16 or 127.0.0.0/8.", code=2) from None
