"""Call logs put together: for the API and for the commands."""

from connector.composition.chance import Chance
from connector.composition.rooms import Rooms
from connector.domain.audit import Actor, AuditEntry
from connector.domain.calls.taking import CallFilter
from connector.domain.lead import WorkspaceId
from connector.pipelines.take_calls import TakeCalls
from connector.ports import Clock
from connector.web.api_call_log import CallLogPart


def take_calls(rooms: Rooms, chance: Chance) -> TakeCalls:
    """Return what stores calls and adds them up."""
    return TakeCalls(rooms.calls, chance.new_id)


def call_log_part(rooms: Rooms, clock: Clock, chance: Chance) -> CallLogPart:
    """Return the API's `/calls`."""
    return CallLogPart(rooms.calls, take_calls(rooms, chance), clock)


async def purge_calls(rooms: Rooms, workspace_id: WorkspaceId, where: CallFilter, *, by: str) -> int:
    """Remove calls, with a line in the audit log; return how many."""
    purged = await rooms.calls.purge(workspace_id, where)
    entry = AuditEntry(
        actor=Actor(kind="cli", name=by),
        action="calls.purged",
        workspace_id=workspace_id,
        detail={"calls": purged},
    )
    await rooms.audit.record(entry)
    return purged
