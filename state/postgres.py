"""PostgreSQL: a bounded pool of connections, the same units of work, wake-ups over LISTEN and NOTIFY."""

import asyncio
import contextlib
import logging
import math
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import TypeVar

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from connector.domain.errors import StateUnavailableError
from state.engine import CommitObserver, Params, Row, Tx
from state.migrations import migrate_postgres
from state.postgres_connection import (
    LIMITS,
    BoundedConnection,
    Limits,
    bounded_conninfo,
    connect_bounded,
    is_refusal,
    set_limits,
    unavailable,
)

T = TypeVar("T")

CONNECTIONS = 8
"""Connections, and threads that use them: past about 20 the interpreter lock is the limit."""
CONFLICT_RETRIES = 5
CHANNEL = "connector"
HEAR_S = 0.1
"""Seconds after which the listening thread looks whether we are closing."""

logging.getLogger("psycopg.pool").setLevel(
    logging.ERROR
)  # a line a try: those who wait say it once an outage

_ROWS = re.compile(r"/\*rows ([a-z_, ]+)\*/")
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")


@lru_cache(maxsize=1024)
def translate(sql: str) -> bytes:
    """Return the statement in psycopg's placeholder style. Statements are our own constants."""
    text = _PARAMETER.sub(r"%(\1)s", _ROWS.sub(_recordset, sql.replace("%", "%%")))
    return (
        text.replace("/*skip locked*/", "FOR UPDATE SKIP LOCKED")
        .replace("/*for update*/", "FOR NO KEY UPDATE")
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
    """The engine for several machines. They coordinate through the database and nothing else.

    Raises StateUnavailableError or NewerStateError. However silent the server is, a unit of work ends within
    `limits.unit_s`: all units get a thread in the order of their calls, and each keeps it no longer than that.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int = CONNECTIONS,
        listen: bool = False,
        observe: CommitObserver | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        self._url = url
        self._limits = limits
        self._observe = observe
        self._name = uuid.uuid4().hex  # tells our own notifications from other machines'
        self._loop = asyncio.get_running_loop()
        self._listeners: list[Callable[[str], None]] = []
        try:
            migrate_postgres(url, longest_s=limits.migration_s)
        except psycopg.Error as error:
            if not is_refusal(error):
                raise
            raise StateUnavailableError(f"PostgreSQL cannot be reached: {type(error).__name__}") from None
        self._pool: ConnectionPool[BoundedConnection] = ConnectionPool(
            bounded_conninfo(url, limits),
            # without a transaction of its own: a unit begins one, and so meets a dead connection first
            kwargs={"row_factory": dict_row, "autocommit": True},
            connection_class=BoundedConnection,
            configure=self._configure,
            min_size=1,
            max_size=connections,
            reconnect_timeout=limits.anew_s,  # then whoever asks next starts anew, without a grown pause
            open=True,
        )
        self._is_away = False
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="postgres")
        self._closing = threading.Event()
        self._ear = threading.Thread(target=self._listen_forever, name="postgres-listen", daemon=True)
        if listen:
            self._ear.start()

    async def write(self, fn: Callable[[Tx], T], *, durable: bool = True) -> T:
        if self._closing.is_set():
            raise StateUnavailableError("the database is closed")
        result, topics = await self._loop.run_in_executor(
            self._threads, self._write, fn, durable, self._deadline()
        )
        for topic in topics:  # at once here; NOTIFY tells the other machines
            self._tell(topic)
        return result

    async def read(self, fn: Callable[[Tx], T]) -> T:
        if self._closing.is_set():
            raise StateUnavailableError("the database is closed")
        return await self._loop.run_in_executor(self._threads, self._read, fn, self._deadline())

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

    def _deadline(self) -> float:
        return time.monotonic() + self._limits.unit_s

    def _write(self, fn: Callable[[Tx], T], durable: bool, deadline: float) -> tuple[T, set[str]]:  # noqa: FBT001 - run_in_executor takes no names
        for left in range(CONFLICT_RETRIES, -1, -1):
            started = time.perf_counter()
            try:
                with self._begun(deadline) as conn:
                    if not durable:
                        conn.execute("SET LOCAL synchronous_commit = off")
                    tx = PostgresTx(conn)
                    result = fn(tx)
                    for topic in tx.topics:
                        conn.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{self._name} {topic}"))
            except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected) as error:
                if not left:
                    raise StateUnavailableError("PostgreSQL kept refusing for conflicts") from error
            except psycopg.Error as error:
                if not is_refusal(error):
                    raise
                raise unavailable(error, "a write") from error
            else:
                if self._observe is not None:
                    self._observe(time.perf_counter() - started, 1)
                return result, tx.topics
        raise AssertionError  # the loop returns or raises

    def _read(self, fn: Callable[[Tx], T], deadline: float) -> T:
        try:
            with self._begun(deadline) as conn:
                return fn(PostgresTx(conn))
        except psycopg.Error as error:
            if not is_refusal(error):
                raise
            raise unavailable(error, "a read") from error

    @contextlib.contextmanager
    def _begun(self, deadline: float) -> Iterator[BoundedConnection]:
        """Lend a connection in a transaction, which is committed unless the inside raises."""
        conn = self._alive(deadline)
        try:
            with conn:
                yield conn
        except psycopg.errors.ReadOnlySqlTransaction:
            self._pool.drain()  # it is a standby now: the same address may lead to the new primary
            raise
        finally:
            if conn.closed:
                self._pool.drain()  # what cut this one off has cut off the others too
            self._pool.putconn(conn)

    def _alive(self, deadline: float) -> BoundedConnection:
        """Return a connection that has begun a transaction; those that died while idle are thrown away."""
        away_s = self._limits.away_s
        while True:
            left = deadline - time.monotonic()
            patience_s = min(left, away_s) if self._is_away else left
            try:
                conn = self._pool.getconn(timeout=patience_s)
            except PoolTimeout:
                # As many threads as connections: none is free only while none can be made. That says nothing of
                # the server if the unit had spent its time waiting for a thread.
                self._is_away = self._is_away or patience_s >= away_s
                raise
            self._is_away = False
            conn.deadline = min(deadline, time.monotonic() + self._limits.answer_s)
            try:
                conn.execute("BEGIN", prepare=False)
            except BaseException as error:
                self._pool.putconn(conn)
                if not (isinstance(error, psycopg.OperationalError) and conn.closed):
                    raise
                self._pool.drain()
            else:
                conn.deadline = deadline
                return conn

    def _configure(self, conn: BoundedConnection) -> None:
        conn.deadline = time.monotonic() + self._limits.connect_s
        set_limits(conn, self._limits)

    def _tell(self, topic: str) -> None:
        for listener in self._listeners:
            listener(topic)

    def _listen_forever(self) -> None:
        while not self._closing.is_set():
            try:
                with connect_bounded(self._url, self._limits, longest_s=self._limits.answer_s) as conn:
                    conn.autocommit = True
                    conn.execute(f"LISTEN {CHANNEL}")
                    while not self._closing.is_set():
                        self._listen(conn)
            except psycopg.Error:  # polling goes on behind it
                self._closing.wait(self._limits.retry_s)

    def _listen(self, conn: BoundedConnection) -> None:
        """Hand on what is heard for a while, then have the server prove that it is there: silence is no proof."""
        conn.deadline = math.inf
        until = time.monotonic() + self._limits.hear_s
        while not self._closing.is_set() and time.monotonic() < until:
            for notice in conn.notifies(timeout=min(HEAR_S, self._limits.hear_s), stop_after=1):
                sender, _, topic = notice.payload.partition(" ")
                if sender == self._name:
                    continue  # told already, without the way round
                with contextlib.suppress(RuntimeError):  # the loop closed meanwhile
                    self._loop.call_soon_threadsafe(self._tell, topic)
        conn.deadline = time.monotonic() + self._limits.answer_s
        conn.execute("SELECT 1")
