"""The proof as the pipeline sees the durable state."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from connector.domain.connection import PageAccess
from connector.domain.lead import FormId, LeadId, PageId, WorkspaceId
from connector.domain.proof import Fate, OurLead, ProofDay, ProofForm
from connector.ports.readings import Row


class Proving(Protocol):
    """Where every lead is, and what the last proofs found."""

    async def forms(
        self,
        *,
        workspace_id: WorkspaceId | None = None,
        page_id: PageId | None = None,
        form_id: FormId | None = None,
    ) -> Sequence[tuple[ProofForm, PageAccess | None]]:
        """Return the forms to prove; without access their Page cannot be read."""

    async def ours(self, workspace_id: WorkspaceId, lead_ids: Sequence[LeadId]) -> Mapping[LeadId, OurLead]:
        """Return those of the leads that we have."""

    async def keep(self, form: ProofForm, days: Sequence[ProofDay], *, first_day: int, last_day: int) -> None:
        """Replace what is kept of these days of the form."""

    async def balance(self, *, since_ms: int) -> Mapping[Fate, int]:
        """Return where every lead received since then is; `lost` is what the invariant forbids."""

    async def take_turn(self, name: str, *, next_due_ms: int) -> bool:
        """Take the turn of a round that is due; only one machine of all gets it."""

    async def days(self, workspace_id: WorkspaceId, *, since_day: int) -> Sequence[Row]:
        """Return the kept days, newest first: the columns of `proof_days`, page_name, form_name."""

    async def differences(self, workspace_id: WorkspaceId, *, since_day: int, limit: int) -> Sequence[Row]:
        """Return the leads that differ, newest day first: lead_id, form_id, day, fate, reason."""
