"""Workspaces: one customer organisation each; everything else belongs to exactly one."""

from collections.abc import Sequence
from typing import Any

from connector.domain.errors import BadInputError
from connector.ports import Clock
from state.engine import Engine, Params, Row

MAIN = "main"

ADD = """
    INSERT INTO workspaces (id, name, region, timezone, call_tracking, last_sequence, created_at_ms)
    VALUES (:id, :name, :region, :timezone, :call_tracking, 0, :now_ms)
    ON CONFLICT (id) DO NOTHING"""
ALL = "SELECT * FROM workspaces ORDER BY created_at_ms, id"
SET = """
    UPDATE workspaces SET name = COALESCE(:name, name), region = COALESCE(:region, region),
                          timezone = COALESCE(:timezone, timezone),
                          call_tracking = COALESCE(:call_tracking, call_tracking)
     WHERE id = :id"""


class SqlWorkspaces:
    """Adding, listing and changing workspaces."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def add(
        self, workspace_id: str, *, name: str | None = None, region: str | None = None, timezone: str = "UTC"
    ) -> bool:
        """Add one; False when it is there already."""
        row: Params = {
            "id": workspace_id,
            "name": name or workspace_id,
            "region": region,
            "timezone": timezone,
            "call_tracking": 0,
            "now_ms": self._clock.now_ms(),
        }
        return await self._engine.write(lambda tx: tx.execute(ADD, row)) > 0

    async def all(self) -> Sequence[Row]:
        """Return every workspace, oldest first."""
        return await self._engine.read(lambda tx: tx.rows(ALL))

    async def change(self, workspace_id: str, changes: dict[str, Any]) -> None:
        """Change what is named and leave the rest. Raises BadInputError: no such workspace."""
        row = {
            "id": workspace_id,
            "name": None,
            "region": None,
            "timezone": None,
            "call_tracking": None,
            **changes,
        }
        if not await self._engine.write(lambda tx: tx.execute(SET, row)):
            raise BadInputError(f"there is no workspace {workspace_id!r}: see `connector workspace list`")
