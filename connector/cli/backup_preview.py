"""What `connector backup run` would do."""

from typing import Any

from connector.composition import Chance
from connector.composition.backing_up import opened_desk
from connector.config import Settings
from connector.domain.calls.taking import CallFilter
from connector.domain.lead import WorkspaceId
from connector.runtime.clock import SystemClock


async def would_run(settings: Settings, workspace_id: WorkspaceId, name: str) -> dict[str, Any]:
    """Return what a run would send, where to, and what retention would do after it as things are now."""
    async with opened_desk(settings, SystemClock(), Chance.of_system()) as desk:
        view = await desk.schedules.find(workspace_id, name)
        plan = await desk.schedules.retention(view.schedule)
        return {
            "schedule": view.schedule.name,
            "kind": view.schedule.kind,
            "formats": list(view.schedule.formats),
            "account_email": view.account_email,
            "calls_stored": await desk.rooms.calls.count(workspace_id, CallFilter()),
            "open_run_id": view.open_run.id if view.open_run else None,
            "would_delete": list(plan.now),
            "would_ask_about": list(plan.asks),
        }


def would_said(would: dict[str, Any]) -> str:
    """Return the same for people."""
    what = f"{would['schedule']} ({would['kind']}: {', '.join(would['formats'])})"
    run_id = would["open_run_id"]
    begins = f"Run {run_id} of {what} is open and would be meant" if run_id else f"Would back up {what}"
    gone, asked = len(would["would_delete"]), len(would["would_ask_about"])
    return (
        f"{begins}, to {would['account_email']}. Stored are {would['calls_stored']} calls. "
        f"Old backups that would go: {gone}; that somebody would be asked about: {asked}."
    )
