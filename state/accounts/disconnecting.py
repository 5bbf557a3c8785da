"""Disconnecting an account: one transaction that does what the preview says, and leaves the rest to the undoings."""

from collections.abc import Callable
from functools import partial

from connector.domain.alerts_catalogue import (
    CONNECTION_STANDBY,
    LEADS_OVERDUE,
    LEADS_SILENT,
    PAGE_UNREADABLE,
    SUBSCRIPTION_LOST,
)
from connector.domain.audit import Actor, AuditEntry
from connector.domain.connection import ConnectionId
from connector.domain.disconnecting import DISCONNECTED_REASON, PagePreview, Preview
from connector.domain.errors import BadInputError
from connector.ports import Clock
from state.accounts.disconnect_preview import CONNECTION, lock, look
from state.accounts.erasing import erase_tokens
from state.accounts.google_tokens import token_binding
from state.accounts.page_grants import take_over
from state.accounts.pages import page_binding
from state.accounts.undoings import Hands, add_undoing, begin, done_by_hand
from state.alerts import resolve_alert
from state.audit import append_audit
from state.engine import Engine, Params, Row, Tx
from state.vault import Vault

PARK = """
    UPDATE leads SET stage = 'parked', due_at_ms = NULL, claim_id = NULL, reason = :reason
     WHERE page_id = :page_id AND workspace_id = :workspace_id
       AND (stage = 'held' OR (stage = 'fetch' AND (claim_id IS NULL OR due_at_ms <= :now_ms)))"""
LEAVE_PAGE = """
    UPDATE pages SET state = 'disconnected', sealed_token = '', reason = :reason, remedy = NULL, paused_until_ms = 0
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND connection_id = :id"""
GRANT = "SELECT sealed_token FROM page_grants WHERE connection_id = :id AND page_id = :page_id"
DROP_GRANTS = "DELETE FROM page_grants WHERE connection_id = :id"
DROP_CHECKS = "DELETE FROM connection_checks WHERE connection_id = :id"
INHERIT = """
    UPDATE page_grants SET subscribed_by_us = 1 WHERE connection_id = :heir AND page_id = :page_id"""
LEFT_BY = "UPDATE connections SET disconnected_by = :actor WHERE id = :id"
"""A person by id, else the kind of who did it; the whole deed is in the audit log."""
UNKNOWN = "There is no such connection: see `connector connections`."


class SqlDisconnecting:
    """Implements `pipelines.disconnect.Accounts`."""

    def __init__(self, engine: Engine, clock: Clock, vault: Vault, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._vault = vault
        self._new_id = new_id

    async def preview(self, connection_id: ConnectionId) -> Preview:
        now_ms = self._clock.now_ms()
        seen = await self._engine.read(lambda tx: look(tx, connection_id, now_ms=now_ms, count_kept=True))
        if seen is None:
            raise BadInputError(UNKNOWN)
        return seen[0]

    async def disconnect(self, connection_id: ConnectionId, actor: Actor) -> Preview:
        return await self._engine.write(
            partial(disconnect, connection_id=connection_id, actor=actor, hands=self._hands())
        )

    async def done_by_hand(self, connection_id: ConnectionId, actor: Actor) -> int:
        return await self._engine.write(
            partial(_done_by_hand, connection_id=connection_id, actor=actor, hands=self._hands())
        )

    def _hands(self) -> Hands:
        return Hands(vault=self._vault, new_id=self._new_id, now=self._clock.now())


def disconnect(tx: Tx, *, connection_id: ConnectionId, actor: Actor, hands: Hands) -> Preview:
    """Do what the preview says, here; the providers hear of it from the undoings."""
    seen = look(tx, connection_id, now_ms=hands.now_ms)
    if seen is None:
        raise BadInputError(UNKNOWN)
    lock(tx, seen[1])
    preview, connection = look(tx, connection_id, now_ms=hands.now_ms) or seen  # nobody else changes it now
    if preview.is_gone:
        return preview
    _queue_undoings(tx, preview, connection, hands)
    parked = sum(_leave(tx, preview, page, hands) for page in preview.pages)
    _drop_grants(tx, preview)
    erase_tokens(tx, connection_id, now_ms=hands.now_ms)
    tx.execute(LEFT_BY, {"id": connection_id, "actor": actor.name if actor.kind == "person" else actor.kind})
    begin(tx, connection_id, hands)
    detail = {"provider": preview.provider, "pages": len(preview.pages), "parked": parked}
    entry = AuditEntry(
        actor=actor,
        action="connection.disconnected",
        workspace_id=preview.workspace_id,
        subject=connection_id,
        detail={**detail, "revokes": preview.revokes},
    )
    append_audit(tx, entry, at_ms=hands.now_ms)
    return preview


def _done_by_hand(tx: Tx, *, connection_id: ConnectionId, actor: Actor, hands: Hands) -> int:
    connection = tx.row(CONNECTION, {"id": connection_id})
    if connection is None:
        raise BadInputError(UNKNOWN)
    return done_by_hand(tx, connection, actor=actor, hands=hands)


def _queue_undoings(tx: Tx, preview: Preview, connection: Row, hands: Hands) -> None:
    """Queue what the provider is to be asked, before the tokens that it takes are gone."""
    for kind, page_id in preview.undoings:
        if page_id is None:
            sealed, binding = connection["sealed_token"], token_binding(preview.connection_id)
        else:
            grant = tx.row(GRANT, {"id": preview.connection_id, "page_id": page_id})
            sealed, binding = grant and grant["sealed_token"], page_binding(preview.workspace_id, page_id)
        add_undoing(tx, preview, kind, page_id, _opened(hands.vault, sealed, binding), hands)


def _opened(vault: Vault, sealed: str, binding: str) -> str:
    """Return the token; an empty one when no key opens it: then only the person can take it back."""
    try:
        return vault.open(sealed, bound_to=binding)
    except BadInputError:
        return ""


def _leave(tx: Tx, preview: Preview, page: PagePreview, hands: Hands) -> int:
    """Let another admin's consent read the Page, or nobody; return how many leads that parks."""
    if not page.is_read:
        return 0
    if page.standby is not None:
        take_over(
            tx,
            workspace_id=preview.workspace_id,
            page_id=page.page_id,
            connection_id=preview.connection_id,
            now=hands.now,
            new_id=hands.new_id,
        )
        return 0
    where: Params = {
        "page_id": page.page_id,
        "workspace_id": preview.workspace_id,
        "id": preview.connection_id,
        "reason": DISCONNECTED_REASON,
        "now_ms": hands.now_ms,
    }
    tx.execute(LEAVE_PAGE, where)
    for kind in (PAGE_UNREADABLE, CONNECTION_STANDBY, SUBSCRIPTION_LOST, LEADS_SILENT, LEADS_OVERDUE):
        key = kind.key(preview.workspace_id, page.page_id)
        resolve_alert(tx, key=key, now=hands.now, new_id=hands.new_id, quietly=True)
    return tx.execute(PARK, where)


def _drop_grants(tx: Tx, preview: Preview) -> None:
    """Forget the Pages' tokens. Who still uses a Page inherits the subscription that was ours to undo."""
    for page in preview.pages:
        if page.subscribed_by_us and page.shared_with:
            heir = page.shared_with[0].connection_id
            tx.execute(INHERIT, {"heir": heir, "page_id": page.page_id})
    tx.execute(DROP_GRANTS, {"id": preview.connection_id})
    tx.execute(DROP_CHECKS, {"id": preview.connection_id})
