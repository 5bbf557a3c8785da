"""What may leave in a support bundle. Everything is let in by name: a text that is not known stays out."""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

OTHER = "other"
TELLING = (
    "schema",
    "database",
    "clock",
    "disk",
    "encryption keys",
    "key rotation",
    "state copies",
    "state drill",
    "open files",
    "public address certificate",
    "public address challenge",
    "public address guard",
    "public address bodies",
)
"""Checks whose details hold numbers and words of our own; of all others only the outcome is told."""

_ID = re.compile(r"\d{4,}|(?<=con_)[0-9a-f]{8,}")
_NAME = re.compile(r"[a-z ]+(?:(?:con_)?#[0-9a-f]{6}[a-z ]*)?", re.ASCII)
_EVENT = re.compile(r"[a-z_]{2,30}(?:\.[a-z_]{2,30}){1,2}", re.ASCII)
_VERSION = re.compile(r"\d[\w.+-]{0,30}", re.ASCII)
_LEVELS = frozenset({"debug", "info", "warning", "error", "critical"})


def check_view(name: str, state: str, detail: str, *, is_away: bool) -> Mapping[str, object]:
    """Return what is told of one check of the doctor."""
    masked = _ID.sub(lambda found: f"#{hashlib.sha256(found[0].encode()).hexdigest()[:6]}", name)
    if name.startswith("alert "):
        masked = "alert"
    told = {"name": masked if _NAME.fullmatch(masked) or name in TELLING else OTHER, "state": state}
    is_telling = name in TELLING or name.startswith("clock of ")
    if name.startswith("clock of "):
        told["name"] = "clock of another"
    return {**told, "is_away": is_away, **({"detail": detail} if is_telling else {})}


def setting_view(value: object, default: object, *, is_secret: bool, is_word: bool) -> object:
    """Return what is told of one setting: numbers and choices as they are, of all else only whether it is set."""
    if isinstance(value, bool | int | float) or (is_word and isinstance(value, str)):
        return value
    size = len(value) if isinstance(value, tuple) else None
    if size is not None:
        return {"set": size > 0, "count": size}
    if is_secret:
        return {"set": value != default}
    return {"set": bool(value), "is_default": value == default}


def counted(rows: Iterable[Sequence[Any]], *allowed: Collection[str]) -> list[list[object]]:
    """Return rows of labels and a count, each label only if it is one that we know; the rest is `other`."""
    counts: Counter[tuple[str, ...]] = Counter()
    for *labels, count in rows:
        known = tuple(
            label if label in words else OTHER for label, words in zip(labels, allowed, strict=True)
        )
        counts[known] += int(count)
    return [[*labels, count] for labels, count in sorted(counts.items())]


def version_view(text: str) -> str:
    """Return a version, if it looks like one."""
    return text if _VERSION.fullmatch(text) else OTHER


def event_view(record: object) -> tuple[str, str] | None:
    """Return name and level of a log line that was parsed, if both are of our own kind."""
    if not isinstance(record, dict):
        return None
    event, level = record.get("event"), record.get("level")
    is_ours = isinstance(event, str) and _EVENT.fullmatch(event) and level in _LEVELS
    return (str(event), str(level)) if is_ours else None
