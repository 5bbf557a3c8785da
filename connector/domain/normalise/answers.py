"""Sort a lead's answers by what they mean. The form's question type decides; names only without one."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from connector.domain.lead import Answer, Form, Lead, Question
from connector.domain.mapping.rules import NO_MAPPING, FormMapping, Rule, Target

Field = Literal[
    "full_name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "street",
    "city",
    "state",
    "postal_code",
    "country",
    "birthday",
    "gender",
    "organization",
    "job_title",
    "custom",
]

_BY_TARGET: Mapping[Target, tuple[Field, str]] = {
    "full_name": ("full_name", ""),
    "given_name": ("first_name", ""),
    "family_name": ("last_name", ""),
    "email": ("email", "main"),
    "work_email": ("email", "work"),
    "phone": ("phone", "main"),
    "work_phone": ("phone", "work"),
    "whatsapp": ("phone", "whatsapp"),
    "street_address": ("street", ""),
    "locality": ("city", ""),
    "region": ("state", ""),
    "postal_code": ("postal_code", ""),
    "country": ("country", ""),
    "birthday": ("birthday", ""),
    "gender": ("gender", ""),
    "organization": ("organization", ""),
    "job_title": ("job_title", ""),
}
"""What a form's mapping may name → contact field and label."""

UNNAMED = "unnamed"
"""The key of an answer that came without a name: it is kept too."""

_BY_TYPE: dict[str, tuple[Field, str]] = {
    "FULL_NAME": ("full_name", ""),
    "FIRST_NAME": ("first_name", ""),
    "LAST_NAME": ("last_name", ""),
    "EMAIL": ("email", "main"),
    "WORK_EMAIL": ("email", "work"),
    "PHONE": ("phone", "main"),
    "PHONE_OTP": ("phone", "main"),
    "USER_PROVIDED_PHONE_NUMBER": ("phone", "main"),
    "WORK_PHONE_NUMBER": ("phone", "work"),
    "WHATSAPP_NUMBER": ("phone", "whatsapp"),
    "STREET_ADDRESS": ("street", ""),
    "ADDRESS_LINE_TWO": ("street", ""),
    "FULL_ADDRESS": ("street", ""),
    "CITY": ("city", ""),
    "STATE": ("state", ""),
    "PROVINCE": ("state", ""),
    "ZIP": ("postal_code", ""),
    "POST_CODE": ("postal_code", ""),
    "COUNTRY": ("country", ""),
    "DOB": ("birthday", ""),
    "GENDER": ("gender", ""),
    "COMPANY_NAME": ("organization", ""),
    "JOB_TITLE": ("job_title", ""),
}
"""Question type → contact field and label. Every other type, known or new, is a custom field."""

_BY_DEFAULT_NAME: dict[str, tuple[Field, str]] = {
    **{kind.lower(): meaning for kind, meaning in _BY_TYPE.items()},
    "phone_number": ("phone", "main"),
    "zip_code": ("postal_code", ""),
    "date_of_birth": ("birthday", ""),
}
"""The provider's default names, for answers whose question cannot be read."""

_UTM = "utm_"
_TECHNICAL = frozenset(["inbox_url"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One value of one answer, with the question it answers when the form tells.

    `rule` is the mapping's word on it and `typed` what the value is under that rule; `name` is the answer's own key,
    which `key` is too unless the rule gives another.
    """

    key: str
    label: str
    value: str
    field: Field = "custom"
    contact_label: str = ""  # main, work, whatsapp
    question: Question | None = None
    name: str = ""
    rule: Rule | None = None
    typed: int | float | bool | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Every value that is not blank, in the order given."""

    given: tuple[Given, ...]
    utm: dict[str, str] = field(default_factory=dict)

    def of(self, *fields: Field) -> tuple[Given, ...]:
        """Return the values that belong to these contact fields, in the order given."""
        return tuple(one for one in self.given if one.field in fields)


def sort_answers(lead: Lead, form: Form | None, mapping: FormMapping = NO_MAPPING) -> Answers:
    """Return the lead's answers by meaning; tracking parameters apart, technical links left out.

    A rule of the mapping decides before the question's type does, and for hidden fields too.
    """
    questions = questions_of(form)
    rules = {comparable(rule.question): rule for rule in mapping.rules}
    given: list[Given] = []
    utm: dict[str, list[str]] = {}
    for answer in lead.answers:
        name = comparable(answer.name)
        question = questions.get(name)
        values = [value for value in answer.values if value.strip()]
        if rule := rules.get(name):
            given.extend(_ruled(one, rule) for one in _given(answer, question, values))
            continue
        if question is None and name in _TECHNICAL:
            continue
        if question is None and name.startswith(_UTM) and name != _UTM:  # else its type decides
            found = utm.setdefault(name.removeprefix(_UTM), [])
            found.extend(value.strip() for value in values if value.strip() not in found)
            continue
        given.extend(_given(answer, question, values))
    return Answers(given=tuple(given), utm={key: ", ".join(found) for key, found in utm.items() if found})


def questions_of(form: Form | None) -> Mapping[str, Question]:
    """Return the form's questions by comparable key; of two that share one, the first."""
    found: dict[str, Question] = {}
    for question in form.questions if form else ():
        found.setdefault(comparable(question.key), question)
    return found


def _given(answer: Answer, question: Question | None, values: list[str]) -> Iterator[Given]:
    meaning = _meaning(comparable(answer.name), question)
    key = answer.name.strip() or UNNAMED
    label = (question.label.strip() if question else "") or key
    for value in values:
        yield Given(
            key=key,
            label=label,
            value=value,
            field=meaning[0],
            contact_label=meaning[1],
            question=question,
            name=key,
        )


def _ruled(one: Given, rule: Rule) -> Given:
    if rule.to == "custom":
        return replace(one, field="custom", contact_label="", key=rule.key, rule=rule)
    field_, label = _BY_TARGET[rule.to]
    return replace(one, field=field_, contact_label=label, rule=rule)


def _meaning(name: str, question: Question | None) -> tuple[Field, str]:
    if question is not None and question.type:
        return _BY_TYPE.get(question.type, ("custom", ""))
    return _BY_DEFAULT_NAME.get(name, ("custom", ""))


def usual_target(question: Question) -> Target | None:
    """Return the standard field that takes the question's answers without a rule; None: a custom field does."""
    meaning = _meaning(comparable(question.key), question)
    return next((target for target, known in _BY_TARGET.items() if known == meaning), None)


def is_hidden(name: str) -> bool:
    """Whether a comparable name is one of fields that no form shows: tracking parameters and technical links."""
    return name in _TECHNICAL or name.startswith(_UTM)


def comparable(name: str) -> str:
    """Return the form that two spellings of a key share: composed or decomposed, in either case."""
    return unicodedata.normalize("NFC", name.strip()).casefold()
