"""SQLite with group commit: one writer thread, many units of work a transaction, each undone by itself."""

import asyncio
import contextlib
import os
import queue
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database

from connector.domain.errors import StateUnavailableError
from state.engine import CommitObserver, Params, Row, Tx
from state.leases import RELEASE_ALL
from state.sqlite_file import BUSY_TIMEOUT_MS, is_refusal, open_file, open_migrated, refused, take_lock

T = TypeVar("T")

GROUP_MAX = 256
"""Units of work in one transaction: bounds how long the first of them waits for its commit."""
READERS = 2


_ROWS = re.compile(r"/\*rows ([a-z_, ]+)\*/")


@lru_cache(maxsize=1024)
def translate(sql: str) -> str:
    """Return the statement with our words in SQLite's own."""
    return _ROWS.sub(_json_table, sql)


def _json_table(found: re.Match[str]) -> str:
    columns = ", ".join(f"value ->> '{name.strip()}' AS {name.strip()}" for name in found[1].split(","))
    return f"(SELECT {columns} FROM json_each(:rows)) AS given"  # noqa: S608 - the names stand in our own statements


class SqliteTx:
    """A transaction on one connection."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._conn = db.conn
        self.topics: set[str] = set()

    @property
    def db(self) -> Database:
        """Return the connection under it: for what only SQLite has."""
        return self._db

    def execute(self, sql: str, params: Params | None = None) -> int:
        return self._conn.execute(translate(sql), params or {}).rowcount

    def execute_many(self, sql: str, rows: Sequence[Params]) -> int:
        return self._conn.executemany(translate(sql), rows).rowcount

    def rows(self, sql: str, params: Params | None = None) -> Sequence[Row]:
        cursor = self._conn.execute(translate(sql), params or {})
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, sql: str, params: Params | None = None) -> Row | None:
        rows = self.rows(sql, params)
        return rows[0] if rows else None

    def wake(self, topic: str) -> None:
        self.topics.add(topic)

    def savepoint(self) -> AbstractContextManager[object]:
        return self._db.atomic()


@dataclass(slots=True)
class _Unit:
    """One queued unit of work and the future of whoever waits for its commit."""

    fn: Callable[[Tx], Any]
    future: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None
    topics: set[str] = field(default_factory=set)


class SqliteEngine:
    """The default engine. One process at a time may `run` on a file; others may still read and administer.

    Raises StateUnavailableError, NewerStateError, or BadInputError when another daemon runs on the file.
    """

    def __init__(
        self,
        path: Path,
        *,
        exclusive: bool = False,
        observe: CommitObserver | None = None,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
    ) -> None:
        self._path = path
        self._observe = observe
        self._loop = asyncio.get_running_loop()
        self._listeners: list[Callable[[str], None]] = []
        self._exclusive = exclusive
        self._closed = False
        self._queue: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._lock = take_lock(path) if exclusive else None
        try:
            self._writer_db = open_migrated(path, busy_timeout_ms=busy_timeout_ms)
        except BaseException:
            self._unlock()
            raise
        self._local = threading.local()
        self._opened: list[Database] = []
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-read")
        self._writer = threading.Thread(target=self._write_forever, name="sqlite-write", daemon=True)
        self._writer.start()

    async def write(self, fn: Callable[[Tx], T], *, durable: bool = True) -> T:
        del durable  # the group's commit is one for all
        if self._closed:  # nobody would ever answer
            raise StateUnavailableError("the database is closed")
        unit = _Unit(fn, self._loop.create_future())
        self._queue.put(unit)
        result: T = await unit.future
        return result

    async def read(self, fn: Callable[[Tx], T]) -> T:
        if self._closed:
            raise StateUnavailableError("the database is closed")
        return await self._loop.run_in_executor(self._readers, self._read, fn)

    def on_wake(self, listener: Callable[[str], None]) -> None:
        self._listeners.append(listener)

    async def release_leases(self, now_ms: int) -> None:
        if not self._exclusive:
            return

        def release(tx: Tx) -> None:
            for sql in RELEASE_ALL:
                tx.execute(sql, {"now_ms": now_ms})

        await self.write(release)

    async def aclose(self) -> None:
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._writer.join)
        await asyncio.to_thread(self._readers.shutdown)
        for db in (*self._opened, self._writer_db):
            db.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)

    def _read(self, fn: Callable[[Tx], T]) -> T:
        db = self._reader()
        try:
            db.execute("BEGIN")
            return fn(SqliteTx(db))
        except sqlite3.DatabaseError as error:
            if not is_refusal(error):
                raise
            raise refused("a read", error) from error
        finally:
            with contextlib.suppress(sqlite3.DatabaseError):
                db.execute("ROLLBACK")

    def _reader(self) -> Database:
        """Return this thread's own connection."""
        db: Database | None = getattr(self._local, "db", None)
        if db is None:
            try:
                db = self._local.db = open_file(self._path)
            except sqlite3.DatabaseError as error:
                raise refused("to open the file", error) from error
            db.execute("PRAGMA query_only = ON")
            self._opened.append(db)
        return db

    def _write_forever(self) -> None:
        stopped = False
        while not stopped:
            first = self._queue.get()
            group: list[_Unit] = []
            stopped = first is None
            if first is not None:
                group.append(first)
            while len(group) < GROUP_MAX and not stopped:
                try:
                    unit = self._queue.get_nowait()
                except queue.Empty:
                    break
                if unit is None:
                    stopped = True
                else:
                    group.append(unit)
            if group:
                self._commit(group)
                self._loop.call_soon_threadsafe(self._answer, group)

    def _commit(self, group: list[_Unit]) -> None:
        started = time.perf_counter()
        db = self._writer_db
        try:
            db.conn.execute("BEGIN IMMEDIATE")
            for unit in group:
                _run_unit(db, unit, alone=len(group) == 1)
            db.conn.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 - whoever waits is told; the writer lives on
            with contextlib.suppress(sqlite3.Error):
                db.conn.execute("ROLLBACK")
            unavailable = error if isinstance(error, StateUnavailableError) else refused("a commit", error)
            for unit in group:
                unit.error = unit.error or unavailable
        if self._observe is not None:
            self._observe(time.perf_counter() - started, len(group))

    def _answer(self, group: list[_Unit]) -> None:
        topics: set[str] = set()
        for unit in group:
            if unit.error is None:
                topics |= unit.topics
            if unit.future.done():  # whoever waited was cancelled
                continue
            if unit.error is None:
                unit.future.set_result(unit.result)
            else:
                unit.future.set_exception(unit.error)
        for topic in topics:
            for listener in self._listeners:
                listener(topic)


def _run_unit(db: Database, unit: _Unit, *, alone: bool) -> None:
    """Run one unit in its own savepoint; keep its error for its waiter. Raises when the whole group is lost.

    A unit that is `alone` needs no savepoint: the transaction is its own, and each statement saved is a turn of the
    interpreter lock less.
    """
    tx = SqliteTx(db)
    try:
        with contextlib.nullcontext() if alone else db.atomic():
            unit.result = unit.fn(tx)
            unit.topics = tx.topics
    except Exception as error:
        unit.error = error
        if is_refusal(error):
            unit.error = refused("a write", error)
            unit.error.__cause__ = error
        if alone:
            raise unit.error from error
    if not db.conn.in_transaction:  # a full disk rolls everything back
        raise unit.error or StateUnavailableError("the transaction was rolled back")
