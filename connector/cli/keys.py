"""`connector keys`: sealing everything under a new key, and the key ring on paper."""

import base64
import getpass
from collections.abc import Mapping
from typing import TextIO

import click

from connector.cli.session import FINDINGS, TRY_LATER, Failure, Session, as_json, dry_run, failure, show
from connector.composition import Chance, Rooms, opened_state
from connector.config import Settings
from connector.domain.audit import Actor, AuditEntry
from connector.domain.errors import ConnectorError
from connector.runtime.clock import SystemClock
from state.daemons import SqlDaemons
from state.keys import key_sheet
from state.keys.resealing import Resealed, SqlResealing
from state.vault import Vault

COLUMNS = ("key", "place", "sealed")
BEHIND = (
    "A daemon runs that does not seal under the first key of state.encryption_keys yet: put the key first for every "
    "daemon and restart them, then rotate."
)


@click.group()
def keys() -> None:
    """Change encryption keys, and keep the key ring on paper."""


@keys.command("rotate")
@dry_run
@as_json
@click.pass_obj
def rotate(session: Session, /, *, dry_run: bool, in_json: bool) -> None:
    """Seal every stored secret anew under the first key of state.encryption_keys.

    Put the new key first, keep the old ones behind it, restart the daemons, then run this. It works beside them, in
    small steps; stopped in the middle it goes on with the rest when it is run again.
    """
    settings = session.settings()
    counts, done = session.run(_rotate(settings, dry_run=dry_run))
    names = Vault(settings.state.keys()).names
    rows = [
        {"key": name, "place": _place(name, names), "sealed": counts.get(name, 0)}
        for name in dict.fromkeys((*names, *sorted(counts)))
    ]
    show(rows, COLUMNS, in_json=in_json, empty="")
    old = sum(count for name, count in counts.items() if name != names[0])
    if in_json:
        pass
    elif done is None:
        click.echo(f"{old} would be sealed anew.")
    else:
        click.echo(f"{done.done} sealed anew. {_advice(counts, names)}")
    if done is not None and old:
        raise Failure(
            f"{old} stored secrets are not under the first key, {done.shut} of them open with no key of the ring: "
            "put the key that sealed them back, or connect those accounts again.",
            code=FINDINGS,
        )


async def _rotate(settings: Settings, *, dry_run: bool) -> tuple[Mapping[str, int], Resealed | None]:
    vault = Vault(settings.state.keys())
    clock = SystemClock()
    async with opened_state(settings, clock, Chance.of_system()) as rooms:
        resealing = SqlResealing(rooms.engine, vault)
        if dry_run:
            return await resealing.counts(), None
        if any(one.keys[:1] != vault.names[:1] for one in await SqlDaemons(rooms.engine, clock).alive()):
            raise Failure(BEHIND, code=TRY_LATER)
        done = await resealing.reseal()
        await _record(rooms, done)
        return await resealing.counts(), done


async def _record(rooms: Rooms, done: Resealed) -> None:
    actor = Actor(kind="cli", name=getpass.getuser())
    detail = {"sealed": done.done, "shut": done.shut}
    await rooms.audit.record(AuditEntry(actor=actor, action="keys.rotated", detail=detail))


def _place(name: str, names: tuple[str, ...]) -> str:
    if name == names[0]:
        return "seals"
    return "opens" if name in names else "not in the ring"


def _advice(counts: Mapping[str, int], names: tuple[str, ...]) -> str:
    spare = [name for name in names[1:] if not counts.get(name)]
    if not spare:
        return ""
    return (
        f"This state needs these keys no more: {', '.join(spare)}. Copies of the state that were made before still "
        "do: keep them on a key sheet until the last such copy is gone, and take them out of state.encryption_keys."
    )


_passphrase = click.option(
    "--passphrase-file",
    type=click.File("r", encoding="utf-8"),
    help="Take the passphrase from its first line.",
)


@keys.command("sheet")
@click.option("--sealed", is_flag=True, help="Seal it under a passphrase, which is asked for.")
@_passphrase
@click.pass_obj
def sheet(session: Session, /, *, sealed: bool, passphrase_file: TextIO | None) -> None:
    """Print the key ring as lines to keep on paper. Without it a copy of the state opens no account."""
    settings = session.settings()
    settings.require("state.encryption_keys")
    try:
        text = key_sheet.written(
            settings.state.keys(),
            passphrase=_asked(passphrase_file, confirm=True) if sealed or passphrase_file else None,
            now=SystemClock().now(),
        )
    except ConnectorError as error:
        raise failure(error) from error
    click.echo(text, nl=False)


@keys.command("recover")
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
@_passphrase
def recover(file: TextIO, passphrase_file: TextIO | None) -> None:
    """Read a key sheet back; print the keys as state.encryption_keys takes them, one a line.

    Mistakes are named by their line. FILE is the sheet as text, - is standard input.
    """
    try:
        ring = key_sheet.recovered(file.read(), ask=lambda: _asked(passphrase_file))
    except ConnectorError as error:
        raise failure(error) from error
    for key in ring:
        click.echo(base64.b64encode(key).decode())


def _asked(given: TextIO | None, *, confirm: bool = False) -> str:
    """Return the passphrase: the first line of the file that was named, else ask on the terminal."""
    if given is not None:
        return given.readline().rstrip("\n")
    passphrase: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)
    return passphrase
