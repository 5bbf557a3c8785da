"""`connector state`: copies of the state itself, putting one back, proving that one can be."""

import getpass
from pathlib import Path

import click

from connector.cli.session import Failure, Session, as_json, dry_run, failure, show
from connector.composition import Chance, opened_state
from connector.composition.own_state import NO_FOLDER, copies_of, copyist_of, keeper_of, sqlite_path
from connector.config import Settings
from connector.domain.audit import Actor
from connector.domain.errors import BadInputError, ConnectorError
from connector.domain.own_state import Done, Manifest
from connector.runtime.clock import SystemClock
from state.copies.folder import Copies, read_manifest
from state.copies.keeper import on_disk
from state.copies.restoring import Hands, Restored
from state.copies.sqlite_restore import restore_sqlite
from state.daemons import ALIVE_MS
from state.vault import Vault

COLUMNS = ("file", "made_at_ms", "bytes", "rows", "version", "keys")
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group()
def state() -> None:
    """Copy the daemon's own state, list the copies, put one back, prove that one can be put back."""


@state.command("backup")
@click.argument("folder", type=_FOLDER, required=False)
@as_json
@click.pass_obj
def backup(session: Session, /, folder: Path | None, *, in_json: bool) -> None:
    """Make a copy now, beside a running daemon, and prove it.

    It goes to FOLDER, else state.backup_dir, else `backups` beside the SQLite file. Old copies there are deleted past
    state.backups_kept.
    """
    settings = session.settings()
    copies = _copies(settings, folder)

    async def make() -> Manifest:
        clock, chance = SystemClock(), Chance.of_system()
        async with opened_state(settings, clock, chance) as rooms:
            return await keeper_of(settings, rooms.engine, copies, clock, chance).copy()

    made = session.run(make())
    if in_json:
        show([_row(made)], COLUMNS, in_json=True, empty="")
    else:
        rows = sum(made.rows.values())
        click.echo(f"{copies.folder / made.file}: {made.bytes} bytes, {rows} rows, proved.")


@state.command("list")
@click.argument("folder", type=_FOLDER, required=False)
@as_json
@click.pass_obj
def list_copies(session: Session, /, folder: Path | None, *, in_json: bool) -> None:
    """List the finished copies, oldest first."""
    copies = _copies(session.settings(), folder)
    rows = [_row(one) for one in copies.finished()]
    show(rows, COLUMNS, in_json=in_json, empty=f"{copies.folder} holds no finished copy.")


@state.command("drill")
@click.argument("folder", type=_FOLDER, required=False)
@click.pass_obj
def drill(session: Session, /, folder: Path | None) -> None:
    """Restore the newest copy into a scratch place, compare and open it; the daemon does it each week."""
    settings = session.settings()
    copies = _copies(settings, folder)

    async def run() -> Done:
        clock, chance = SystemClock(), Chance.of_system()
        async with opened_state(settings, clock, chance) as rooms:
            return await keeper_of(settings, rooms.engine, copies, clock, chance).drill()

    done = session.run(run())
    click.echo(f"{done.file} can be restored: {done.rows} rows, all as its manifest says.")


@state.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--replace", is_flag=True, help="Put it in the place of a state that is there, which is kept aside."
)
@click.option(
    "--no-manifest", is_flag=True, help="Take a copy whose manifest is lost: only its inside is checked."
)
@click.option("--accept-lost-keys", is_flag=True, help="Restore though secrets in it open with no key.")
@dry_run
@click.pass_obj
def restore(
    session: Session,
    /,
    file: Path,
    *,
    replace: bool,
    no_manifest: bool,
    accept_lost_keys: bool,
    dry_run: bool,
) -> None:
    """Put a copy in the place of the state that the settings name. No daemon may run on it.

    Everything is proved before anything is changed, and an old state is kept. Numbers of events and revisions go on
    far above those of the copy, so that the CRM is given none a second time. With --dry-run it is proved in a scratch
    place, beside a running daemon too.
    """
    settings = session.settings()
    settings.require("state.encryption_keys")
    try:
        manifest = _manifest(file, needed=not no_manifest)
        _check_engine(settings, file, manifest)
        if dry_run:
            click.echo(_rehearsed(settings, file, manifest, replace=replace, accept_shut=accept_lost_keys))
            return
        restored, aside = _restore(settings, file, manifest, replace=replace, accept_shut=accept_lost_keys)
    except ConnectorError as error:
        raise failure(error) from error
    click.echo(f"Restored {_counts(restored)}")
    if aside:
        click.echo(f"The old state is kept as {aside}: delete it once all is well; it holds personal data.")
    click.echo(
        "Start the daemon: it reads from Facebook what came in since the copy was made. What else happened since is "
        "not known here any more: look through `connector token list` and `connector admin list` for who had been "
        "shut out, ask for erasures again, and connect accounts that `connector connections` shows as lost."
    )


def _counts(restored: Restored) -> str:
    return f"{restored.rows} rows; {restored.opened} sealed secrets open, {restored.shut} do not."


def _check_engine(settings: Settings, file: Path, manifest: Manifest | None) -> None:
    is_sqlite = sqlite_path(settings) is not None
    if manifest is not None and (manifest.engine == "sqlite") != is_sqlite:
        raise BadInputError(f"{file.name} is of the other database engine: name that one in state.url")


def _rehearsed(
    settings: Settings, file: Path, manifest: Manifest | None, *, replace: bool, accept_shut: bool
) -> str:
    """Restore into a scratch place; return what is said of it."""
    copyist, hands = copyist_of(settings), _hands(settings)
    restored = on_disk(copyist.drill, file, manifest, hands, go_on=lambda: True, accept_shut=accept_shut)
    said = f"{file.name} could be restored: {_counts(restored)} Nothing was changed."
    if not copyist.is_there():
        return said
    return f"{said} The state that is there {'would be kept aside' if replace else 'is in its way: give --replace'}."


def _restore(
    settings: Settings, file: Path, manifest: Manifest | None, *, replace: bool, accept_shut: bool
) -> tuple[Restored, object]:
    path, hands = sqlite_path(settings), _hands(settings)
    if path is not None:
        return restore_sqlite(
            file, path, manifest=manifest, hands=hands, replace=replace, accept_shut=accept_shut
        )
    from state.copies.postgres_copy import restore_postgres  # noqa: PLC0415 - 9 MiB that a SQLite install never needs

    return restore_postgres(
        file,
        settings.state.url.get_secret_value(),
        manifest=manifest,
        hands=hands,
        replace=replace,
        accept_shut=accept_shut,
        alive_ms=ALIVE_MS,
    )


def _hands(settings: Settings) -> Hands:
    return Hands(
        vault=Vault(settings.state.keys()),
        clock=SystemClock(),
        new_id=Chance.of_system().new_id,
        actor=Actor(kind="cli", name=getpass.getuser()),
    )


def _manifest(file: Path, *, needed: bool) -> Manifest | None:
    found = read_manifest(file)
    if found is None and needed:
        raise BadInputError(
            f"{file.name} has no manifest beside it ({file.name}.json): bring it too, or give --no-manifest"
        )
    return found


def _copies(settings: Settings, folder: Path | None) -> Copies:
    copies = copies_of(settings, folder)
    if copies is None:
        raise Failure(NO_FOLDER, code=2)
    return copies


def _row(one: Manifest) -> dict[str, object]:
    rows, keys = sum(one.rows.values()), ", ".join(one.keys)
    return {
        "file": one.file,
        "made_at_ms": one.made_at_ms,
        "bytes": one.bytes,
        "rows": rows,
        "version": one.version,
        "keys": keys,
    }
