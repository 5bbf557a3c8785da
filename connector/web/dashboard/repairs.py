"""The repair inbox: what the CRM refused, beside the value it is about; correcting it, and taking that back."""

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from connector.domain.audit import Actor
from connector.domain.delivery import FieldError
from connector.domain.people import Viewer
from connector.domain.repairing import Corrected, Refused, RepairField, repair_fields
from connector.ports.repairs import Outdated, RefusedEvent
from connector.ports.repairs import Repairs as RepairDesk
from connector.web.dashboard.addresses import root_of
from connector.web.dashboard.forms import form_of
from connector.web.dashboard.frame import before_of, see_other, show, workspace_of
from connector.web.dashboard.guard import viewer_of
from connector.web.dashboard.lead_views import Row, instant
from connector.web.dashboard.views import Paging, ParkedRow, RepairCard, RepairInput, Repairs
from connector.web.problems import NotFound

REPAIRS: web.AppKey[RepairDesk] = web.AppKey("repairs")

CARDS = 20
"""Forms on one page: each has several values."""
PARKED = 50
_CHILD = "minor_under_13"
_REASONS = {_CHILD: "The lead is of a child under 13."}
_OUTDATED = "The contact changed meanwhile. Look at it again; nothing was saved."


async def repairs(request: web.Request) -> web.Response:
    """Show what rests until somebody acts."""
    workspace_of(request, "replay")
    return await _page(request)


async def correct(request: web.Request) -> web.Response:
    """Take corrected values, send the contact on, or show what cannot be used."""
    workspace_id = workspace_of(request, "replay")
    form, event_id = await form_of(request), request.match_info["event"]
    text = form.get("revision", "")
    revision = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 - no contact has more
    desk, done = request.config_dict[REPAIRS], None
    if event_id.isprintable():
        done = await desk.correct(
            workspace_id, event_id, form, revision=revision, actor=_actor(viewer_of(request))
        )
    address = f"{root_of(workspace_id)}/repairs"
    match done:
        case None:
            raise NotFound("This event waits for no repair: somebody may have mended it already.")
        case Outdated():
            return see_other(request, address, _OUTDATED, tone="warning")
        case Refused(messages=messages):
            return await _page(request, given=form, refused=(event_id, messages))
        case Corrected(changes=()):
            return see_other(request, address, "Nothing was changed.", tone="info")
        case Corrected():
            return see_other(request, address, "Saved. The contact is on its way to the CRM.")


async def undo(request: web.Request) -> web.Response:
    """Take a correction back."""
    workspace_id = workspace_of(request, "replay")
    repair_id, back = request.match_info["repair"], request.match_info["lead"]
    done = False
    if repair_id.isprintable():
        actor = _actor(viewer_of(request))
        done = await request.config_dict[REPAIRS].undo(workspace_id, repair_id, actor=actor)
    address = f"{root_of(workspace_id)}/leads/{back}"
    if not done:
        text = "It cannot be taken back: the contact has changed since. Correct it in the repair inbox."
        return see_other(request, address, text, tone="warning")
    return see_other(request, address, "Taken back. The CRM is told the former values.")


async def _page(
    request: web.Request,
    *,
    given: Mapping[str, str] | None = None,
    refused: tuple[str, Mapping[str, str]] | None = None,
) -> web.Response:
    workspace_id = workspace_of(request)
    desk = request.config_dict[REPAIRS]
    events = list(await desk.refused(workspace_id, before=before_of(request), limit=CARDS))
    wrong_id, messages = refused or ("", {})
    wrong = None if refused is None else await desk.refused_one(workspace_id, wrong_id)
    cards = [_card(one) for one in events if one.event_id != wrong_id]
    if wrong is not None:
        cards.insert(0, _typed(_card(wrong), given or {}, messages))
    view = Repairs(
        cards=tuple(cards),
        parked=tuple(_parked(row) for row in await desk.parked(workspace_id, limit=PARKED)),
        paging=_paging(request, events),
    )
    status = 200 if refused is None else 422
    return await show(request, view, workspace_id=workspace_id, section="repairs", status=status)


def _card(event: RefusedEvent) -> RepairCard:
    fields, complaints = repair_fields(event.contact, [_bounded(error) for error in event.errors])
    inputs = [_input(one) for one in fields]
    return RepairCard(
        event_id=event.event_id,
        lead_id=event.lead_id,
        revision=event.revision,
        name=event.contact.full_name,
        form_name=event.form_name,
        page_name=event.page_name,
        reason=event.reason,
        refused_at=instant(event.refused_at_ms),
        named=tuple(one for one in inputs if one.messages),
        rest=tuple(one for one in inputs if not one.messages),
        complaints=complaints,
        newer_accepted=event.newer_accepted,
    )


def _typed(card: RepairCard, given: Mapping[str, str], messages: Mapping[str, str]) -> RepairCard:
    """Return the card as the person filled it in, with what cannot be used first."""
    inputs = [
        replace(one, value=given.get(one.name, one.value), error=messages.get(one.name))
        for one in (*card.named, *card.rest)
    ]
    named = tuple(one for one in inputs if one.messages or one.error)
    rest = tuple(one for one in inputs if not one.messages and not one.error)
    return replace(card, named=named, rest=rest)


def _input(one: RepairField) -> RepairInput:
    return RepairInput(
        name=one.place, label=one.label, value=one.value, messages=one.messages, has_lines=one.has_lines
    )


def _bounded(error: FieldError) -> FieldError:
    return FieldError(field=error.field[:200], message=error.message[:500])


def _parked(row: Row) -> ParkedRow:
    reason = row["reason"] or "It could not go on."
    is_child = reason == _CHILD
    step = (
        "Ask for age first in the form, and erase this lead."
        if is_child
        else "Mend what it names; try again."
    )
    return ParkedRow(
        lead_id=row["lead_id"],
        reason=_REASONS.get(reason, reason),
        next_step=step,
        form_name=row["form_name"],
        page_name=row["page_name"] or f"Page {row['page_id']}",
        received_at=instant(row["received_at_ms"]),
        may_replay=not is_child,
    )


def _paging(request: web.Request, events: list[RefusedEvent]) -> Paging:
    path = request.rel_url.with_query({})
    older = str(path.with_query({"before": str(events[-1].sequence)})) if len(events) == CARDS else None
    return Paging(older_href=older, newest_href=str(path) if "before" in request.query else None)


def _actor(viewer: Viewer) -> Actor:
    return Actor(kind="person", name=viewer.person_id)
