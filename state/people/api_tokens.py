"""API tokens of the CRM backend: shown once, kept as a hash."""

import hashlib
from collections.abc import Callable, Sequence

from connector.domain.access import ApiCaller
from connector.ports import Clock
from state.engine import Engine, Params, Row

PREFIX = "cnk_"
SECRET_BYTES = 32

ADD = """
    INSERT INTO api_tokens (id, workspace_id, name, hash, created_at_ms)
    VALUES (:id, :workspace_id, :name, :hash, :now_ms)"""
ALL = """
    SELECT id, workspace_id, name, created_at_ms, last_used_at_ms, revoked_at_ms
      FROM api_tokens ORDER BY created_at_ms, id"""
FIND = "SELECT id, workspace_id, last_used_at_ms FROM api_tokens WHERE hash = :hash AND revoked_at_ms IS NULL"
USED = "UPDATE api_tokens SET last_used_at_ms = :now_ms WHERE id = :id"
REVOKE = "UPDATE api_tokens SET revoked_at_ms = :now_ms WHERE id = :id AND revoked_at_ms IS NULL"
USED_EVERY_MS = 60_000


class SqlApiTokens:
    """Implements `ports.ApiTokens`, and what the command line does with them."""

    def __init__(
        self, engine: Engine, clock: Clock, new_id: Callable[[], str], new_secret: Callable[[int], str]
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id
        self._new_secret = new_secret

    async def create(self, name: str, workspace_id: str | None) -> tuple[str, str]:
        """Return the id and the token; the token is never to be had again."""
        token = PREFIX + self._new_secret(SECRET_BYTES)
        row: Params = {
            "id": f"tok_{self._new_id()[:12]}",
            "workspace_id": workspace_id,
            "name": name,
            "hash": _hash(token),
            "now_ms": self._clock.now_ms(),
        }
        await self._engine.write(lambda tx: tx.execute(ADD, row))
        return str(row["id"]), token

    async def all(self) -> Sequence[Row]:
        """Return every token without its secret."""
        return await self._engine.read(lambda tx: tx.rows(ALL))

    async def revoke(self, token_id: str) -> bool:
        """Revoke one; False when there is no such live token."""
        row: Params = {"id": token_id, "now_ms": self._clock.now_ms()}
        return await self._engine.write(lambda tx: tx.execute(REVOKE, row)) > 0

    async def find(self, token: str) -> ApiCaller | None:
        """Return whose token this is. A hash of 256 random bits needs no constant-time compare."""
        if not token.startswith(PREFIX):
            return None
        row = await self._engine.read(lambda tx: tx.row(FIND, {"hash": _hash(token)}))
        if row is None:
            return None
        now_ms = self._clock.now_ms()
        if now_ms - (row["last_used_at_ms"] or 0) > USED_EVERY_MS:
            used: Params = {"id": row["id"], "now_ms": now_ms}
            await self._engine.write(lambda tx: tx.execute(USED, used))
        return ApiCaller(token_id=row["id"], workspace_id=row["workspace_id"])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
