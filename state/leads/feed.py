"""Reading the feed: gapless, because a number becomes visible only with its commit and in order."""

from collections.abc import Sequence

from connector.domain.access import FeedEntry
from connector.domain.lead import WorkspaceId
from state.engine import Engine, Params

AFTER = """
    SELECT sequence, id, body FROM events
     WHERE workspace_id = :workspace_id AND sequence > :sequence
     ORDER BY sequence LIMIT :limit"""
EXISTS = "SELECT id FROM workspaces WHERE id = :workspace_id"


class SqlFeed:
    """Implements `ports.Feed`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def after(self, workspace_id: WorkspaceId, sequence: int, *, limit: int) -> Sequence[FeedEntry]:
        where: Params = {"workspace_id": workspace_id, "sequence": sequence, "limit": limit}
        rows = await self._engine.read(lambda tx: tx.rows(AFTER, where))
        return [
            FeedEntry(sequence=row["sequence"], event_id=row["id"], body=bytes(row["body"])) for row in rows
        ]

    async def exists(self, workspace_id: WorkspaceId) -> bool:
        where: Params = {"workspace_id": workspace_id}
        return await self._engine.read(lambda tx: tx.row(EXISTS, where)) is not None
