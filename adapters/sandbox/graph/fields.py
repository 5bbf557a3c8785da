"""The `fields` parameter: `id,questions{key,options{key,value}},has_lead_access.user_id(1).app_id(2)`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import takewhile

from adapters.sandbox.graph_errors import GraphError


@dataclass(slots=True)
class Asked:
    """One asked field: its name, `.modifier(value)` pairs and the fields asked of it."""

    name: str
    modifiers: dict[str, str] = field(default_factory=dict)
    children: tuple["Asked", ...] = ()


@lru_cache(maxsize=512)
def parse_fields(text: str) -> tuple[Asked, ...]:
    """Take the parameter apart. Raises GraphError on unbalanced brackets."""
    asked, rest = _list(text.replace(" ", ""))
    if rest:
        raise GraphError("invalid_parameter", parameter="fields")
    return asked


def _list(text: str) -> tuple[tuple[Asked, ...], str]:
    """Read fields until the closing brace or the end."""
    asked: list[Asked] = []
    while text and text[0] != "}":
        one, text = _one(text.removeprefix(","))
        if one.name:
            asked.append(one)
    return tuple(asked), text


def _one(text: str) -> tuple[Asked, str]:
    name = "".join(takewhile(lambda c: c not in ",.{}()", text))
    one, text = Asked(name), text[len(name) :]
    while text.startswith("."):
        modifier, bracket, rest = text[1:].partition("(")
        value, end, text = rest.partition(")")
        if not (bracket and end):
            raise GraphError("invalid_parameter", parameter="fields")
        one.modifiers[modifier] = value
    if text.startswith("{"):
        one.children, text = _list(text[1:])
        if not text:
            raise GraphError("invalid_parameter", parameter="fields")
        text = text[1:]
    if text and text[0] not in ",}":
        raise GraphError("invalid_parameter", parameter="fields")
    return one, text


Reader = Callable[[], object]


def select(asked: Sequence[Asked], readers: Mapping[str, Reader]) -> dict[str, object]:
    """Return what was asked for; a field that is unknown, None or empty is omitted, as the API does."""
    answer: dict[str, object] = {}
    for one in asked:
        reader = readers.get(one.name)
        value = None if reader is None else reader()
        if value is not None and value != "":
            answer[one.name] = _narrow(value, one.children) if one.children else value
    return answer


def _narrow(value: object, children: Sequence[Asked]) -> object:
    """Keep only the asked members of nested objects."""
    if isinstance(value, list):
        return [_narrow(item, children) for item in value]
    if isinstance(value, dict):
        return {
            one.name: _narrow(value[one.name], one.children) if one.children else value[one.name]
            for one in children
            if one.name in value
        }
    return value
