"""Listings with opaque cursors: `data`, `paging.cursors`, and `paging.next` with the caller's token in it."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from adapters.sandbox.graph.call import Call, Graph, Json
from adapters.sandbox.graph_errors import GraphError

T = TypeVar("T")

DEFAULT_LIMIT = 25


def listing(
    graph: Graph, call: Call, items: Sequence[T], *, key: Callable[[T], str], show: Callable[[T], Json]
) -> Json:
    """Return one page of `items` (already in order), after the cursor in the call."""
    limit = _limit(graph, call)
    gap, after = _read_cursor(call.params.get("after", ""), first_is_gap=graph.switches.empty_pages)
    start = _start(items, key, after)
    if gap:
        return _page(call, [], before=after, after=_cursor(after, gap=False), more=start < len(items))
    shown = items[start : start + limit]
    last = key(shown[-1]) if shown else after
    more = start + limit < len(items)
    following = _cursor(last, gap=graph.switches.empty_pages)
    return _page(
        call,
        [show(item) for item in shown],
        before=key(shown[0]) if shown else after,
        after=following,
        more=more,
    )


def _limit(graph: Graph, call: Call) -> int:
    text = call.params.get("limit", str(DEFAULT_LIMIT))
    if not text.isdigit() or int(text) < 1:
        raise GraphError("invalid_parameter", parameter="limit")
    if int(text) > graph.switches.max_limit:
        raise GraphError("reduce_data")
    return int(text)


def _start(items: Sequence[T], key: Callable[[T], str], after: str) -> int:
    if not after:
        return 0
    for index, item in enumerate(items):
        if key(item) == after:
            return index + 1
    return len(items)


def _cursor(after: str, *, gap: bool) -> str:
    """Return an opaque cursor; `gap` asks that an empty page be served in its place."""
    return base64.urlsafe_b64encode(f"{'g' if gap else 'd'}:{after}".encode()).decode()


def _read_cursor(text: str, *, first_is_gap: bool) -> tuple[bool, str]:
    if not text:
        return first_is_gap, ""
    try:
        mode, colon, after = base64.urlsafe_b64decode(text).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as e:
        raise GraphError("invalid_parameter", parameter="after") from e
    if not colon or mode not in {"g", "d"}:
        raise GraphError("invalid_parameter", parameter="after")
    return mode == "g", after


def _page(call: Call, data: list[Json], *, before: str, after: str, more: bool) -> Json:
    if not data and not more:
        return {"data": []}
    paging: Json = {"cursors": {"before": _cursor(before, gap=False), "after": after}}
    if more:
        query = {**call.params, "access_token": call.token_value, "after": after}
        paging["next"] = f"{call.address}/{'/'.join(call.path)}?{urlencode(query)}"
    return {"data": data, "paging": paging}
