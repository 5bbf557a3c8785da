"""What importing Meta's lead downloads needs of state."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol

from connector.domain.lead import FormId, LeadId, PageId, WorkspaceId
from connector.domain.lead_export import ExportedLead


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What became of some leads. `completed`: known by id alone, for Facebook had refused them."""

    new: int = 0
    completed: int = 0


class LeadImports(Protocol):
    """Leads of a file, by the door of all others."""

    async def pages(self, workspace_id: WorkspaceId) -> Mapping[PageId, str]:
        """Return the connected Pages with their names. Raises BadInputError for an unknown workspace."""

    async def homes(self, workspace_id: WorkspaceId, form_ids: Sequence[FormId]) -> Mapping[FormId, PageId]:
        """Return the Page of each form that we know."""

    async def wanted(self, workspace_id: WorkspaceId, lead_ids: Sequence[LeadId]) -> AbstractSet[LeadId]:
        """Return which of these `add` would store: unknown ones, and those that Facebook refused."""

    async def add(
        self, workspace_id: WorkspaceId, leads: Sequence[ExportedLead], due_at_ms: Sequence[int]
    ) -> Added:
        """Store in one transaction what is new, each due at its time; what Facebook told of a lead stays."""
