"""Correcting a contact by hand: which field the CRM complains about, and what a person's values become.

Values pass the same rules as a lead's answers; what passes counts as edited, and no later lead overwrites it.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from connector.domain.contact import Contact, Email, Phone
from connector.domain.delivery import FieldError
from connector.domain.repair_desk import VALUE_CHARS_MAX, Desk, lines
from connector.domain.striking import struck
from connector.domain.times import rfc3339

NAMED_CHARS_MAX = 200
"""As far as a CRM's name of a field is read."""

SINGLES: Mapping[str, str] = {
    "full_name": "Name",
    "given_name": "First name",
    "family_name": "Last name",
    "organization": "Organisation",
    "job_title": "Job",
    "birthday": "Birthday",
}
"""Fields with one value → what a person calls them."""

_ALIASES: Mapping[str, str] = {
    **dict.fromkeys(("email", "e-mail", "mail", "email_address", "e_mail"), "emails"),
    **dict.fromkeys(("phone", "mobile", "phone_number", "telephone", "tel"), "phones"),
    **dict.fromkeys(("name", "fullname"), "full_name"),
    **dict.fromkeys(("first_name", "firstname"), "given_name"),
    **dict.fromkeys(("last_name", "lastname", "surname"), "family_name"),
    **dict.fromkeys(("company", "company_name", "organisation"), "organization"),
    **dict.fromkeys(("birthdate", "birth_date", "date_of_birth", "dob"), "birthday"),
    **dict.fromkeys(("custom", "custom_field"), "custom_fields"),
}
_WRAPPERS = frozenset({"data", "contact", "body"})
_SEPARATORS = re.compile(r"[.\[\]/\"' ]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairField:
    """One value that a person may change. `place` names it in a form: `emails.0`, `full_name`, `custom_fields.<key>`.

    `messages` are the CRM's complaints about it.
    """

    place: str
    label: str
    value: str = field(repr=False)
    messages: tuple[str, ...] = ()
    has_lines: bool = False  # several values, one a line


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value before and after, as shown to people."""

    place: str
    before: str = field(repr=False)
    after: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """The contact as corrected and everything of it that people edited; no `changes`: it stays as it was."""

    contact: Contact
    edited: frozenset[str] = field(repr=False)
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Values that cannot be used: place → a sentence that says why."""

    messages: Mapping[str, str]


def repair_fields(
    contact: Contact, errors: Sequence[FieldError]
) -> tuple[tuple[RepairField, ...], tuple[str, ...]]:
    """Return everything that can be changed, what the CRM complains about first; and complaints of no such field."""
    places: dict[str, list[str]] = {}
    others: list[str] = []
    for error in errors:
        place = place_of(contact, error.field)
        if place is None:
            others.append(f"{error.field}: {error.message}" if error.field else error.message)
        else:
            places.setdefault(place, []).append(error.message)
    offered = [
        replace(one, messages=tuple(places.get(one.place, ()))) for one in _fields(contact, frozenset(places))
    ]
    return tuple(sorted(offered, key=lambda one: not one.messages)), tuple(others)


def place_of(contact: Contact, named: str) -> str | None:
    """Return the place that a CRM's name of a field means, None when it means none of ours. Total.

    Known are our own paths (`contact.phones[0].value`), the usual names (`phone`, `email`, `name`) and the keys of
    custom fields.
    """
    words = [word for word in _SEPARATORS.split(named[:NAMED_CHARS_MAX].strip().casefold()) if word]
    while words and words[0] in _WRAPPERS:
        words = words[1:]
    if not words:
        return None
    head, rest = _ALIASES.get(words[0], words[0]), words[1:]
    if head in SINGLES:
        return head
    if head in {"emails", "phones"}:
        entries = contact.emails if head == "emails" else contact.phones
        return _entry_place(head, [entry.primary for entry in entries], rest)
    keys = [one.key for one in contact.custom_fields]
    if head == "custom_fields" and rest and rest[0].isascii() and rest[0].isdigit():
        number = int(rest[0])
        return f"custom_fields.{keys[number]}" if number < len(keys) else None
    asked = ".".join(rest) if head == "custom_fields" else ".".join(words)
    key = next((key for key in keys if _plain(key) == asked), None)
    return f"custom_fields.{key}" if key is not None else None


def corrected(
    contact: Contact,
    edited: Collection[str],
    values: Mapping[str, str],
    *,
    country_hint: str | None,
    now: datetime,
) -> Corrected | Refused:
    """Return the contact with a person's values, or every reason why they cannot be used. Total.

    `values` by place; places that do not exist and values that are as before change nothing. An empty value takes
    an address or a number away and leaves a single field empty for good.
    """
    offered = {one.place: one for one in _fields(contact, frozenset(values))}
    given = {place: _storable(value) for place, value in values.items() if place in offered}
    given = {place: value for place, value in given.items() if lines(value) != lines(offered[place].value)}
    if not given:
        return Corrected(contact=contact, edited=frozenset(edited))
    desk = Desk(contact, country_hint, now.date())
    for place, value in given.items():
        desk.take(place, value)
    if desk.messages:
        return Refused(messages=desk.messages)
    changes = tuple(
        Change(place=place, before=offered[place].value, after=value) for place, value in given.items()
    )
    result = replace(desk.result(), updated_at=rfc3339(now))
    kept = {struck(email) for email in result.emails} | {struck(phone) for phone in result.phones}
    return Corrected(contact=result, edited=(frozenset(edited) | desk.edited) - kept, changes=changes)


def _fields(contact: Contact, asked: Collection[str]) -> list[RepairField]:
    """Return every value that can be changed; of what is empty only what is asked for or what reaches people."""
    found = [
        RepairField(place=name, label=label, value=getattr(contact, name) or "")
        for name, label in SINGLES.items()
        if getattr(contact, name) or name in asked or name == "full_name"
    ]
    found += _entry_fields("emails", "E-mail", contact.emails)
    found += _entry_fields("phones", "Phone", contact.phones)
    found += [
        RepairField(
            place=f"custom_fields.{one.key}", label=one.label, value="\n".join(one.values), has_lines=True
        )
        for one in contact.custom_fields
    ]
    return found


def _entry_fields(head: str, label: str, entries: Sequence[Email] | Sequence[Phone]) -> list[RepairField]:
    values = [entry.value or entry.raw for entry in entries] or [""]
    return [
        RepairField(
            place=f"{head}.{number}",
            label=label if len(values) == 1 else f"{label} {number + 1}",
            value=" ".join(value.split())[:VALUE_CHARS_MAX],
        )
        for number, value in enumerate(values)
    ]


def _entry_place(head: str, are_primary: Sequence[bool], rest: Sequence[str]) -> str:
    """Return the entry that is named by its number, else the primary one."""
    number = are_primary.index(True) if True in are_primary else 0
    if rest and rest[0].isascii() and rest[0].isdigit() and int(rest[0]) < len(are_primary):
        number = int(rest[0])
    return f"{head}.{number}"


def _plain(key: str) -> str:
    """Return a key as it is compared: the way a CRM's name of it is taken apart."""
    return ".".join(word for word in _SEPARATORS.split(key[:NAMED_CHARS_MAX].casefold()) if word)


def _storable(value: str) -> str:
    """Return the text without what cannot be stored everywhere: NUL and lone surrogates."""
    return value.encode("utf-8", "ignore").decode().replace("\0", "").strip()
