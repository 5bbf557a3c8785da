"""Names of files and folders in Drive: patterns with a few words in braces, made safe."""

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from connector.domain.errors import BadInputError

WORDS: Mapping[str, str] = {
    "workspace": "the workspace's id",
    "schedule": "the schedule's name",
    "kind": "full, incremental or monthly",
    "date": "the day of the run, 2026-11-30, in the schedule's zone",
    "time": "its time of day, 0230",
    "year": "its year",
    "month": "its month, 2026-11",
    "run": "the run's id",
}
"""What a pattern may hold in braces, and what it becomes."""
PATTERN_CHARS_MAX = 120
NAME_BYTES_MAX = 120
"""In UTF-8. With a month, an owner and endings it stays below the 255 that a file system takes."""

_WORD = re.compile(r"\{([^{}]*)\}")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')


def check_pattern(pattern: str) -> None:
    """Raise BadInputError, with the words there are, for a pattern that makes no name."""
    unknown = sorted({word for word in _WORD.findall(pattern) if word not in WORDS})
    rest = _WORD.sub("", pattern)
    if unknown or "{" in rest or "}" in rest:
        raise BadInputError(f"A name's pattern may hold {', '.join(f'{{{word}}}' for word in WORDS)}.")
    if len(pattern) > PATTERN_CHARS_MAX or not pattern.strip(" .") or not pattern.isprintable():
        raise BadInputError(
            f"A name's pattern has from 1 to {PATTERN_CHARS_MAX} characters, and not only dots."
        )


def name_of(
    pattern: str, *, workspace: str, schedule: str, kind: str, run: str, at: datetime, zone: ZoneInfo
) -> str:
    """Return the name that a pattern makes: never empty, no path, at most 120 bytes."""
    local = at.astimezone(zone)
    words = {
        "workspace": workspace,
        "schedule": schedule,
        "kind": kind,
        "run": run,
        "date": f"{local:%Y-%m-%d}",
        "time": f"{local:%H%M}",
        "year": f"{local:%Y}",
        "month": f"{local:%Y-%m}",
    }
    filled = _WORD.sub(lambda found: words.get(found[1], ""), pattern)
    return cut_to_bytes(_UNSAFE.sub("-", filled), NAME_BYTES_MAX).strip(" .") or run


def cut_to_bytes(text: str, most: int) -> str:
    """Return as many of the first characters as have so many bytes in UTF-8."""
    return text.encode()[:most].decode("utf-8", "ignore")
