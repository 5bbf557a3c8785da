"""Partial answers: `nextPageToken,files(id,capabilities/canAddChildren)`, checked against the schemas.

https://developers.google.com/workspace/drive/api/guides/fields-parameter
"""

import re
from collections.abc import Mapping
from typing import Any

from adapters.sandbox.google.drive.discovery import properties
from adapters.sandbox.google.replies import drive_refusal

_TOKEN = re.compile(r"[A-Za-z0-9_]+|[*,()/]")

Mask = dict[str, "Mask"]
"""Field → what is wanted of it; an empty mask wants all of it."""


def parse_fields(text: str) -> Mask:
    """Return the mask. Raises Refusal on what is no field selection."""
    tokens = _TOKEN.findall(text)
    if not tokens or "".join(tokens) != text.replace(" ", ""):
        raise _invalid(text)
    mask, rest = _members(tokens, text)
    if rest:
        raise _invalid(text)
    return mask


def select(
    record: Mapping[str, object], mask: Mask, schema: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return what the mask wants. Raises Refusal on a field that the schema does not have."""
    if not mask or "*" in mask:
        return dict(record)
    for name in mask:
        if name not in schema:
            raise _invalid(name)
    return {
        name: _member(record[name], wanted, schema[name]) for name, wanted in mask.items() if name in record
    }


def _member(value: object, mask: Mask, described: Mapping[str, Any]) -> object:
    below = _schema_of(described)
    if isinstance(value, list):
        return [select(one, mask, below) if isinstance(one, dict) else one for one in value]
    return select(value, mask, below) if isinstance(value, dict) and mask else value


def _schema_of(described: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    described = described.get("items", described)
    if "$ref" in described:
        return properties(described["$ref"])
    found: Mapping[str, Mapping[str, Any]] = described.get("properties", {})
    return found


def _members(tokens: list[str], text: str) -> tuple[Mask, list[str]]:
    mask: Mask = {}
    while True:
        tokens = _one(tokens, mask, text)
        if not tokens or tokens[0] != ",":
            return mask, tokens
        tokens = tokens[1:]


def _one(tokens: list[str], mask: Mask, text: str) -> list[str]:
    """Read `name`, `name/…` or `name(…)` into the mask and return what follows."""
    if not tokens or tokens[0] in {",", "(", ")", "/"}:
        raise _invalid(text)
    below = mask.setdefault(tokens[0], {})
    rest = tokens[1:]
    if rest and rest[0] == "/":
        return _one(rest[1:], below, text)
    if rest and rest[0] == "(":
        inner, rest = _members(rest[1:], text)
        below.update(inner)
        if not rest or rest[0] != ")":
            raise _invalid(text)
        return rest[1:]
    return rest


def _invalid(text: str) -> Exception:
    return drive_refusal("invalidParameter", f"Invalid field selection {text}")
