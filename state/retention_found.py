"""What is over in the tables that grow: found on a snapshot, deleted by its keys.

A table that grows is not searched inside a write: on SQLite every webhook would wait for it. What waits, what a
person has yet to decide, leads, contacts and their events are never among what is found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from state.chunks import chunks
from state.engine import Engine, Row, Tx

Record = Literal["attempts", "quarantine", "news", "proofs"]
PART = 500
"""Rows found and deleted at once: some milliseconds of a write."""
WINDOW = 20_000
"""How many of the oldest rows are looked at where rows come in the order of their ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """`find` returns up to `:part` keys as `k1`; `delete` has them as `{keys}`, its last deletes their rows.

    Between the two others write: what came to life again meanwhile is left out by `delete` itself.
    """

    record: Record
    find: str
    delete: tuple[str, ...]


SWEEPS: Sequence[Sweep] = (
    Sweep(
        record="attempts",
        # none of a delivery that waits
        find="""
            SELECT a.id AS k1 FROM (SELECT id, event_id, at_ms FROM attempts ORDER BY id LIMIT :window) a
              JOIN deliveries d ON d.event_id = a.event_id
             WHERE a.at_ms < :before_ms AND d.due_at_ms IS NULL ORDER BY a.id LIMIT :part""",
        delete=("DELETE FROM attempts WHERE id IN {keys}",),
    ),
    Sweep(
        record="quarantine",
        find="SELECT digest AS k1 FROM quarantine WHERE last_seen_ms < :before_ms LIMIT :part",
        # what a webhook told again meanwhile was answered 200
        delete=("DELETE FROM quarantine WHERE last_seen_ms < :before_ms AND digest IN {keys}",),
    ),
    Sweep(
        record="news",
        find="""
            SELECT e.id AS k1 FROM events e JOIN deliveries d ON d.event_id = e.id
             WHERE e.contact_id IS NULL AND e.lead_id IS NULL AND e.created_at_ms < :before_ms
               AND d.state = 'delivered' AND d.due_at_ms IS NULL LIMIT :part""",
        delete=(
            "DELETE FROM attempts WHERE event_id IN {keys}",
            # what is replayed meanwhile waits, and keeps its event
            "DELETE FROM deliveries WHERE state = 'delivered' AND due_at_ms IS NULL AND event_id IN {keys}",
            """DELETE FROM events
                WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = events.id) AND id IN {keys}""",
        ),
    ),
    Sweep(
        record="proofs",
        find="SELECT id AS k1 FROM trials WHERE due_at_ms IS NULL AND asked_at_ms < :before_ms LIMIT :part",
        delete=("DELETE FROM trials WHERE id IN {keys}",),
    ),
)
DAYS = (
    "DELETE FROM proof_differences WHERE day < :before_day",
    "DELETE FROM proof_days WHERE day < :before_day",
    "DELETE FROM state_runs WHERE ended_at_ms < :before_ms",
)
"""Small tables: a row a form and day, a row a copy."""
DAY_MS = 86_400_000


async def sweep_found(engine: Engine, ages_ms: Mapping[Record, int], *, now_ms: int) -> int:
    """Delete a part of what is older than its age; 0 when there is nothing left. Without an age it is kept."""
    for sweep in SWEEPS:
        age_ms = ages_ms.get(sweep.record)
        if not age_ms:
            continue
        where = {"before_ms": now_ms - age_ms, "part": PART}
        if ":window" in sweep.find:
            where["window"] = WINDOW
        found = await engine.read(partial(_found, find=sweep.find, where=where))
        if found:
            keys = [row["k1"] for row in found]
            return await engine.write(
                partial(_delete, delete=sweep.delete, keys=keys, before_ms=now_ms - age_ms)
            )
    return 0


async def sweep_days(engine: Engine, age_ms: int, *, now_ms: int) -> int:
    """Delete the proofs and runs that are older than their age; return how many rows."""
    before_ms = now_ms - age_ms
    where = {"before_ms": before_ms, "before_day": before_ms // DAY_MS}

    def delete(tx: Tx) -> int:
        return sum(
            tx.execute(sql, {name: where[name] for name in where if f":{name}" in sql}) for sql in DAYS
        )

    return await engine.write(delete)


def _found(tx: Tx, *, find: str, where: Mapping[str, int]) -> Sequence[Row]:
    return tx.rows(find, where)


def _delete(tx: Tx, *, delete: Sequence[str], keys: Sequence[str] | Sequence[int], before_ms: int) -> int:
    done = 0
    for sql in delete:
        done = 0  # the last statement deletes the rows that were found
        for listed, params in chunks(keys):
            where = {**params, "before_ms": before_ms} if ":before_ms" in sql else params
            done += tx.execute(sql.replace("{keys}", listed), where)
    return done
