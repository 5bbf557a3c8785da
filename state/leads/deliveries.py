"""Events on their way to the CRM: claims in revision order a contact, attempts, outcomes."""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial

from connector.domain.alert import Alert
from connector.domain.alerts_catalogue import CRM_OUTAGE, CRM_STOPPED
from connector.domain.delivery import Delivered, Parked, Retry, Settlement, StopDestination
from connector.domain.work import AttemptRecord, DeliveryWork
from connector.ports import Clock
from state.alerts import raise_alert, resolve_alert
from state.chunks import chunks
from state.engine import Engine, Params, Tx
from state.grouped import Grouped

LEASE_MS = 120_000
"""Far longer than the CRM's time limit: nobody else sends what is still being sent."""
DESTINATION = "crm"

CLAIM = """
    UPDATE deliveries SET claim_id = :claim_id, due_at_ms = :lease_until_ms, attempts = attempts + 1
     WHERE event_id IN (
        WITH due AS MATERIALIZED (
            SELECT d.event_id FROM deliveries d
             WHERE d.is_replay = :is_replay AND d.due_at_ms IS NOT NULL AND d.due_at_ms <= :now_ms
               AND NOT EXISTS (
                    SELECT 1 FROM deliveries e
                     WHERE e.contact_id = d.contact_id AND e.revision < d.revision AND e.due_at_ms IS NOT NULL
                       AND e.is_replay <= :is_replay)
             ORDER BY d.due_at_ms, d.sequence LIMIT :limit /*skip locked*/)
        SELECT event_id FROM due)"""
"""A delivery waits while an earlier revision of its contact waits; what is parked blocks nobody.

Replays stand in a line of their own behind what is new, and none of them holds back a new revision.
"""

CLAIMED = """
    SELECT d.claim_id, d.event_id, d.workspace_id, d.sequence, d.attempts AS attempt, d.contact_id, d.is_replay,
           CASE WHEN EXISTS (SELECT 1 FROM leads l
                              WHERE l.lead_id = d.lead_id AND l.workspace_id = d.workspace_id
                                AND l.backfill_id IS NOT NULL)
                THEN NULL ELSE d.accepted_at_ms END AS accepted_at_ms,
           d.due_at_ms AS lease_until_ms, e.body
      FROM deliveries d JOIN events e ON e.id = d.event_id
     WHERE d.is_replay IN (0, 1) AND d.due_at_ms = :lease_until_ms AND d.claim_id = :claim_id
     ORDER BY d.sequence"""
HELD = """
    SELECT event_id, claim_id FROM deliveries
     WHERE claim_id IS NOT NULL AND event_id IN {events}
     ORDER BY event_id /*for update*/"""
"""Locks the rows until the commit: a lease that ends meanwhile goes to nobody before the outcome is written."""
DELIVERED = """
    UPDATE deliveries SET state = 'delivered', due_at_ms = NULL, claim_id = NULL, reason = NULL, errors = NULL,
                          last_status = :status, settled_at_ms = :now_ms
     WHERE event_id = :event_id AND claim_id = :claim_id"""
RETRY = """
    UPDATE deliveries SET due_at_ms = :due_at_ms, claim_id = NULL, reason = :reason, last_status = :status,
                          attempts = attempts - :unspent
     WHERE event_id = :event_id AND claim_id = :claim_id"""
RELEASE = """
    UPDATE deliveries SET due_at_ms = :now_ms, claim_id = NULL, attempts = attempts - 1
     WHERE event_id = :event_id AND claim_id = :claim_id"""
PARK = """
    UPDATE deliveries SET state = 'parked', due_at_ms = NULL, claim_id = NULL, reason = :reason,
                          errors = :errors, last_status = :status, settled_at_ms = :now_ms
     WHERE event_id = :event_id AND claim_id = :claim_id"""
KEEP_CRM_ID = """
    UPDATE contacts SET crm_id = :crm_id
     WHERE id = :contact_id AND (crm_id IS NULL OR crm_id <> :crm_id)"""
ADD_ATTEMPT = """
    INSERT INTO attempts (event_id, attempt, at_ms, duration_ms, status, reason)
    VALUES (:event_id, :attempt, :at_ms, :duration_ms, :status, :reason)"""
HASTEN = """
    UPDATE deliveries SET due_at_ms = :now_ms
     WHERE due_at_ms IS NOT NULL AND due_at_ms > :now_ms AND claim_id IS NULL AND (is_replay = 0 OR attempts > 0)"""
"""Replays that were not tried yet keep their pace: they did not wait for the outage."""
STOP = """
    INSERT INTO destinations (id, stopped_at_ms, reason) VALUES (:id, :now_ms, :reason)
    ON CONFLICT (id) DO UPDATE SET stopped_at_ms = excluded.stopped_at_ms, reason = excluded.reason"""
RESUME = (
    "UPDATE destinations SET stopped_at_ms = NULL, reason = NULL WHERE id = :id AND stopped_at_ms IS NOT NULL"
)
WHY_STOPPED = "SELECT reason FROM destinations WHERE id = :id AND stopped_at_ms IS NOT NULL"
NEXT_DUE = """
    SELECT d.due_at_ms AS due FROM deliveries d
     WHERE d.is_replay = :is_replay AND d.due_at_ms IS NOT NULL
       AND NOT EXISTS (
            SELECT 1 FROM deliveries e
             WHERE e.contact_id = d.contact_id AND e.revision < d.revision AND e.due_at_ms IS NOT NULL
               AND e.is_replay <= :is_replay)
     ORDER BY d.due_at_ms LIMIT 1"""
"""What waits behind an earlier revision is not due before it: else the loop would look for it all the time."""

Settled = tuple[DeliveryWork, Settlement, AttemptRecord]


class SqlDeliveries:
    """Implements `ports.Deliveries`; outcomes that arrive together are written together."""

    def __init__(
        self, engine: Engine, clock: Clock, new_id: Callable[[], str], *, lease_ms: int = LEASE_MS
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id
        self._lease_ms = lease_ms
        self._settling = Grouped(engine, partial(_settle_all, clock=clock))

    async def claim(self, *, limit: int) -> Sequence[DeliveryWork]:
        now_ms = self._clock.now_ms()
        lease = {"claim_id": self._new_id(), "lease_until_ms": now_ms + self._lease_ms}
        return await self._engine.write(
            lambda tx: _claim(tx, lease, limit=limit, now_ms=now_ms), durable=False
        )

    async def settle(self, work: DeliveryWork, settlement: Settlement, attempt: AttemptRecord) -> bool:
        return await self._settling.add((work, settlement, attempt))

    async def release(self, works: Sequence[DeliveryWork]) -> None:
        rows: list[Params] = [{"event_id": work.event_id, "claim_id": work.claim_id} for work in works]
        now_ms = self._clock.now_ms()
        await self._engine.write(
            lambda tx: tx.execute_many(RELEASE, [{**row, "now_ms": now_ms} for row in rows])
        )

    async def recovered(self, *, was_out: bool) -> int | None:
        return await self._engine.write(
            partial(_recovered, was_out=was_out, clock=self._clock, new_id=self._new_id)
        )

    async def stop(self, reason: str, alert: Alert | None = None) -> None:
        await self._engine.write(
            partial(_stop, reason=reason, alert=alert, clock=self._clock, new_id=self._new_id)
        )

    async def resume(self) -> bool:
        """Send again after a stop and end its alert; True when it was stopped."""
        return await self._engine.write(partial(_resume, clock=self._clock, new_id=self._new_id))

    async def stopped(self) -> str | None:
        row = await self._engine.read(lambda tx: tx.row(WHY_STOPPED, {"id": DESTINATION}))
        return row["reason"] if row else None

    async def next_due_ms(self) -> int | None:
        def look(tx: Tx) -> list[int]:
            rows = [tx.row(NEXT_DUE, {"is_replay": is_replay}) for is_replay in (0, 1)]
            return [row["due"] for row in rows if row]

        return min(await self._engine.read(look), default=None)

    async def aclose(self) -> None:
        """Wait for what is in flight."""
        await self._settling.aclose()


def _claim(tx: Tx, lease: Params, *, limit: int, now_ms: int) -> Sequence[DeliveryWork]:
    wish = {**lease, "now_ms": now_ms}
    new = tx.execute(CLAIM, {**wish, "is_replay": 0, "limit": limit})
    again = tx.execute(CLAIM, {**wish, "is_replay": 1, "limit": limit - new}) if new < limit else 0
    if not new + again:
        return ()
    rows = tx.rows(CLAIMED, lease)
    return [
        DeliveryWork(**{**row, "is_replay": bool(row["is_replay"]), "body": bytes(row["body"])})
        for row in rows
    ]


def _recovered(tx: Tx, *, was_out: bool, clock: Clock, new_id: Callable[[], str]) -> int | None:
    if not resolve_alert(tx, key=CRM_OUTAGE.key(), now=clock.now(), new_id=new_id) and not was_out:
        return None
    return tx.execute(HASTEN, {"now_ms": clock.now_ms()})


def _stop(tx: Tx, *, reason: str, alert: Alert | None, clock: Clock, new_id: Callable[[], str]) -> None:
    tx.execute(STOP, {"id": DESTINATION, "now_ms": clock.now_ms(), "reason": reason})
    if alert is not None:
        raise_alert(tx, alert=alert, now=clock.now(), new_id=new_id)


def _resume(tx: Tx, *, clock: Clock, new_id: Callable[[], str]) -> bool:
    resumed = tx.execute(RESUME, {"id": DESTINATION}) > 0
    resolve_alert(tx, key=CRM_STOPPED.key(), now=clock.now(), new_id=new_id)
    if resumed:
        tx.wake("deliver")
    return resumed


def _settle_all(tx: Tx, group: Sequence[Settled], *, clock: Clock) -> Sequence[bool]:
    """Write a group of outcomes, statement by statement for all; what we no longer hold is left alone."""
    now_ms = clock.now_ms()
    held = _held(tx, [work for work, _, _ in group])
    ours = [(work.event_id, work.claim_id) in held for work, _, _ in group]
    kept = [settled for settled, is_ours in zip(group, ours, strict=True) if is_ours]
    statements: dict[str, list[Params]] = defaultdict(list)
    for work, settlement, attempt in kept:
        _write(statements, work, settlement, attempt, now_ms)
    for sql, rows in statements.items():
        tx.execute_many(sql, rows)
    return ours


def _held(tx: Tx, works: Sequence[DeliveryWork]) -> set[tuple[str, str]]:
    return {
        (row["event_id"], row["claim_id"])
        for listed, params in chunks([work.event_id for work in works])
        for row in tx.rows(HELD.replace("{events}", listed), params)
    }


def _write(
    statements: dict[str, list[Params]],
    work: DeliveryWork,
    settlement: Settlement,
    attempt: AttemptRecord,
    now_ms: int,
) -> None:
    """Add what one outcome writes. Each statement names the claim again: a lease may end meanwhile."""
    row = {"event_id": work.event_id, "claim_id": work.claim_id, "status": attempt.status, "now_ms": now_ms}
    match settlement:
        case Delivered(crm_id=crm_id):
            statements[DELIVERED].append(row)
            if crm_id is not None and work.contact_id is not None:
                statements[KEEP_CRM_ID].append({"crm_id": crm_id, "contact_id": work.contact_id})
        case Retry(due_at_ms=due_at_ms, reason=reason, spends_attempt=spends):
            later = {"due_at_ms": due_at_ms, "reason": reason, "unspent": int(not spends)}
            statements[RETRY].append({**row, **later})
        case Parked(reason=reason, errors=errors):
            named = json.dumps([asdict(error) for error in errors])
            statements[PARK].append({**row, "reason": reason, "errors": named})
        case StopDestination(reason=reason):
            statements[RETRY].append({**row, "due_at_ms": now_ms, "reason": reason, "unspent": 1})
    tried = {"at_ms": attempt.at_ms, "duration_ms": attempt.duration_ms}
    said = {"status": attempt.status, "reason": attempt.reason}
    statements[ADD_ATTEMPT].append({"event_id": work.event_id, "attempt": work.attempt, **tried, **said})
