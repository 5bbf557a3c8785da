"""Cells that a spreadsheet would calculate, and the apostrophe that keeps it from doing so. Exact both ways."""

import re

_RUNS = re.compile("[' ]*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""A formula's start, also in full width, behind spaces, and behind apostrophes: those that were there before must be
told from ours. Source: OWASP, CSV injection."""
_FIRST = frozenset("' =+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_NUMBER = re.compile(r"\+?[0-9]{3,20}")


def guarded(text: str) -> str:
    """Return a cell's text so that no spreadsheet runs it; phone numbers stay as they are."""
    if text[:1] not in _FIRST:  # nearly every cell
        return text
    return f"'{text}" if _RUNS.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """Return the text that `guarded` was given."""
    return text[1:] if text[:1] == "'" and _RUNS.match(text, 1) else text
