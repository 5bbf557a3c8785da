"""Google tokens at rest, and the lease under which one worker of all machines refreshes them.

Every stored token counts `token_version` up: who waited for a lease looks again and finds the work done.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from connector.domain.connection import AccessToken, Check, ConnectionId, TokenPrints
from connector.domain.errors import AuthLostError, BadInputError, ConnectorError, SuspendedError
from connector.domain.lead import WorkspaceId
from connector.domain.signals import signal_of
from connector.domain.token_refresh import StoredTokens, refresh_due_ms
from connector.ports import Clock
from state.accounts.checks import write_checks
from state.accounts.health import hear
from state.engine import Engine, Params, Row, Tx
from state.vault import Vault

LEASE_MS = 60_000
"""Longer than a refresh with its retries of seconds; a holder that died is replaced after it."""

STORED = "SELECT * FROM connections WHERE id = :id AND provider = 'google'"
CLAIM = """
    UPDATE connections SET refresh_claim_id = :claim_id, refresh_lease_until_ms = :lease_until_ms
     WHERE id = :id AND provider = 'google' AND sealed_token IS NOT NULL AND token_version = :version
       AND state IN ('healthy', 'degraded', 'suspended')
       AND (refresh_claim_id IS NULL OR refresh_lease_until_ms <= :now_ms)
    RETURNING *"""
STORE = """
    UPDATE connections
       SET sealed_access = :sealed_access, access_expires_at_ms = :access_expires_at_ms,
           sealed_token = COALESCE(:sealed_token, sealed_token),
           token_print_prefix = COALESCE(:prefix, token_print_prefix),
           token_print_hash = COALESCE(:double_hash, token_print_hash),
           token_version = token_version + 1, refresh_claim_id = NULL, refresh_lease_until_ms = NULL,
           refresh_due_at_ms = :due_at_ms, refresh_failures = 0, updated_at_ms = :now_ms
     WHERE id = :id AND refresh_claim_id = :claim_id"""
RELEASE = """
    UPDATE connections
       SET refresh_claim_id = NULL, refresh_lease_until_ms = NULL, refresh_due_at_ms = :due_at_ms,
           refresh_failures = refresh_failures + 1
     WHERE id = :id AND refresh_claim_id = :claim_id"""
_WAITING = """
    refresh_due_at_ms IS NOT NULL AND state IN ('healthy', 'degraded', 'suspended') AND provider = 'google'
       AND sealed_token IS NOT NULL"""
DUE = f"""
    SELECT id FROM connections
     WHERE {_WAITING} AND refresh_due_at_ms <= :now_ms
       AND (refresh_claim_id IS NULL OR refresh_lease_until_ms <= :now_ms)
     ORDER BY refresh_due_at_ms, id LIMIT :limit"""  # noqa: S608 - our own constants
NEXT_DUE = f"""
    SELECT MIN(CASE WHEN refresh_claim_id IS NOT NULL AND refresh_lease_until_ms > refresh_due_at_ms
                    THEN refresh_lease_until_ms ELSE refresh_due_at_ms END) AS due
      FROM connections WHERE {_WAITING}"""  # noqa: S608 - our own constants
RETRY_NOW = f"""
    UPDATE connections SET refresh_due_at_ms = :now_ms
     WHERE {_WAITING} AND refresh_failures > 0 AND refresh_due_at_ms > :now_ms"""  # noqa: S608 - our own constants


class SqlGoogleTokens:
    """Implements `ports.GoogleTokenStore`."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        vault: Vault,
        new_id: Callable[[], str],
        prints_of: Callable[[str], TokenPrints],
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._vault = vault
        self._new_id = new_id
        self._prints_of = prints_of

    async def stored(self, connection_id: ConnectionId) -> StoredTokens | None:
        row = await self._engine.read(lambda tx: tx.row(STORED, {"id": connection_id}))
        return self._tokens(row) if row else None

    async def claim(self, seen: StoredTokens) -> StoredTokens | None:
        now_ms = self._clock.now_ms()
        claim: Params = {
            "id": seen.connection_id,
            "version": seen.version,
            "claim_id": self._new_id(),
            "lease_until_ms": now_ms + LEASE_MS,
            "now_ms": now_ms,
        }
        row = await self._engine.write(lambda tx: tx.row(CLAIM, claim))
        return self._tokens(row) if row else None

    async def store(self, held: StoredTokens, fresh: AccessToken) -> bool:
        binding = token_binding(held.connection_id)
        expires_at_ms = int(fresh.expires_at.timestamp() * 1000)
        prints = self._prints_of(fresh.refresh_token) if fresh.refresh_token else None
        row: Params = {
            "id": held.connection_id,
            "claim_id": held.claim_id,
            "sealed_access": self._vault.seal(fresh.value, bound_to=access_binding(held.connection_id)),
            "access_expires_at_ms": expires_at_ms,
            "sealed_token": fresh.refresh_token and self._vault.seal(fresh.refresh_token, bound_to=binding),
            "prefix": prints and prints.prefix,
            "double_hash": prints and prints.double_hash,
            "due_at_ms": refresh_due_ms(expires_at_ms, self._clock.now_ms()),
            "now_ms": self._clock.now_ms(),
        }
        return await self._engine.write(partial(_store, row=row))

    async def fail(self, held: StoredTokens, error: ConnectorError, *, due_at_ms: int) -> bool:
        lease: Params = {"id": held.connection_id, "claim_id": held.claim_id, "due_at_ms": due_at_ms}
        return await self._engine.write(
            partial(_fail, held=held, lease=lease, error=error, now=self._clock.now(), new_id=self._new_id)
        )

    async def retry_now(self) -> None:
        now_ms = self._clock.now_ms()
        await self._engine.write(lambda tx: tx.execute(RETRY_NOW, {"now_ms": now_ms}))

    async def due(self, *, limit: int) -> Sequence[ConnectionId]:
        where: Params = {"now_ms": self._clock.now_ms(), "limit": limit}
        rows = await self._engine.read(lambda tx: tx.rows(DUE, where))
        return [ConnectionId(row["id"]) for row in rows]

    async def next_due_ms(self) -> int | None:
        row = await self._engine.read(lambda tx: tx.row(NEXT_DUE))
        return row["due"] if row else None

    def _tokens(self, row: Row) -> StoredTokens:
        connection_id = ConnectionId(row["id"])
        access = None
        value = self._opened(row["sealed_access"], access_binding(connection_id))
        if value is not None:
            expires_at = datetime.fromtimestamp(row["access_expires_at_ms"] / 1000, UTC)
            access = AccessToken(value=value, expires_at=expires_at)
        return StoredTokens(
            connection_id=connection_id,
            workspace_id=WorkspaceId(row["workspace_id"]),
            state=row["state"],
            version=row["token_version"],
            failures=row["refresh_failures"],
            has_token=row["sealed_token"] is not None,
            refresh_token=self._opened(row["sealed_token"], token_binding(connection_id)),
            access=access,
            claim_id=row["refresh_claim_id"],
            due_at_ms=row["refresh_due_at_ms"],
        )

    def _opened(self, sealed: str | None, binding: str) -> str | None:
        try:
            return self._vault.open(sealed, bound_to=binding) if sealed else None
        except BadInputError:  # the key is gone
            return None


def token_binding(connection_id: ConnectionId) -> str:
    """Return what a person's token is bound to in the vault."""
    return f"connection:{connection_id}"


def access_binding(connection_id: ConnectionId) -> str:
    """Return what an access token is bound to in the vault."""
    return f"access:{connection_id}"


def _fail(
    tx: Tx,
    *,
    held: StoredTokens,
    lease: Params,
    error: ConnectorError,
    now: datetime,
    new_id: Callable[[], str],
) -> bool:
    """End the lease; whoever lost it was refused with a token that is not the stored one any more."""
    if not tx.execute(RELEASE, lease):
        return False
    if isinstance(error, AuthLostError | SuspendedError):
        failed = Check(name="token", outcome="failed", detail=str(error), remedy=error.remedy)
        write_checks(tx, held.connection_id, [failed], now_ms=int(now.timestamp() * 1000))
        hear(tx, held.connection_id, [signal_of(error, at=now)], now=now, new_id=new_id)
    return True


def _store(tx: Tx, *, row: Params) -> bool:
    stored = tx.execute(STORE, row) > 0
    if stored:
        tx.wake("tokens")
    return stored
