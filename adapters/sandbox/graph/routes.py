"""Which handler answers a call, and under which name faults know the route."""

from collections.abc import Callable

from adapters.sandbox.graph import ads, leads, login, pages, subscriptions
from adapters.sandbox.graph.call import Call, Graph, Json
from adapters.sandbox.graph.tokens import check_call, find_token
from adapters.sandbox.graph_errors import GraphError
from adapters.sandbox.world import World

Handler = Callable[[Graph, Call], object]

HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", "exchange"): login.exchange,
    ("POST", "exchange"): login.exchange,
    ("GET", "debug_token"): login.debug_token,
    ("GET", "me"): login.read_person,
    ("GET", "permissions"): login.list_permissions,
    ("DELETE", "permissions"): login.delete_permissions,
    ("GET", "accounts"): pages.list_accounts,
    ("GET", "page"): pages.read_page,
    ("GET", "subscribed_apps"): pages.list_subscribed_apps,
    ("POST", "subscribed_apps"): pages.subscribe_app,
    ("DELETE", "subscribed_apps"): pages.unsubscribe_app,
    ("GET", "forms"): pages.list_forms,
    ("GET", "form"): pages.read_form,
    ("POST", "form"): pages.write_form,
    ("GET", "leads"): leads.list_leads,
    ("GET", "test_leads"): leads.list_test_leads,
    ("POST", "test_leads"): leads.create_test_lead,
    ("GET", "lead"): leads.read_lead,
    ("DELETE", "lead"): leads.delete_lead,
    ("GET", "ad"): ads.read_ad,
    ("GET", "ads"): ads.list_ads,
    ("GET", "subscriptions"): subscriptions.list_subscriptions,
    ("POST", "subscriptions"): subscriptions.write_subscription,
    ("DELETE", "subscriptions"): subscriptions.delete_subscription,
}

_EDGES = {
    ("person", "accounts"): "accounts",
    ("person", "permissions"): "permissions",
    ("page", "subscribed_apps"): "subscribed_apps",
    ("page", "leadgen_forms"): "forms",
    ("form", "leads"): "leads",
    ("form", "test_leads"): "test_leads",
    ("app", "subscriptions"): "subscriptions",
    ("ad_account", "ads"): "ads",
}
_NODES = {"person": "me"}
_FIXED = {
    ("oauth", "access_token"): "exchange",
    ("debug_token",): "debug_token",
    ("dialog", "oauth"): "dialog",
}


def route_of(world: World, method: str, path: tuple[str, ...]) -> str:
    """Return the route's name, as faults name it: batch, ids, lead, leads, form, forms, …, or unknown."""
    if not path:
        return "batch" if method == "POST" else "ids"
    fixed = _FIXED.get(path)
    if fixed is not None:
        return fixed
    kind = _kind(world, path[0])
    return _NODES.get(kind, kind) if len(path) == 1 else _EDGES.get((kind, path[1]), "unknown")


def page_of(world: World, path: tuple[str, ...]) -> str:
    """Return the id of the Page that the path's object belongs to, or an empty text."""
    node = path[0] if path else ""
    if node in world.leads:
        return world.leads[node].page_id
    if node in world.forms:
        return world.forms[node].page_id
    return node if node in world.pages else ""


def answer(graph: Graph, call: Call, route: str) -> object:
    """Return the JSON answer. Raises GraphError."""
    if route == "ids":
        return _several(graph, call)
    if route == "me" and call.path == ("me",):
        route = _me(graph, call)
    handler = HANDLERS.get((call.method, route))
    if handler is None:
        check_call(graph, call)
        verb = "delete_unsupported" if call.method == "DELETE" else "object_not_visible"
        raise GraphError(
            verb if len(call.path) == 1 else "unknown_path", id=call.path[0], path="/".join(call.path)
        )
    return handler(graph, call)


def _kind(world: World, node: str) -> str:
    if node in world.leads:
        return "lead"
    if node in world.forms:
        return "form"
    if node in world.pages:
        return "page"
    if node in world.ads:
        return "ad"
    if node.startswith("act_"):
        return "ad_account"
    if node == "me" or node in world.people:
        return "person"
    return "app" if node == world.app_id else "unknown"


def _me(graph: Graph, call: Call) -> str:
    """`/me` of a Page token is the Page."""
    if call.token_value:
        token = find_token(graph.world, call.token_value)
        if token.kind == "PAGE":
            call.path = (token.page_id,)
            return "page"
    return "me"


def _several(graph: Graph, call: Call) -> Json:
    """`GET /?ids=a,b`: one bad id fails the whole call."""
    ids = [one for one in call.params.get("ids", "").split(",") if one]
    if not ids or len(ids) > 50:  # noqa: PLR2004 - the documented limit
        raise GraphError("invalid_parameter", parameter="ids")
    found: Json = {}
    for one in ids:
        single = Call("GET", (one,), call.params, call.token_value, call.address)
        found[one] = answer(graph, single, route_of(graph.world, "GET", (one,)))
        call.page = single.page
    return found
