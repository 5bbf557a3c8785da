"""`connector`: the group of all commands. Each command's module is imported only when it is called."""

import importlib
from pathlib import Path

import click

from connector import __version__
from connector.cli.session import Session

COMMANDS = {
    "admin": "connector.cli.admin:admin",
    "alerts": "connector.cli.alerts:alerts",
    "backup": "connector.cli.backup:backup",
    "bench": "connector.cli.bench:bench",
    "calls": "connector.cli.calls:calls",
    "conform": "connector.cli.conform:conform",
    "connect": "connector.cli.connect:connect",
    "connections": "connector.cli.connections:connections",
    "deliveries": "connector.cli.deliveries:deliveries",
    "demo": "connector.cli.demo:demo",
    "disconnect": "connector.cli.disconnect:disconnect",
    "doctor": "connector.cli.doctor:doctor",
    "forms": "connector.cli.forms:forms",
    "init": "connector.cli.init:init",
    "keys": "connector.cli.keys:keys",
    "leads": "connector.cli.leads:leads",
    "migrate": "connector.cli.administer:migrate",
    "proof": "connector.cli.proof:proof",
    "reconcile": "connector.cli.reconcile:reconcile",
    "run": "connector.cli.run:run",
    "sandbox": "connector.cli.demo:sandbox",
    "state": "connector.cli.state:state",
    "subscribe": "connector.cli.subscribe:subscribe",
    "support-bundle": "connector.cli.support_bundle:support_bundle",
    "token": "connector.cli.administer:token",
    "workspace": "connector.cli.administer:workspace",
}


class LazyGroup(click.Group):
    """Knows the commands by name and loads one when it is asked for: `--help` need not open the world."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="connector")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The settings file; else $CONNECTOR_CONFIG, /etc/connector/connector.toml, ./connector.toml.",
)
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Facebook leads become CRM contacts in real time; connected accounts stay connected."""
    ctx.obj = Session(config)
