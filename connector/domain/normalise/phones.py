"""Phone answers as entries of the contact: regions tried, duplicates joined, nothing dropped."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import phonenumbers

from connector.domain.contact import Flag, Phone, RegionSource, in_order
from connector.domain.normalise.answers import Given
from connector.domain.normalise.countries import country_code
from connector.domain.normalise.locales import territory
from connector.domain.normalise.phone_numbers import Reading, Region, read_phone
from connector.domain.normalise.text import compact, is_placeholder


def regions(*, answer: str | None, hint: str | None, locale: str | None) -> tuple[Region, ...]:
    """Return the regions to try, the surest first: the person's own, the configured one, the form's."""
    candidates: tuple[tuple[str | None, RegionSource], ...] = (
        (answer, "answer_country"),
        (country_code(hint or ""), "country_hint"),
        (territory(locale), "form_locale"),
    )
    found: dict[str, RegionSource] = {}
    for region, source in candidates:
        if region in phonenumbers.SUPPORTED_REGIONS:
            found.setdefault(region, source)
    return tuple(found.items())


def phones(answers: Sequence[Given], where: tuple[Region, ...]) -> tuple[tuple[Phone, ...], tuple[Flag, ...]]:
    """Return one entry per number (or per unreadable answer), the first valid one primary; what to flag."""
    entries: list[Phone] = []
    flags: set[Flag] = set()
    for one in answers:
        if is_placeholder(compact(one.value)):
            continue
        reading = read_phone(one.value, where)
        flags.update(reading.flags)
        entries.extend(_entries(one, reading))
        if not reading.numbers:
            flags.add("phone_invalid")
    joined = joined_phones((), entries)
    primary = next((n for n, phone in enumerate(joined) if phone.valid), None)
    return (
        tuple(replace(phone, primary=n == primary) for n, phone in enumerate(joined)),
        in_order(flags),
    )


def _entries(one: Given, reading: Reading) -> list[Phone]:
    labels = (one.contact_label,)
    if not reading.numbers:
        return [Phone(value=None, raw=one.value, valid=False, reason=reading.reason, labels=labels)]
    return [
        Phone(
            value=number.e164,
            raw=one.value,
            valid=True,
            region=number.region,
            line_type=number.line_type,
            extension=number.extension,
            region_source=number.source,
            labels=labels,
        )
        for number in reading.numbers
    ]


def joined_phones(known: Sequence[Phone], new: Iterable[Phone]) -> tuple[Phone, ...]:
    """Return `known` and what `new` adds: the same number again adds its labels and a missing extension.

    Two extensions of one number are two entries, for they are two people's desks.
    """
    entries = list(known)
    places: dict[str, list[int]] = {}
    for place, phone in enumerate(entries):
        places.setdefault(_key(phone), []).append(place)
    for phone in new:
        same = places.setdefault(_key(phone), [])
        match = next((n for n in same if _compatible(entries[n].extension, phone.extension)), None)
        if match is None:
            same.append(len(entries))
            entries.append(phone)
            continue
        entries[match] = replace(
            entries[match],
            labels=tuple(dict.fromkeys(entries[match].labels + phone.labels)),
            extension=entries[match].extension or phone.extension,
        )
    return tuple(entries)


def _key(phone: Phone) -> str:
    return phone.value or f"raw {phone.raw}"


def _compatible(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other
