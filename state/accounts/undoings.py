"""What disconnecting still has to take back at the provider: rows with a due time, a lease and a fencing claim id."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from connector.domain.alerts_catalogue import CONNECTION_REVOKE_FAILED, PROVIDERS
from connector.domain.audit import Actor, AuditEntry
from connector.domain.connection import ConnectionId
from connector.domain.disconnecting import (
    PROVIDER_SETTINGS,
    GivenUp,
    Preview,
    UndoingKind,
    UndoingOutcome,
    UndoingWork,
    UndoLater,
)
from connector.domain.errors import BadInputError
from connector.domain.lead import PageId
from connector.domain.signals import DisconnectAsked, DisconnectDone, Signal
from connector.ports import Clock
from state.accounts.health import hear
from state.alerts import raise_alert, resolve_alert
from state.audit import append_audit
from state.engine import Engine, Params, Row, Tx
from state.vault import Vault

BY_HAND_REASON = "A person took it back by hand."
LEASE_MS = 120_000
"""Longer than a call with its retries of seconds."""

ADD = """
    INSERT INTO undoings (id, connection_id, workspace_id, provider, kind, page_id, sealed_token, state, due_at_ms,
                          attempts, created_at_ms)
    VALUES (:id, :connection_id, :workspace_id, :provider, :kind, :page_id, :sealed_token, 'waiting', :now_ms,
            0, :now_ms)"""
_READY = """
    u.due_at_ms IS NOT NULL
       AND (u.kind <> 'revoke_grant' OR NOT EXISTS (
            SELECT 1 FROM undoings o
             WHERE o.connection_id = u.connection_id AND o.kind = 'unsubscribe_page' AND o.due_at_ms IS NOT NULL))"""
"""Revoking ends the Pages' tokens: it waits until the Pages are let go or given up."""
CLAIM = f"""
    UPDATE undoings SET claim_id = :claim_id, due_at_ms = :lease_until_ms, attempts = attempts + 1
     WHERE id = (SELECT u.id FROM undoings u WHERE u.due_at_ms <= :now_ms AND {_READY}
                  ORDER BY u.due_at_ms, u.id LIMIT 1 /*skip locked*/)
    RETURNING *"""  # noqa: S608 - our own constants
NEXT_DUE = f"SELECT MIN(u.due_at_ms) AS due FROM undoings u WHERE {_READY}"  # noqa: S608 - our own constants
ACCOUNT_USER = """
    SELECT o.id FROM connections c JOIN connections o ON o.provider = c.provider AND o.account_id = c.account_id
     WHERE c.id = :connection_id AND o.state IN ('healthy', 'degraded', 'suspended')
       AND o.sealed_token IS NOT NULL
     ORDER BY o.id LIMIT 1"""
PAGE_USER = """
    SELECT c.id FROM page_grants g JOIN connections c ON c.id = g.connection_id
     WHERE g.page_id = :page_id AND c.state NOT IN ('disconnecting', 'disconnected')
     ORDER BY c.id LIMIT 1"""
INHERIT = "UPDATE page_grants SET subscribed_by_us = 1 WHERE connection_id = :heir AND page_id = :page_id"
LOOK_AGAIN = "UPDATE connections SET probe_due_at_ms = :now_ms WHERE id = :id"
SETTLE = """
    UPDATE undoings SET state = :state, due_at_ms = NULL, claim_id = NULL, sealed_token = NULL, reason = :reason,
                        settled_at_ms = :now_ms
     WHERE id = :id AND claim_id = :claim_id"""
RETRY = """
    UPDATE undoings SET due_at_ms = :due_at_ms, claim_id = NULL, reason = :reason
     WHERE id = :id AND claim_id = :claim_id"""
OPEN = """
    SELECT id FROM undoings WHERE connection_id = :connection_id AND due_at_ms IS NOT NULL LIMIT 1"""
GIVEN_UP = """
    SELECT id FROM undoings WHERE connection_id = :connection_id AND state = 'given_up' LIMIT 1"""
SETTLED_ELSEWHERE = """
    UPDATE undoings SET state = 'done', due_at_ms = NULL, claim_id = NULL, sealed_token = NULL, reason = :reason,
                        settled_at_ms = :now_ms
     WHERE kind = 'revoke_grant' AND state IN ('waiting', 'given_up')
       AND (claim_id IS NULL OR due_at_ms <= :now_ms) AND connection_id IN (
        SELECT id FROM connections
         WHERE provider = :provider AND account_id = :account_id
           AND (CAST(:issued_at_ms AS BIGINT) IS NULL OR consented_at_ms < CAST(:issued_at_ms AS BIGINT) + 1000))
    RETURNING connection_id"""
"""A Page's subscription is the Page's: it outlives the grant, and is tried until it is gone."""
BY_HAND = """
    UPDATE undoings SET state = 'done', reason = :reason, settled_at_ms = :now_ms
     WHERE connection_id = :connection_id AND state = 'given_up'"""
CALL_OFF = (
    "UPDATE undoings SET state = 'called_off' WHERE connection_id = :connection_id AND state = 'given_up'"
)
UNDER_WAY = "SELECT id FROM connections WHERE id = :connection_id AND state = 'disconnecting'"
GONE_SINCE = "UPDATE connections SET disconnected_at_ms = :now_ms WHERE id = :connection_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What writing takes beside the transaction."""

    vault: Vault
    new_id: Callable[[], str]
    now: datetime

    @property
    def now_ms(self) -> int:
        """Return the time in ms."""
        return int(self.now.timestamp() * 1000)


def add_undoing(
    tx: Tx, preview: Preview, kind: UndoingKind, page_id: PageId | None, token: str, hands: Hands
) -> None:
    """Queue one thing to take back, with a copy of the token that it takes."""
    undoing_id = f"und_{hands.new_id()}"
    row: Params = {
        "id": undoing_id,
        "connection_id": preview.connection_id,
        "workspace_id": preview.workspace_id,
        "provider": preview.provider,
        "kind": kind,
        "page_id": page_id,
        "sealed_token": hands.vault.seal(token, bound_to=undoing_binding(undoing_id)),
        "now_ms": hands.now_ms,
    }
    tx.execute(ADD, row)
    tx.wake("undo")


def settled_elsewhere(
    tx: Tx, provider: str, account_id: str, *, issued_at_ms: int | None, reason: str, hands: Hands
) -> None:
    """Note that the provider says the account's grant is gone: nothing is left to take back of it.

    A call of before the consent (`issued_at_ms`, in whole seconds) tells of an older grant, and of this one nothing.
    """
    where: Params = {
        "provider": provider,
        "account_id": account_id,
        "issued_at_ms": issued_at_ms,
        "reason": reason,
        "now_ms": hands.now_ms,
    }
    for connection_id in {row["connection_id"] for row in tx.rows(SETTLED_ELSEWHERE, where)}:
        _over(tx, connection_id, hands)


def done_by_hand(tx: Tx, connection: Row, *, actor: Actor, hands: Hands) -> int:
    """Note that a person took back what we gave up; return how much that was, 0 where nothing was given up."""
    where: Params = {"connection_id": connection["id"], "reason": BY_HAND_REASON, "now_ms": hands.now_ms}
    done = tx.execute(BY_HAND, where)
    if not done:
        return 0
    _over(tx, connection["id"], hands)
    entry = AuditEntry(
        actor=actor,
        action="connection.undone_by_hand",
        workspace_id=connection["workspace_id"],
        subject=connection["id"],
        detail={"provider": connection["provider"], "undoings": done},
    )
    append_audit(tx, entry, at_ms=hands.now_ms)
    tx.wake("accounts")
    return done


def begin(tx: Tx, connection_id: ConnectionId, hands: Hands) -> None:
    """Write that the connection is being disconnected, or that it is already where there is nothing to undo."""
    asked: list[Signal] = [DisconnectAsked()]
    if tx.row(OPEN, {"connection_id": connection_id}) is None:
        asked.append(DisconnectDone())
        tx.execute(GONE_SINCE, {"connection_id": connection_id, "now_ms": hands.now_ms})
    hear(tx, connection_id, asked, now=hands.now, new_id=hands.new_id)


def connected_again(tx: Tx, connection_id: ConnectionId, *, now: datetime, new_id: Callable[[], str]) -> None:
    """Forget what was given up: a new consent stands, and ending the old one by hand would end that too."""
    tx.execute(CALL_OFF, {"connection_id": connection_id})
    resolve_alert(tx, key=CONNECTION_REVOKE_FAILED.key(connection_id), now=now, new_id=new_id)


def _over(tx: Tx, connection_id: ConnectionId, hands: Hands) -> None:
    """End the disconnecting when nothing waits any more. What was given up stays an alert: a person must act."""
    where: Params = {"connection_id": connection_id, "now_ms": hands.now_ms}
    if tx.row(OPEN, where) is not None:
        return
    if tx.row(GIVEN_UP, where) is None:
        key = CONNECTION_REVOKE_FAILED.key(connection_id)
        resolve_alert(tx, key=key, now=hands.now, new_id=hands.new_id)
    if tx.row(UNDER_WAY, where) is not None:
        tx.execute(GONE_SINCE, where)
        hear(tx, connection_id, [DisconnectDone()], now=hands.now, new_id=hands.new_id)


class SqlUndoings:
    """Implements `pipelines.disconnect.Undoings`."""

    def __init__(self, engine: Engine, clock: Clock, vault: Vault, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._vault = vault
        self._new_id = new_id

    async def claim(self) -> UndoingWork | None:
        row = await self._engine.write(
            partial(_claim, claim_id=self._new_id(), hands=self._hands()), durable=False
        )
        return self._work(row) if row else None

    async def settle(self, work: UndoingWork, outcome: UndoingOutcome) -> bool:
        return await self._engine.write(partial(_settle, work=work, outcome=outcome, hands=self._hands()))

    async def next_due_ms(self) -> int | None:
        row = await self._engine.read(lambda tx: tx.row(NEXT_DUE))
        return row["due"] if row else None

    def _hands(self) -> Hands:
        return Hands(vault=self._vault, new_id=self._new_id, now=self._clock.now())

    def _work(self, row: Row) -> UndoingWork:
        try:
            token = self._vault.open(row["sealed_token"], bound_to=undoing_binding(row["id"]))
        except BadInputError:  # the key is gone: nobody can take it back but the person
            token = ""
        return UndoingWork(
            id=row["id"],
            claim_id=row["claim_id"],
            connection_id=ConnectionId(row["connection_id"]),
            workspace_id=row["workspace_id"],
            provider=row["provider"],
            kind=row["kind"],
            page_id=row["page_id"],
            attempt=row["attempts"],
            created_at_ms=row["created_at_ms"],
            token=token or None,
        )


def _claim(tx: Tx, *, claim_id: str, hands: Hands) -> Row | None:
    """Claim what is still to be done; call off what somebody connected again meanwhile."""
    lease = {"claim_id": claim_id, "lease_until_ms": hands.now_ms + LEASE_MS, "now_ms": hands.now_ms}
    while (row := tx.row(CLAIM, lease)) is not None:
        user = _user(tx, row)
        if user is None:
            return row
        tx.execute(
            SETTLE, {**row, "state": "called_off", "reason": "Connected again.", "now_ms": hands.now_ms}
        )
        _inherit(tx, row, user)
        _over(tx, row["connection_id"], hands)
    return None


def _settle(tx: Tx, *, work: UndoingWork, outcome: UndoingOutcome, hands: Hands) -> bool:
    row: Params = {"id": work.id, "claim_id": work.claim_id, "reason": outcome.reason, "now_ms": hands.now_ms}
    tx.wake("accounts")
    if isinstance(outcome, UndoLater):
        ours = tx.execute(RETRY, {**row, "due_at_ms": outcome.due_at_ms}) > 0
        if ours and outcome.alarm:
            _alarm(tx, work, outcome.reason, hands)
        return ours
    gave_up = isinstance(outcome, GivenUp)
    ours = tx.execute(SETTLE, {**row, "state": "given_up" if gave_up else "done"}) > 0
    if ours and isinstance(outcome, GivenUp):
        _alarm(tx, work, outcome.reason, hands)
    if not gave_up:
        _look_again(tx, work, hands)
    if ours:
        _over(tx, work.connection_id, hands)
    return ours


def _look_again(tx: Tx, work: UndoingWork, hands: Hands) -> None:
    """Probe who connected again while we asked the provider: it may have been taken back from them."""
    user = _user(tx, {"connection_id": work.connection_id, "kind": work.kind, "page_id": work.page_id})
    if user is not None:
        tx.execute(LOOK_AGAIN, {"id": user, "now_ms": hands.now_ms})
        tx.wake("health")


def _user(tx: Tx, undoing: Row) -> ConnectionId | None:
    """Return a connection that uses what is to be taken back."""
    user = tx.row(ACCOUNT_USER if undoing["kind"] == "revoke_grant" else PAGE_USER, undoing)
    return user["id"] if user else None


def _inherit(tx: Tx, undoing: Row, heir: ConnectionId) -> None:
    if undoing["kind"] == "unsubscribe_page":
        tx.execute(INHERIT, {"heir": heir, "page_id": undoing["page_id"]})


def _alarm(tx: Tx, work: UndoingWork, reason: str, hands: Hands) -> None:
    provider = PROVIDERS[work.provider]
    alert = CONNECTION_REVOKE_FAILED.alert(
        work.connection_id,
        workspace_id=work.workspace_id,
        connection_id=work.connection_id,
        provider=provider,
        reason=reason,
        remedy=(
            f"To end it at once, remove this app at {PROVIDER_SETTINGS[work.provider]} and, once we have given up, "
            f"say so: on the dashboard, or with `connector disconnect {work.connection_id} --done-by-hand`."
        ),
    )
    raise_alert(tx, alert=alert, now=hands.now, new_id=hands.new_id)


def undoing_binding(undoing_id: str) -> str:
    """Return what the token of an undoing is bound to in the vault."""
    return f"undoing:{undoing_id}"
