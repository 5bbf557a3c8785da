"""How long people talked, in the writings that exports use."""

import re
from typing import Literal

from connector.domain.call import BadRowError

DurationStyle = Literal["mm:ss", "h:mm"]
"""What `00:22` is: 22 seconds in dialers' exports, 22 minutes in others. One setting for a file."""

IMPLAUSIBLE_S = 12 * 3600
"""From here on a call is kept with a warning: rather a wrong setting than a call of half a day."""
LONGEST_S = 7 * 24 * 3600

_SECONDS = re.compile(r"(\d{1,9})(?:[.,]\d+)?\s*(?:s|sec|secs|seconds)?", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{2})(?:[.,]\d+)?")
_WORDS = re.compile(
    r"(?:(\d{1,4})\s*h(?:ours?|rs?)?\s*)?(?:(\d{1,5})\s*m(?:in(?:ute)?s?)?\s*)?"
    r"(?:(\d{1,6})\s*s(?:ec(?:ond)?s?)?)?",
    re.IGNORECASE,
)
_ISO = re.compile(
    r"P(?:(\d{1,3})D)?T?(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})(?:[.,]\d+)?S)?", re.IGNORECASE
)
_SIXTY = 60


def read_duration(text: str, style: DurationStyle = "mm:ss") -> int:
    """Return whole seconds, ≥ 0, of `77`, `1:17`, `0:01:17`, `1m 17s` or `PT1M17S`. Raises BadRowError."""
    seconds = _seconds(text.strip(), style)
    if seconds is None:
        raise BadRowError("the duration is none: seconds, mm:ss, h:mm:ss, `1m 5s` and PT1M5S are")
    if seconds > LONGEST_S:
        raise BadRowError("the duration is longer than a week")
    return seconds


def _seconds(text: str, style: DurationStyle) -> int | None:
    if found := _SECONDS.fullmatch(text):
        return int(found[1])
    if found := _CLOCK.fullmatch(text):
        return _clock(found, style)
    if text and (found := _WORDS.fullmatch(text)):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return hours * 3600 + minutes * _SIXTY + seconds
    if (found := _ISO.fullmatch(text)) and any(found.groups()):
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return days * 86400 + hours * 3600 + minutes * _SIXTY + seconds
    return None


def _clock(found: re.Match[str], style: DurationStyle) -> int | None:
    first, second, third = found[1], int(found[2]), int(found[3])
    if third >= _SIXTY:
        return None
    if first is None:
        return second * _SIXTY + third if style == "mm:ss" else second * 3600 + third * _SIXTY
    return None if second >= _SIXTY else int(first) * 3600 + second * _SIXTY + third
