"""Pages and their forms: listing, reading, the Page's webhook subscription, the verdict on lead access."""

from adapters.sandbox.graph.access import enter_page, need_advertise, need_scope, spend
from adapters.sandbox.graph.call import Call, Caller, Graph, Json
from adapters.sandbox.graph.fields import Asked, Reader, parse_fields, select
from adapters.sandbox.graph.leads import graph_time
from adapters.sandbox.graph.paging import listing
from adapters.sandbox.graph.tokens import check_call, page_token
from adapters.sandbox.graph_errors import GraphError
from adapters.sandbox.objects import Form, Page, Question

FORM_FIELDS = (
    "id",
    "name",
    "locale",
    "status",
    "created_time",
    "page_id",
    "page",
    "questions",
    "tracking_parameters",
    "legal_content",
    "privacy_policy_url",
    "leads_count",
    "organic_leads_count",
    "expired_leads_count",
)
"""What the sandbox can answer of a form."""
_ACCOUNT_FIELDS = "access_token,category,category_list,name,id,tasks"


def list_accounts(graph: Graph, call: Call) -> Json:
    """`GET /me/accounts`: the Pages that the person chose, each with its token."""
    caller = check_call(graph, call)
    asked = parse_fields(call.params.get("fields") or _ACCOUNT_FIELDS)
    pages = _visible_pages(graph, caller)
    return listing(
        graph, call, pages, key=lambda page: page.id, show=lambda page: _show_page(graph, caller, page, asked)
    )


def read_page(graph: Graph, call: Call) -> Json:
    """`GET /{page}`."""
    page = graph.world.pages[call.path[0]]
    caller = enter_page(graph, call, page)
    return _show_page(graph, caller, page, parse_fields(call.params.get("fields") or "id,name"))


def list_subscribed_apps(graph: Graph, call: Call) -> Json:
    """`GET /{page}/subscribed_apps`: our app if it is installed; no `category` or `link` for it."""
    page = graph.world.pages[call.path[0]]
    enter_page(graph, call, page, needs_page_token=True)
    apps = [
        {"name": graph.world.app_name, "id": app_id, "subscribed_fields": list(fields)}
        for app_id, fields in page.subscribed.items()
    ]
    return {"data": apps}


def subscribe_app(graph: Graph, call: Call) -> object:
    """`POST /{page}/subscribed_apps`: replaces the fields of our app."""
    page = graph.world.pages[call.path[0]]
    caller = enter_page(graph, call, page, needs_page_token=True)
    need_scope(caller, "pages_manage_metadata")
    need_advertise(graph, caller, page)
    fields = [
        name
        for name in call.params.get("subscribed_fields", "").strip("[]").replace('"', "").split(",")
        if name
    ]
    if not fields:
        raise GraphError("invalid_parameter", parameter="subscribed_fields")
    page.subscribed[graph.world.app_id] = [name.strip() for name in fields]
    return graph.success()


def unsubscribe_app(graph: Graph, call: Call) -> object:
    """`DELETE /{page}/subscribed_apps`: takes the app off the Page for everybody."""
    page = graph.world.pages[call.path[0]]
    caller = enter_page(graph, call, page, needs_page_token=True)
    need_scope(caller, "pages_manage_metadata")
    graph.world.drop_subscription(page)
    return graph.success()


def list_forms(graph: Graph, call: Call) -> Json:
    """`GET /{page}/leadgen_forms`: newest first, Page token only."""
    page = graph.world.pages[call.path[0]]
    caller = enter_page(graph, call, page, needs_page_token=True)
    need_scope(caller, "pages_manage_ads")
    spend(graph, page)
    asked = parse_fields(call.params.get("fields") or "id,locale,name,status")
    forms = [graph.world.forms[form_id] for form_id in reversed(page.form_ids)]
    return listing(
        graph, call, forms, key=lambda form: form.id, show=lambda form: _show_form(graph, page, form, asked)
    )


def read_form(graph: Graph, call: Call) -> Json:
    """`GET /{form}`."""
    form = graph.world.forms[call.path[0]]
    page = graph.world.pages[form.page_id]
    caller = enter_page(graph, call, page)
    need_scope(caller, "leads_retrieval")
    return _show_form(graph, page, form, parse_fields(call.params.get("fields") or "id,locale,name,status"))


def write_form(graph: Graph, call: Call) -> object:
    """`POST /{form}`: a published form knows only a change of `status`."""
    form = graph.world.forms[call.path[0]]
    caller = enter_page(graph, call, graph.world.pages[form.page_id], needs_page_token=True)
    need_scope(caller, "pages_manage_ads")
    if call.params.get("status") not in {"ACTIVE", "ARCHIVED"}:
        raise GraphError("invalid_parameter", parameter="status")
    form.status = call.params["status"]
    return graph.success()


def _visible_pages(graph: Graph, caller: Caller) -> list[Page]:
    if "pages_show_list" not in caller.scopes:
        return []
    person = graph.world.people[caller.token.person_id]
    pages = [graph.world.pages[page_id] for page_id in person.tasks]
    return [
        page
        for page in pages
        if (person.chosen_pages is None or page.id in person.chosen_pages)
        and ("business_management" in caller.scopes or not page.business_owned)
    ]


def _show_page(graph: Graph, caller: Caller, page: Page, asked: tuple[Asked, ...]) -> Json:
    person = graph.world.people[caller.token.person_id]
    readers: dict[str, Reader] = {
        "name": lambda: page.name,
        "category": lambda: page.category,
        "category_list": lambda: [{"id": "2500", "name": page.category}],
        "tasks": lambda: list(person.tasks.get(page.id, ())),
        "access_token": lambda: page_token(graph.world, caller.token, page).value,
        "leadgen_tos_accepted": lambda: True,
        "has_lead_access": lambda: _lead_access(graph, caller, page, asked),
    }
    return {**select([one for one in asked if one.name != "id"], readers), "id": page.id}


def _lead_access(graph: Graph, caller: Caller, page: Page, asked: tuple[Asked, ...]) -> Json:
    modifiers = next(one.modifiers for one in asked if one.name == "has_lead_access")
    need_scope(caller, "leads_retrieval")
    person = graph.world.people.get(modifiers.get("user_id", ""))
    if person is None:
        raise GraphError("user_id_required")
    if person.is_system_user:
        raise GraphError("not_for_system_users")
    access = page.lead_access
    verdict: Json = {
        "app_has_leads_permission": access.ok,
        "user_has_leads_permission": access.ok,
        "can_access_lead": access.ok,
        "enabled_lead_access_manager": access.manager_enabled,
        "is_page_admin": "MANAGE" in person.tasks.get(page.id, ()),
        "page_id": page.id,
        "user_id": person.id,
    }
    if not access.ok:
        verdict |= {"failure_reason": access.reason, "failure_resolution": access.resolution}
    return verdict


def _show_form(graph: Graph, page: Page, form: Form, asked: tuple[Asked, ...]) -> Json:
    if page.questions_refused and any(one.name == "questions" for one in asked):
        raise GraphError("invalid_parameter", parameter="questions")
    live = [lead for lead in form.leads if graph.world.is_readable(lead)]
    readers: dict[str, Reader] = {
        "name": lambda: form.name,
        "locale": lambda: form.locale,
        "status": lambda: form.status,
        "created_time": lambda: graph_time(form.created_time),
        "page_id": lambda: form.page_id,
        "page": lambda: {"name": page.name, "id": page.id},
        "questions": lambda: [_question(question) for question in form.questions],
        "tracking_parameters": lambda: (
            [{"key": k, "value": v} for k, v in form.tracking_parameters.items()] or None
        ),
        "legal_content": lambda: _legal_content(form),
        "privacy_policy_url": lambda: form.privacy_policy_url,
        "leads_count": lambda: len(live),
        "organic_leads_count": lambda: sum(lead.is_organic for lead in live),
        "expired_leads_count": lambda: len(form.leads) - len(live),
    }
    return {**select([one for one in asked if one.name != "id"], readers), "id": form.id}


def _question(question: Question) -> Json:
    shown: Json = {"key": question.key, "label": question.label, "type": question.type}
    if question.options:
        shown["options"] = [{"key": option.key, "value": option.value} for option in question.options]
    return shown | ({"id": question.id} if question.id else {})


def _legal_content(form: Form) -> Json:
    content: Json = {"privacy_policy": {"url": form.privacy_policy_url, "link_text": "Privacy policy"}}
    if form.checkboxes:
        content["custom_disclaimer"] = {
            "title": form.disclaimer_title,
            "body": {"text": form.disclaimer_body},
            "checkboxes": [
                {
                    "key": box.key,
                    "text": box.text,
                    "is_required": box.is_required,
                    "is_checked_by_default": box.is_checked_by_default,
                }
                for box in form.checkboxes
            ],
        }
    return content
