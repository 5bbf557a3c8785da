"""Google's security events: each told once, whatever Google repeats, and all that follows in one transaction."""

from collections.abc import Callable, Sequence
from functools import partial

from connector.domain.audit import Actor
from connector.domain.connection import ConnectionId
from connector.domain.health import OVER
from connector.domain.security_effects import SecurityEffect, effect_of, suspension
from connector.domain.security_event import SecurityEvent
from connector.domain.signals import Enabled
from connector.ports import Clock
from state.accounts.health import hear
from state.accounts.removals import remove
from state.accounts.undoings import Hands, settled_elsewhere
from state.engine import Engine, Params, Row, Tx
from state.vault import Vault

GOOGLE = Actor(kind="provider", name="google")
REVOKED = "Google says that the grant is taken back."

ADD = """
    INSERT INTO security_events (jti, type, outcome, received_at_ms)
    VALUES (:jti, :type, 'received', :now_ms) ON CONFLICT (jti) DO NOTHING"""
SETTLE = "UPDATE security_events SET outcome = :outcome WHERE jti = :jti"
_CONNECTIONS = (
    "SELECT id, workspace_id, account_id, state, consented_at_ms, sealed_token FROM connections"
    " WHERE provider = 'google'"
)
BY_SUB = f"{_CONNECTIONS} AND account_id = :sub ORDER BY id /*for update*/"
BY_PREFIX = f"{_CONNECTIONS} AND token_print_prefix = :token_prefix ORDER BY id /*for update*/"
BY_HASH = f"{_CONNECTIONS} AND token_print_hash = :token_double_hash ORDER BY id /*for update*/"
REFRESH_NOW = """
    UPDATE connections SET refresh_due_at_ms = :now_ms
     WHERE id = :id AND refresh_claim_id IS NULL AND sealed_token IS NOT NULL"""


class SqlSecurityEvents:
    """Implements `pipelines.callbacks.SecurityEvents`."""

    def __init__(self, engine: Engine, clock: Clock, vault: Vault, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._vault = vault
        self._new_id = new_id

    async def apply(self, event: SecurityEvent) -> tuple[str, Sequence[ConnectionId]]:
        hands = Hands(vault=self._vault, new_id=self._new_id, now=self._clock.now())
        return await self._engine.write(partial(_apply, event=event, hands=hands))


def _apply(tx: Tx, *, event: SecurityEvent, hands: Hands) -> tuple[str, Sequence[ConnectionId]]:
    told: Params = {"jti": event.jti, "type": event.type, "now_ms": hands.now_ms}
    if not tx.execute(ADD, told):
        return "repeated", ()
    effect = effect_of(event)
    concerned = [row for row in _concerned(tx, event) if row["state"] not in OVER]
    if effect == "remove" and event.sub is not None:
        settled_elsewhere(
            tx, "google", event.sub, issued_at_ms=_issued_at_ms(event), reason=REVOKED, hands=hands
        )
    touched = [ConnectionId(row["id"]) for row in concerned if _take_effect(tx, effect, row, event, hands)]
    outcome = effect if touched else "none"
    tx.execute(SETTLE, {"jti": event.jti, "outcome": outcome})
    return outcome, touched


def _concerned(tx: Tx, event: SecurityEvent) -> Sequence[Row]:
    if event.sub is not None:
        return tx.rows(BY_SUB, {"sub": event.sub})
    if event.token_prefix is not None:
        return tx.rows(BY_PREFIX, {"token_prefix": event.token_prefix})
    if event.token_double_hash is not None:
        return tx.rows(BY_HASH, {"token_double_hash": event.token_double_hash})
    return ()


def _take_effect(tx: Tx, effect: SecurityEffect, row: Row, event: SecurityEvent, hands: Hands) -> bool:
    connection_id = ConnectionId(row["id"])
    if effect in ("release", "refresh") and row["sealed_token"] is None:
        return False  # free or not, there is nothing to come in with: it waits for consent
    match effect:
        case "remove":
            # a token that is named is that token, however late the event comes
            issued_at_ms = _issued_at_ms(event) if event.sub is not None else None
            return remove(
                tx, row, issued_at_ms=issued_at_ms, actor=GOOGLE, now=hands.now, new_id=hands.new_id
            )
        case "suspend":
            done = hear(tx, connection_id, [suspension(event)], now=hands.now, new_id=hands.new_id)
            return done is not None and done.is_changed
        case "release":
            done = hear(tx, connection_id, [Enabled()], now=hands.now, new_id=hands.new_id)
            _refresh(tx, connection_id, hands)
            return done is not None and done.is_changed
        case "refresh":
            _refresh(tx, connection_id, hands)
            return True
        case "none":
            return False


def _issued_at_ms(event: SecurityEvent) -> int:
    return int(event.issued_at.timestamp() * 1000)


def _refresh(tx: Tx, connection_id: ConnectionId, hands: Hands) -> None:
    tx.execute(REFRESH_NOW, {"id": connection_id, "now_ms": hands.now_ms})
    tx.wake("tokens")
