"""Migrated PostgreSQL databases, used again and again: emptying one costs a tenth of migrating another."""

import contextlib
from collections.abc import Iterator

import psycopg

from connector.bench.cluster import Cluster
from state.migrations import migrate_postgres

CUT_OFF = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()"""

SHAPE = """
    SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'
     UNION ALL SELECT 'applied ' || name FROM migrations
     UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
     UNION ALL SELECT conrelid::regclass || pg_get_constraintdef(oid) FROM pg_constraint
                WHERE connamespace = 'public'::regnamespace
     UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
                WHERE relnamespace = 'public'::regnamespace
     UNION ALL SELECT relname || ' ' || attname || ' ' || atttypid::regtype || ' ' || attnotnull
                 FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
                WHERE relnamespace = 'public'::regnamespace AND attnum > 0
     ORDER BY 1"""
"""What a test may have changed that is no row: then nobody else gets the database."""

EMPTY = """
    DO $$
    DECLARE found regclass;
    BEGIN
        SET LOCAL session_replication_role = replica;  -- references are not looked at: all rows go
        FOR found IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
                        AND relname <> 'migrations' AND pg_relation_size(oid) > 0
        LOOP
            IF pg_relation_size(found) > 65536 THEN
                EXECUTE format('TRUNCATE %s CASCADE', found);
            ELSE
                EXECUTE format('DELETE FROM %s', found);  -- a file less to make
            END IF;
        END LOOP;
        PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
           FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
    END $$"""


class Lending:
    """Lends databases of a cluster, each with the schema of today and without a row."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._free: list[str] = []
        self._made = contextlib.ExitStack()
        self._model = self._made.enter_context(cluster.database())
        migrate_postgres(self._model)
        with psycopg.connect(self._model) as conn:
            self._shape = conn.execute(SHAPE).fetchall()
            self._model_name = conn.info.dbname

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """Lend a migrated database; yield its address."""
        url = self._free.pop() if self._free else self._another()
        yield url
        if self._emptied(url):
            self._free.append(url)

    def close(self) -> None:
        """Drop them all."""
        self._made.close()

    def _another(self) -> str:
        return self._made.enter_context(self._cluster.database(template=self._model_name))

    def _emptied(self, url: str) -> bool:
        """Empty a database; False when it is not what it was."""
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(CUT_OFF)
            try:
                is_as_made = conn.execute(SHAPE).fetchall() == self._shape
            except psycopg.Error:  # tables are missing
                return False
            if is_as_made:
                conn.execute(EMPTY)
        return is_as_made
