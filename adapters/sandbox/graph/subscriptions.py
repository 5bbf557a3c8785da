"""The app-level webhook subscription: app token only; the callback itself is verified by the server."""

from adapters.sandbox.graph.call import Call, Graph, Json
from adapters.sandbox.graph.tokens import check_call
from adapters.sandbox.graph_errors import GraphError
from adapters.sandbox.objects import AppSubscription


def need_app(graph: Graph, call: Call) -> None:
    """Raise GraphError unless the app itself calls."""
    if check_call(graph, call).token.kind != "APP" or call.path[0] != graph.world.app_id:
        raise GraphError("debug_token_without_app_token")


def list_subscriptions(graph: Graph, call: Call) -> Json:
    """`GET /{app}/subscriptions`."""
    need_app(graph, call)
    found = graph.world.app_subscription
    if found is None:
        return {"data": []}
    fields = [{"name": name, "version": "v26.0"} for name in found.fields]
    row: Json = {
        "object": "page",
        "callback_url": found.callback_url,
        "active": found.active,
        "fields": fields,
    }
    return {"data": [row]}


def write_subscription(graph: Graph, call: Call) -> object:
    """`POST /{app}/subscriptions`, once the callback has echoed the challenge."""
    need_app(graph, call)
    params = call.params
    if params.get("object") != "page" or not params.get("callback_url"):
        raise GraphError("invalid_parameter", parameter="object")
    graph.world.app_subscription = AppSubscription(
        callback_url=params["callback_url"],
        fields=[name.strip() for name in params.get("fields", "").strip("[]").replace('"', "").split(",")],
        include_values=params.get("include_values", "").lower() in {"true", "1"},
    )
    return graph.success()


def delete_subscription(graph: Graph, call: Call) -> object:
    """`DELETE /{app}/subscriptions`: everything, or only the named fields."""
    need_app(graph, call)
    found, names = graph.world.app_subscription, call.params.get("fields", "")
    if found is not None:
        found.fields = [name for name in found.fields if name not in names.split(",")] if names else []
        if not found.fields:
            graph.world.app_subscription = None
    return graph.success()
