"""The other party's number: E.164 where it certainly is one, else as given."""

import re
from dataclasses import dataclass

import phonenumbers

from connector.domain.errors import BadInputError
from connector.domain.normalise.phone_numbers import Region, read_phone

_AFTER_NUMBER = re.compile(
    r"(?P<number>[^,;pPwWxX]*\d[^,;pPwWxX]*)(?:[,;pPwWxX]+)(?P<extension>[\d*#,;]{1,40})"
)
_DIALLED = re.compile(r"[+\uff0b]?[\d\s().\-\u2010-\u2015/\u00a0]+")
_ABSENT = {"": 3, "-1": 3, "-2": 2, "-3": 4}
"""What old phones write instead of a number, and the presentation that it means."""
_SHORTEST = 5
"""Digits; below it is a short code or the phone's own service, whatever a country's plan allows."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Dialled:
    """A number as read: E.164 or null, what was dialled behind it, the presentation that its absence means."""

    e164: str | None = None
    extension: str | None = None
    presentation: int | None = None


def read_number(raw: str, *, region: str | None, normalized: str = "") -> Dialled:
    """Return what `raw` dials, national numbers by `region` (alpha-2). `normalized` is the phone's own reading.

    Short codes, names (`VM-BANK`), SIP addresses and `-1` to `-3` are no E.164.
    """
    text = raw.strip()
    if text in _ABSENT:
        return Dialled(presentation=_ABSENT[text])
    extension = None
    if split := _AFTER_NUMBER.fullmatch(text):
        text, extension = split["number"], split["extension"]
    if not _DIALLED.fullmatch(text) or sum(map(str.isdigit, text)) < _SHORTEST:
        return Dialled(extension=extension)
    regions: tuple[Region, ...] = ((region.upper(), "country_hint"),) if region else ()
    return Dialled(e164=_e164(text, regions) or _e164(normalized, ()), extension=extension)


def own_number(raw: str, *, region: str | None) -> str | None:
    """Return an employee's number as E.164; phones leave its plus out at times."""
    return read_number(raw, region=region).e164


def _e164(text: str, regions: tuple[Region, ...]) -> str | None:
    if not text:
        return None
    reading = read_phone(text, regions)
    if len(reading.numbers) != 1 or "phone_extracted" in reading.flags:
        return None
    return reading.numbers[0].e164


def region_named(text: str | None) -> str | None:
    """Return a country as numbers are read by, alpha-2 in capitals; None of none. Raises BadInputError."""
    if not text:
        return None
    if text.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise BadInputError(f"{text!r} is no ISO 3166 country code; India is IN.")
    return text.upper()
