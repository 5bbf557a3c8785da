"""When a call began: epoch numbers, RFC 3339, and the local writings of exports, which need a zone."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from connector.domain.call import BadRowError, Precision, Warned
from connector.domain.errors import BadInputError

DateOrder = Literal["dmy", "mdy"]
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
"""What is older, or more than a day ahead, is a phone whose clock was wrong."""

_SECONDS_DIGITS, _MS_DIGITS = 10, 13
_EPOCH = re.compile(r"(\d+)(?:\.0+)?", re.ASCII)
_TIME = (
    r"(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?\s?(?P<ap>[ap]\.?m\.?)?"
    r"\s?(?P<off>z|utc|gmt|[+-]\d{2}(?::?\d{2})?)?"
)
_GAP = r"(?:t|,? |,)"
_WRITINGS = tuple(
    re.compile(rf"{date}(?:{_GAP}{_TIME})?", re.IGNORECASE | re.ASCII)
    for date in (
        r"(?P<y>\d{4})(?P<sep>[-/.])(?P<mo>\d{1,2})(?P=sep)(?P<d>\d{1,2})",
        r"(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})",
        r"(?P<d>\d{1,2})[ -](?P<name>[a-z]{3,9})\.?[ -](?P<y>\d{4})",
        r"(?P<name>[a-z]{3,9})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})",
    )
)
_TIME_ALONE = re.compile(_TIME, re.IGNORECASE | re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MDY_REGIONS = frozenset({"US", "PH", "PW", "FM", "MH", "AS", "GU", "MP", "PR", "VI"})
"""Where people write the month first. Source: CLDR, short date patterns."""
_HALF_DAY = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A date and time as written. `first`, `second`: day and month in the file's order, when the year is last."""

    year: int
    first: int
    second: int
    ordered: bool  # whether `first` and `second` wait for the file's order; else they are month and day
    dotted: bool  # 27.04.2017: nobody writes the month first with dots
    clock: tuple[int, int, int, int] | None  # hour, minute, second, ms
    precision: Precision
    offset: timezone | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An instant, UTC; how exact the source is; the offset and zone that it was written in."""

    at: datetime
    precision: Precision
    utc_offset_minutes: int | None = None
    tz: str | None = None
    warning: Warned | None = None


def zone_named(name: str) -> ZoneInfo:
    """Return an IANA zone. Raises BadInputError."""
    try:
        return _zone(name)
    except (KeyError, ValueError, OSError):
        raise BadInputError(f"{name[:60]!r} is no IANA time zone; India is Asia/Kolkata.") from None


_zone = lru_cache(maxsize=64)(ZoneInfo)


def order_of_region(region: str | None) -> DateOrder | None:
    """Return how dates are written in a country; None when no country is given."""
    if region is None:
        return None
    return "mdy" if region.upper() in _MDY_REGIONS else "dmy"


def epoch(text: str) -> Moment | None:
    """Return the instant of an epoch number: 10 digits are seconds, 13 milliseconds. None: it is no number.

    Raises BadRowError for any other count of digits.
    """
    found = _EPOCH.fullmatch(text)
    if found is None:
        return None
    digits = found[1]
    if len(digits) == _SECONDS_DIGITS:
        return Moment(at=datetime.fromtimestamp(int(digits), UTC), precision="s")
    if len(digits) == _MS_DIGITS:
        return Moment(at=_of_ms(int(digits)), precision="ms")
    raise BadRowError(f"the start has {len(digits)} digits: 10 are seconds, 13 milliseconds since 1970")


def _of_ms(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms // 1000, UTC) + timedelta(milliseconds=at_ms % 1000)


def written(text: str) -> Written | None:
    """Take a written date apart; None when it is none that we know. Numbers are not checked yet."""
    flat = " ".join(text.split())  # narrow spaces too, which new phones put before AM
    for pattern in _WRITINGS:
        found = pattern.fullmatch(flat) if len(flat) < 60 else None  # noqa: PLR2004 - the longest has 40
        if found:
            return _parts(found.groupdict())
    return None


def _parts(found: dict[str, str | None]) -> Written | None:
    year = int(found["y"] or 0)
    year += 2000 if len(found["y"] or "") == 2 else 0  # noqa: PLR2004 - two digits
    if name := found.get("name"):
        if name[:3].lower() not in _MONTHS:
            return None
        first, second = _MONTHS.index(name[:3].lower()) + 1, int(found["d"] or 0)
    elif found.get("mo"):
        first, second = int(found["mo"] or 0), int(found["d"] or 0)
    else:
        first, second = int(found["a"] or 0), int(found["b"] or 0)
    return Written(
        year=year,
        first=first,
        second=second,
        ordered=bool(found.get("a")),
        dotted=bool(found.get("a")) and found.get("sep") == ".",
        clock=_clock(found) if found["h"] else None,
        precision="ms" if found["f"] else "s" if found["s"] else "min",
        offset=_offset(found["off"]) if found["off"] else None,
    )


def _clock(found: dict[str, str | None]) -> tuple[int, int, int, int]:
    hour = int(found["h"] or 0)
    if half := found["ap"]:
        hour = hour % _HALF_DAY + (_HALF_DAY if half[0] in "pP" else 0)
    return hour, int(found["mi"] or 0), int(found["s"] or 0), int((found["f"] or "")[:3].ljust(3, "0"))


def _offset(text: str) -> timezone | None:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    if minutes >= 24 * 60:
        return None
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def instant(parts: Written, *, order: DateOrder, zone: ZoneInfo | None) -> Moment:
    """Return the instant of a written date. Raises BadRowError: no such day or hour, no time, no zone.

    An hour that the clocks skipped is read with the offset before the change, so it comes out shifted forward; one
    that came twice is the first; both with a warning.
    """
    if parts.clock is None:
        raise BadRowError("the start has a date and no time of day")
    month, day = (
        (parts.second, parts.first) if parts.ordered and order == "dmy" else (parts.first, parts.second)
    )
    hour, minute, second, ms = parts.clock
    try:
        local = datetime(parts.year, month, day, hour, minute, second, ms * 1000)  # noqa: DTZ001 - the zone comes below
        if parts.offset is not None:
            return _with_offset(local.replace(tzinfo=parts.offset), parts.precision)
        if zone is None:
            raise BadRowError("the start is a local time without a zone")
        return _in_zone(local.replace(tzinfo=zone), zone, parts.precision)
    except (ValueError, OverflowError):
        raise BadRowError("there is no such date or time") from None


def _with_offset(at: datetime, precision: Precision) -> Moment:
    return Moment(at=at.astimezone(UTC), precision=precision, utc_offset_minutes=_minutes(at))


def _in_zone(at: datetime, zone: ZoneInfo, precision: Precision) -> Moment:
    utc = at.astimezone(UTC)
    back = utc.astimezone(zone)
    warning: Warned | None = None
    if back.replace(tzinfo=None) != at.replace(tzinfo=None):
        warning = "dst_gap"
    elif at.replace(fold=1).utcoffset() != at.utcoffset():
        warning = "dst_overlap"
    return Moment(
        at=utc, precision=precision, utc_offset_minutes=_minutes(back), tz=zone.key, warning=warning
    )


def _minutes(at: datetime) -> int:
    offset = at.utcoffset() or timedelta()
    return round(offset.total_seconds() / 60)


def time_of_day(text: str) -> tuple[int, int, int] | None:
    """Return hour, minute, second of a time that stands without a date."""
    found = _TIME_ALONE.fullmatch(" ".join(text.split()))
    return _clock(found.groupdict())[:3] if found else None


def check_plausible(at: datetime, *, now: datetime) -> None:
    """Raise BadRowError for a start that only a wrong clock can have written."""
    if at < OLDEST or at > now + timedelta(days=1):
        raise BadRowError("the start is before 2000 or in the future: the phone's clock was wrong")
