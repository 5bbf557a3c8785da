"""Call 1.0 as JSON: its one writing, its schema, and reading what we wrote."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from connector.domain.call import BadRowError, Call, storable
from connector.domain.times import rfc3339

_CALL: TypeAdapter[Call] = TypeAdapter(Call)
_PARTS = ("source", "user", "peer", "sim", "recording")


def call_value(call: Call) -> dict[str, Any]:
    """Return the call as JSON values, in the order of the schema; times are RFC 3339, UTC, ms."""
    value: dict[str, Any] = {}
    for name in Call.__dataclass_fields__:
        held = getattr(call, name)
        if name in _PARTS:
            held = {part: _plain(getattr(held, part)) for part in held.__dataclass_fields__}
        value[name] = _plain(held)
    return value


def _plain(held: object) -> object:
    if isinstance(held, datetime):
        return rfc3339(held)
    return list(held) if isinstance(held, tuple) else held


def call_json(call: Call) -> str:
    """Return the call as one line of JSON."""
    return json.dumps(call_value(call), ensure_ascii=False, separators=(",", ":"))


def call_from_json(text: str) -> Call:
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
