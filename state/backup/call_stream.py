"""Stored calls read once, in order, a chunk a transaction: what a backup writes, in constant memory.

What is in scope is everything that was committed when the run began. A call that is changed meanwhile leaves its
place, so the order is read among those that did not change since (`until_ms`), and those that did come at the end.
"""

from collections.abc import Sequence
from functools import partial

from connector.domain.backup.scope import CallScope, Place, StoredCall
from connector.domain.lead import WorkspaceId
from state.engine import Engine, Params, Row, Tx

_COLUMNS = "SELECT call_id, started_at_ms, updated_at_ms, body FROM calls"
BY_START = f"""{_COLUMNS}
     WHERE workspace_id = :workspace_id
       AND (started_at_ms > :after_ms OR (started_at_ms = :after_ms AND call_id > :after_id))
       AND updated_at_ms <= :until_ms AND first_seen_at_ms <= :until_ms
     ORDER BY started_at_ms, call_id LIMIT :limit"""
BY_CHANGE = f"""{_COLUMNS}
     WHERE workspace_id = :workspace_id
       AND (updated_at_ms > :after_ms OR (updated_at_ms = :after_ms AND call_id > :after_id))
       AND updated_at_ms <= :until_ms AND first_seen_at_ms <= :until_ms
     ORDER BY updated_at_ms, call_id LIMIT :limit"""
CHANGED_MEANWHILE = f"""{_COLUMNS}
     WHERE workspace_id = :workspace_id
       AND (updated_at_ms > :after_ms OR (updated_at_ms = :after_ms AND call_id > :after_id))
       AND first_seen_at_ms <= :until_ms
     ORDER BY updated_at_ms, call_id LIMIT :limit"""
_BEFORE_ALL = -(2**62)


class SqlCallStream:
    """Implements `ports.CallStream`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def chunk(
        self, workspace_id: WorkspaceId, scope: CallScope, after: Place | None, *, limit: int
    ) -> Sequence[StoredCall]:
        sql = BY_START if scope.changed_after_ms is None else BY_CHANGE
        start = _BEFORE_ALL if scope.changed_after_ms is None else scope.changed_after_ms
        return await self._read(sql, workspace_id, scope, after or (start, "~"), limit)

    async def changed_meanwhile(
        self, workspace_id: WorkspaceId, scope: CallScope, after: Place | None, *, limit: int
    ) -> Sequence[StoredCall]:
        return await self._read(CHANGED_MEANWHILE, workspace_id, scope, after or (scope.until_ms, "~"), limit)

    async def _read(
        self, sql: str, workspace_id: WorkspaceId, scope: CallScope, after: Place, limit: int
    ) -> Sequence[StoredCall]:
        where: Params = {
            "workspace_id": workspace_id,
            "after_ms": after[0],
            "after_id": after[1],
            "until_ms": scope.until_ms,
            "limit": limit,
        }
        by_start = sql == BY_START
        rows = await self._engine.read(partial(_rows, sql=sql, where=where))
        return [_stored(row, by_start=by_start) for row in rows]


def _rows(tx: Tx, *, sql: str, where: Params) -> Sequence[Row]:
    return tx.rows(sql, where)


def _stored(row: Row, *, by_start: bool) -> StoredCall:
    at_ms = row["started_at_ms"] if by_start else row["updated_at_ms"]
    return StoredCall(
        id=row["call_id"], place=(at_ms, row["call_id"]), started_at_ms=row["started_at_ms"], body=row["body"]
    )
