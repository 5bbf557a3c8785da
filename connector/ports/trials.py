"""Test leads on purpose, as the pipeline sees the provider and the durable state."""

from collections.abc import Sequence
from typing import Protocol

from connector.domain.audit import Actor
from connector.domain.connection import PageAccess
from connector.domain.lead import FormId, LeadId, WorkspaceId
from connector.domain.trial import Arrived, Trial, TrialWork
from connector.ports.readings import Row


class TrialSource(Protocol):
    """Test leads at the provider. Every method raises ConnectorError kinds only."""

    async def existing(self, access: PageAccess, form_id: FormId) -> Sequence[LeadId]:
        """Return the form's test leads: there is one at most."""

    async def make(self, access: PageAccess, form_id: FormId) -> LeadId:
        """Make one. Raises PermanentError when the form has one already."""

    async def remove(self, access: PageAccess, lead_id: LeadId) -> None:
        """Remove one; one that is gone already is as good."""


class Trials(Protocol):
    """Runs that wait for their next hop."""

    async def choices(self, workspace_id: WorkspaceId) -> Sequence[Row]:
        """Return the live forms that a run may use: form_id, form_name, page_id, page_name."""

    async def ask(self, workspace_id: WorkspaceId, form_id: FormId | None, *, actor: Actor) -> str:
        """Put a run in line and return its id; that of a run of the form which is under way.

        Raises BadInputError: there is no such form, or none at all.
        """

    async def claim(self) -> TrialWork | None:
        """Lease the run that is due first; None when nothing is due."""

    async def made(self, work: TrialWork, lead_id: LeadId) -> bool:
        """Write that it is made; False when the lease was lost."""

    async def arrived(self, work: TrialWork) -> Arrived:
        """Return how far the lead is, and the ping."""

    async def watched(
        self,
        work: TrialWork,
        seen: Arrived,
        *,
        contact: str | None = None,
        is_over: bool = False,
        reason: str | None = None,
    ) -> None:
        """Write what was seen and look again soon; once the lead is recognised the CRM is pinged.

        `is_over`: go on with removing it; `reason` says what failed.
        """

    async def again(self, work: TrialWork, *, due_at_ms: int) -> None:
        """Try the same step again."""

    async def finish(self, work: TrialWork, *, is_removed: bool, reason: str | None) -> None:
        """End the run. The lead's row here keeps its ids only, so that a late notice does not bring it back."""

    async def next_due_ms(self) -> int | None:
        """Return when the earliest run is due."""

    async def latest(self, workspace_id: WorkspaceId, *, limit: int) -> Sequence[Trial]:
        """Return the newest runs."""

    async def run(self, run_id: str) -> Trial | None:
        """Return one run."""
