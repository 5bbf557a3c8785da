"""A scratch store: a SQLite file of its own, with everything that restoring needs and nothing else in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from connector.domain.lead import WorkspaceId
from connector.ports import Clock
from state.backup.call_restore import SqlCallRestore
from state.sqlite import SqliteEngine
from state.workspaces import SqlWorkspaces


@asynccontextmanager
async def opened_scratch(
    path: Path, clock: Clock, workspace_id: WorkspaceId, *, import_id: str
) -> AsyncIterator[SqlCallRestore]:
    """Open a store at `path`, made when it is not there, with the workspace in it."""
    engine = SqliteEngine(path)
    try:
        workspaces = SqlWorkspaces(engine, clock)
        await workspaces.add(workspace_id)
        await workspaces.change(workspace_id, {"call_tracking": 1})
        yield SqlCallRestore(engine, clock, import_id)
    finally:
        await engine.aclose()
