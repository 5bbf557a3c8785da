"""What looks after the state, on either engine."""

from collections.abc import Callable
from pathlib import Path

from connector.domain.audit import Actor
from connector.ports import Clock
from state.copies.folder import Copies
from state.copies.keeper import Copyist, GoOn, SqliteCopyist, SqlStateKeeper, SqlStateRuns
from state.copies.postgres_copy import PostgresCopyist
from state.copies.restoring import Hands
from state.engine import Engine
from state.vault import Vault
from support.rooms import KEY


def copyist(url: str) -> Copyist:
    if url.startswith("sqlite"):
        return SqliteCopyist(path=Path(url.removeprefix("sqlite:///")), version="test")
    return PostgresCopyist(url=url, version="test")


def hands(clock: Clock, new_id: Callable[[], str], key: bytes = KEY) -> Hands:
    return Hands(vault=Vault([key]), clock=clock, new_id=new_id, actor=Actor(kind="cli", name="test"))


def keeper(
    engine: Engine,
    url: str,
    folder: Path,
    hands_: Hands,
    *,
    kept: int = 7,
    go_on: GoOn = lambda: True,
) -> SqlStateKeeper:
    runs = SqlStateRuns(engine, hands_.clock)
    return SqlStateKeeper(runs, copyist(url), Copies(folder), hands_, kept=kept, go_on=go_on)
