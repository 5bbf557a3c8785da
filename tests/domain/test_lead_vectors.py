"""Every test vector holds; what a vector does not name is free."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connector.domain.preview import contact_from_input

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
FILE = Path(__file__).parent.parent / "data" / "leads" / "vectors.jsonl"
VECTORS = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def differences(expected: Any, got: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(expected, dict):
        for key, value in expected.items():
            if key == "flags":
                yield from (f"{path}.{flag} is missing" for flag in value if flag not in got["flags"])
            elif key == "flags_absent":
                yield from (f"{path}.{flag} is there" for flag in value if flag in got["flags"])
            else:
                yield from differences(value, (got or {}).get(key), f"{path}.{key}")
    elif isinstance(expected, list):
        members = list(got or ())
        if len(members) != len(expected):
            yield f"{path}: {len(members)} members instead of {len(expected)}: {members}"
        for n, (one, other) in enumerate(zip(expected, members, strict=False)):
            yield from differences(one, other, f"{path}[{n}]")
    elif expected != got:
        yield f"{path}: {got!r} instead of {expected!r}"


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
def test_vector_holds(vector: dict[str, Any]) -> None:
    contact = contact_from_input(vector["input"], now=NOW)
    assert list(differences(vector["expect"], asdict(contact))) == [], vector["why"]


def test_all_vectors_are_here() -> None:
    assert len(VECTORS) == 84
    assert len({vector["id"] for vector in VECTORS}) == 84


def test_a_whole_line_is_unwrapped() -> None:
    line = VECTORS[0]
    assert contact_from_input(line, now=NOW) == contact_from_input(line["input"], now=NOW)
