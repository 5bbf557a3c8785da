"""Opening either engine, and one whose database goes away now and then."""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from connector.domain.errors import StateUnavailableError
from state.engine import Engine, Tx
from state.postgres import PostgresEngine
from state.sqlite import SqliteEngine

T = TypeVar("T")


class FailingEngine:
    """An engine that refuses writes: `fates` says of each of the next ones whether it works."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.fates: deque[bool] = deque()

    async def write(self, fn: Callable[[Tx], T], *, durable: bool = True) -> T:
        if self.fates and not self.fates.popleft():
            raise StateUnavailableError("the database is away")
        return await self._engine.write(fn, durable=durable)

    async def read(self, fn: Callable[[Tx], T]) -> T:
        return await self._engine.read(fn)

    def on_wake(self, listener: Callable[[str], None]) -> None:
        self._engine.on_wake(listener)

    async def release_leases(self, now_ms: int) -> None:
        await self._engine.release_leases(now_ms)

    async def aclose(self) -> None:
        await self._engine.aclose()


def open_engine(url: str) -> Engine:
    """Open either engine by its address."""
    if url.startswith("sqlite"):
        return SqliteEngine(Path(url.removeprefix("sqlite:///")))
    return PostgresEngine(url, connections=4)
