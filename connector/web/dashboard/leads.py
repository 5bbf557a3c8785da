"""The list of all leads, one lead's trace, and putting one back in line."""

from collections.abc import Iterable
from urllib.parse import quote

from aiohttp import web

from connector.domain.audit import Actor, AuditEntry
from connector.ports import AuditLog, Replays
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
from connector.web.dashboard.lead_views import lead_row, lead_trace
from connector.web.dashboard.overview import READINGS
from connector.web.dashboard.views import Leads, Option
from connector.web.dashboard.views.words import LEAD_STATES
from connector.web.problems import NotFound

REPLAYS: web.AppKey[Replays] = web.AppKey("replays")
AUDIT: web.AppKey[AuditLog] = web.AppKey("audit")

FILTERS = ("state", "page", "form")


async def leads(request: web.Request) -> web.Response:
    """Show leads, newest first."""
    workspace_id = workspace_of(request)
    readings = request.config_dict[READINGS]
    given = {name: request.query.get(name, "") for name in FILTERS}
    filters = {name: value for name, value in given.items() if value and value.isprintable()}
    if filters.get("state", "fetching") not in LEAD_STATES:
        del filters["state"]
    rows = await readings.leads(workspace_id, filters, before=before_of(request), limit=PAGE_ROWS)
    pages, forms = await readings.choices(workspace_id)
    states = {state: word.label for state, word in LEAD_STATES.items() if state != "erased"}
    view = Leads(
        rows=tuple(lead_row(row) for row in rows),
        states=options("All states", states.items(), filters.get("state")),
        pages=options("All Pages", pages.items(), filters.get("page")),
        forms=options("All forms", forms.items(), filters.get("form")),
        is_filtered=bool(filters),
        paging=paging(request, rows, rows[-1]["id"] if rows else None),
    )
    return await show(request, view, workspace_id=workspace_id, section="leads", is_live=True)


async def lead(request: web.Request) -> web.Response:
    """Show one lead's whole life."""
    workspace_id = workspace_of(request)
    lead_id = request.match_info["lead"]
    life = await request.config_dict[READINGS].life(workspace_id, lead_id) if lead_id.isprintable() else None
    if life is None:
        raise NotFound("There is no such lead in this workspace.")
    may_replay = viewer_of(request).may(workspace_id, "replay")
    view = lead_trace(life, may_replay=may_replay, root=root_of(workspace_id))
    return await show(request, view, workspace_id=workspace_id, section="leads", is_live=True)


async def replay_lead(request: web.Request) -> web.Response:
    """Put one lead back in line."""
    workspace_id = workspace_of(request, "replay")
    lead_id, app = request.match_info["lead"], request.config_dict
    filters = {"workspace_id": workspace_id, "lead_id": lead_id}
    count = 0
    if lead_id.isprintable():
        count = await app[REPLAYS].replay_leads(filters, limit=1, reread=False, dry_run=False)
    address = f"{root_of(workspace_id)}/leads/{quote(lead_id, safe='')}"
    if not count:
        known = await app[READINGS].life(workspace_id, lead_id) if lead_id.isprintable() else None
        if known is None:
            raise NotFound("There is no such lead in this workspace.")
        return see_other(request, address, "It is being worked on at this moment.", tone="info")
    viewer = viewer_of(request)
    await app[AUDIT].record(
        AuditEntry(
            actor=Actor(kind="person", name=viewer.person_id),
            action="lead.replayed",
            workspace_id=workspace_id,
            subject=lead_id,
        )
    )
    return see_other(request, address, "The lead is back in line.")


def options(everything: str, labels: Iterable[tuple[str, str]], chosen: str | None) -> tuple[Option, ...]:
    """Return a choice with an entry for all in front."""
    return (
        Option(value="", label=everything, is_chosen=chosen is None),
        *(Option(value=value, label=label, is_chosen=value == chosen) for value, label in labels),
    )
