"""Judging one answer of the Graph API: by its status, its JSON and its shape, never by one of them alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.facebook.errors import translate
from adapters.facebook.fault import GraphRefusalError, fault_of
from adapters.facebook.usage import NONE, Usage, parse_usage
from connector.domain.errors import ConnectorError, TransientError


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphReply:
    """A successful answer: its JSON value and its headers, their names in lower case."""

    json: object = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @property
    def usage(self) -> Usage:
        """What the answer says about the budgets."""
        return parse_usage(self.headers)

    @property
    def record(self) -> Mapping[str, object]:
        """The answer as an object. Raises TransientError when it is none."""
        if not isinstance(self.json, dict):
            raise TransientError("Facebook answered something else than an object.", unknown=True)
        return self.json

    def confirm(self, what: str) -> None:
        """Raise TransientError unless the answer to a change says that it was made: `what` should be so."""
        said = self.json.get("success") if isinstance(self.json, dict) else self.json
        if said is not True and said != "true":  # Meta's guide prints the text, its servers send the boolean
            raise TransientError(f"Facebook did not say that {what}.", unknown=True)


def judge(status: int, headers: Mapping[str, str], body: bytes | str) -> GraphReply | ConnectorError:
    """Return the answer, or the error it stands for, with what was said as its cause. Total.

    A success has a 2xx status, JSON, no `error` beside it, and is an object, a list or a bare `true`.
    """
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError):
        return _refused(None, status, headers) if _has_failed(status) else _odd(status, "is not JSON")
    if _has_failed(status) or (isinstance(parsed, dict) and "error" in parsed):
        return _refused(parsed, status, headers)
    if parsed is not True and not isinstance(parsed, dict | list):
        return _odd(status, "is no object")
    return GraphReply(json=parsed, headers=headers)


def judge_member(member: object, outer: Mapping[str, str]) -> GraphReply | ConnectorError | None:
    """Judge one member of a batch's answer; None stands for one that was not completed. Total.

    `outer` are the headers of the whole answer: a member may leave out those that tell the usage.
    """
    if member is None:
        return None
    code = member.get("code") if isinstance(member, dict) else None
    body = member.get("body") if isinstance(member, dict) else None
    if not isinstance(member, dict) or type(code) is not int or not isinstance(body, str):
        return TransientError("Facebook answered a batch with a member of unknown shape.", unknown=True)
    return judge(code, {**outer, **_by_name(member.get("headers"))}, body)


def usage_of(answer: GraphReply | ConnectorError) -> Usage:
    """Return what an answer says about the budgets, a refusal as well."""
    if isinstance(answer, GraphReply):
        return answer.usage
    return answer.__cause__.usage if isinstance(answer.__cause__, GraphRefusalError) else NONE


def _by_name(pairs: object) -> dict[str, str]:
    """Return a member's headers, which come as a list of name and value."""
    found: dict[str, str] = {}
    for pair in pairs if isinstance(pairs, list) else ():
        if isinstance(pair, dict) and isinstance(name := pair.get("name"), str):
            found[name.lower()] = str(pair.get("value"))
    return found


def _has_failed(status: int) -> bool:
    return not 200 <= status < 300  # noqa: PLR2004 - HTTP's 2xx


def _refused(parsed: object, status: int, headers: Mapping[str, str]) -> ConnectorError:
    fault = fault_of(parsed, status)
    usage = parse_usage(headers)
    error = translate(fault, usage)
    error.__cause__ = GraphRefusalError(fault, usage)
    return error


def _odd(status: int, what: str) -> ConnectorError:
    return TransientError(f"Facebook answered HTTP {status} with a body that {what}.")
