"""Everything that waits for a time, and moving it when the wall clock was set.

Earlier is always harmless: a lease that ends early is fenced by its claim id, an event that is sent twice carries the
same id, a look or a read is only one more. So a move may be cut off and done again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from connector.domain import delivery, disconnecting, fetching, mail, reconciling
from connector.domain.backup.schedule import next_time, stale_after
from connector.ports import Clock
from state.backup.rows import ms
from state.engine import Engine, Params, Tx

LONGEST_MS = round(
    1.25  # more than any jitter adds
    * 1000
    * max(
        fetching.GONE_LADDER_S[-1],
        fetching.MAX_PAUSE_S,
        delivery.LONGEST_PAUSE_S,
        delivery.LADDER_S[-1],
        mail.LADDER_S[-1],
        disconnecting.LADDER_S[-1],
        reconciling.LONGEST_EVERY_S,
    )
)
"""No wait of ours is longer, in ms, but for what `Waits.is_bounded` leaves out."""
PART = 500
"""Rows moved in one transaction (and those due in the same millisecond as the last): some milliseconds."""
SEEN = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """One column of times to wait for. `where` lets its index be used; `topic` wakes who works these rows."""

    table: str
    column: str = "due_at_ms"
    where: str = "1 = 1"
    topic: str = ""
    is_bounded: bool = True


WAITS: Sequence[Waits] = (
    Waits(table="leads", where="stage = 'fetch'", topic="fetch"),
    Waits(table="leads", where="stage = 'resolve'", topic="resolve"),
    Waits(table="pages", column="paused_until_ms", topic="fetch"),
    Waits(table="deliveries", where="is_replay = 0", topic="deliver"),
    Waits(table="deliveries", where="is_replay = 1 AND attempts > 0", topic="deliver"),
    # a replay is spread over as long as it takes at the pace that was asked for
    Waits(table="deliveries", where="is_replay = 1 AND attempts = 0", topic="deliver", is_bounded=False),
    Waits(table="connections", column="probe_due_at_ms", topic="health"),
    Waits(table="connections", column="refresh_due_at_ms", topic="tokens"),
    Waits(table="connections", column="refresh_lease_until_ms"),
    Waits(table="connections", column="access_expires_at_ms", is_bounded=False),
    Waits(table="page_rounds", topic="reconcile"),
    Waits(table="page_rounds", column="list_due_at_ms"),
    Waits(table="page_forms", topic="reconcile"),
    Waits(table="backfills", topic="reconcile"),
    Waits(table="watches", topic="reconcile"),
    Waits(table="rounds", where=f"name <> '{SEEN}'"),
    Waits(table="undoings", topic="undo"),
    Waits(table="mails", topic="mail"),
    Waits(table="remappings", topic="remap"),
    Waits(table="trials", topic="test_leads"),
    Waits(table="backup_runs", topic="backups"),
    Waits(table="backup_restores", topic="restores"),
    Waits(table="backup_drills", topic="drills"),
    Waits(table="backup_schedules", column="drill_due_at_ms", is_bounded=False),
    Waits(table="sign_in_failures", column="blocked_until_ms"),
)
"""Who may still act (sessions, links, consents) is not here: their ends are promises, and stay as they were told."""

NOTED = "SELECT due_at_ms FROM rounds WHERE name = :name"
NOTE = """
    INSERT INTO rounds (name, due_at_ms) VALUES (:name, :now_ms)
    ON CONFLICT (name) DO UPDATE SET due_at_ms = excluded.due_at_ms"""
UNTIL = """
    SELECT MAX(due) AS until_ms FROM (
        SELECT {column} AS due FROM {table} WHERE {where} AND {column} > :after_ms ORDER BY {column} LIMIT :part) w"""
SHIFT = """
    UPDATE {table} SET {column} = {column} - :by_ms
     WHERE {where} AND {column} > :after_ms AND {column} <= :until_ms"""
CURB = """
    UPDATE {table} SET {column} = :after_ms
     WHERE {where} AND {column} > :after_ms AND {column} <= :until_ms"""
SCHEDULES = """
    SELECT id, cron, zone, next_due_at_ms, stale_at_ms FROM backup_schedules
     WHERE next_due_at_ms IS NOT NULL AND is_on = 1 AND removed_at_ms IS NULL"""
HAD = "SELECT 1 AS found FROM backup_runs WHERE schedule_id = :id AND scheduled_for_ms = :next_ms"
PLAN = """
    UPDATE backup_schedules SET next_due_at_ms = :next_ms WHERE id = :id AND next_due_at_ms = :seen_ms"""
STALE = "UPDATE backup_schedules SET stale_at_ms = :stale_ms WHERE id = :id AND stale_at_ms > :stale_ms"


class SqlWaitingRows:
    """Implements `pipelines.clock_watch.WaitingRows`."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def last_seen_ms(self) -> int | None:
        row = await self._engine.read(lambda tx: tx.row(NOTED, {"name": SEEN}))
        return None if row is None else int(row["due_at_ms"])

    async def note(self) -> None:
        row: Params = {"name": SEEN, "now_ms": self._clock.now_ms()}
        await self._engine.write(lambda tx: tx.execute(NOTE, row))

    async def pull_back(self, by_ms: int) -> int:
        now_ms = self._clock.now_ms()
        moved = 0
        for waits in WAITS:
            after_ms: int | None = now_ms
            while after_ms is not None:
                part = partial(_part, waits=waits, sql=SHIFT, after_ms=after_ms, by_ms=by_ms)
                after_ms, rows = await self._engine.write(part)
                moved += rows
        return moved + await self._engine.write(partial(_plan_again, clock=self._clock))

    async def curb(self) -> int:
        bound_ms = self._clock.now_ms() + LONGEST_MS
        moved = 0
        for waits in WAITS:
            more = waits.is_bounded
            while more:
                until_ms, rows = await self._engine.write(
                    partial(_part, waits=waits, sql=CURB, after_ms=bound_ms, by_ms=0)
                )
                more = until_ms is not None
                moved += rows
        return moved + await self._engine.write(partial(_plan_again, clock=self._clock))


def _part(tx: Tx, *, waits: Waits, sql: str, after_ms: int, by_ms: int) -> tuple[int | None, int]:
    """Move what is due next after `after_ms`; return up to when (None: nothing was left) and how many rows."""
    names = {"table": waits.table, "column": waits.column, "where": waits.where}
    window: Params = {"after_ms": after_ms, "part": PART}
    row = tx.row(UNTIL.format(**names), window)
    if row is None or row["until_ms"] is None:
        return None, 0
    moved: Params = {"after_ms": after_ms, "until_ms": row["until_ms"]}
    rows = tx.execute(sql.format(**names), {**moved, "by_ms": by_ms} if by_ms else moved)
    if waits.topic:
        tx.wake(waits.topic)
    return int(row["until_ms"]), rows


def _plan_again(tx: Tx, *, clock: Clock) -> int:
    """Have schedules come at their next time by this clock, but not at one that they had already.

    And have none be stale later than after a backup that is good this moment.
    """
    now, now_ms = clock.now(), clock.now_ms()
    planned = 0
    for row in tx.rows(SCHEDULES):
        latest: Params = {"id": row["id"], "stale_ms": ms(stale_after(row["cron"], row["zone"], now))}
        planned += tx.execute(STALE, latest)
        if row["next_due_at_ms"] <= now_ms:
            continue
        coming = next_time(row["cron"], row["zone"], now)
        while tx.row(HAD, {"id": row["id"], "next_ms": ms(coming)}):
            coming = next_time(row["cron"], row["zone"], coming)
        if ms(coming) < row["next_due_at_ms"]:
            seen: Params = {"id": row["id"], "next_ms": ms(coming), "seen_ms": row["next_due_at_ms"]}
            planned += tx.execute(PLAN, seen)
    return planned
