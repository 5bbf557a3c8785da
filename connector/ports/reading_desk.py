"""What reading again does for one workspace, to look at and to steer."""

from collections.abc import Sequence
from typing import Protocol

from connector.domain.audit import Actor
from connector.domain.lead import WorkspaceId
from connector.domain.reconcile_work import BackfillOrder, BackfillPlan
from connector.ports.readings import Row


class ReadingDesk(Protocol):
    """Pages with their budgets, imports of history with their progress."""

    async def pages(self, workspace_id: WorkspaceId) -> Sequence[Row]:
        """Return every connected Page by name.

        page_id, name, state, paused_until_ms; forms, live_forms; due_at_ms (the next read of a live form), read_at_ms
        (the last), last_lead_ms; hearing, overdue_at_ms, ads, ads_asked_at_ms (None: not judged yet); budget
        (`Budget`).
        """

    async def forms(self, workspace_id: WorkspaceId, *, limit: int) -> Sequence[Row]:
        """Return forms of connected Pages by name: form_id, name (None: not told)."""

    async def imports(self, workspace_id: WorkspaceId) -> Sequence[Row]:
        """Return all imports that wait and the latest others, newest first.

        id, page_id, form_id, page_name, form_name, since_ms, until_ms, state, requested_by, requested_by_name, found,
        new, calls, reason, began_ms, created_at_ms, settled_at_ms, due_at_ms, total (Meta's count of a form's leads).
        """

    async def plan(self, order: BackfillOrder) -> Sequence[BackfillPlan]:
        """Return which forms an order concerns and what that may cost. Raises BadInputError: none is known."""

    async def ask(self, order: BackfillOrder, *, actor: Actor) -> int:
        """Put the order's imports in line, with a line in the audit log; return how many. Raises BadInputError."""

    async def stop(self, order: BackfillOrder, *, actor: Actor) -> int:
        """Stop what the order's Page and form name, with a line in the audit log; return how many."""
