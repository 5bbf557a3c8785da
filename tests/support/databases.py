"""Empty PostgreSQL databases, used again and again: making one costs ten times what emptying one does."""

import contextlib
from collections.abc import Iterator

import psycopg

from connector.bench.cluster import Cluster

CUT_OFF = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()"""


class Lending:
    """Lends databases of a cluster, each empty."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._free: list[str] = []
        self._made = contextlib.ExitStack()

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """Lend an empty database; yield its address."""
        url = self._free.pop() if self._free else self._made.enter_context(self._cluster.database())
        yield url
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(CUT_OFF)
            conn.execute("DROP SCHEMA public CASCADE")
            conn.execute("CREATE SCHEMA public")
        self._free.append(url)

    def close(self) -> None:
        """Drop them all."""
        self._made.close()
