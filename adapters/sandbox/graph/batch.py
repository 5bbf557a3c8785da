"""Batch requests: up to 50 calls in one POST, answered in order. Kept lean: benchmarks go through here."""

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

from adapters.sandbox.faults import Faults
from adapters.sandbox.graph.call import Call, Graph
from adapters.sandbox.graph.respond import JSON_TYPE, Reply, dumps, reply_of, respond
from adapters.sandbox.graph.routes import page_of, route_of
from adapters.sandbox.graph.tokens import check_call
from adapters.sandbox.graph_errors import GraphError

MAX_MEMBERS = 50
_CONTENT_TYPE = [{"name": "Content-Type", "value": JSON_TYPE}]


def members_of(call: Call) -> list[Mapping[str, object]]:
    """Return the members as sent. Raises GraphError."""
    try:
        members = json.loads(call.params.get("batch", ""))
    except ValueError as e:
        raise GraphError("invalid_parameter", parameter="batch") from e
    if not isinstance(members, list) or not all(isinstance(member, dict) for member in members):
        raise GraphError("invalid_parameter", parameter="batch")
    if len(members) > MAX_MEMBERS:
        raise GraphError("batch_too_long")
    return members


def run_batch(graph: Graph, faults: Faults, call: Call) -> Reply:
    """Answer every member on its own; only a bad outer token or shape fails the whole."""
    members = members_of(call)
    check_call(graph, call)
    headers: dict[str, str] = {}
    answers: list[object] = []
    for member in members:
        reply = _run(graph, faults, call, member)
        if reply is None:
            answers.append(None)
            continue
        headers |= reply.headers
        shown = [*_CONTENT_TYPE, *({"name": name, "value": value} for name, value in reply.headers.items())]
        answers.append({"code": reply.status, "headers": shown, "body": reply.text})
    return Reply(200, dumps(answers), headers=headers)


def _run(graph: Graph, faults: Faults, outer: Call, member: Mapping[str, object]) -> Reply | None:
    """Answer one member; None when a fault left it uncompleted."""
    call = member_call(outer, member)
    route = route_of(graph.world, call.method, call.path)
    if route == "batch":
        return Reply(400, dumps({"error": {"message": "A batch holds no batch", "code": 1}}))
    if faults:
        fault = faults.take(route, call.path, page_of(graph.world, call.path), member=True)
        if fault is not None:
            return None if fault.kind == "null_member" else reply_of(graph, call, fault)
    return respond(graph, call, route)


def member_call(outer: Call, member: Mapping[str, object]) -> Call:
    """Return the member as a call; its own token and proof win over the outer ones."""
    path, _, query = str(member.get("relative_url", "")).partition("?")
    params = dict(parse_qsl(query, keep_blank_values=True))
    body = member.get("body")
    if isinstance(body, str):
        params.update(parse_qsl(body, keep_blank_values=True))
    token = params.pop("access_token", "")
    if not token:
        token = outer.token_value
        if "appsecret_proof" in outer.params:
            params.setdefault("appsecret_proof", outer.params["appsecret_proof"])
    return Call(str(member.get("method", "GET")).upper(), split_path(path), params, token, outer.address)


def split_path(path: str) -> tuple[str, ...]:
    """Return the parts of a path without its version."""
    parts = [part for part in path.split("/") if part]
    if parts and parts[0][:1] == "v" and parts[0][1:2].isdigit():
        del parts[0]
    return tuple(parts)
