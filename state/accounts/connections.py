"""Connected accounts: saving a consent replaces its tokens and sets its waiting work free."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any

from connector.domain.connection import Check, ConnectionId, FacebookConnection, PageGrant, SavedConsent
from connector.domain.lead import PageId, WorkspaceId
from connector.domain.pages import page_trouble_key
from connector.domain.probing import PageVerdict
from connector.domain.signals import Consented, Signal
from connector.ports import Clock
from state.accounts.checks import all_checks, write_checks
from state.accounts.connection_events import append_connection_changed
from state.accounts.health import hear
from state.accounts.page_grants import covered, save_grant, spare_is_back
from state.accounts.page_verdicts import write_page_verdict
from state.accounts.pages import release_page
from state.accounts.undoings import connected_again
from state.alerts import resolve_alert
from state.engine import Engine, Params, Row, Tx
from state.intake.inbox import release_quarantined
from state.vault import Vault

_INSERT = """
    INSERT INTO connections (id, workspace_id, provider, account_id, account_name, state, state_since_ms,
                             sealed_token, token_version, scopes, expires_at_ms, data_access_expires_at_ms,
                             refresh_failures, probe_due_at_ms, connected_by, consented_at_ms, created_at_ms,
                             updated_at_ms)
    VALUES (:id, :workspace_id, 'facebook', :account_id, :account_name, 'healthy', :now_ms,
            :sealed_token, 1, :scopes, :expires_at_ms, :data_access_expires_at_ms,
            0, :probe_due_at_ms, :connected_by, :now_ms, :now_ms, :now_ms)"""
ADD = f"""
    {_INSERT}
    ON CONFLICT (workspace_id, provider, account_id) DO NOTHING
    RETURNING token_version"""
"""Of two that connect the same account at once the second waits for the first, and finds it."""
SAVE = f"""
    {_INSERT}
    ON CONFLICT (id) DO UPDATE SET
        account_name = excluded.account_name, sealed_token = excluded.sealed_token, scopes = excluded.scopes,
        expires_at_ms = excluded.expires_at_ms, updated_at_ms = excluded.updated_at_ms,
        data_access_expires_at_ms = excluded.data_access_expires_at_ms,
        token_version = connections.token_version + 1, connected_by = excluded.connected_by,
        probe_due_at_ms = excluded.probe_due_at_ms, probe_claim_id = NULL, probe_failures = 0,
        hastened_at_ms = NULL, disconnected_at_ms = NULL
    RETURNING token_version"""
"""Ends a look that is under way: what it finds is about the old token."""
FIRST_PROBE_MS = 20 * 3_600_000
"""When to look first: connecting has just looked at everything."""
EXISTING = """
    SELECT id FROM connections
     WHERE workspace_id = :workspace_id AND provider = 'facebook' AND account_id = :account_id"""
SAVED = """
    SELECT workspace_id FROM connections
     WHERE id = :id AND token_version = :token_version AND state NOT IN ('disconnecting', 'disconnected')
       /*for update*/"""
PROBED = "UPDATE connections SET probed_at_ms = :now_ms WHERE id = :id"
_WAITING = """
      FROM leads l
     WHERE l.page_id = p.page_id AND l.workspace_id = p.workspace_id
       AND (l.stage = 'held' OR (l.stage = 'fetch' AND l.due_at_ms IS NOT NULL))"""
ALL = """
    SELECT c.id, c.workspace_id, c.provider, c.account_id, c.account_name, c.state, c.cause, c.reason, c.remedy,
           c.state_since_ms, c.scopes, c.expires_at_ms, c.data_access_expires_at_ms, c.connected_by,
           c.consented_at_ms, c.probed_at_ms, c.probe_due_at_ms, c.created_at_ms, c.updated_at_ms,
           c.disconnected_at_ms,
           (SELECT COUNT(*) FROM pages p WHERE p.connection_id = c.id AND p.state <> 'disconnected') AS pages,
           (SELECT COUNT(*) FROM page_grants g WHERE g.connection_id = c.id
               AND NOT EXISTS (SELECT 1 FROM pages p WHERE p.page_id = g.page_id
                                  AND p.workspace_id = g.workspace_id
                                  AND p.connection_id = c.id)) AS standing_by
      FROM connections c ORDER BY c.updated_at_ms, c.id"""
ALL_PAGES = f"""
    SELECT p.workspace_id, p.page_id, p.name, p.connection_id, p.country_hint, p.state, p.reason, p.remedy,
           p.paused_until_ms, (SELECT COUNT(*) {_WAITING}) AS waiting,
           (SELECT MIN(l.received_at_ms) {_WAITING}) AS waiting_since_ms
      FROM pages p WHERE p.state <> 'disconnected' ORDER BY p.workspace_id, p.name, p.page_id"""  # noqa: S608 - our own constants
ALL_GRANTS = """
    SELECT g.connection_id, g.page_id, g.workspace_id, g.name, g.state, g.reason, g.remedy, g.state_since_ms,
           g.subscribed_by_us
      FROM page_grants g ORDER BY g.workspace_id, g.name, g.page_id, g.connection_id"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hands:
    """What writing takes beside the transaction."""

    vault: Vault
    now: datetime
    new_id: Callable[[], str]

    @property
    def now_ms(self) -> int:
        return int(self.now.timestamp() * 1000)


class SqlConnections:
    """Implements `ports.Connections`."""

    def __init__(self, engine: Engine, clock: Clock, vault: Vault, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._vault = vault
        self._new_id = new_id

    async def save(self, connection: FacebookConnection, pages: Sequence[PageGrant]) -> SavedConsent:
        return await self._engine.write(
            partial(_save, connection=connection, pages=pages, hands=self._hands())
        )

    async def proved(
        self,
        saved: SavedConsent,
        checks: Sequence[Check],
        pages: Sequence[PageVerdict],
        signals: Sequence[Signal],
    ) -> int:
        return await self._engine.write(
            partial(
                _proved,
                saved=saved,
                checks=checks,
                pages=pages,
                signals=signals,
                hands=self._hands(),
            )
        )

    async def existing(self, workspace_id: WorkspaceId, account_id: str) -> ConnectionId | None:
        row = await self._engine.read(
            lambda tx: tx.row(EXISTING, {"workspace_id": workspace_id, "account_id": account_id})
        )
        return row["id"] if row else None

    async def covered(self, connection_id: ConnectionId) -> Sequence[PageId]:
        return await self._engine.read(lambda tx: covered(tx, connection_id))

    async def all(self) -> Sequence[Row]:
        """Return every connection without its tokens; `standing_by` counts Pages that others read."""
        return await self._engine.read(lambda tx: tx.rows(ALL))

    async def all_pages(self) -> Sequence[Row]:
        """Return every connected Page without its token, with what waits for it and since when."""
        return await self._engine.read(lambda tx: tx.rows(ALL_PAGES))

    async def everything(self) -> Mapping[str, Sequence[Row]]:
        """Return `connections`, `pages`, `grants` and `checks` as of one moment, without any token."""

        def look(tx: Tx) -> dict[str, Any]:
            return {
                "connections": tx.rows(ALL),
                "pages": tx.rows(ALL_PAGES),
                "grants": tx.rows(ALL_GRANTS),
                "checks": all_checks(tx),
            }

        return await self._engine.read(look)

    def _hands(self) -> _Hands:
        return _Hands(vault=self._vault, now=self._clock.now(), new_id=self._new_id)


def _save(
    tx: Tx, *, connection: FacebookConnection, pages: Sequence[PageGrant], hands: _Hands
) -> SavedConsent:
    now, new_id = hands.now, hands.new_id
    connection, version = _store(tx, connection, hands)
    freed = 0
    pages = sorted(pages, key=attrgetter("page_id"))  # one lock order on every machine
    for page in pages:
        is_read = save_grant(
            tx, connection.id, connection.workspace_id, page, vault=hands.vault, now_ms=hands.now_ms
        )
        if is_read:
            freed += _set_free(tx, connection.workspace_id, page.page_id, hands)
    heard = hear(tx, connection.id, [Consented(at=now)], now=now, new_id=new_id, announced=False)
    connected_again(tx, connection.id, now=now, new_id=new_id)
    for page in pages:
        spare_is_back(tx, connection.workspace_id, page.page_id, now=now, new_id=new_id)
        freed += release_quarantined(tx, page.page_id, now_ms=hands.now_ms)
    if heard is not None and heard.is_changed:
        append_connection_changed(tx, connection.id, now=now, new_id=new_id)
    return SavedConsent(id=connection.id, token_version=version, freed=freed)


def _store(tx: Tx, connection: FacebookConnection, hands: _Hands) -> tuple[FacebookConnection, int]:
    """Store the consent under the id of its account, to which its token is bound; return it with its version."""
    account = {"workspace_id": connection.workspace_id, "account_id": connection.person.id}
    known = tx.row(EXISTING, account)
    if known is None:
        added = tx.row(ADD, _connection_row(connection, hands))
        if added is not None:
            return connection, int(added["token_version"])
        known = tx.row(EXISTING, account)
    if known is not None:
        connection = replace(connection, id=ConnectionId(known["id"]))
    (stored,) = tx.rows(SAVE, _connection_row(connection, hands))
    return connection, int(stored["token_version"])


def _set_free(tx: Tx, workspace_id: WorkspaceId, page_id: PageId, hands: _Hands) -> int:
    freed = release_page(tx, page_id, workspace_id, now_ms=hands.now_ms)
    key = page_trouble_key(workspace_id, page_id)
    resolve_alert(tx, key=key, now=hands.now, new_id=hands.new_id)
    return freed


def _proved(
    tx: Tx,
    *,
    saved: SavedConsent,
    checks: Sequence[Check],
    pages: Sequence[PageVerdict],
    signals: Sequence[Signal],
    hands: _Hands,
) -> int:
    """Write what proving found, and adopt once more what came while it was proved.

    What was found of a token that was replaced or erased meanwhile is no news.
    """
    row = tx.row(SAVED, {"id": saved.id, "token_version": saved.token_version})
    if row is None:
        return 0
    workspace_id = WorkspaceId(row["workspace_id"])
    now, new_id = hands.now, hands.new_id
    pages = sorted(pages, key=attrgetter("page_id"))
    of_pages = [check for page in pages for check in page.checks]
    write_checks(tx, saved.id, [*checks, *of_pages], now_ms=hands.now_ms)
    tx.execute(PROBED, {"id": saved.id, "now_ms": hands.now_ms})
    for page in pages:
        write_page_verdict(tx, saved.id, workspace_id, page, vault=hands.vault, now=now, new_id=new_id)
    hear(tx, saved.id, signals, now=now, new_id=new_id)
    return sum(release_quarantined(tx, page.page_id, now_ms=hands.now_ms) for page in pages)


def _connection_row(connection: FacebookConnection, hands: _Hands) -> Params:
    binding = f"connection:{connection.id}"
    return {
        "id": connection.id,
        "workspace_id": connection.workspace_id,
        "account_id": connection.person.id,
        "account_name": connection.person.name,
        "sealed_token": hands.vault.seal(connection.token.value, bound_to=binding),
        "scopes": json.dumps(sorted(connection.scopes)),
        "expires_at_ms": _ms(connection.token.expires_at),
        "data_access_expires_at_ms": _ms(connection.data_access_expires_at),
        "probe_due_at_ms": hands.now_ms + FIRST_PROBE_MS,
        "connected_by": connection.connected_by,
        "now_ms": hands.now_ms,
    }


def _ms(at: datetime | None) -> int | None:
    return int(at.timestamp() * 1000) if at is not None else None
