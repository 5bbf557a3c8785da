"""Call logs as the pipelines see them. Every await returns only after the change is on disk."""

from collections.abc import Sequence
from typing import Protocol

from connector.domain.call import Call
from connector.domain.calls.filters import CallSettings
from connector.domain.calls.summary import CallFact
from connector.domain.calls.taking import CallFilter, StoredCounts
from connector.domain.lead import WorkspaceId


class Calls(Protocol):
    """Stored calls. Nothing that is handed in ever removes one."""

    async def settings(self, workspace_id: WorkspaceId) -> CallSettings:
        """Return how a workspace takes calls. Raises BadInputError: no such workspace."""

    async def add(self, workspace_id: WorkspaceId, calls: Sequence[Call], *, import_id: str) -> StoredCounts:
        """Store calls in one transaction, merging with what is known.

        Raises NotPermittedError when the workspace does not track calls (nothing was stored).
        """

    async def page(
        self,
        workspace_id: WorkspaceId,
        where: CallFilter,
        *,
        limit: int,
        before: tuple[int, str] | None = None,
    ) -> Sequence[tuple[int, str, str]]:
        """Return (start in ms, id, JSON) of calls, the latest start first, behind `before`."""

    async def facts(
        self, workspace_id: WorkspaceId, *, after: tuple[int, str], until_ms: int, limit: int
    ) -> Sequence[tuple[tuple[int, str], CallFact]]:
        """Return what a summary needs, in the order of starts, each with the place to go on after."""

    async def count(self, workspace_id: WorkspaceId, where: CallFilter) -> int:
        """Return how many calls there are."""

    async def purge(self, workspace_id: WorkspaceId, where: CallFilter) -> int:
        """Remove calls for good, a chunk a transaction; return how many."""
