"""Reading again: each Page's state and budget, imports of history with their progress, begun and stopped here."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time

from aiohttp import web

from connector.domain.audit import Actor
from connector.domain.errors import BadInputError
from connector.domain.lead import FormId, PageId, WorkspaceId
from connector.domain.reading_pace import pace_of
from connector.domain.reconcile_work import BackfillOrder, BackfillPlan
from connector.domain.reconciling import DAY_MS, RETENTION_MS, Window
from connector.ports.reading_desk import ReadingDesk
from connector.web.dashboard.addresses import root_of
from connector.web.dashboard.forms import form_of
from connector.web.dashboard.frame import CLOCK, see_other, show, workspace_of
from connector.web.dashboard.guard import viewer_of
from connector.web.dashboard.import_views import groups_of
from connector.web.dashboard.lead_views import Row, at
from connector.web.dashboard.views import ImportPlan, Option, Reading, ReadPage

READING: web.AppKey[ReadingDesk] = web.AppKey("reading")
EVERY_S: web.AppKey[float] = web.AppKey("reconcile_every_s")

ENDED_MAX = 10
CHOICES_MAX = 500
"""Forms to choose from: more are found by nobody in a list."""
PAGE, FORM = "page:", "form:"
ALL = "all"


async def reading(request: web.Request) -> web.Response:
    """Show Pages, imports, and what an import would cost where one is asked about."""
    workspace_id = workspace_of(request)
    app, now_ms = request.config_dict, request.config_dict[CLOCK].now_ms()
    rows = await app[READING].pages(workspace_id)
    groups = groups_of(await app[READING].imports(workspace_id), now_ms=now_ms)
    choices = await _choices(app[READING], workspace_id, rows)
    query = request.query
    plan = None
    if query.get("plan"):
        order = _order(query, workspace_id, "", now_ms=now_ms)
        plan = _plan(query, choices, order, await app[READING].plan(order))
    view = Reading(
        pages=tuple(_page(row, every_s=app[EVERY_S], now_ms=now_ms) for row in rows),
        running=tuple(one for one in groups if one.is_running),
        ended=tuple(one for one in groups if not one.is_running)[:ENDED_MAX],
        choices=tuple(
            Option(value=value, label=label, is_chosen=value == query.get("what"))
            for value, label in choices.items()
        ),
        since=plan.since if plan else None,
        until=plan.until if plan else None,
        oldest=_day(now_ms - RETENTION_MS),
        today=_day(now_ms),
        plan=plan,
    )
    return await show(request, view, workspace_id=workspace_id, section="reading", is_live=plan is None)


async def begin_import(request: web.Request) -> web.Response:
    """Put an import in line. Raises BadInputError: the page that says so."""
    workspace_id = workspace_of(request, "replay")
    app, actor = request.config_dict, Actor(kind="person", name=viewer_of(request).person_id)
    order = _order(await form_of(request), workspace_id, actor.name, now_ms=app[CLOCK].now_ms())
    count = await app[READING].ask(order, actor=actor)
    said = "One form is" if count == 1 else f"{count} forms are"
    return see_other(request, f"{root_of(workspace_id)}/reading", f"{said} being read. Live leads go first.")


async def stop_imports(request: web.Request) -> web.Response:
    """Stop imports of a form, of a Page or of the workspace; what was read is kept."""
    workspace_id = workspace_of(request, "replay")
    app, actor = request.config_dict, Actor(kind="person", name=viewer_of(request).person_id)
    page_id, form_id = _chosen((await form_of(request)).get("what", ""))
    order = BackfillOrder(
        page_id=page_id,
        form_id=form_id,
        workspace_id=workspace_id,
        window=Window(since_ms=0),
        requested_by=actor.name,
    )
    count = await app[READING].stop(order, actor=actor)
    said = f"{count} stopped. What was read is kept." if count else "Nothing was under way any more."
    return see_other(request, f"{root_of(workspace_id)}/reading", said)


async def _choices(desk: ReadingDesk, workspace_id: WorkspaceId, rows: Sequence[Row]) -> Mapping[str, str]:
    """Return what can be imported: everything, a Page, a form."""
    listed = [row for row in rows if row["forms"]]
    if not listed:
        return {}
    forms = await desk.forms(workspace_id, limit=CHOICES_MAX)
    return {
        ALL: "Every form of every Page",
        **{f"{PAGE}{row['page_id']}": f"All forms of {row['name']}" for row in listed},
        **{f"{FORM}{form['form_id']}": form["name"] or form["form_id"] for form in forms},
    }


def _order(
    fields: Mapping[str, str], workspace_id: WorkspaceId, requested_by: str, *, now_ms: int
) -> BackfillOrder:
    """Return what a form asks for; days are UTC, the last one is read too. Raises BadInputError."""
    page_id, form_id = _chosen(fields.get("what", ""))
    since, until = _date(fields.get("since", "")), _date(fields.get("until", ""))
    since_ms = max(now_ms - RETENTION_MS, 0 if since is None else _ms(since))
    until_ms = None if until is None else _ms(min(until, _day(now_ms))) + DAY_MS
    if until_ms is not None and until_ms <= since_ms:
        raise BadInputError(
            "The last day lies before the first, or more than 90 days back: Meta has it no more."
        )
    return BackfillOrder(
        page_id=page_id,
        form_id=form_id,
        workspace_id=workspace_id,
        window=Window(since_ms=since_ms, until_ms=until_ms),
        requested_by=requested_by,
    )


def _chosen(what: str) -> tuple[PageId | None, FormId | None]:
    """Return the Page or form that is meant, neither for everything. Raises BadInputError."""
    if what == ALL:
        return None, None
    kind, _, one = what.partition(":")
    if kind not in {"page", "form"} or not one.isalnum():
        raise BadInputError("Choose a Page or a form first.")
    return (PageId(one), None) if kind == "page" else (None, FormId(one))


def _plan(
    query: Mapping[str, str], choices: Mapping[str, str], order: BackfillOrder, plans: Sequence[BackfillPlan]
) -> ImportPlan:
    what = query.get("what", "")
    counts = [one.leads for one in plans]
    until_ms = order.window.until_ms
    return ImportPlan(
        what=what,
        label=choices.get(what, what.partition(":")[2]),
        since=_day(order.window.since_ms),
        until=None if until_ms is None else _day(until_ms - DAY_MS),
        forms=len(plans),
        leads=None if any(one is None for one in counts) else sum(one or 0 for one in counts),
        known=sum(one.known for one in plans),
        calls=sum(one.calls for one in plans),
    )


def _page(row: Row, *, every_s: float, now_ms: int) -> ReadPage:
    budget = row["budget"]
    pace = pace_of(
        budget,
        every_s=every_s,
        forms=row["live_forms"],
        paused_until_ms=row["paused_until_ms"],
        now_ms=now_ms,
    )
    is_told = budget.used is not None and now_ms - budget.used_at_ms < DAY_MS
    is_today = now_ms - budget.day_ms < DAY_MS
    return ReadPage(
        id=row["page_id"],
        name=row["name"],
        forms=row["forms"],
        live_forms=row["live_forms"],
        why=pace.why,
        every_s=pace.every_s,
        spent=budget.spent if is_today else 0,
        allowed=budget.calls_a_day,
        is_readable=row["state"] != "auth_lost",
        hearing=row["hearing"],
        last_lead_at=at(row["last_lead_ms"]),
        overdue_at=at(row["overdue_at_ms"]),
        used_percent=budget.used * 100 if is_told else None,
        used_at=at(budget.used_at_ms) if is_told else None,
        read_at=at(row["read_at_ms"]),
        next_at=at(max(row["due_at_ms"], now_ms)) if row["due_at_ms"] is not None else None,
        waits_until=at(pace.waits_until_ms),
    )


def _date(given: str) -> date | None:
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise BadInputError("A day is written as 2026-11-30.") from None


def _ms(on: date) -> int:
    return int(datetime.combine(on, time(), UTC).timestamp() * 1000)


def _day(ms: int) -> date:
    return datetime.fromtimestamp(ms / 1000, UTC).date()
