"""`connector bench`."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict

import click

from connector.bench.figures import Figure, Size
from connector.bench.measures import MEASURES, machine
from connector.bench.stand import opened_stand
from connector.cli.session import as_json
from connector.runtime.logs import configure_logs

FULL = Size(cycles=5, posts=4000, backlog=100_000, leads=3000, calls=1_000_000)
QUICK = Size(cycles=1, posts=600, backlog=2000, leads=300, calls=5000)


@click.command()
@click.option("--quick", is_flag=True, help="One short cycle: shows that it works, measures little.")
@click.option("--only", multiple=True, type=click.Choice(sorted(MEASURES)), help="Only this measure; repeat.")
@as_json
def bench(*, quick: bool, only: Sequence[str], in_json: bool) -> None:
    """Measure throughput and latency on this machine, against the sandbox, on both engines.

    PostgreSQL is measured where its server programs are installed. Nothing else should run meanwhile.
    """
    configure_logs(level="warning")
    chosen = [name for name in MEASURES if not only or name in only]
    if not in_json:
        click.echo(f"Measuring on {machine()}; medians of interleaved cycles.")
    asyncio.run(_run(chosen, QUICK if quick else FULL, in_json=in_json))


async def _run(chosen: Sequence[str], size: Size, *, in_json: bool) -> None:
    async with opened_stand() as stand:
        for name in chosen:
            for figure in await MEASURES[name](stand, size):
                click.echo(json.dumps(asdict(figure)) if in_json else _line(figure))


def _line(figure: Figure) -> str:
    goal = f"goal {figure.goal}" if figure.goal else ""
    return f"{figure.name:<52} {figure.value:>9.3g} {figure.unit:<9} {goal:<12} {figure.note}".rstrip()
