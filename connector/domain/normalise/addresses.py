"""The postal address: texts as given, codes only where they are certain."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import pycountry

from connector.domain.contact import Address, Flag
from connector.domain.normalise.answers import Answers, Given
from connector.domain.normalise.countries import country_code
from connector.domain.normalise.text import clean, fold, said

MAX_STATE_CHARS = 100
_NO_CODES: frozenset[str] = frozenset()
_STATE_CODES = frozenset(["NA", "NO"])
_COUNTRY_CODES = frozenset(["NA", "Na", "na", "NO", "No", "no"])
"""Words that elsewhere say nothing. A list of countries has no other use for them: Namibia and Norway."""
_SHEET_PREFIX = re.compile(r"z:\s*", re.IGNORECASE)
_FLOAT = re.compile(r"(\d+)\.0+")
_BRACKETS = re.compile(r"^(.+?) \[(.+)\]$")
_INVERTED = re.compile(r"^([^,]+), ([^,]+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The address when any part was given, what to flag, and the answers that found no place in it."""

    address: Address | None
    country_code: str | None
    flags: tuple[Flag, ...]
    unused: tuple[Given, ...]


def place(answers: Answers) -> Place:
    """Return the address the answers tell: all street lines, else the first real answer of each kind."""
    street = ", ".join(text for one in answers.of("street") if (text := said(one.value)))
    city, more_cities = first_said(answers.of("city"))
    state, more_states = first_said(answers.of("state"), codes=_STATE_CODES)
    postal, more_postal = first_said(answers.of("postal_code"))
    country, more_countries = first_said(answers.of("country"), codes=_COUNTRY_CODES)
    code = country_code(country) if country else None
    address = Address(
        street_address=street or None,
        locality=city,
        region=state,
        region_code=region_code(state, code) if state and code else None,
        postal_code=postal_code(postal) if postal else None,
        country=country,
        country_code=code,
    )
    return Place(
        address=address if address != Address() else None,
        country_code=code,
        flags=("country_unrecognized",) if country and not code else (),
        unused=more_cities + more_states + more_postal + more_countries,
    )


def first_said(
    answers: Sequence[Given], *, codes: frozenset[str] = _NO_CODES
) -> tuple[str | None, tuple[Given, ...]]:
    """Return the first real answer, cleaned, and the other ones that differ.

    `codes` are words that answer here: of a state NA (Naples) and NO (Novara), in capitals only.
    """
    texts = ((said(one.value, words=clean(one.value) not in codes), one) for one in answers)
    real = [(text, one) for text, one in texts if text]
    first = real[0][0] if real else None
    return first, tuple(one for text, one in real[1:] if text != first)


def postal_code(text: str) -> str:
    """Return the code in upper case, without a sheet's prefix or a spreadsheet's `.0`; never validated."""
    text = _SHEET_PREFIX.sub("", text, count=1) if _SHEET_PREFIX.match(text) else text
    return (match[1] if (match := _FLOAT.fullmatch(text)) else text).upper()


def region_code(state: str, country: str) -> str | None:
    """Return the ISO 3166-2 code when `state` is exactly a code or ISO's own name, accents aside."""
    return _regions(country).get(fold(state)) if len(state) <= MAX_STATE_CHARS else None


@lru_cache(maxsize=256)
def _regions(country: str) -> dict[str, str]:
    """Return folded code and name → code; a name that two regions share is no key."""
    regions = pycountry.subdivisions.get(country_code=country) or ()  # type: ignore[no-untyped-call]  # pycountry has no types
    found: dict[str, set[str]] = {}
    for region in regions:
        for name in _names(region.name):
            found.setdefault(fold(name), set()).add(region.code)
    names = {name: min(codes) for name, codes in found.items() if len(codes) == 1}
    full = {fold(region.code): region.code for region in regions}
    short = {fold(region.code.partition("-")[2]): region.code for region in regions}
    return names | full | short


def _names(name: str) -> tuple[str, ...]:
    """Return ISO's name and what it writes in one: 'Galicia [Galicia]', 'Madrid, Comunidad de'."""
    if match := _BRACKETS.match(name):
        return name, match[1], match[2]
    if match := _INVERTED.match(name):
        return name, f"{match[2]} {match[1]}"
    return (name,)
