"""Connected accounts: saving a consent replaces its tokens and sets its waiting work free."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from connector.domain.connection import ConnectionId, FacebookConnection, PageGrant
from connector.domain.lead import WorkspaceId
from connector.domain.pages import page_trouble_key
from connector.ports import Clock
from state.alerts import resolve_alert
from state.engine import Engine, Params, Row, Tx
from state.inbox import release_quarantined
from state.leads import release_page
from state.pages import page_binding
from state.vault import Vault

SAVE = """
    INSERT INTO connections (id, workspace_id, provider, account_id, account_name, state, state_since_ms,
                             sealed_token, token_version, scopes, expires_at_ms, data_access_expires_at_ms,
                             refresh_failures, consented_at_ms, created_at_ms, updated_at_ms)
    VALUES (:id, :workspace_id, 'facebook', :account_id, :account_name, 'healthy', :now_ms,
            :sealed_token, 1, :scopes, :expires_at_ms, :data_access_expires_at_ms,
            0, :now_ms, :now_ms, :now_ms)
    ON CONFLICT (id) DO UPDATE SET
        account_name = excluded.account_name, sealed_token = excluded.sealed_token, scopes = excluded.scopes,
        expires_at_ms = excluded.expires_at_ms, updated_at_ms = excluded.updated_at_ms,
        data_access_expires_at_ms = excluded.data_access_expires_at_ms"""
SAVE_PAGE = """
    INSERT INTO pages (workspace_id, page_id, name, connection_id, sealed_token, state, paused_until_ms,
                       created_at_ms)
    VALUES (:workspace_id, :page_id, :name, :connection_id, :sealed_token, 'ok', 0, :now_ms)
    ON CONFLICT (page_id, workspace_id) DO UPDATE SET
        name = excluded.name, connection_id = excluded.connection_id, sealed_token = excluded.sealed_token"""
EXISTING = """
    SELECT id FROM connections
     WHERE workspace_id = :workspace_id AND provider = 'facebook' AND account_id = :account_id"""
ALL = """
    SELECT c.id, c.workspace_id, c.provider, c.account_name, c.scopes, c.expires_at_ms, c.updated_at_ms,
           COUNT(p.page_id) AS pages
      FROM connections c LEFT JOIN pages p ON p.connection_id = c.id
     GROUP BY c.id, c.workspace_id, c.provider, c.account_name, c.scopes, c.expires_at_ms, c.updated_at_ms
     ORDER BY c.updated_at_ms"""
ALL_PAGES = """
    SELECT p.workspace_id, p.page_id, p.name, p.connection_id, p.country_hint, p.state, p.reason, p.remedy,
           p.paused_until_ms,
           (SELECT COUNT(*) FROM leads l
             WHERE l.page_id = p.page_id AND l.workspace_id = p.workspace_id AND l.stage = 'held')
           + (SELECT COUNT(*) FROM leads l
               WHERE l.page_id = p.page_id AND l.workspace_id = p.workspace_id AND l.stage = 'fetch'
                 AND l.due_at_ms IS NOT NULL) AS waiting
      FROM pages p ORDER BY p.workspace_id, p.name, p.page_id"""


class SqlConnections:
    """Implements `ports.Connections`."""

    def __init__(self, engine: Engine, clock: Clock, vault: Vault, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._vault = vault
        self._new_id = new_id

    async def save(self, connection: FacebookConnection, pages: Sequence[PageGrant]) -> int:
        return await self._engine.write(
            partial(
                _save,
                connection=connection,
                pages=pages,
                vault=self._vault,
                now=self._clock.now(),
                new_id=self._new_id,
            )
        )

    async def existing(self, workspace_id: WorkspaceId, account_id: str) -> ConnectionId | None:
        row = await self._engine.read(
            lambda tx: tx.row(EXISTING, {"workspace_id": workspace_id, "account_id": account_id})
        )
        return row["id"] if row else None

    async def all(self) -> Sequence[Row]:
        """Return every connection without its tokens."""
        return await self._engine.read(lambda tx: tx.rows(ALL))

    async def all_pages(self) -> Sequence[Row]:
        """Return every connected Page without its token."""
        return await self._engine.read(lambda tx: tx.rows(ALL_PAGES))


def _save(
    tx: Tx,
    *,
    connection: FacebookConnection,
    pages: Sequence[PageGrant],
    vault: Vault,
    now: datetime,
    new_id: Callable[[], str],
) -> int:
    now_ms = int(now.timestamp() * 1000)
    tx.execute(SAVE, _connection_row(connection, vault, now_ms))
    freed = 0
    for page in pages:
        binding = page_binding(connection.workspace_id, page.page_id)
        row: Params = {
            "workspace_id": connection.workspace_id,
            "page_id": page.page_id,
            "name": page.name,
            "connection_id": connection.id,
            "sealed_token": vault.seal(page.token, bound_to=binding),
            "now_ms": now_ms,
        }
        tx.execute(SAVE_PAGE, row)
        freed += release_page(tx, page.page_id, connection.workspace_id, now_ms=now_ms)
        freed += release_quarantined(tx, page.page_id, now_ms=now_ms)
        key = page_trouble_key(connection.workspace_id, page.page_id)
        resolve_alert(tx, key=key, now=now, new_id=new_id)
    return freed


def _connection_row(connection: FacebookConnection, vault: Vault, now_ms: int) -> Params:
    return {
        "id": connection.id,
        "workspace_id": connection.workspace_id,
        "account_id": connection.person.id,
        "account_name": connection.person.name,
        "sealed_token": vault.seal(connection.token.value, bound_to=f"connection:{connection.id}"),
        "scopes": json.dumps(sorted(connection.scopes)),
        "expires_at_ms": _ms(connection.token.expires_at),
        "data_access_expires_at_ms": _ms(connection.data_access_expires_at),
        "now_ms": now_ms,
    }


def _ms(at: datetime | None) -> int | None:
    return int(at.timestamp() * 1000) if at is not None else None
