"""Drive's own description of itself, as googleapiclient ships it: what may be asked, and with which parameters."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from adapters.sandbox.google.objects import Json
from adapters.sandbox.google.replies import drive_refusal

_TYPES: Mapping[str, type] = {"string": str, "boolean": bool, "array": list, "object": dict, "integer": int}
_BOOLEANS = frozenset({"true", "false"})
_PLACEHOLDER = re.compile(r"\{\+?(\w+)\}")
_SPLIT = re.compile(r"(\{\+?\w+\})")


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the API. `parameters` include those that every method takes."""

    id: str
    http_method: str
    pattern: re.Pattern[str]
    parameters: Mapping[str, Mapping[str, Any]]
    body: str  # name of the schema; empty: none
    result: str
    scopes: frozenset[str]
    takes_media: bool
    gives_media: bool


@cache
def document() -> dict[str, Any]:
    """Return the whole document, read once."""
    file = resources.files("googleapiclient") / "discovery_cache" / "documents" / "drive.v3.json"
    read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return read


@cache
def methods() -> tuple[Method, ...]:
    """Return every method; those with fewer placeholders first, so that `generateIds` is no file's id."""
    found = [
        _method(described)
        for resource in document()["resources"].values()
        for described in resource.get("methods", {}).values()
    ]
    return tuple(sorted(found, key=lambda method: method.pattern.groups))


def find(http_method: str, path: str) -> tuple[Method, dict[str, str]]:
    """Return method and path parameters for a path below `/drive/v3/`. Raises Refusal with 404."""
    for method in methods():
        match = method.pattern.fullmatch(path)
        if match is not None and method.http_method == http_method:
            return method, match.groupdict()
    raise drive_refusal("notFound", "Not Found")


def check(method: Method, query: Mapping[str, str], record: Json | None) -> None:
    """Refuse with 400 whatever the document does not have. Raises Refusal."""
    for name, value in query.items():
        described = method.parameters.get(name)
        if described is None or described.get("location") != "query":
            raise drive_refusal("invalidParameter", f"Unknown parameter: {name}")
        _check_value(name, value, described)
    for name, described in method.parameters.items():
        if described.get("required") and described.get("location") == "query" and name not in query:
            raise drive_refusal("required", f"Required parameter: {name}")
    if record is not None:
        if not method.body:
            raise drive_refusal("badRequest", "This method takes no body.")
        check_record(record, properties(method.body))


def check_record(record: Mapping[str, object], known: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse keys and types that the schema does not have: Drive ignores such keys, which hides mistakes."""
    for name, value in record.items():
        if name not in known:
            raise drive_refusal("invalid", f"Unknown name in the body: {name}")
        if value is not None:  # null takes a value away
            _check_member(name, value, known[name])


def _check_member(name: str, value: object, described: Mapping[str, Any]) -> None:
    if "$ref" in described:
        described = {"type": "object", "properties": properties(described["$ref"])}
    kind = described.get("type", "")
    if kind in _TYPES and not isinstance(value, _TYPES[kind]):
        raise drive_refusal("invalid", f"Invalid value for {name}: it must be of the type {kind}.")
    if isinstance(value, list):
        for one in value:
            _check_member(name, one, described["items"])
    if isinstance(value, dict) and "additionalProperties" in described:
        for below, one in value.items():
            if one is not None:
                _check_member(f"{name}.{below}", one, described["additionalProperties"])
    elif isinstance(value, dict):
        check_record(value, described.get("properties", {}))


def properties(schema: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the properties of a named schema."""
    found: Mapping[str, Mapping[str, Any]] = document()["schemas"][schema].get("properties", {})
    return found


def _check_value(name: str, value: str, described: Mapping[str, Any]) -> None:
    kind = described.get("type")
    if kind == "boolean" and value not in _BOOLEANS:
        raise drive_refusal("invalidParameter", f"Invalid boolean value: {name}")
    if "enum" in described and value not in described["enum"]:
        raise drive_refusal("invalidParameter", f"Invalid value: {name}")
    if kind == "integer":
        _check_number(name, value, described)


def _check_number(name: str, value: str, described: Mapping[str, Any]) -> None:
    number = int(value) if re.fullmatch(r"-?[0-9]{1,10}", value) else None
    low, high = int(described.get("minimum", -(2**31))), int(described.get("maximum", 2**31 - 1))
    if number is None or not low <= number <= high:
        raise drive_refusal(
            "invalidParameter", f"Invalid value: {name}. Values must be within [{low}, {high}]"
        )


def _method(described: Mapping[str, Any]) -> Method:
    return Method(
        id=described["id"],
        http_method=described["httpMethod"],
        pattern=_pattern(described["path"]),
        parameters={**document()["parameters"], **described.get("parameters", {})},
        body=described.get("request", {}).get("$ref", ""),
        result=described.get("response", {}).get("$ref", ""),
        scopes=frozenset(described.get("scopes", ())),
        takes_media=described.get("supportsMediaUpload", False),
        gives_media=described.get("supportsMediaDownload", False),
    )


def _pattern(path: str) -> re.Pattern[str]:
    parts = _SPLIT.split(path)
    named = (_PLACEHOLDER.fullmatch(part) for part in parts)
    joined = (
        f"(?P<{match[1]}>[^/]+)" if match else re.escape(part)
        for part, match in zip(parts, named, strict=True)
    )
    return re.compile("".join(joined))
