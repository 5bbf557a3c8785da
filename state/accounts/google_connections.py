"""Connected Google accounts: saving a consent replaces its tokens and sets its waiting work free."""

import json
from collections.abc import Callable, Sequence
from functools import partial

from connector.domain.alerts_catalogue import GOOGLE_CLIENT_REFUSED
from connector.domain.audit import Actor, AuditEntry
from connector.domain.connection import Check, ConnectionId, GoogleConnection, TokenPrints
from connector.domain.errors import ConnectorError
from connector.domain.lead import WorkspaceId
from connector.domain.signals import Consented, Forecast, Probed, Signal, signal_of
from connector.domain.token_refresh import refresh_due_ms
from connector.ports import Clock
from state.accounts.checks import write_checks
from state.accounts.connection_events import append_connection_changed
from state.accounts.google_tokens import access_binding, token_binding
from state.accounts.health import hear
from state.accounts.undoings import connected_again
from state.alerts import resolve_alert
from state.audit import append_audit
from state.engine import Engine, Params, Tx
from state.vault import Vault

SAVE = """
    INSERT INTO connections (id, workspace_id, provider, account_id, account_name, state, state_since_ms,
                             sealed_token, token_version, sealed_access, access_expires_at_ms, scopes,
                             expires_at_ms, token_print_prefix, token_print_hash, refresh_due_at_ms,
                             refresh_failures, probe_due_at_ms, probed_at_ms, folder_id, connected_by,
                             consented_at_ms, created_at_ms, updated_at_ms)
    VALUES (:id, :workspace_id, 'google', :account_id, :account_name, 'healthy', :now_ms,
            :sealed_token, 1, :sealed_access, :access_expires_at_ms, :scopes,
            :expires_at_ms, :prefix, :double_hash, :refresh_due_at_ms,
            0, :probe_due_at_ms, :now_ms, :folder_id, :connected_by,
            :now_ms, :now_ms, :now_ms)
    ON CONFLICT (id) DO UPDATE SET
        account_name = COALESCE(excluded.account_name, connections.account_name),
        sealed_token = COALESCE(excluded.sealed_token, connections.sealed_token),
        token_version = connections.token_version + 1,
        sealed_access = excluded.sealed_access, access_expires_at_ms = excluded.access_expires_at_ms,
        scopes = excluded.scopes,
        expires_at_ms = CASE WHEN excluded.sealed_token IS NULL THEN connections.expires_at_ms
                             ELSE excluded.expires_at_ms END,
        token_print_prefix = COALESCE(excluded.token_print_prefix, connections.token_print_prefix),
        token_print_hash = COALESCE(excluded.token_print_hash, connections.token_print_hash),
        refresh_due_at_ms = excluded.refresh_due_at_ms, refresh_claim_id = NULL, refresh_lease_until_ms = NULL,
        refresh_failures = 0, probe_due_at_ms = excluded.probe_due_at_ms, probe_claim_id = NULL,
        probe_failures = 0, probed_at_ms = excluded.probed_at_ms,
        folder_id = COALESCE(excluded.folder_id, connections.folder_id), connected_by = excluded.connected_by,
        updated_at_ms = excluded.updated_at_ms, disconnected_at_ms = NULL"""
"""Ends a refresh and a look that are under way: what they bring is about the old token."""
FIRST_PROBE_MS = 20 * 3_600_000
EXISTING = """
    SELECT id FROM connections
     WHERE workspace_id = :workspace_id AND provider = 'google' AND account_id = :account_id"""
LOCK = "SELECT id FROM workspaces WHERE id = :workspace_id /*for update*/"
"""Two people who connect the same account at once make one connection."""
LIVING = """
    SELECT id FROM connections
     WHERE id = :id AND sealed_token IS NOT NULL AND state IN ('healthy', 'degraded', 'suspended')"""
FOLDER = "SELECT folder_id FROM connections WHERE id = :id"
KEEP_FOLDER = """
    UPDATE connections SET folder_id = :folder_id, updated_at_ms = :now_ms
     WHERE id = :id AND COALESCE(folder_id, '') = COALESCE(:instead_of, '')
    RETURNING workspace_id"""
OURSELVES = Actor(kind="system", name="health")
HINT = "SELECT account_name FROM connections WHERE id = :id AND provider = 'google'"
USES = """
    SELECT COUNT(*) AS uses FROM connections
     WHERE provider = 'google' AND account_id = :account_id
       AND state IN ('healthy', 'degraded', 'suspended')"""


class SqlGoogleConnections:
    """Implements `ports.GoogleConnections`."""

    def __init__(self, engine: Engine, clock: Clock, vault: Vault, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._vault = vault
        self._new_id = new_id

    async def existing_google(self, workspace_id: WorkspaceId, sub: str) -> ConnectionId | None:
        where: Params = {"workspace_id": workspace_id, "account_id": sub}
        row = await self._engine.read(lambda tx: tx.row(EXISTING, where))
        return ConnectionId(row["id"]) if row else None

    async def has_token(self, connection_id: ConnectionId) -> bool:
        return await self._engine.read(lambda tx: tx.row(LIVING, {"id": connection_id})) is not None

    async def folder(self, connection_id: ConnectionId) -> str | None:
        row = await self._engine.read(lambda tx: tx.row(FOLDER, {"id": connection_id}))
        return row["folder_id"] if row else None

    async def keep_folder(
        self, connection_id: ConnectionId, folder_id: str, *, instead_of: str | None
    ) -> bool:
        now_ms = self._clock.now_ms()
        row: Params = {"folder_id": folder_id, "instead_of": instead_of, "now_ms": now_ms}
        return await self._engine.write(
            partial(_keep_folder, connection_id=connection_id, row=row, now_ms=now_ms)
        )

    async def account_hint(self, connection_id: ConnectionId) -> str | None:
        row = await self._engine.read(lambda tx: tx.row(HINT, {"id": connection_id}))
        return row["account_name"] if row else None

    async def uses_of(self, sub: str) -> int:
        row = await self._engine.read(lambda tx: tx.row(USES, {"account_id": sub}))
        return int(row["uses"]) if row else 0

    async def save_google(
        self,
        connection: GoogleConnection,
        *,
        prints: TokenPrints | None,
        folder_id: str | None,
        checks: Sequence[Check],
        trouble: ConnectorError | None,
        connected_by: str | None,
    ) -> ConnectionId:
        now = self._clock.now()
        found: Signal = Probed(checks=tuple(checks)) if trouble is None else signal_of(trouble, at=now)
        row: Params = {
            "prefix": prints and prints.prefix,
            "double_hash": prints and prints.double_hash,
            "folder_id": folder_id,
            "connected_by": connected_by,
        }
        return await self._engine.write(
            partial(
                self._save, connection=connection, row=row, checks=checks, signals=[Consented(at=now), found]
            )
        )

    def _save(
        self,
        tx: Tx,
        *,
        connection: GoogleConnection,
        row: Params,
        checks: Sequence[Check],
        signals: Sequence[Signal],
    ) -> ConnectionId:
        now, new_id = self._clock.now(), self._new_id
        now_ms = int(now.timestamp() * 1000)
        tx.row(LOCK, {"workspace_id": connection.workspace_id})
        account = {"workspace_id": connection.workspace_id, "account_id": connection.account.sub}
        known = tx.row(EXISTING, account)
        connection_id = ConnectionId(known["id"]) if known else connection.id
        tx.execute(SAVE, {**row, **self._sealed(connection, connection_id)})
        heard = hear(tx, connection_id, signals, now=now, new_id=new_id, announced=False)
        forecast = Forecast(now=now, ends_at=connection.refresh_expires_at)
        warned = hear(tx, connection_id, [forecast], now=now, new_id=new_id, announced=False)
        connected_again(tx, connection_id, now=now, new_id=new_id)
        resolve_alert(tx, key=GOOGLE_CLIENT_REFUSED.key(), now=now, new_id=new_id)
        write_checks(tx, connection_id, checks, now_ms=now_ms)
        if any(one is not None and one.is_changed for one in (heard, warned)):
            append_connection_changed(tx, connection_id, now=now, new_id=new_id)
        entry = connected_entry(connection_id, connection.workspace_id, row["connected_by"])
        append_audit(tx, entry, at_ms=now_ms)
        tx.wake("tokens")
        tx.wake("accounts")
        return connection_id

    def _sealed(self, connection: GoogleConnection, connection_id: ConnectionId) -> Params:
        now_ms, access = self._clock.now_ms(), connection.access
        expires_at_ms = int(access.expires_at.timestamp() * 1000)
        token, ends = connection.refresh_token, connection.refresh_expires_at
        return {
            "id": connection_id,
            "workspace_id": connection.workspace_id,
            "account_id": connection.account.sub,
            "account_name": connection.account.email,
            "sealed_token": token and self._vault.seal(token, bound_to=token_binding(connection_id)),
            "sealed_access": self._vault.seal(access.value, bound_to=access_binding(connection_id)),
            "access_expires_at_ms": expires_at_ms,
            "scopes": json.dumps(sorted(connection.scopes)),
            "expires_at_ms": int(ends.timestamp() * 1000) if ends is not None else None,
            "refresh_due_at_ms": refresh_due_ms(expires_at_ms, now_ms),
            "probe_due_at_ms": now_ms + FIRST_PROBE_MS,
            "now_ms": now_ms,
        }


def _keep_folder(tx: Tx, *, connection_id: ConnectionId, row: Params, now_ms: int) -> bool:
    """Use another folder; one that was lost is a deed that people may want to find later."""
    kept = tx.row(KEEP_FOLDER, {**row, "id": connection_id})
    if kept is not None and row["instead_of"] is not None:
        entry = AuditEntry(
            actor=OURSELVES,
            action="connection.folder_replaced",
            workspace_id=kept["workspace_id"],
            subject=connection_id,
        )
        append_audit(tx, entry, at_ms=now_ms)
    return kept is not None


def connected_entry(
    connection_id: ConnectionId, workspace_id: WorkspaceId, connected_by: object
) -> AuditEntry:
    """Return the audit line of a consent: by one of our people, or from the command line."""
    actor = (
        Actor(kind="person", name=str(connected_by)) if connected_by else Actor(kind="cli", name="connect")
    )
    return AuditEntry(
        actor=actor, action="connection.connected", workspace_id=workspace_id, subject=connection_id
    )
