"""Connections to PostgreSQL that do not wait for ever, and which of its errors are its own fault."""

import math
import time
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import PoolTimeout

from connector.domain.errors import StateUnavailableError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds that PostgreSQL may keep us waiting."""

    connect_s: int = 10  # to a connection; psycopg takes less than 2 for 2
    away_s: float = 1.0  # for a connection of the pool, once nobody got any in a unit's time
    anew_s: float = 5.0  # in which what failed to connect is tried again, after pauses that grow
    answer_s: float = 3.0  # for the answer to a statement that waits for no lock and reads nothing
    unit_s: float = 12.0  # for a unit of work, from the call to its commit: longer than lock_s
    migration_s: float = 600.0  # for the schema, another machine's migration before ours included
    hear_s: float = 5.0  # between two proofs that the connection which listens is alive
    retry_s: float = 2.0  # until it is opened again
    # the server's own limits: they free rows and work of a client that the server cannot hear any more
    lock_s: float = 10.0
    statement_s: float = 30.0
    idle_s: float = 60.0


LIMITS = Limits()

_SET = """
    SELECT set_config('lock_timeout', %(lock)s, false), set_config('statement_timeout', %(statement)s, false),
           set_config('idle_in_transaction_session_timeout', %(idle)s, false)"""


class NoAnswerError(psycopg.OperationalError):
    """The server said nothing until the deadline. The connection is closed: what became of it is not known."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection with a deadline: no wait for the server goes past it.

    `statement_timeout` cannot replace it: a stopped server keeps no time, and over a socket of the same machine the
    kernel notices nothing either.
    """

    deadline: float = math.inf
    """On the clock of `time.monotonic`."""

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Run one exchange with the server. Raises NoAnswerError."""
        if self.deadline == math.inf:
            return super().wait(gen, interval, timeout)
        left = max(self.deadline - time.monotonic(), 0.0)
        try:
            return super().wait(gen, interval, left if timeout is None else min(left, timeout))
        except psycopg.OperationalError:
            if time.monotonic() < self.deadline:
                raise
            self.pgconn.finish()  # what is answered later has no reader
            raise NoAnswerError("no answer in time") from None


def bounded_conninfo(url: str, limits: Limits = LIMITS) -> str:
    """Return the address with what makes the kernel notice a dead network; what the address itself says stays."""
    ours: dict[str, Any] = {
        "connect_timeout": limits.connect_s,
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,  # ms
    }
    return make_conninfo("", **{**ours, **conninfo_to_dict(url)})


def connect_bounded(url: str, limits: Limits = LIMITS, *, longest_s: float) -> BoundedConnection:
    """Open one connection, for everything on which there are `longest_s` seconds. Raises psycopg.Error."""
    conn = BoundedConnection.connect(bounded_conninfo(url, limits))
    conn.deadline = time.monotonic() + longest_s
    return conn


def set_limits(conn: BoundedConnection, limits: Limits) -> None:
    """Tell the server its limits: by a statement, for a pooler in between refuses them at the start."""
    named = {"lock": limits.lock_s, "statement": limits.statement_s, "idle": limits.idle_s}
    conn.execute(_SET, {name: f"{seconds * 1000:.0f}ms" for name, seconds in named.items()}, prepare=False)


def is_refusal(error: psycopg.Error) -> bool:
    """Whether the server is the reason, not the statement: away, silent, full, read-only, shutting down, damaged."""
    if isinstance(error, psycopg.errors.InFailedSqlTransaction):
        return False  # a unit of work went on after an error: a bug
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | psycopg.InternalError)


def unavailable(error: psycopg.Error, doing: str) -> StateUnavailableError:
    """Say what was not done and why; the server's own words may hold data."""
    if isinstance(error, NoAnswerError | PoolTimeout | psycopg.errors.ConnectionTimeout):
        return StateUnavailableError(f"PostgreSQL does not answer {doing}")
    return StateUnavailableError(f"PostgreSQL refused {doing}: {type(error).__name__}")
