"""PostgreSQL: a bounded pool of connections, the same units of work, wake-ups over LISTEN and NOTIFY."""

import asyncio
import contextlib
import re
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from connector.domain.errors import StateUnavailableError
from state.engine import CommitObserver, Params, Row, Tx
from state.migrations import migrate_postgres

T = TypeVar("T")

CONNECTIONS = 8
"""Connections, and threads that use them: past about 20 the interpreter lock is the limit."""
CONFLICT_RETRIES = 5
POOL_TIMEOUT_S = 5.0
CHANNEL = "connector"
LISTEN_RETRY_S = 2.0

_ROWS = re.compile(r"/\*rows ([a-z_, ]+)\*/")
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")


@lru_cache(maxsize=1024)
def translate(sql: str) -> bytes:
    """Return the statement in psycopg's placeholder style. Statements are our own constants."""
    text = _PARAMETER.sub(r"%(\1)s", _ROWS.sub(_recordset, sql.replace("%", "%%")))
    return (
        text.replace("/*skip locked*/", "FOR UPDATE SKIP LOCKED")
        .replace("/*for update*/", "FOR UPDATE")
        .encode()
    )


def _recordset(found: re.Match[str]) -> str:
    columns = ", ".join(f"{name.strip()} text" for name in found[1].split(","))
    return f"json_to_recordset(CAST(:rows AS json)) AS given({columns})"


class PostgresTx:
    """A transaction on one pooled connection."""

    def __init__(self, conn: psycopg.Connection[DictRow]) -> None:
        self._conn = conn
        self.topics: set[str] = set()

    def execute(self, sql: str, params: Params | None = None) -> int:
        return self._conn.execute(translate(sql), params or {}).rowcount

    def execute_many(self, sql: str, rows: Sequence[Params]) -> int:
        with self._conn.cursor() as cursor:
            cursor.executemany(translate(sql), rows)
            return cursor.rowcount

    def rows(self, sql: str, params: Params | None = None) -> Sequence[Row]:
        return self._conn.execute(translate(sql), params or {}).fetchall()

    def row(self, sql: str, params: Params | None = None) -> Row | None:
        return self._conn.execute(translate(sql), params or {}).fetchone()

    def wake(self, topic: str) -> None:
        self.topics.add(topic)

    def savepoint(self) -> AbstractContextManager[object]:
        return self._conn.transaction()


class PostgresEngine:
    """The engine for several machines. They coordinate through the database and nothing else."""

    def __init__(
        self,
        url: str,
        *,
        connections: int = CONNECTIONS,
        listen: bool = False,
        observe: CommitObserver | None = None,
    ) -> None:
        self._url = url
        self._observe = observe
        self._name = uuid.uuid4().hex  # tells our own notifications from other machines'
        self._loop = asyncio.get_running_loop()
        self._listeners: list[Callable[[str], None]] = []
        try:
            migrate_postgres(url)
        except psycopg.OperationalError as error:
            raise StateUnavailableError(f"PostgreSQL cannot be reached: {type(error).__name__}") from None
        self._pool: ConnectionPool[psycopg.Connection[DictRow]] = ConnectionPool(
            url,
            kwargs={"row_factory": dict_row},
            connection_class=psycopg.Connection[DictRow],
            min_size=1,
            max_size=connections,
            timeout=POOL_TIMEOUT_S,
            open=True,
        )
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="postgres")
        self._closing = threading.Event()
        self._ear = threading.Thread(target=self._listen_forever, name="postgres-listen", daemon=True)
        if listen:
            self._ear.start()

    async def write(self, fn: Callable[[Tx], T], *, durable: bool = True) -> T:
        if self._closing.is_set():
            raise StateUnavailableError("the database is closed")
        result, topics = await self._loop.run_in_executor(self._threads, self._write, fn, durable)
        for topic in topics:  # at once here; NOTIFY tells the other machines
            self._tell(topic)
        return result

    async def read(self, fn: Callable[[Tx], T]) -> T:
        if self._closing.is_set():
            raise StateUnavailableError("the database is closed")
        return await self._loop.run_in_executor(self._threads, self._read, fn)

    def on_wake(self, listener: Callable[[str], None]) -> None:
        self._listeners.append(listener)

    async def release_leases(self, now_ms: int) -> None:
        """Other machines may be alive: a lease here ends by its time alone."""

    async def aclose(self) -> None:
        self._closing.set()
        await asyncio.to_thread(self._threads.shutdown)
        await asyncio.to_thread(self._pool.close)
        if self._ear.is_alive():
            await asyncio.to_thread(self._ear.join)

    def _write(self, fn: Callable[[Tx], T], durable: bool) -> tuple[T, set[str]]:  # noqa: FBT001 - run_in_executor takes no names
        for left in range(CONFLICT_RETRIES, -1, -1):
            started = time.perf_counter()
            try:
                with self._pool.connection() as conn:
                    if not durable:
                        conn.execute("SET LOCAL synchronous_commit = off")
                    tx = PostgresTx(conn)
                    result = fn(tx)
                    for topic in tx.topics:
                        conn.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{self._name} {topic}"))
            except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected) as error:
                if not left:
                    raise StateUnavailableError("PostgreSQL kept refusing for conflicts") from error
            except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
                raise StateUnavailableError(f"PostgreSQL refused a write: {type(error).__name__}") from error
            else:
                if self._observe is not None:
                    self._observe(time.perf_counter() - started, 1)
                return result, tx.topics
        raise AssertionError  # the loop returns or raises

    def _read(self, fn: Callable[[Tx], T]) -> T:
        try:
            with self._pool.connection() as conn:
                return fn(PostgresTx(conn))
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
            raise StateUnavailableError(f"PostgreSQL refused a read: {type(error).__name__}") from error

    def _tell(self, topic: str) -> None:
        for listener in self._listeners:
            listener(topic)

    def _listen_forever(self) -> None:
        while not self._closing.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True) as conn:
                    conn.execute(f"LISTEN {CHANNEL}")
                    while not self._closing.is_set():
                        for notice in conn.notifies(timeout=0.5, stop_after=1):
                            sender, _, topic = notice.payload.partition(" ")
                            if sender == self._name:
                                continue  # told already, without the way round
                            with contextlib.suppress(RuntimeError):  # the loop closed meanwhile
                                self._loop.call_soon_threadsafe(self._tell, topic)
            except psycopg.Error:  # polling goes on behind it
                self._closing.wait(LISTEN_RETRY_S)


def connect(url: str) -> psycopg.Connection[Any]:
    """Open one plain connection: for checks and tests."""
    return psycopg.connect(url, autocommit=True)
