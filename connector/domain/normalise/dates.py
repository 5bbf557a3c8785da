"""Birth dates. The provider's format is not fixed: several are read, none is guessed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from connector.domain.contact import Flag
from connector.domain.normalise.answers import Given
from connector.domain.normalise.locales import date_order
from connector.domain.normalise.text import clean, said

MAX_DATE_CHARS = 64
_OLDEST_YEARS = 120
_CHILD_YEARS = 13  # COPPA, 16 CFR part 312: no collection without a parent's consent
_MINOR_YEARS = 18
_MONTHS_A_YEAR = 12

_TIME = r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(?:Z|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = re.compile(rf"(?P<y>\d{{4}})(?P<sep>[-/.])(?P<m>\d{{1,2}})(?P=sep)(?P<d>\d{{1,2}}){_TIME}")
_BASIC = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})")
_YEAR_LAST = re.compile(r"(?P<a>\d{1,2})(?P<sep>[-/.]) ?(?P<b>\d{1,2})(?P=sep) ?(?P<y>\d{4})")
_MONTH_DAY = re.compile(r"(?P<m>[A-Za-z]{3,9})\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?(?:, ?| )(?P<y>\d{4})")
_DAY_MONTH = re.compile(
    r"(?P<d>\d{1,2})(?:st|nd|rd|th)?(?: of |[ -])(?P<m>[A-Za-z]{3,9})\.?(?:, ?|[ -])(?P<y>\d{4})"
)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH_NUMBERS = {
    **{name: n for n, name in enumerate(_MONTHS, 1)},
    **{name[:3]: n for n, name in enumerate(_MONTHS, 1)},
    "sept": 9,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Birthday:
    """An ISO date, what to flag, and the answers that gave no date: they are kept elsewhere."""

    iso: str | None = None
    flags: tuple[Flag, ...] = ()
    unused: tuple[Given, ...] = ()


def birthday(answers: Sequence[Given], *, locale: str | None, at: datetime) -> Birthday:
    """Return the first date that can be told; `at` is when the lead was made, for the age."""
    unused: list[Given] = []
    flags: list[Flag] = []
    born: date | None = None
    for one in answers:
        text = said(one.value)
        if text is None:
            continue
        read = parse_birthday(text, order=date_order(locale), today=at.date())
        if isinstance(read, str):
            flags.append(read)
            unused.append(one)
        elif born is None:
            born = read
        elif born != read:
            unused.append(one)
    if born is not None:
        flags.extend(age_flags(born, at.date()))
    return Birthday(
        iso=born.isoformat() if born else None, flags=tuple(dict.fromkeys(flags)), unused=tuple(unused)
    )


def parse_birthday(text: str, *, order: str | None, today: date) -> date | Flag:
    """Return the date `text` tells, or the flag that says why not. `order` settles 03/04/1990 only.

    Year-first orders say nothing about a year that stands last.
    """
    born = parse_date(text, order=order)
    if isinstance(born, str):
        return "dob_ambiguous" if born == "ambiguous" else "dob_invalid"
    return born if 0 <= _years(born, today) <= _OLDEST_YEARS else "dob_invalid"


def parse_date(text: str, *, order: str | None) -> date | Literal["ambiguous", "invalid"]:
    """Return the date that `text` tells, of whatever year; a time of day behind it is left out."""
    text = clean(text)
    parts = _parts(text, order) if len(text) <= MAX_DATE_CHARS else None
    if parts == "ambiguous":
        return "ambiguous"
    if parts is None or isinstance(parts, str):
        return "invalid"
    try:
        return date(*parts)
    except ValueError:
        return "invalid"


def _parts(text: str, order: str | None) -> tuple[int, int, int] | str | None:
    """Return year, month and day, 'ambiguous', or None when `text` is no date in a form we read."""
    if match := _YEAR_FIRST.fullmatch(text) or _BASIC.fullmatch(text):
        return int(match["y"]), int(match["m"]), int(match["d"])
    if match := _MONTH_DAY.fullmatch(text) or _DAY_MONTH.fullmatch(text):
        month = _MONTH_NUMBERS.get(match["m"].lower())
        return (int(match["y"]), month, int(match["d"])) if month else None
    if match := _YEAR_LAST.fullmatch(text):
        if match["sep"] == ".":  # written so only where the day stands first
            return int(match["y"]), int(match["b"]), int(match["a"])
        return _year_last(int(match["a"]), int(match["b"]), int(match["y"]), order)
    return None


def _year_last(a: int, b: int, year: int, order: str | None) -> tuple[int, int, int] | str:
    if order == "dmy" and b <= _MONTHS_A_YEAR:
        return year, b, a
    if order == "mdy" and a <= _MONTHS_A_YEAR:
        return year, a, b
    if a > _MONTHS_A_YEAR or a == b:
        return year, b, a
    return (year, a, b) if b > _MONTHS_A_YEAR else "ambiguous"


def _years(born: date, today: date) -> int:
    """Return completed years; a child of 29 February completes one on 1 March. Negative before birth."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def age_flags(born: date, today: date) -> tuple[Flag, ...]:
    """Return what to flag about somebody's age."""
    years = _years(born, today)
    if years < _CHILD_YEARS:
        return ("minor_under_13",)
    return ("minor",) if years < _MINOR_YEARS else ()
