"""Leads: one by id, the bulk edge of a form, test leads, deletion."""

import json
import operator
import time
from collections.abc import Callable, Sequence
from functools import partial

from adapters.sandbox.graph.access import enter_leads, enter_page, need_advertise, need_scope
from adapters.sandbox.graph.call import Call, Graph, Json
from adapters.sandbox.graph.fields import Asked, Reader, parse_fields, select
from adapters.sandbox.graph.paging import listing
from adapters.sandbox.graph_errors import GraphError
from adapters.sandbox.objects import Form, Lead, Question

AD_FIELDS = ("ad_id", "ad_name", "adset_id", "adset_name", "campaign_id", "campaign_name")
LEAD_FIELDS = (
    "id",
    "created_time",
    *AD_FIELDS,
    "form_id",
    "field_data",
    "is_organic",
    "platform",
    "partner_name",
    "retailer_item_id",
    "custom_disclaimer_responses",
)
"""What the sandbox can answer of a lead."""
MINIMAL_FIELDS = "created_time,id,field_data"

_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_OR_EQUAL": operator.ge,
    "LESS_THAN": operator.lt,
}


def graph_time(unix_s: float) -> str:
    """Return the API's time text: `2026-11-22T10:00:00+0000`."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime(unix_s))


def read_lead(graph: Graph, call: Call) -> Json:
    """`GET /{lead}`."""
    lead = graph.world.leads[call.path[0]]
    caller = enter_leads(graph, call, graph.world.pages[lead.page_id])
    if not graph.world.is_readable(lead):
        raise GraphError("object_not_visible", id=lead.id)
    asked = _asked(graph, call, lead.page_id)
    return show_lead(lead, asked, with_ads=graph.world.people[caller.token.person_id].ad_account_role)


def list_leads(graph: Graph, call: Call) -> Json:
    """`GET /{form}/leads`: newest first, filtered by `time_created`."""
    form = graph.world.forms[call.path[0]]
    caller = enter_leads(graph, call, graph.world.pages[form.page_id], bulk=True)
    asked = _asked(graph, call, form.page_id)
    with_ads = graph.world.people[caller.token.person_id].ad_account_role
    return listing(
        graph,
        call,
        _wanted(graph, call, form),
        key=lambda lead: lead.id,
        show=lambda lead: show_lead(lead, asked, with_ads=with_ads),
    )


def delete_lead(graph: Graph, call: Call) -> object:
    """`DELETE /{lead}`: what the API allows for test leads only."""
    lead = graph.world.leads[call.path[0]]
    caller = enter_page(graph, call, graph.world.pages[lead.page_id])
    need_scope(caller, "leads_retrieval")
    if lead.deleted or not lead.is_test:
        raise GraphError("delete_unsupported", id=lead.id)
    lead.deleted = True
    return graph.success()


def list_test_leads(graph: Graph, call: Call) -> Json:
    """`GET /{form}/test_leads`."""
    form = graph.world.forms[call.path[0]]
    enter_leads(graph, call, graph.world.pages[form.page_id], bulk=True)
    asked = _asked(graph, call, form.page_id)
    return {"data": [show_lead(lead, asked, with_ads=False) for lead in _test_leads(form)]}


def create_test_lead(graph: Graph, call: Call) -> Json:
    """`POST /{form}/test_leads`: one a form, with invented answers unless the caller sent some."""
    form = graph.world.forms[call.path[0]]
    page = graph.world.pages[form.page_id]
    caller = enter_leads(graph, call, page, bulk=True)
    need_advertise(graph, caller, page)
    if _test_leads(form):
        raise GraphError("test_lead_exists")
    lead_id = graph.world.add_lead(
        form, answers=_test_answers(form, call), platform="", is_organic=True, is_test=True
    )
    graph.world.leads[lead_id].disclaimers = _test_disclaimers(call)
    return {"id": lead_id}


def show_lead(lead: Lead, asked: Sequence[Asked], *, with_ads: bool) -> Json:
    """Return the asked fields of a lead; `id` always, unavailable ones never."""
    readers: dict[str, Reader] = {
        "created_time": lambda: graph_time(lead.created_time),
        "field_data": lambda: lead.field_data,
        "form_id": lambda: lead.form_id,
        "is_organic": lambda: lead.is_organic,
        "platform": lambda: lead.platform,
        "partner_name": lambda: lead.partner_name,
        "retailer_item_id": lambda: lead.retailer_item_id,
        "custom_disclaimer_responses": lambda: _disclaimers(lead),
    }
    if with_ads and not lead.is_organic:
        readers |= {name: partial(getattr, lead, name) for name in AD_FIELDS}
    return {**select(asked, readers), "id": lead.id}


def _asked(graph: Graph, call: Call, page_id: str) -> tuple[Asked, ...]:
    asked = parse_fields(call.params.get("fields") or MINIMAL_FIELDS)
    refusal = graph.world.pages[page_id].ads_fields_refused
    if refusal is not None and any(one.name in AD_FIELDS for one in asked):
        raise GraphError(refusal)
    return asked


def _wanted(graph: Graph, call: Call, form: Form) -> list[Lead]:
    leads = [lead for lead in reversed(form.leads) if graph.world.is_readable(lead)]
    if graph.switches.filter_ignored:
        return leads
    for name, comparison, value in _filters(call):
        if name not in {"time_created", "created_time"}:
            raise GraphError("unknown")
        if name == "time_created" and value is not None:
            compare = _COMPARE[comparison]
            leads = [lead for lead in leads if compare(lead.created_time, value)]
    return leads


def _filters(call: Call) -> list[tuple[str, str, int | None]]:
    """Return (field, operator, unix s); a value that is no number is ignored by the API: None."""
    try:
        found = [
            (str(f["field"]), str(f["operator"]), f["value"])
            for f in json.loads(call.params.get("filtering", "[]"))
        ]
    except (ValueError, TypeError, KeyError) as e:
        raise GraphError("invalid_parameter", parameter="filtering") from e
    if any(comparison not in _COMPARE for _, comparison, _ in found):
        raise GraphError("invalid_parameter", parameter="filtering")
    return [
        (name, comparison, int(value) if str(value).isdigit() else None) for name, comparison, value in found
    ]


def _disclaimers(lead: Lead) -> list[Json] | None:
    """Return the ticks as the API's texts "1" and ""; None when the form had no optional checkbox."""
    if not lead.disclaimers:
        return None
    return [
        {"checkbox_key": key, "is_checked": "1" if ticked else ""} for key, ticked in lead.disclaimers.items()
    ]


def _test_leads(form: Form) -> list[Lead]:
    return [lead for lead in form.leads if lead.is_test and not lead.deleted]


def _test_answers(form: Form, call: Call) -> dict[str, str | list[str]]:
    sent = _json_list(call, "field_data")
    if sent:
        return {str(one["name"]): [str(value) for value in _items(one.get("values"))] for one in sent}
    return {question.key: _dummy(question) for question in form.questions}


def _test_disclaimers(call: Call) -> dict[str, bool]:
    sent = _json_list(call, "custom_disclaimer_responses")
    return {str(one["checkbox_key"]): str(one.get("is_checked")).lower() in {"1", "true"} for one in sent}


def _dummy(question: Question) -> str:
    if question.type in {"EMAIL", "WORK_EMAIL"}:
        return "test@meta.com"
    return f"<test lead: dummy data for {question.key}>"


def _json_list(call: Call, name: str) -> list[Json]:
    try:
        parsed = json.loads(call.params.get(name) or "[]")
    except ValueError as e:
        raise GraphError("invalid_parameter", parameter=name) from e
    return [one for one in _items(parsed) if isinstance(one, dict)]


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []
