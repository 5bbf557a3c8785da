"""Single JSON values to text, ids and switches. Total; every text can be stored and encoded anywhere."""

import json
import re
from collections.abc import Iterable, Mapping

_SURROGATES = re.compile("[\ud800-\udfff]")
_SHEET_PREFIX = re.compile(r"(?:l|ag|as|c|f|p|z):")
_TRUE = frozenset(["true", "1", "yes"])
_FALSE = frozenset(["false", "0", "no"])
_MAX_DIGITS = 4000  # Python refuses to write integers of more than 4300 digits in decimal


def scrub(raw: str) -> str:
    """Return `raw` with NUL as a space, lone surrogates as U+FFFD: neither can be stored or encoded.

    A space, for what stood on its two sides are two words; at the ends NUL parts nothing and goes.
    """
    clean = raw.strip("\0").replace("\0", " ") if "\0" in raw else raw
    return clean if clean.isascii() else _SURROGATES.sub("\ufffd", clean)


def text(raw: object) -> str | None:
    """Return any JSON value as text: numbers and booleans as JSON writes them, structures compact.

    None for null, "" and empty structures: they say nothing.
    """
    if isinstance(raw, str):
        return scrub(raw) or None
    if raw is None or (isinstance(raw, list | tuple | Mapping) and not raw):
        return None
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) >= 10**_MAX_DIGITS:
        return hex(raw)
    try:
        return scrub(json.dumps(raw, ensure_ascii=False, separators=(",", ":"), default=str))
    except (ValueError, TypeError, RecursionError):
        return "\ufffd"  # no parser gives such a value; the verbatim record still holds it


def texts(raw: object) -> tuple[str, ...]:
    """Return a list's values, or the one value that should have been a list, as texts; blanks left out."""
    values = raw if isinstance(raw, list | tuple) else (raw,)
    return tuple(value for item in values if (value := text(item)) and value.strip())


def identifier(raw: object, *, zero: bool = False) -> str | None:
    """Return an id as text without a downloaded sheet's prefix. 0 is none, unless `zero`."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        return None
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    found = (text(raw) or "").strip()
    found = _SHEET_PREFIX.sub("", found, count=1).strip() if _SHEET_PREFIX.match(found) else found
    return None if not found or (found == "0" and not zero) else found


def switch(raw: object) -> bool | None:
    """Return a boolean however it is written; None when it says neither."""
    word = (text(raw) or "").strip().casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def mapping(raw: object) -> Mapping[str, object]:
    """Return `raw` if it is a JSON object, else an empty one."""
    return raw if isinstance(raw, Mapping) else {}


def items(raw: object) -> Iterable[object]:
    """Return a JSON array's members; anything else that says something as the only one."""
    if isinstance(raw, list | tuple):
        return raw
    if isinstance(raw, Mapping) and isinstance(raw.get("data"), list):
        return [*raw["data"]]  # an edge read through field expansion: {"data": […]}
    return () if text(raw) is None else (raw,)
