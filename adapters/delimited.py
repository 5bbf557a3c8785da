"""Rows of a table in text: quoted line ends put together, a quote that is never closed refused alone."""

import csv
from collections.abc import Iterator, Sequence

from adapters.texts import TextFile

ROW_LINES_MAX = 200
"""Physical lines of one row; a quote that is never closed swallows no more."""
ROW_CHARS_MAX = 64 * 1024
SEPARATORS = ";\t,|"
STRAY_QUOTE = "a quote is opened and never closed"


def separator_of(header: str) -> str:
    """Return what parts the columns: what the header has most of."""
    return max(SEPARATORS, key=header.count)


def cells(text: str, separator: str) -> list[str] | None:
    """Take a row apart; None when a quote in it is never closed."""
    try:
        rows: Sequence[list[str]] = list(csv.reader([text], delimiter=separator, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def records(file: TextFile) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of each row, put together over quoted line ends."""
    waiting: list[str] = []
    first = 1
    for number, line in enumerate(file.lines(), start=1):
        waiting.append(line)
        if _is_whole(waiting):
            yield first, "".join(waiting).rstrip("\r\n")
            waiting, first = [], number + 1
        elif len(waiting) >= ROW_LINES_MAX or sum(map(len, waiting)) > ROW_CHARS_MAX:
            yield from _given_up(first, waiting)
            waiting, first = [], number + 1
    if waiting:
        yield from _given_up(first, waiting)


def _is_whole(lines: Sequence[str]) -> bool:
    return not sum(line.count('"') for line in lines) % 2


def _given_up(first: int, lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield lines one by one: the one with the stray quote is refused, the others are rows."""
    for number, line in enumerate(lines, start=first):
        yield number, line.rstrip("\r\n")
