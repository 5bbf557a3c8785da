"""Call 1.0 as JSON: its one writing, its schema, and reading what we wrote."""

from dataclasses import replace
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from connector.domain.call import BadRowError, Call, Peer, Recording, Sim, Source, User, storable
from connector.domain.times import rfc3339

_CALL: TypeAdapter[Call] = TypeAdapter(Call)
_NAMES = tuple(Call.__dataclass_fields__)
_OF_CALL = attrgetter(*_NAMES)
_PARTS = {
    name: (tuple(part.__dataclass_fields__), attrgetter(*part.__dataclass_fields__))
    for name, part in (
        ("source", Source), ("user", User), ("peer", Peer), ("sim", Sim), ("recording", Recording),
    )
}  # fmt: skip
_TIMES = ("started_at", "ended_at", "first_seen_at", "updated_at")
_OURS = ("first_seen_at", "updated_at")
"""When we met a call and changed our record of it, which tells nothing of the call."""


def call_value(call: Call) -> dict[str, Any]:
    """Return the call as JSON values, in the order of the schema; times are RFC 3339, UTC, ms; `extra` is sorted."""
    value: dict[str, Any] = dict(zip(_NAMES, _OF_CALL(call), strict=True))
    for name, (names, values) in _PARTS.items():
        value[name] = dict(zip(names, values(value[name]), strict=True))
    for name in _TIMES:
        value[name] = _time(value[name])
    source = value["source"]
    source["modified_at"] = _time(source["modified_at"])
    value["tags"], value["warnings"] = list(call.tags), list(call.warnings)
    value["extra"] = dict(sorted(call.extra.items()))
    return value


def _time(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)


def call_json(call: Call) -> str:
    """Return the call as one line of JSON."""
    return to_json(call_value(call)).decode()


def call_line(call: Call) -> bytes:
    """Return the call as a whole line of a JSON Lines file, UTF-8."""
    return to_json(call_value(call)) + b"\n"


def canonical_json(call: Call) -> bytes:
    """Return the call as the bytes by which two stores are compared: without when we met it and changed it."""
    value = call_value(call)
    for name in _OURS:
        del value[name]
    return to_json(value)


def call_from_json(text: str | bytes) -> Call:
    """Return a call that we wrote. Raises pydantic's ValidationError on anything else."""
    return _CALL.validate_json(text)


def call_from_value(value: dict[str, Any]) -> Call:
    """Return the call of a whole Call record from outside. Raises BadRowError with the field that is wrong."""
    try:
        call = _CALL.validate_python(_storable(value))
        ended_at = call.ended_at.astimezone(UTC) if call.ended_at else None
        return replace(call, started_at=call.started_at.astimezone(UTC), ended_at=ended_at)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise BadRowError(f"`{'.'.join(map(str, first['loc']))}`: {first['msg']}") from None
    except (ValueError, OverflowError, RecursionError):
        raise BadRowError("the record is no Call") from None


def _storable(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(name): _storable(inner) for name, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, list) else value


def call_schema() -> dict[str, Any]:
    """Return the JSON Schema of Call 1.0."""
    return _CALL.json_schema()
