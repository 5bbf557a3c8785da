"""What a person asked Facebook to tell us: that they removed the app, that their data is to be erased.

A call and all that follows from it are one transaction: what was answered is done, what was not comes again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from connector.domain.audit import Actor, AuditEntry
from connector.domain.connection import ConnectionId
from connector.domain.health import OVER
from connector.domain.privacy import PersonCall, PrivacyKind, PrivacyRequest
from connector.domain.signals import Deauthorised
from connector.ports import Clock
from state.accounts.erasing import erase_tokens
from state.accounts.health import hear
from state.accounts.undoings import Hands, settled_elsewhere
from state.audit import append_audit
from state.engine import Engine, Params, Row, Tx
from state.vault import Vault

FACEBOOK = Actor(kind="provider", name="facebook")
REMOVED = "The person removed the app at Facebook."
NOTHING_HELD = (
    "We hold nothing about you: no account of yours was ever connected here, or it is erased already."
)
ERASED = "Your name, your account's id and all access tokens were erased. Nothing else about you is kept."

OF_ACCOUNT = """
    SELECT id, workspace_id, state, consented_at_ms FROM connections
     WHERE provider = 'facebook' AND account_id = :account_id ORDER BY id /*for update*/"""
PROBE_NOW = "UPDATE connections SET probe_due_at_ms = :now_ms WHERE id = :id"
FIND = "SELECT code, kind, state, outcome, received_at_ms, settled_at_ms FROM privacy_requests WHERE {which}"
BY_CODE = FIND.replace("{which}", "code = :code")
BY_HASH = FIND.replace("{which}", "request_hash = :request_hash")
ADD = """
    INSERT INTO privacy_requests (code, provider, kind, request_hash, state, outcome, received_at_ms, settled_at_ms)
    VALUES (:code, 'facebook', :kind, :request_hash, 'done', :outcome, :now_ms, :now_ms)
    ON CONFLICT (request_hash) DO NOTHING"""
FORGET = """
    UPDATE connections SET account_name = NULL, account_id = :pseudonym, updated_at_ms = :now_ms WHERE id = :id"""
DROP_OFFERS = """
    DELETE FROM consent_attempts
     WHERE provider = 'facebook' AND used_at_ms IS NOT NULL
       AND (CAST(:issued_at_ms AS BIGINT) IS NULL OR created_at_ms < CAST(:issued_at_ms AS BIGINT) + 1000)"""
"""Whose a kept consent is stands sealed within it. So all go that can be the person's; a choice is made anew."""
DROP_CHECKS = "DELETE FROM connection_checks WHERE connection_id = :id"


class SqlRemovals:
    """Implements `pipelines.callbacks.Removals`."""

    def __init__(self, engine: Engine, clock: Clock, vault: Vault, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._vault = vault
        self._new_id = new_id

    async def deauthorise(self, call: PersonCall, *, code: str) -> Sequence[ConnectionId]:
        return await self._engine.write(partial(_deauthorise, call=call, code=code, hands=self._hands()))

    async def erase(self, call: PersonCall, *, code: str) -> PrivacyRequest:
        return await self._engine.write(partial(_erase, call=call, code=code, hands=self._hands()))

    async def find(self, code: str) -> PrivacyRequest | None:
        row = await self._engine.read(lambda tx: tx.row(BY_CODE, {"code": code}))
        return PrivacyRequest(**row) if row and row["kind"] == "deletion" else None

    def _hands(self) -> Hands:
        return Hands(vault=self._vault, new_id=self._new_id, now=self._clock.now())


def remove(
    tx: Tx,
    connection: Row,
    *,
    issued_at_ms: int | None,
    actor: Actor,
    now: datetime,
    new_id: Callable[[], str],
) -> bool:
    """Hold the work of a connection whose grant is gone and erase its tokens; False when it was not.

    A call of before the consent tells of an older grant: what stands now is only looked at again.
    """
    if connection["state"] in OVER:
        return False
    connection_id, now_ms = ConnectionId(connection["id"]), int(now.timestamp() * 1000)
    if is_newer(connection, issued_at_ms):
        tx.execute(PROBE_NOW, {"id": connection_id, "now_ms": now_ms})
        tx.wake("health")
        return False
    done = hear(tx, connection_id, [Deauthorised()], now=now, new_id=new_id)
    erase_tokens(tx, connection_id, now_ms=now_ms)
    if done is None or not done.is_changed:
        return False
    entry = AuditEntry(
        actor=actor,
        action="connection.deauthorised",
        workspace_id=connection["workspace_id"],
        subject=connection_id,
    )
    append_audit(tx, entry, at_ms=now_ms)
    return True


def is_newer(connection: Row, issued_at_ms: int | None) -> bool:
    """Tell whether the consent is of after the call, which is told in whole seconds."""
    return issued_at_ms is not None and issued_at_ms + 1000 <= int(connection["consented_at_ms"])


def _deauthorise(tx: Tx, *, call: PersonCall, code: str, hands: Hands) -> Sequence[ConnectionId]:
    if tx.row(BY_HASH, {"request_hash": _hash("deauthorize", call)}) is not None:
        return ()  # a repeat: what it says of is dealt with, and a consent since then is none of its business
    removed = _remove_all(tx, call, hands)
    outcome = "deauthorised" if removed else "unknown or known already"
    tx.execute(ADD, _request("deauthorize", call, code, outcome, hands))
    return removed


def _remove_all(tx: Tx, call: PersonCall, hands: Hands) -> list[ConnectionId]:
    removed = [
        ConnectionId(row["id"])
        for row in tx.rows(OF_ACCOUNT, {"account_id": call.account_id})
        if remove(tx, row, issued_at_ms=call.issued_at_ms, actor=FACEBOOK, now=hands.now, new_id=hands.new_id)
    ]
    settled_elsewhere(
        tx, "facebook", call.account_id, issued_at_ms=call.issued_at_ms, reason=REMOVED, hands=hands
    )
    tx.execute(DROP_OFFERS, {"issued_at_ms": call.issued_at_ms})
    return removed


def _erase(tx: Tx, *, call: PersonCall, code: str, hands: Hands) -> PrivacyRequest:
    known = tx.row(BY_HASH, {"request_hash": _hash("deletion", call)})
    if known is not None:
        return PrivacyRequest(**known)
    found = tx.rows(OF_ACCOUNT, {"account_id": call.account_id})
    held = [row for row in found if not is_newer(row, call.issued_at_ms)]  # who came back wants to be known
    _remove_all(tx, call, hands)
    for row in held:
        forgotten = {"id": row["id"], "pseudonym": f"erased:{row['id']}", "now_ms": hands.now_ms}
        erase_tokens(tx, row["id"], now_ms=hands.now_ms)
        tx.execute(FORGET, forgotten)
        tx.execute(DROP_CHECKS, forgotten)
        entry = AuditEntry(
            actor=FACEBOOK,
            action="connection.person_erased",
            workspace_id=row["workspace_id"],
            subject=row["id"],
        )
        append_audit(tx, entry, at_ms=hands.now_ms)
    request = _request("deletion", call, code, ERASED if held else NOTHING_HELD, hands)
    tx.execute(ADD, request)
    stored = tx.row(BY_HASH, request) or request
    return PrivacyRequest(**stored)


def _request(kind: PrivacyKind, call: PersonCall, code: str, outcome: str, hands: Hands) -> Params:
    return {
        "code": code,
        "kind": kind,
        "request_hash": _hash(kind, call),
        "outcome": outcome,
        "now_ms": hands.now_ms,
    }


def _hash(kind: PrivacyKind, call: PersonCall) -> str:
    return f"{kind}:{call.digest}"
