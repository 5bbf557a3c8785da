"""Custom fields: every answer that is no standard field, and what a standard field could not hold."""

import re
import unicodedata
from collections.abc import Iterable

from connector.domain.contact import CustomField, MappedField
from connector.domain.lead import Question
from connector.domain.mapping.rules import FieldType
from connector.domain.normalise.answers import Given
from connector.domain.normalise.text import fold

_SPACES = re.compile(r"\s+")


def custom_fields(given: Iterable[Given]) -> tuple[CustomField, ...]:
    """Return one field per key, its values in the order given, each beside its option as shown."""
    by_key: dict[str, list[Given]] = {}
    for one in given:
        by_key.setdefault(one.key, []).append(one)
    return tuple(_field(key, answers) for key, answers in by_key.items())


def _field(key: str, answers: list[Given]) -> CustomField:
    ruled = next((one for one in answers if one.rule and one.rule.to == "custom"), None)
    labels = {id(question): option_labels(question) for one in answers if (question := one.question)}
    values = {one.value: labels.get(id(one.question), ()) for one in answers}
    plain = CustomField(
        key=key,
        label=answers[0].label,
        values=tuple(values),
        value_labels=tuple(shown(value, options) for value, options in values.items()),
    )
    return (
        plain if ruled is None or ruled.rule is None else _mapped(plain, ruled.name, ruled.rule.type, answers)
    )


def _mapped(plain: CustomField, question: str, kind: FieldType, answers: list[Given]) -> MappedField:
    typed: dict[str, int | float | bool | str | None] = {}
    for one in answers:
        if typed.get(one.value) is None:
            typed[one.value] = one.typed
    return MappedField(
        key=plain.key,
        label=plain.label,
        values=plain.values,
        value_labels=plain.value_labels,
        question=question,
        type=kind,
        typed_values=tuple(typed[value] for value in plain.values),
    )


Options = tuple[dict[str, set[str]], ...]
"""How answers may name an option, the surest way first, and the labels so named."""


def option_labels(question: Question) -> Options:
    """Answers carry the option's key, or a slug of its text when the author set no keys."""
    options: Options = ({}, {}, {}, {}, {})
    for option in question.options:
        if not option.label.strip():
            continue
        names = (option.key, option.label, _slug(option.key), _slug(option.label), _loose_slug(option.label))
        for table, name in zip(options, names, strict=True):
            if name:
                table.setdefault(name, set()).add(option.label)
    return options


def shown(value: str, options: Options) -> str:
    """Return the label of the option; the value itself when none, or more than one, goes by that name."""
    slug = _slug(value)
    # Only what the provider leaves out of its slugs is overlooked: `c#` is not the option C.
    loosest = slug if slug == _loose_slug(value) else ""
    for names, name in zip(options, (value, value, slug, slug, loosest), strict=False):
        if labels := names.get(name):
            return min(labels) if len(labels) == 1 else value
    return value


def _slug(text: str) -> str:
    return _SPACES.sub("_", fold(text))


def _loose_slug(text: str) -> str:
    """Return the words alone, no sign between them; the marks of Indic and Thai writing belong to words."""
    kept = (char if unicodedata.category(char)[0] in "LMN" else " " for char in fold(text.replace("&", " ")))
    return "_".join("".join(kept).split())
