"""Who may do what on a Page: roles, scopes, the Page token rule, throttling and Leads Access Manager."""

from dataclasses import replace
from math import ceil

from adapters.sandbox.graph.call import Call, Caller, Graph
from adapters.sandbox.graph.tokens import check_call
from adapters.sandbox.graph_errors import GraphError
from adapters.sandbox.objects import Page, Usage

_ADVERTISE = {"ADVERTISE", "PROFILE_PLUS_ADVERTISE", "MANAGE", "PROFILE_PLUS_FULL_CONTROL"}
_BUCKET_S = 86_400


def enter_page(graph: Graph, call: Call, page: Page, *, needs_page_token: bool = False) -> Caller:
    """Check that the caller may see the Page. Raises GraphError."""
    caller = check_call(graph, call)
    call.page = page
    let_time_pass(page, graph.world.now())
    token = caller.token
    if token.kind == "PAGE":
        if token.page_id != page.id:
            raise GraphError("object_not_visible", id=page.id)
        return caller
    if needs_page_token:
        raise GraphError("page_token_required")
    person = graph.world.people.get(token.person_id)
    chosen = person is not None and (person.chosen_pages is None or page.id in person.chosen_pages)
    if person is None or page.id not in person.tasks or not chosen:
        raise GraphError("object_not_visible", id=page.id)
    return caller


def let_time_pass(page: Page, now: float) -> None:
    """Count a throttled Page's minutes down; at their end nothing of its budget is used any more."""
    if page.throttled_until <= now:
        if page.throttled_until:
            page.throttled_until, page.usage = 0.0, None
    elif page.usage is not None:
        page.usage = replace(page.usage, regain_minutes=ceil((page.throttled_until - now) / 60))


def need_scope(caller: Caller, *scopes: str) -> None:
    """Raise GraphError for the first scope that the person did not grant."""
    for scope in scopes:
        if scope not in caller.scopes:
            name = "requires_pages_manage_ads" if scope == "pages_manage_ads" else "requires_permission"
            raise GraphError(name, permission=scope)


def need_advertise(graph: Graph, caller: Caller, page: Page) -> None:
    """Raise GraphError unless the person behind the token has the ADVERTISE task or its twin."""
    person = graph.world.people[caller.token.person_id]
    if not _ADVERTISE.intersection(person.tasks.get(page.id, ())):
        raise GraphError("missing_permissions")


def spend(graph: Graph, page: Page) -> None:
    """Count a call in the Page's lead bucket, if the sandbox keeps one: its usage is told, and it may run dry."""
    if graph.switches.calls_per_lead is None:
        return
    world, now = graph.world, graph.world.now()
    leads = sum(world.is_readable(lead) for form in page.form_ids for lead in world.forms[form].leads)
    allowed = graph.switches.calls_per_lead * leads
    page.calls = [at for at in page.calls if at > now - _BUCKET_S] + [now]
    percent = 100 if not allowed else min(100, -(-100 * len(page.calls) // allowed))
    page.usage = Usage(call_count=percent)
    if len(page.calls) > allowed and page.throttled_until <= now:
        world.throttle(page)


def enter_leads(graph: Graph, call: Call, page: Page, *, bulk: bool = False) -> Caller:
    """Check that the caller may read leads of the Page now. Raises GraphError."""
    caller = enter_page(graph, call, page, needs_page_token=bulk)
    spend(graph, page)
    if page.throttled_until > graph.world.now():
        raise GraphError("leadgen_limit")
    if bulk:
        need_scope(caller, "pages_manage_ads")
    need_scope(caller, "leads_retrieval")
    if not page.lead_access.ok:
        raise GraphError(page.lead_access.error, id=call.path[0])
    return caller
