"""Mails that wait: queued with their alert, claimed under a lease, composed from what is true when they go."""

from collections.abc import Callable, Sequence
from functools import partial

from connector.domain.alerts_catalogue import kind_of
from connector.domain.connection import ConnectionId
from connector.domain.mail import (
    DELAY_MS,
    Again,
    ConnectionFacts,
    Dropped,
    GivenUp,
    MailFacts,
    MailSettlement,
    MailWork,
    Sent,
    at_ms,
)
from connector.ports import Clock
from state.engine import Engine, Params, Row, Tx
from state.waiting import waiting_for

LEASE_MS = 180_000
"""Longer than one mail may take: nobody else sends what is still being sent."""
DESTINATION = "mail"

SWITCH = """
    INSERT INTO destinations (id, stopped_at_ms, reason) VALUES (:id, :stopped_at_ms, :reason)
    ON CONFLICT (id) DO UPDATE SET stopped_at_ms = excluded.stopped_at_ms, reason = excluded.reason"""
IS_ON = "SELECT id FROM destinations WHERE id = :id AND stopped_at_ms IS NULL"
DROP_ALL = """
    UPDATE mails SET state = 'dropped', due_at_ms = NULL, claim_id = NULL, reason = 'Mail was switched off.'
     WHERE due_at_ms IS NOT NULL"""

MENDERS = """
    SELECT DISTINCT p.id FROM people p JOIN memberships m ON m.person_id = p.id
     WHERE p.removed_at_ms IS NULL AND m.workspace_id = :workspace_id AND m.role IN ('owner', 'admin')
     ORDER BY p.id"""
ALL_OWNERS = """
    SELECT DISTINCT p.id FROM people p JOIN memberships m ON m.person_id = p.id
     WHERE p.removed_at_ms IS NULL AND m.role = 'owner'
     ORDER BY p.id"""
TOLD = """
    SELECT DISTINCT recipient AS id FROM mails
     WHERE alert_id = :alert_id AND kind = 'raised' AND state IN ('sent', 'waiting')
     ORDER BY recipient"""
"""Those whose mail is on its way are among them: what became of it is looked at when this one is sent."""
QUEUE = """
    INSERT INTO mails (id, alert_id, kind, stage, recipient, state, due_at_ms, attempts, created_at_ms)
    VALUES (:id, :alert_id, :kind, :stage, :recipient, 'waiting', :due_at_ms, 0, :now_ms)
    ON CONFLICT (alert_id, kind, stage, recipient) DO NOTHING"""
DROP = """
    UPDATE mails SET state = 'dropped', due_at_ms = NULL, claim_id = NULL, reason = :reason
     WHERE alert_id = :alert_id AND state = 'waiting' AND (claim_id IS NULL OR due_at_ms <= :now_ms)"""
"""What is being sent right now is left to whoever sends it."""

CLAIM = """
    UPDATE mails SET claim_id = :claim_id, due_at_ms = :lease_until_ms, attempts = attempts + 1
     WHERE id IN (
        WITH due AS MATERIALIZED (
            SELECT id FROM mails WHERE due_at_ms IS NOT NULL AND due_at_ms <= :now_ms
             ORDER BY due_at_ms, id LIMIT :limit /*skip locked*/)
        SELECT id FROM due)
    RETURNING id, claim_id, attempts"""
FACTS = """
    SELECT m.id, m.kind, m.recipient, a.id AS alert_id, a.key, a.severity, a.title, a.remedy, a.connection_id,
           a.workspace_id, a.raised_at_ms, a.resolved_at_ms, w.name AS workspace_name, w.timezone, p.name, p.email,
           EXISTS (SELECT 1 FROM memberships r
                    WHERE r.person_id = m.recipient
                      AND ((a.workspace_id IS NULL AND r.role = 'owner')
                           OR (r.workspace_id = a.workspace_id AND r.role IN ('owner', 'admin')))) AS mends,
           EXISTS (SELECT 1 FROM mails s WHERE s.alert_id = m.alert_id AND s.kind = 'raised'
                      AND s.recipient = m.recipient AND s.state = 'sent') AS was_told,
           EXISTS (SELECT 1 FROM mails s WHERE s.alert_id = m.alert_id AND s.kind = 'raised'
                      AND s.recipient = m.recipient AND s.state = 'waiting') AS may_be_told
      FROM mails m JOIN alerts a ON a.id = m.alert_id
      LEFT JOIN workspaces w ON w.id = a.workspace_id
      LEFT JOIN people p ON p.id = m.recipient AND p.removed_at_ms IS NULL
     WHERE m.id = :mail_id AND m.claim_id = :claim_id"""
CONNECTION = "SELECT id, provider, account_name FROM connections WHERE id = :connection_id"
SENT = """
    UPDATE mails SET state = 'sent', due_at_ms = NULL, claim_id = NULL, reason = NULL, sent_at_ms = :now_ms
     WHERE id = :mail_id AND claim_id = :claim_id"""
AGAIN = """
    UPDATE mails SET due_at_ms = :due_at_ms, claim_id = NULL, reason = :reason, attempts = attempts - :unspent
     WHERE id = :mail_id AND claim_id = :claim_id"""
END = """
    UPDATE mails SET state = :state, due_at_ms = NULL, claim_id = NULL, reason = :reason
     WHERE id = :mail_id AND claim_id = :claim_id"""
NEXT_DUE = "SELECT MIN(due_at_ms) AS due FROM mails WHERE due_at_ms IS NOT NULL"


class SqlMails:
    """Implements `ports.Mails`."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id

    async def switch(self, *, on: bool) -> None:
        """Say in state whether mail is sent at all: alerts are raised where no settings are known."""
        await self._engine.write(partial(_switch, on=on, now_ms=self._clock.now_ms()))

    async def claim(self, *, limit: int) -> Sequence[MailWork]:
        now_ms = self._clock.now_ms()
        lease: Params = {"claim_id": self._new_id(), "lease_until_ms": now_ms + LEASE_MS}
        rows = await self._engine.write(
            lambda tx: tx.rows(CLAIM, {**lease, "now_ms": now_ms, "limit": limit}), durable=False
        )
        return [
            MailWork(mail_id=row["id"], claim_id=row["claim_id"], attempt=row["attempts"]) for row in rows
        ]

    async def facts(self, work: MailWork) -> MailFacts | None:
        return await self._engine.read(partial(_facts, work=work))

    async def settle(self, work: MailWork, settlement: MailSettlement) -> bool:
        return await self._engine.write(
            partial(_settle, work=work, settlement=settlement, now_ms=self._clock.now_ms())
        )

    async def next_due_ms(self) -> int | None:
        row = await self._engine.read(lambda tx: tx.row(NEXT_DUE))
        return row["due"] if row else None


def queue_raised(tx: Tx, alert: Row, *, now_ms: int, new_id: Callable[[], str]) -> None:
    """Queue a mail to everyone who can mend it, part of the transaction that raised the alert.

    `alert` has id, key, workspace_id and stage. Waiting mails of an earlier stage are dropped for it.
    """
    kind = kind_of(alert["key"])
    if (kind is not None and not kind.is_mailed) or tx.row(IS_ON, {"id": DESTINATION}) is None:
        return
    tx.execute(DROP, {"alert_id": alert["id"], "reason": "A later one took its place.", "now_ms": now_ms})
    workspace_id = alert["workspace_id"]
    menders = (
        tx.rows(ALL_OWNERS) if workspace_id is None else tx.rows(MENDERS, {"workspace_id": workspace_id})
    )
    mail = {"kind": "raised", "stage": alert["stage"], "due_at_ms": now_ms + DELAY_MS}
    _queue(tx, alert, mail, menders, now_ms=now_ms, new_id=new_id)


def queue_resolved(
    tx: Tx, alert: Row, *, now_ms: int, new_id: Callable[[], str], quietly: bool = False
) -> None:
    """Drop what was not told yet; tell those to whom it was. Part of the transaction that resolved the alert."""
    tx.execute(DROP, {"alert_id": alert["id"], "reason": "Resolved before it left.", "now_ms": now_ms})
    if quietly:
        return
    told = tx.rows(TOLD, {"alert_id": alert["id"]})
    mail = {"kind": "resolved", "stage": "", "due_at_ms": now_ms}
    _queue(tx, alert, mail, told, now_ms=now_ms, new_id=new_id)


def _queue(
    tx: Tx, alert: Row, mail: Params, people: Sequence[Row], *, now_ms: int, new_id: Callable[[], str]
) -> None:
    if not people:
        return
    same = {**mail, "alert_id": alert["id"], "now_ms": now_ms}
    tx.execute_many(QUEUE, [{**same, "id": f"mail_{new_id()}", "recipient": one["id"]} for one in people])
    tx.wake("mail")


def _switch(tx: Tx, *, on: bool, now_ms: int) -> None:
    off = {"stopped_at_ms": None if on else now_ms, "reason": None if on else "mail.smtp_url is empty"}
    tx.execute(SWITCH, {"id": DESTINATION, **off})
    if not on:
        tx.execute(DROP_ALL)


def _facts(tx: Tx, *, work: MailWork) -> MailFacts | None:
    row = tx.row(FACTS, {"mail_id": work.mail_id, "claim_id": work.claim_id})
    if row is None:
        return None
    return MailFacts(
        mail_id=row["id"],
        alert_id=row["alert_id"],
        kind=row["kind"],
        key=row["key"],
        severity=row["severity"],
        title=row["title"],
        remedy=row["remedy"],
        raised_at=at_ms(row["raised_at_ms"]),
        resolved_at=at_ms(row["resolved_at_ms"]) if row["resolved_at_ms"] is not None else None,
        workspace_id=row["workspace_id"],
        workspace_name=row["workspace_name"],
        timezone=row["timezone"] or "UTC",
        name=row["name"] or "",
        address=row["email"] if row["mends"] else None,
        told="yes" if row["was_told"] else "not yet" if row["may_be_told"] else "never",
        connection=_connection(tx, row["connection_id"]),
    )


def _connection(tx: Tx, connection_id: ConnectionId | None) -> ConnectionFacts | None:
    row = tx.row(CONNECTION, {"connection_id": connection_id}) if connection_id is not None else None
    if row is None or connection_id is None:
        return None
    waiting = waiting_for(tx, connection_id)
    return ConnectionFacts(
        id=connection_id,
        provider=row["provider"],
        account_name=row["account_name"],
        waiting_leads=waiting.leads,
        waiting_since=at_ms(waiting.since_ms) if waiting.since_ms is not None else None,
    )


def _settle(tx: Tx, *, work: MailWork, settlement: MailSettlement, now_ms: int) -> bool:
    held = {"mail_id": work.mail_id, "claim_id": work.claim_id}
    match settlement:
        case Sent():
            return tx.execute(SENT, {**held, "now_ms": now_ms}) > 0
        case Again(due_at_ms=due_at_ms, reason=reason, spent=spent):
            again = {"due_at_ms": due_at_ms, "reason": reason, "unspent": int(not spent)}
            return tx.execute(AGAIN, {**held, **again}) > 0
        case Dropped(reason=reason):
            return tx.execute(END, {**held, "state": "dropped", "reason": reason}) > 0
        case GivenUp(reason=reason):
            return tx.execute(END, {**held, "state": "parked", "reason": reason}) > 0
