"""From a call to status, headers and body text: the same for whole requests and for members of a batch."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.sandbox.graph.call import Call, Graph
from adapters.sandbox.graph.routes import answer
from adapters.sandbox.graph_errors import GraphError, error_body

if TYPE_CHECKING:
    from adapters.sandbox.faults import Fault

JSON_TYPE = "text/javascript; charset=UTF-8"


@dataclass(slots=True)
class Reply:
    """An answer on its way out."""

    status: int
    text: str
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)


def respond(graph: Graph, call: Call, route: str) -> Reply:
    """Answer the call, refusals included."""
    try:
        body = answer(graph, call, route)
    except GraphError as e:
        return refuse(graph, call, e)
    return Reply(200, dumps(body), headers=usage_headers(call))


def refuse(graph: Graph, call: Call, refusal: GraphError) -> Reply:
    """Return the refusal's answer."""
    trace_id = f"A{graph.world.rng.getrandbits(64):016x}"
    status, body = error_body(refusal.name, trace_id=trace_id, **refusal.words)
    return Reply(status, dumps(body), headers=usage_headers(call))


def reply_of(graph: Graph, call: Call, fault: "Fault") -> Reply:
    """Return the answer that a fault of kind error, status or bare gives."""
    if fault.kind == "error":
        object_id = call.path[0] if call.path else ""
        return refuse(graph, call, GraphError(fault.name, id=object_id, app_id=graph.world.app_id))
    return Reply(fault.http_status, fault.text, content_type=fault.content_type)


def dumps(body: object) -> str:
    """Serialise like the API: compact, non-ASCII escaped."""
    return json.dumps(body, separators=(",", ":"))


def usage_headers(call: Call) -> dict[str, str]:
    """Return the lead bucket's usage of the call's Page, if the world set one."""
    usage = None if call.page is None else call.page.usage
    if call.page is None or usage is None:
        return {}
    bucket = {
        "type": "leadgen",
        "call_count": usage.call_count,
        "total_cputime": usage.total_cputime,
        "total_time": usage.total_time,
        "estimated_time_to_regain_access": usage.regain_minutes,
    }
    return {"X-Business-Use-Case-Usage": json.dumps({call.page.id: [bucket]})}
