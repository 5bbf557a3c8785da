"""One correction of a contact: a person's values, each through the rules that a lead's answers pass."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from connector.domain.contact import Contact, CustomField, Email, Flag, MappedField, Phone, in_order
from connector.domain.merging import with_primary
from connector.domain.normalise.dates import age_flags, parse_birthday
from connector.domain.normalise.emails import email_address
from connector.domain.normalise.phone_numbers import read_phone
from connector.domain.normalise.phones import regions
from connector.domain.normalise.text import clean
from connector.domain.normalise.typed_values import plain_value
from connector.domain.striking import entry_key, struck, with_true_flags

VALUE_CHARS_MAX = 2000
"""The longest value that a person may give; no field of a form needs as much."""

_NAME_FLAGS = frozenset[Flag](["name_placeholder", "name_all_caps"])
_BIRTH_FLAGS = frozenset[Flag](["dob_ambiguous", "dob_invalid", "minor", "minor_under_13"])
_Entry = TypeVar("_Entry", Email, Phone)


class Desk:
    """Takes one value after the other; the lists keep their places until the end."""

    def __init__(self, contact: Contact, country_hint: str | None, today: date) -> None:
        self.messages: dict[str, str] = {}
        self.edited: set[str] = set()
        self._contact = contact
        self._emails: list[Email | None] = list(contact.emails)
        self._phones: list[Phone | None] = list(contact.phones)
        self._today = today
        answered = next((one.country_code for one in contact.addresses if one.country_code), None)
        self._regions = regions(answer=answered, hint=country_hint, locale=None)

    def take(self, place: str, value: str) -> None:
        """Apply one value or note why not."""
        kind, _, rest = place.partition(".")
        if len(value) > VALUE_CHARS_MAX:
            self.messages[place] = f"This is longer than {VALUE_CHARS_MAX} characters."
        elif kind == "emails":
            self._place(place, self._emails, int(rest), _email(value))
        elif kind == "phones":
            self._place(place, self._phones, int(rest), self._phone(value))
        elif kind == "custom_fields":
            self._custom(place, rest, lines(value))
        elif kind == "birthday":
            self._birthday(value)
        else:
            self._single(kind, clean(value) or None)

    def result(self) -> Contact:
        """Return the contact with everything that was taken."""
        emails = _once([one for one in self._emails if one is not None])
        phones = _once([one for one in self._phones if one is not None])
        contact = replace(self._contact, emails=with_primary(emails), phones=with_primary(phones))
        return with_true_flags(contact)

    def _place(
        self, place: str, entries: "list[_Entry | None]", number: int, new: "_Entry | str | None"
    ) -> None:
        old = entries[number] if number < len(entries) else None
        if isinstance(new, str):
            self.messages[place] = new
            return
        if new is not None and old is not None:
            new = replace(new, labels=old.labels, primary=old.primary)
        if old is not None:
            self.edited.add(struck(old))
        entries[number : number + 1] = [new]

    def _phone(self, value: str) -> Phone | str | None:
        if not value:
            return None
        numbers = read_phone(value, self._regions).numbers
        if len(numbers) != 1:
            return "This is no phone number that can be called: write it with + and the country's code."
        (number,) = numbers
        return Phone(
            value=number.e164,
            raw=value,
            valid=True,
            region=number.region,
            line_type=number.line_type,
            extension=number.extension,
            region_source=number.source,
        )

    def _birthday(self, value: str) -> None:
        born = parse_birthday(value, order=None, today=self._today) if value else None
        if isinstance(born, str):
            self.messages["birthday"] = "Write the date as 1990-12-31."
            return
        age = age_flags(born, self._today) if born else ()
        if "minor_under_13" in age:
            self.messages["birthday"] = "Data of a child under 13 is not sent: erase the lead instead."
            return
        self._single("birthday", born.isoformat() if born else None)
        self._reflag(_BIRTH_FLAGS, age)

    def _single(self, name: str, value: str | None) -> None:
        changed: dict[str, Any] = {name: value}
        self._contact = replace(self._contact, **changed)
        self.edited.add(name)
        if name == "full_name":
            source = "full_name" if value else self._contact.name_source
            self._contact = replace(self._contact, name_source=source)
            self._reflag(_NAME_FLAGS)

    def _custom(self, place: str, key: str, values: tuple[str, ...]) -> None:
        self.edited.add(place)
        entries = tuple(
            _answered(one, values) if one.key == key else one for one in self._contact.custom_fields
        )
        self._contact = replace(self._contact, custom_fields=entries)

    def _reflag(self, gone: frozenset[Flag], flags: Collection[Flag] = ()) -> None:
        self._contact = replace(self._contact, flags=in_order((set(self._contact.flags) - gone) | set(flags)))


def _email(value: str) -> Email | str | None:
    if not value:
        return None
    address = email_address(value)
    if address is None:
        return "This is no e-mail address."
    return Email(value=address, raw=value, valid=True)


def _answered(one: CustomField, values: tuple[str, ...]) -> CustomField:
    """Return the field with these answers; those that name an option keep its label."""
    shown = {
        **dict(zip(one.value_labels, one.value_labels, strict=False)),
        **dict(zip(one.values, one.value_labels, strict=False)),
    }
    answered = replace(one, values=values, value_labels=tuple(shown.get(value, value) for value in values))
    if not isinstance(one, MappedField) or not isinstance(answered, MappedField):
        return answered
    known = dict(zip(one.values, one.typed_values, strict=False))
    typed = (known.get(value) if value in known else plain_value(one.type, value) for value in values)
    return replace(answered, typed_values=tuple(typed))


def _once(entries: Sequence[_Entry]) -> tuple[_Entry, ...]:
    """Return each address or number once: a corrected one may be there already."""
    found: dict[tuple[str, str | None], _Entry] = {}
    for entry in entries:
        key = (entry_key(entry), entry.extension if isinstance(entry, Phone) else None)
        known = found.get(key)
        found[key] = replace(known, primary=known.primary or entry.primary) if known else entry
    return tuple(found.values())


def lines(text: str) -> tuple[str, ...]:
    """Return the lines that say something, each with single spaces."""
    return tuple(" ".join(line.split()) for line in text.splitlines() if line.strip())
