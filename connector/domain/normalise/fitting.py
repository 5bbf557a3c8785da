"""Whether each mapped answer fits the field it is sent to, and what the rule wants done when it does not."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from connector.domain.mapping.rules import Policy, Target
from connector.domain.normalise.addresses import place
from connector.domain.normalise.answers import Answers, Given
from connector.domain.normalise.countries import country_code
from connector.domain.normalise.dates import parse_birthday
from connector.domain.normalise.emails import email_address
from connector.domain.normalise.genders import gender_of
from connector.domain.normalise.locales import date_order
from connector.domain.normalise.phone_numbers import Region, read_phone
from connector.domain.normalise.phones import regions
from connector.domain.normalise.text import said
from connector.domain.normalise.typed_values import WHY, typed_value

_WHY: dict[str, str] = {
    "email": "it is no e-mail address",
    "phone": "it is no phone number that can be called",
    "birthday": "it is no date of birth that can be read in one way only",
    "country": "it is no country that we know",
    "gender": "it is no word for a gender that we know",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """An answer that does not fit its field. `why` is a sentence's part and holds no word of the answer."""

    question: str
    to: Target | str  # a custom field's own key
    why: str
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class _Circumstances:
    """What else of the lead decides how an answer is read."""

    where: tuple[Region, ...]
    locale: str | None
    at: datetime


def fitted(
    answers: Answers, *, country_hint: str | None, locale: str | None, at: datetime
) -> tuple[Answers, tuple[Misfit, ...]]:
    """Return the answers with the values of custom fields, what was dropped back under its own key, and misfits."""
    if all(one.rule is None for one in answers.given):
        return answers, ()
    answered = place(answers).country_code
    around = _Circumstances(
        where=regions(answer=answered, hint=country_hint, locale=locale), locale=locale, at=at
    )
    misfits: list[Misfit] = []
    given = tuple(_fitted(one, around, misfits) for one in answers.given)
    return replace(answers, given=given), tuple(misfits)


def _fitted(one: Given, around: _Circumstances, misfits: list[Misfit]) -> Given:
    rule = one.rule
    if rule is None:
        return one
    if rule.to == "custom":
        typed, fits = typed_value(rule, one.value, one.question, around.locale)
        one, why = replace(one, typed=typed), WHY[rule.type]
    else:
        fits, why = _fits(one, around), _WHY.get(one.field, "it does not fit")
    if fits:
        return one
    to = rule.key if rule.to == "custom" else rule.to
    misfits.append(Misfit(question=one.name, to=to, why=why, policy=rule.on_problem))
    if rule.on_problem != "drop":
        return one
    return replace(one, field="custom", contact_label="", key=one.name, rule=None, typed=None)


def _fits(one: Given, around: _Circumstances) -> bool:
    """Whether a standard field takes the value; fields of free text take any."""
    text = said(one.value)
    if text is None:
        return True
    if one.field == "email":
        return email_address(one.value) is not None
    if one.field == "phone":
        return bool(read_phone(one.value, around.where).numbers)
    if one.field == "birthday":
        order = date_order(around.locale)
        return not isinstance(parse_birthday(text, order=order, today=around.at.date()), str)
    if one.field == "country":
        return country_code(text) is not None
    return one.field != "gender" or gender_of(text) is not None


def parked_for(misfits: tuple[Misfit, ...], form_id: str | None) -> str | None:
    """Return why a lead waits for a person, None when no misfit asks for that."""
    said = list(_reasons(misfits))
    if not said:
        return None
    return f"{' '.join(said)} Change the mapping of form {form_id or 'unknown'}, or try again once it fits."


def _reasons(misfits: tuple[Misfit, ...]) -> Iterator[str]:
    for one in dict.fromkeys(misfits):
        if one.policy == "park":
            yield f"The answer to “{one.question}” cannot go to {one.to}: {one.why}."
