"""Many small writes as one: what arrives while a write is in flight goes together in the next."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from connector.domain.errors import StateUnavailableError
from state.engine import Engine, Tx

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

ITEMS_MAX = 512
"""Items in one write: bounds how long the first of them waits."""


class Grouped(Generic[ItemT, ResultT]):
    """Runs `fn(tx, items)` with all items that wait; `fn` returns one result an item.

    The items of one write succeed or fail together. When it breaks by a fault of ours, each is written by itself,
    so that one poison item fails alone.
    """

    def __init__(self, engine: Engine, fn: Callable[[Tx, Sequence[ItemT]], Sequence[ResultT]]) -> None:
        self._engine = engine
        self._fn = fn
        self._waiting: list[tuple[ItemT, asyncio.Future[ResultT]]] = []
        self._draining: asyncio.Task[None] | None = None

    async def add(self, item: ItemT) -> ResultT:
        """Return the item's result once it is on disk. Raises what the write raised."""
        future: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._draining is None:  # a task of our own: a caller that is cancelled takes nobody along
            self._draining = asyncio.create_task(self._drain(), name="grouped-write")
        try:
            return await future
        except asyncio.CancelledError:  # nobody waits for it: while the disk hangs such may be many
            self._waiting = [one for one in self._waiting if one[1] is not future]
            raise

    async def aclose(self) -> None:
        """Wait until everything that was added is written."""
        if self._draining is not None:
            await self._draining

    async def _drain(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:ITEMS_MAX], self._waiting[ITEMS_MAX:]
                await self._write(group)
        finally:
            self._draining = None

    async def _write(self, group: list[tuple[ItemT, "asyncio.Future[ResultT]"]]) -> None:
        items = [item for item, _ in group]
        try:
            answered = await self._engine.write(
                lambda tx: list(zip(group, self._fn(tx, items), strict=True))  # wrong counts undo the write
            )
        except Exception as error:  # noqa: BLE001 - it belongs to those who wait
            if len(group) > 1 and not isinstance(error, StateUnavailableError):
                for one in group:
                    await self._write([one])
                return
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), result in answered:
                if not future.done():
                    future.set_result(result)
