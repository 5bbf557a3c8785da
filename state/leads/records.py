"""What people look at: leads, deliveries, one lead's whole trace, counts; and putting work back in line."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from connector.domain.connection import Health, Provider
from connector.ports import Clock
from state.engine import Engine, Params, Row, Tx, Value

LEADS = """
    SELECT l.id, l.workspace_id, l.lead_id, l.page_id, l.form_id, l.received_via, l.received_at_ms, l.stage,
           l.attempts, l.reason, l.contact_id, l.due_at_ms, d.state AS delivery
      FROM leads l
      LEFT JOIN deliveries d ON d.lead_id = l.lead_id AND d.workspace_id = l.workspace_id AND d.sequence = (
                SELECT MAX(n.sequence) FROM deliveries n
                 WHERE n.lead_id = l.lead_id AND n.workspace_id = l.workspace_id)
     WHERE {filters} ORDER BY l.id DESC LIMIT :limit"""
LEAD = "SELECT * FROM leads WHERE lead_id = :lead_id ORDER BY workspace_id"
DELIVERIES = """
    SELECT event_id, workspace_id, sequence, contact_id, revision, lead_id, state, due_at_ms, attempts,
           last_status, reason, errors, settled_at_ms
      FROM deliveries
     WHERE {filters} ORDER BY workspace_id, sequence DESC LIMIT :limit"""
ATTEMPTS = "SELECT * FROM attempts WHERE event_id = :event_id ORDER BY id"
MERGES = """
    SELECT contact_id, lead_id, why, merged_at_ms, undone_at_ms FROM merges
     WHERE lead_id = :lead_id ORDER BY id"""
REPLAY_LEADS = "SELECT l.id FROM leads l WHERE {filters} ORDER BY l.id DESC LIMIT :limit"
REPLAY_LEAD = """
    UPDATE leads SET stage = CASE WHEN raw IS NULL OR :reread = 1 THEN 'fetch' ELSE 'resolve' END,
                     due_at_ms = :due_at_ms, claim_id = NULL, attempts = 0, reason = NULL
     WHERE id = :id AND claim_id IS NULL"""
COUNT_LEADS = "SELECT COUNT(*) AS matching FROM leads l WHERE {filters}"
REPLAY_DELIVERIES = """
    SELECT event_id FROM deliveries
     WHERE {filters} ORDER BY workspace_id, sequence DESC LIMIT :limit"""
REPLAY_DELIVERY = """
    UPDATE deliveries SET state = 'waiting', due_at_ms = :due_at_ms, attempts = 0, is_replay = 1, reason = NULL,
                          errors = NULL
     WHERE event_id = :event_id AND claim_id IS NULL"""
COUNT_DELIVERIES = "SELECT COUNT(*) AS matching FROM deliveries WHERE {filters}"
REPLAYS_PER_S = 20.0
"""How fast a bulk replay goes unless said otherwise: what comes in live hardly notices."""
LAST_REPLAY = """
    SELECT MAX(due_at_ms) AS due_at_ms FROM deliveries
     WHERE is_replay = 1 AND due_at_ms IS NOT NULL AND attempts = 0"""
REPLAY_CHUNK = 1000
"""Rows put back in line in one transaction: a replay of everything must not keep the webhooks waiting."""
NO_LIMIT = 2**62
QUEUES = """
    SELECT stage, COUNT(*) AS depth,
           MIN(CASE WHEN attempts <= 1 AND reason IS NULL THEN due_at_ms ELSE received_at_ms END) AS oldest_ms
      FROM leads
     WHERE stage IN ('fetch', 'resolve') AND due_at_ms IS NOT NULL GROUP BY stage
    UNION ALL
    SELECT stage, COUNT(*) AS depth, MIN(received_at_ms) AS oldest_ms FROM leads
     WHERE stage = 'held' GROUP BY stage
    UNION ALL
    SELECT stage, COUNT(*) AS depth, MIN(received_at_ms) AS oldest_ms FROM leads
     WHERE stage = 'parked' GROUP BY stage"""
"""Each part has an index of just these rows: one condition over all stages would read every lead there ever was.

What never failed waits since it was due: a live lead since it was received, one of a paced import or replay since its
turn. What had to wait waits since it was received.
"""
DELIVERY_QUEUES = """
    SELECT 'waiting' AS state, COUNT(*) AS depth,
           MIN(CASE WHEN is_replay = 1 THEN due_at_ms ELSE accepted_at_ms END) AS oldest_ms
      FROM deliveries
     WHERE due_at_ms IS NOT NULL HAVING COUNT(*) > 0
    UNION ALL
    SELECT 'parked' AS state, COUNT(*) AS depth, MIN(accepted_at_ms) AS oldest_ms FROM deliveries
     WHERE state = 'parked' HAVING COUNT(*) > 0"""
STAGES = "SELECT stage, COUNT(*) AS leads FROM leads GROUP BY stage"
DELIVERED = """
    SELECT d.state, COUNT(DISTINCT d.lead_id) AS leads FROM deliveries d
     WHERE d.lead_id IS NOT NULL GROUP BY d.state"""
QUARANTINED = """
    SELECT digest, reason, field_name, page_id, lead_id, seen, first_seen_ms, last_seen_ms{payload}
      FROM quarantine
     WHERE released_at_ms IS NULL ORDER BY first_seen_ms DESC, digest LIMIT :limit"""
ACCOUNTS = """
    SELECT provider, state, COUNT(*) AS accounts FROM connections
     WHERE state <> 'disconnected' GROUP BY provider, state"""

Filters = Mapping[str, Value]
"""Which rows to look at; the names below are all there are."""

LEAD_FILTERS = {
    "workspace_id": "l.workspace_id = :workspace_id",
    "stage": "l.stage = :stage",
    "page_id": "l.page_id = :page_id",
    "since_ms": "l.received_at_ms >= :since_ms",
    "lead_id": "l.lead_id = :lead_id",
}
DELIVERY_FILTERS = {
    "workspace_id": "workspace_id = :workspace_id",
    "state": "state = :state",
    "lead_id": "lead_id = :lead_id",
    "event_id": "event_id = :event_id",
    "since_ms": "COALESCE(settled_at_ms, due_at_ms) >= :since_ms",
}


class SqlRecords:
    """Reading what happened, and replaying it."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def leads(self, filters: Filters, *, limit: int) -> Sequence[Row]:
        """Return leads, newest first."""
        sql, params = _filtered(LEADS, LEAD_FILTERS, filters, limit)
        return await self._engine.read(lambda tx: tx.rows(sql, params))

    async def deliveries(self, filters: Filters, *, limit: int) -> Sequence[Row]:
        """Return deliveries, newest first; `errors` is the list that the CRM named."""
        sql, params = _filtered(DELIVERIES, DELIVERY_FILTERS, filters, limit)
        return [_delivery(row) for row in await self._engine.read(lambda tx: tx.rows(sql, params))]

    async def trace(self, lead_id: str) -> Sequence[Mapping[str, Any]]:
        """Return a lead's whole life, once a workspace: the row, its merges, its deliveries, each attempt."""

        def look(tx: Tx) -> list[dict[str, Any]]:
            return [_trace(tx, lead) for lead in tx.rows(LEAD, {"lead_id": lead_id})]

        return await self._engine.read(look)

    async def count_leads(self, filters: Filters) -> int:
        """Return how many leads the filters match."""
        return await self._count(COUNT_LEADS, LEAD_FILTERS, filters)

    async def count_deliveries(self, filters: Filters) -> int:
        """Return how many deliveries the filters match."""
        return await self._count(COUNT_DELIVERIES, DELIVERY_FILTERS, filters)

    async def replay_leads(
        self,
        filters: Filters,
        *,
        limit: int | None,
        reread: bool,
        dry_run: bool,
        per_second: float = REPLAYS_PER_S,
    ) -> int:
        """Put leads back in line, the newest `limit` or all, so many a second; return how many.

        Known ones change nothing unless what they say differs. What is being worked on now is left out.
        """
        sql, params = _filtered(REPLAY_LEADS, LEAD_FILTERS, filters, limit)
        rows = await self._engine.read(lambda tx: tx.rows(sql, params))
        if dry_run:
            return len(rows)
        again = _paced(rows, self._clock.now_ms(), per_second)
        given = {"reread": int(reread)}
        return await self._again(REPLAY_LEAD, [{**row, **given} for row in again], ("fetch", "resolve"))

    async def replay_deliveries(
        self,
        filters: Filters,
        *,
        limit: int | None,
        dry_run: bool,
        per_second: float = REPLAYS_PER_S,
    ) -> int:
        """Send events again, the same bytes under the same id, the newest `limit` or all; return how many.

        Many go at `per_second`, behind a bulk replay under way; a single one goes at once.
        """
        sql, params = _filtered(REPLAY_DELIVERIES, DELIVERY_FILTERS, filters, limit)
        rows = await self._engine.read(lambda tx: tx.rows(sql, params))
        if dry_run:
            return len(rows)
        start_ms = self._clock.now_ms()
        if len(rows) > 1:
            last = await self._engine.read(lambda tx: tx.row(LAST_REPLAY))
            if last and last["due_at_ms"] is not None:
                start_ms = max(start_ms, last["due_at_ms"] + round(1000 / per_second))
        again = _paced(rows, start_ms, per_second)
        return await self._again(REPLAY_DELIVERY, again, ("deliver",))

    async def _count(self, sql: str, known: Mapping[str, str], filters: Filters) -> int:
        sql, params = _filtered(sql, known, filters, None)
        rows = await self._engine.read(lambda tx: tx.rows(sql, params))
        return int(rows[0]["matching"])

    async def _again(self, sql: str, rows: Sequence[Params], topics: Sequence[str]) -> int:
        """Run the statement for every row, oldest first: an earlier revision must be in line before a later."""
        put = 0
        for at in range(0, len(rows), REPLAY_CHUNK):
            put += await self._engine.write(
                partial(_put_back, sql=sql, rows=rows[at : at + REPLAY_CHUNK], topics=topics)
            )
        return put

    async def queues(self) -> Mapping[str, tuple[int, int | None]]:
        """Return stage → how many wait there and since when (ms)."""

        def count(tx: Tx) -> dict[str, tuple[int, int | None]]:
            leads = {row["stage"]: (row["depth"], row["oldest_ms"]) for row in tx.rows(QUEUES)}
            sent = {
                {"waiting": "deliver", "parked": "deliver_parked"}[row["state"]]: (
                    row["depth"],
                    row["oldest_ms"],
                )
                for row in tx.rows(DELIVERY_QUEUES)
            }
            return {**leads, **sent}

        return await self._engine.read(count)

    async def balance(self) -> Mapping[str, int]:
        """Return stage or delivery state → leads: what was received and where each of it is."""

        def count(tx: Tx) -> dict[str, int]:
            stages = {row["stage"]: row["leads"] for row in tx.rows(STAGES)}
            sent = {f"delivery_{row['state']}": row["leads"] for row in tx.rows(DELIVERED)}
            return {**stages, **sent}

        return await self._engine.read(count)

    async def quarantined(self, *, limit: int, with_payload: bool = False) -> Sequence[Row]:
        """Return what was authentic and no lead, newest first; payloads (bytes) only when asked for."""
        sql = QUARANTINED.replace("{payload}", ", payload" if with_payload else "")
        return await self._engine.read(lambda tx: tx.rows(sql, {"limit": limit}))

    async def accounts(self) -> Mapping[tuple[Provider, Health], int]:
        """Return (provider, health) → connected accounts; those that are disconnected are history."""
        rows = await self._engine.read(lambda tx: tx.rows(ACCOUNTS))
        return {(row["provider"], row["state"]): int(row["accounts"]) for row in rows}


def _filtered(
    sql: str, known: Mapping[str, str], filters: Filters, limit: int | None
) -> tuple[str, dict[str, Value]]:
    """Return the statement with the filters that were given, out of our own constant conditions."""
    given = {name: value for name, value in filters.items() if value is not None}
    conditions = " AND ".join(known[name] for name in given) or "1 = 1"
    return sql.replace("{filters}", conditions), {**given, "limit": NO_LIMIT if limit is None else limit}


def _paced(rows: Sequence[Row], start_ms: int, per_second: float) -> list[Params]:
    """Return the rows, which come newest first, oldest first and each with its turn."""
    return [
        {**row, "due_at_ms": start_ms + round(number * 1000 / per_second)}
        for number, row in enumerate(reversed(rows))
    ]


def _put_back(tx: Tx, *, sql: str, rows: Sequence[Params], topics: Sequence[str]) -> int:
    for topic in topics:
        tx.wake(topic)
    return tx.execute_many(sql, rows)


def _delivery(row: Row) -> dict[str, Any]:
    """Return a delivery with the CRM's complaints as a list instead of the JSON text that is stored."""
    return {**row, "errors": json.loads(row["errors"]) if row["errors"] else []}


def _trace(tx: Tx, lead: Row) -> dict[str, Any]:
    filters: Filters = {"workspace_id": lead["workspace_id"], "lead_id": lead["lead_id"]}
    sql, params = _filtered(DELIVERIES, DELIVERY_FILTERS, filters, limit=100)
    deliveries = tx.rows(sql, params)
    shown = {key: value for key, value in lead.items() if key not in {"raw", "claim_id"}}
    return {
        **shown,
        "is_fetched": lead["raw"] is not None,
        "merges": [dict(row) for row in tx.rows(MERGES, {"lead_id": lead["lead_id"]})],
        "deliveries": [
            {
                **_delivery(row),
                "attempts_made": [dict(a) for a in tx.rows(ATTEMPTS, {"event_id": row["event_id"]})],
            }
            for row in deliveries
        ],
    }
