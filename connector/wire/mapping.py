"""A form's mapping as JSON: as it is stored, and as the API and the command line show and take it."""

import json
from functools import lru_cache
from typing import Any

from connector.domain.mapping.reading import read_mapping
from connector.domain.mapping.rules import FormMapping, Rule


def mapping_value(mapping: FormMapping) -> dict[str, Any]:
    """Return the mapping as JSON values; `read_mapping` reads it back."""
    return {
        "rules": [_rule_value(rule) for rule in mapping.rules],
        "opt_ins": [{"checkbox": one.checkbox, "opt_in": one.opt_in} for one in mapping.opt_ins],
        "split_full_name": mapping.split_full_name,
    }


def mapping_json(mapping: FormMapping) -> str:
    """Return the mapping as compact JSON."""
    return json.dumps(mapping_value(mapping), ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=256)
def mapping_from_json(text: str) -> FormMapping:
    """Return a mapping that we wrote. Raises ValueError on anything else."""
    read = read_mapping(json.loads(text))
    if not isinstance(read, FormMapping):
        raise ValueError("a stored mapping cannot be read")  # noqa: TRY004 - its type is right, its content is not
    return read


def _rule_value(rule: Rule) -> dict[str, Any]:
    value: dict[str, Any] = {"question": rule.question, "to": rule.to, "on_problem": rule.on_problem}
    if rule.to == "custom":
        value |= {"key": rule.key, "type": rule.type}
    if rule.options:
        value["options"] = dict(rule.options)
    return value
