"""The seam between units of work and the two databases.

A unit of work is a plain synchronous function of a `Tx`: `await engine.write(fn)` runs it in a transaction and
returns after the commit is on disk. SQL uses named parameters (`:name`), the subset both engines understand, and
the comment `/*skip locked*/` where a claim must not wait for another machine's claim. Several are claimed by
`IN (WITH due AS MATERIALIZED (… LIMIT …) SELECT …)`: a bare `IN (… LIMIT …)` may be run anew for each row, skips
what it has just locked itself, and so takes more than the limit. The comment
`/*rows a, b*/` stands for a table `given` of text columns made of the JSON array of objects in `:rows`: one parameter
for many rows, where a statement a row would cost a round trip's worth each. `/*for update*/` locks
what a query reads against other writers, where there can be any; rows that only refer to it go on.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

Value = str | int | float | bytes | None
"""What both engines store as it is."""

Params = Mapping[str, object]
"""Named parameters of a statement; every value is a `Value`."""

Row = Mapping[str, Any]
T = TypeVar("T")

CommitObserver = Callable[[float, int], None]
"""Called after each commit with its seconds and how many units of work it carried."""


class Tx(Protocol):
    """One open transaction."""

    def execute(self, sql: str, params: Params | None = None) -> int:
        """Run a statement; return how many rows it changed."""

    def execute_many(self, sql: str, rows: Sequence[Params]) -> int:
        """Run a statement once a row; return how many rows were changed in all."""

    def rows(self, sql: str, params: Params | None = None) -> Sequence[Row]:
        """Run a query (or a statement with RETURNING); return all rows, by column name."""

    def row(self, sql: str, params: Params | None = None) -> Row | None:
        """Return the first row, or None."""

    def wake(self, topic: str) -> None:
        """After the commit, tell whoever waits for `topic`, on every machine."""

    def savepoint(self) -> AbstractContextManager[object]:
        """Undo only what happens inside when it raises."""


class Engine(Protocol):
    """A database that runs units of work."""

    async def write(self, fn: Callable[[Tx], T], *, durable: bool = True) -> T:
        """Run `fn` in a transaction; return after its commit is durable.

        `durable` False is for claims alone: one that a crash forgets is only work done again. An engine may then
        answer before the disk has it.
        Raises StateUnavailableError when the database cannot take it (nothing was stored), or what `fn` raised.
        """

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` on one snapshot; it must not write."""

    def on_wake(self, listener: Callable[[str], None]) -> None:
        """Call `listener(topic)` in the event loop whenever a commit woke a topic, here or elsewhere."""

    async def release_leases(self, now_ms: int) -> None:
        """Free the leases of a dead process, where only one process can be the owner (SQLite)."""

    async def aclose(self) -> None:
        """Finish what is queued and close."""
