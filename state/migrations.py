"""The schema, forward only: one numbered list for both engines. A released step is never edited.

Statements carry two words that differ: `{bytes}` and `{identity}`. Times are milliseconds since the epoch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlite_utils import Database, Migrations

from connector.domain.errors import BadInputError, NewerStateError
from state.schema.backups import BACKUPS
from state.schema.first import STEP_0001
from state.schema.mappings import MAPPINGS
from state.schema.own_state import OWN_STATE
from state.schema.rhythm import RHYTHM

SET = "connector"
_SQLITE_WORDS = {"bytes": "BLOB", "identity": "INTEGER PRIMARY KEY AUTOINCREMENT"}
_POSTGRES_WORDS = {"bytes": "BYTEA", "identity": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"}
LONGEST_S = 600.0
RESTORING = "connector_restoring"
"""The schema that stands beside `public` on PostgreSQL while a copy is put there: until then that is no state."""
_CUT_OFF = "SELECT 1 FROM pg_namespace WHERE nspname = %s"
_LOCK = 0x636F6E6E  # the advisory lock under which one machine migrates and the others wait


@dataclass(frozen=True, slots=True)
class Step:
    """One migration: its constant name and its statements."""

    name: str
    statements: tuple[str, ...]


STEPS: Sequence[Step] = (
    Step("0001_leads_to_contacts", STEP_0001),
    Step("0002_form_mappings", MAPPINGS),
    Step("0003_page_rhythm", RHYTHM),
    Step("0005_backups", BACKUPS),
    Step("0006_own_state", OWN_STATE),
)


def migrate_sqlite(db: Database, steps: Sequence[Step] = STEPS) -> list[str]:
    """Apply what is missing; return the names applied. Raises NewerStateError."""
    migrations = Migrations(SET)
    for step in steps:
        migrations(name=step.name)(_on_sqlite(step))
    _refuse_newer([done.name for done in migrations.applied(db)], steps)
    missing = [pending.name for pending in migrations.pending(db)]
    if missing:
        migrations.apply(db)
    return missing


def _on_sqlite(step: Step) -> Callable[[Database], None]:
    def apply(db: Database) -> None:
        for statement in step.statements:
            db.execute(statement.format(**_SQLITE_WORDS))

    return apply


def migrate_postgres(
    url: str, steps: Sequence[Step] = STEPS, *, longest_s: float = LONGEST_S, is_restoring: bool = False
) -> list[str]:
    """Apply what is missing, one machine at a time; return the names applied.

    Raises NewerStateError, BadInputError when a restore was cut off here (unless this is one), or psycopg.Error when
    it takes longer than `longest_s` seconds, waiting included.
    """
    from state.postgres_connection import connect_bounded  # noqa: PLC0415 - 9 MiB that a SQLite install never needs

    applied: list[str] = []
    with connect_bounded(url, longest_s=longest_s) as conn:
        conn.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        if not is_restoring and conn.execute(_CUT_OFF, (RESTORING,)).fetchone():
            raise BadInputError(
                "a restore was cut off in this database, or is under way: run `connector state restore` again; the "
                "state of before is in the schema before_…"
            )
        conn.execute(
            "CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at TIMESTAMPTZ DEFAULT now())"
        )
        done = [str(row[0]) for row in conn.execute("SELECT name FROM migrations").fetchall()]
        _refuse_newer(done, steps)
        for step in steps:
            if step.name in done:
                continue
            for statement in step.statements:
                conn.execute(statement.format(**_POSTGRES_WORDS).encode())
            conn.execute("INSERT INTO migrations (name) VALUES (%s)", (step.name,))
            applied.append(step.name)
    return applied


def _refuse_newer(applied: Sequence[str], steps: Sequence[Step]) -> None:
    unknown = sorted(set(applied) - {step.name for step in steps})
    if unknown:
        raise NewerStateError(
            f"the database was written by a newer version (it knows {', '.join(unknown)}): "
            "start that version, or restore a backup made by this one"
        )
