"""Events on their way to the CRM, and sending one again."""

from urllib.parse import urlsplit

from aiohttp import web

from connector.domain.audit import Actor, AuditEntry
from connector.ports import Deliveries as Sending
from connector.web.dashboard.addresses import root_of
from connector.web.dashboard.frame import (
    PAGE_ROWS,
    before_of,
    paging,
    see_other,
    show,
    workspace_of,
)
from connector.web.dashboard.guard import viewer_of
from connector.web.dashboard.lead_views import Row, at
from connector.web.dashboard.leads import AUDIT, REPLAYS, options
from connector.web.dashboard.overview import READINGS
from connector.web.dashboard.views import Deliveries, DeliveryRow, Destination
from connector.web.dashboard.views.words import DELIVERY_STATES
from connector.web.problems import NotFound

SENDING: web.AppKey[Sending] = web.AppKey("sending")
CRM_URL: web.AppKey[str] = web.AppKey("crm_url")


async def deliveries(request: web.Request) -> web.Response:
    """Show deliveries, newest first."""
    workspace_id = workspace_of(request)
    app = request.config_dict
    state = request.query.get("state")
    chosen = state if state in DELIVERY_STATES else None
    rows = await app[READINGS].deliveries(
        workspace_id, state=chosen, before=before_of(request), limit=PAGE_ROWS
    )
    labels = {one: word.label for one, word in DELIVERY_STATES.items()}
    view = Deliveries(
        rows=tuple(_row(row) for row in rows),
        states=options("All states", labels.items(), chosen),
        destination=_destination(app[CRM_URL], await app[SENDING].stopped()),
        is_filtered=chosen is not None,
        paging=paging(request, rows, rows[-1]["sequence"] if rows else None),
    )
    return await show(request, view, workspace_id=workspace_id, section="deliveries", is_live=True)


async def replay_delivery(request: web.Request) -> web.Response:
    """Send one event again: the same bytes under the same id."""
    workspace_id = workspace_of(request, "replay")
    event_id, app = request.match_info["event"], request.config_dict
    filters = {"workspace_id": workspace_id, "event_id": event_id}
    count = 0
    if event_id.isprintable():
        count = await app[REPLAYS].replay_deliveries(filters, limit=1, dry_run=False)
    if not count:
        raise NotFound("There is no such delivery in this workspace, or it is being sent at this moment.")
    viewer = viewer_of(request)
    await app[AUDIT].record(
        AuditEntry(
            actor=Actor(kind="person", name=viewer.person_id),
            action="delivery.replayed",
            workspace_id=workspace_id,
            subject=event_id,
        )
    )
    return see_other(request, f"{root_of(workspace_id)}/deliveries", "The event is sent again.")


def _row(row: Row) -> DeliveryRow:
    return DeliveryRow(
        event_id=row["event_id"],
        sequence=row["sequence"],
        type=row["type"],
        lead_id=row["lead_id"],
        state=row["state"],
        attempts=row["attempts"],
        last_status=row["last_status"],
        reason=row["reason"],
        due_at=at(row["due_at_ms"]),
        settled_at=at(row["settled_at_ms"]),
        is_replay=bool(row["is_replay"]),
    )


def _destination(crm_url: str, stopped: str | None) -> Destination:
    host = urlsplit(crm_url).hostname or "the CRM"
    if stopped is not None:
        return Destination(label=host, text=f"Sending is stopped. {stopped}", tone="bad")
    return Destination(
        label=host, text="Events are sent as they come; what is refused for now waits its turn."
    )
