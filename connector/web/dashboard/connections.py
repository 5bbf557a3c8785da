"""The accounts of a workspace, looking at one anew, and disconnecting with a preview."""

from aiohttp import web

from connector.domain.audit import Actor
from connector.domain.connection import ConnectionId
from connector.domain.disconnecting import PROVIDER_SETTINGS, PagePreview, Preview, Sharer
from connector.domain.lead import WorkspaceId
from connector.pipelines.disconnect import Disconnect
from connector.pipelines.health import Health
from connector.web.dashboard.addresses import root_of
from connector.web.dashboard.cards import ACCOUNTS, CHECKABLE, cards_of, checked_at_ms, past, proofs_of
from connector.web.dashboard.forms import form_of
from connector.web.dashboard.frame import CLOCK, see_other, show, workspace_of
from connector.web.dashboard.guard import viewer_of
from connector.web.dashboard.lead_views import Row
from connector.web.dashboard.render import counted
from connector.web.dashboard.views import Connected, Connections, DisconnectPreview, PageFate, SharedUse
from connector.web.dashboard.views.words import PROVIDERS
from connector.web.problems import NotFound

DISCONNECT: web.AppKey[Disconnect] = web.AppKey("disconnect")
HEALTH: web.AppKey[Health] = web.AppKey("health")

CHECK_EVERY_S = 30
"""Seconds within which an account is not looked at twice because somebody presses a button."""


async def connections(request: web.Request) -> web.StreamResponse:
    """Show every account."""
    workspace_id = workspace_of(request)
    rows = await request.config_dict[ACCOUNTS].all(workspace_id)
    may_change = viewer_of(request).may(workspace_id, "connect")
    view = Connections(
        cards=cards_of(rows, workspace_id, may_change=may_change),
        past=tuple(
            past(row, root_of(workspace_id), may_change=may_change)
            for row in rows
            if row["state"] == "disconnected"
        ),
    )
    return await show(request, view, workspace_id=workspace_id, section="connections", is_live=True)


async def account_proof(request: web.Request) -> web.StreamResponse:
    """Show what is proven of one account, Page by Page."""
    workspace_id = workspace_of(request)
    row = await _account(request, workspace_id)
    may_check = viewer_of(request).may(workspace_id, "connect") and row["state"] in CHECKABLE
    view = Connected(
        provider=row["provider"],
        account_name=row["account_name"] or row["account_id"],
        proofs=proofs_of(row),
        check_href=f"{root_of(workspace_id)}/connections/{row['id']}/check" if may_check else None,
    )
    return await show(request, view, workspace_id=workspace_id, section="connections")


async def check(request: web.Request) -> web.StreamResponse:
    """Look at an account now, but not again and again: each look is a call or more for each of its Pages."""
    workspace_id, app = workspace_of(request, "connect"), request.config_dict
    row = await _account(request, workspace_id)
    address = f"{root_of(workspace_id)}/connections"
    if (await form_of(request)).get("from") == "proof":
        address = f"{address}/{row['id']}/proof"
    if row["state"] not in CHECKABLE:
        text = (
            "Looking does not help here: the account waits for a person's consent, or is being disconnected."
        )
        return see_other(request, address, text, tone="info")
    if app[CLOCK].now_ms() - checked_at_ms(row) < CHECK_EVERY_S * 1000:
        return see_other(request, address, "It was looked at a moment ago.", tone="info")
    if not await app[HEALTH].probe_now(ConnectionId(row["id"])):
        return see_other(request, address, "It is being looked at already.", tone="info")
    return see_other(request, address, "Looked at: what was found is below.", tone="info")


async def preview(request: web.Request) -> web.StreamResponse:
    """Show exactly what disconnecting would do."""
    workspace_id = workspace_of(request, "disconnect")
    found = await _preview(request, workspace_id)
    view = _view(found)
    return await show(request, view, workspace_id=workspace_id, section="connections")


async def disconnect(request: web.Request) -> web.StreamResponse:
    """Disconnect an account."""
    workspace_id = workspace_of(request, "disconnect")
    found = await _preview(request, workspace_id)
    actor = Actor(kind="person", name=viewer_of(request).person_id)
    address = f"{root_of(workspace_id)}/connections"
    if found.is_gone:
        return see_other(request, address, "The account is being disconnected already.", tone="info")
    await request.config_dict[DISCONNECT].disconnect(found.connection_id, actor)
    return see_other(request, address, f"The {PROVIDERS[found.provider]} account is disconnected.")


async def undone(request: web.Request) -> web.StreamResponse:
    """Take a person's word that they removed the app at the provider, where we have given up telling it."""
    workspace_id = workspace_of(request, "disconnect")
    row = await _account(request, workspace_id, or_past=True)
    actor = Actor(kind="person", name=viewer_of(request).person_id)
    address = f"{root_of(workspace_id)}/connections"
    if not await request.config_dict[DISCONNECT].done_by_hand(ConnectionId(row["id"]), actor):
        return see_other(request, address, "Nothing of this account is left to be taken back.", tone="info")
    return see_other(request, address, "Noted: you removed the app at the provider.")


async def _preview(request: web.Request, workspace_id: WorkspaceId) -> Preview:
    """Return what disconnecting would do. Raises NotFound for what is not this workspace's."""
    row = await _account(request, workspace_id)
    return await request.config_dict[DISCONNECT].preview(ConnectionId(row["id"]))


async def _account(request: web.Request, workspace_id: WorkspaceId, *, or_past: bool = False) -> Row:
    """Return the account of the address. Raises NotFound for what is not this workspace's, or over."""
    connection_id = request.match_info["connection"]
    rows = await request.config_dict[ACCOUNTS].all(workspace_id)
    row = next((row for row in rows if row["id"] == connection_id), None)
    if row is None or (row["state"] == "disconnected" and not or_past):
        raise NotFound("There is no such account in this workspace.")
    return row


def _view(found: Preview) -> DisconnectPreview:
    provider = PROVIDERS[found.provider]
    return DisconnectPreview(
        connection_id=found.connection_id,
        provider=found.provider,
        account_name=found.account_name or found.connection_id,
        health="disconnecting" if found.is_gone else "healthy",
        stops=_stops(found),
        queued=_queued(found),
        kept=(
            f"{counted(found.contacts, 'contact')} and {counted(found.leads, 'lead')} stay, here and in the CRM.",
            "Connecting the same account again finds its history, mapping and queue as they were.",
        ),
        at_provider=_at_provider(found, provider),
        pages=tuple(_fate(page) for page in found.pages),
        shared=_shared(found, provider),
    )


def _stops(found: Preview) -> tuple[str, ...]:
    stopping = [page.name for page in found.pages if page.stops]
    if found.provider == "google":
        return ("Backups to this account's Drive stop; what is there stays there.",)
    if not stopping:
        return ("Nothing stops: other accounts read all of its Pages.",)
    return tuple(f"Leads of {name} do not arrive any more." for name in stopping)


def _queued(found: Preview) -> tuple[str, ...]:
    said = []
    if found.queued:
        verb = "is read already and still goes" if found.queued == 1 else "are read already and still go"
        said.append(f"{counted(found.queued, 'lead')} {verb} to the CRM.")
    if found.parked:
        one = found.parked == 1
        said.append(
            f"{counted(found.parked, 'lead')} {'waits' if one else 'wait'} to be read and nobody may do so then: "
            f"{'it is' if one else 'they are'} parked, not lost, and {'goes' if one else 'go'} on when the Page is "
            "connected again."
        )
    return tuple(said) or ("Nothing waits.",)


def _at_provider(found: Preview, provider: str) -> tuple[str, ...]:
    names = {page.page_id: page.name for page in found.pages}
    said = [
        f"The grant at {provider} is revoked."
        if page_id is None
        else f"This app is taken off the Page {names.get(page_id, page_id)}."
        for _, page_id in found.undoings
    ]
    if not said:
        where = PROVIDER_SETTINGS[found.provider]
        said = [f"Nothing: the grant at {provider} is shared, or dead already. By hand it ends at {where}."]
    return tuple(said)


def _fate(page: PagePreview) -> PageFate:
    if page.stops:
        return PageFate(name=page.name, goes_on=False, text="No other account of this workspace reads it.")
    if page.is_read:
        return PageFate(name=page.name, goes_on=True, text="Another connected account takes over by itself.")
    return PageFate(name=page.name, goes_on=True, text="Another account reads it already.")


def _shared(found: Preview, provider: str) -> tuple[SharedUse, ...]:
    sharers: dict[WorkspaceId, list[str]] = {}
    for sharer in found.account_shared_with:
        sharers.setdefault(sharer.workspace_id, []).append(
            f"uses the same {provider} account, so the grant stays"
        )
    for page in found.pages:
        for sharer in page.shared_with:
            _note(sharers, sharer, f"uses the Page {page.name}, so this app stays on it")
    return tuple(
        SharedUse(workspace=workspace_id, text=_sentence("; ".join(dict.fromkeys(texts))))
        for workspace_id, texts in sharers.items()
    )


def _note(sharers: dict[WorkspaceId, list[str]], sharer: Sharer, text: str) -> None:
    sharers.setdefault(sharer.workspace_id, []).append(text)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
