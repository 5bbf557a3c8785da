"""Joining what looks after the state itself: its copies, its drills, who runs on it."""

from collections.abc import Callable
from pathlib import Path

from connector import __version__
from connector.composition.chance import Chance
from connector.config import Settings
from connector.domain.audit import Actor
from connector.ports import Clock
from state.copies.folder import Copies
from state.copies.keeper import Copyist, SqliteCopyist, SqlStateKeeper, SqlStateRuns
from state.copies.restoring import Hands
from state.engine import Engine
from state.vault import Vault

DRILL = Actor(kind="system", name="drill")
NO_FOLDER = "On PostgreSQL copies are made where state.backup_dir names a folder: set it, or name one here."


def sqlite_path(settings: Settings) -> Path | None:
    """Return the file of a SQLite state, None on PostgreSQL."""
    url = settings.state.url.get_secret_value()
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:") else None


def copies_of(settings: Settings, folder: Path | None = None) -> Copies | None:
    """Return the folder of copies: the one named, else of the settings, else beside a SQLite file."""
    if folder is not None:
        return Copies(folder)
    if settings.state.backup_dir:
        return Copies(Path(settings.state.backup_dir))
    path = sqlite_path(settings)
    return Copies(path.absolute().parent / "backups") if path else None


def copyist_of(settings: Settings) -> Copyist:
    """Return who copies this state."""
    path = sqlite_path(settings)
    if path is not None:
        return SqliteCopyist(path=path, version=__version__)
    from state.copies.postgres_copy import PostgresCopyist  # noqa: PLC0415 - 9 MiB that a SQLite install never needs

    return PostgresCopyist(url=settings.state.url.get_secret_value(), version=__version__)


def keeper_of(
    settings: Settings,
    engine: Engine,
    copies: Copies,
    clock: Clock,
    chance: Chance,
    *,
    actor: Actor = DRILL,
    go_on: Callable[[], bool] = lambda: True,
) -> SqlStateKeeper:
    """Return who makes copies into a folder, and drills them."""
    vault = Vault(settings.state.keys())
    hands = Hands(vault=vault, clock=clock, new_id=chance.new_id, actor=actor)
    kept = settings.state.backups_kept
    return SqlStateKeeper(
        SqlStateRuns(engine, clock), copyist_of(settings), copies, hands, kept=kept, go_on=go_on
    )
