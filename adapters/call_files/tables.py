"""CSV and TSV of any dialer: separator, header and quoting as found, columns by name or by `--map`."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.call_files.formulas import unguarded
from adapters.call_files.texts import TextFile
from connector.domain.call import RawCall, RejectedRow, bounded
from connector.domain.calls.columns import check_columns, columns_of
from connector.domain.errors import BadInputError

SYSTEM = "csv"
ROW_LINES_MAX = 200
"""Physical lines of one row; a quote that is never closed swallows no more."""
ROW_CHARS_MAX = 64 * 1024
_SEPARATORS = ";\t,|"
_RESERVED = frozenset({"native_id", "device_id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """How a file is laid out. `header_line` is where its header ends."""

    separator: str
    headers: tuple[str, ...]
    fields: Mapping[str, str]  # column → field
    header_line: int


def table_of(file: TextFile, custom: Mapping[str, str]) -> Table:
    """Read the header. Raises BadInputError with the question to answer: which column is which."""
    separator = None
    for line, text in _records(file):
        if text.lower().startswith("sep=") and len(text.strip()) == 5:  # noqa: PLR2004 - a line of Excel's
            separator = text.strip()[4]
            continue
        if not text.strip():
            continue
        separator = separator or max(_SEPARATORS, key=text.count)
        headers = tuple(name.strip() for name in _cells(text, separator) or ())
        fields = columns_of(headers, custom)
        check_columns(fields, headers)
        return Table(separator=separator, headers=headers, fields=fields, header_line=line)
    raise BadInputError("The file is empty.")


def read_table(file: TextFile, table: Table) -> Iterator[RawCall | RejectedRow]:
    """Yield the rows below the header; one that cannot be taken apart is refused alone."""
    for line, text in _records(file):
        if line > table.header_line and text.strip():
            yield _row(line, text, table, file.path.name)


def _row(line: int, text: str, table: Table, file: str) -> RawCall | RejectedRow:
    cells = _cells(text, table.separator)
    if cells is None:
        return RejectedRow(line=line, text=bounded(text), reason="a quote is opened and never closed")
    while len(cells) > len(table.headers) and not cells[-1]:
        cells.pop()
    if len(cells) != len(table.headers):
        reason = f"the row has {len(cells)} columns, the header {len(table.headers)}"
        return RejectedRow(line=line, text=bounded(text), reason=reason)
    fields: dict[str, str] = {}
    extra: dict[str, str] = {}
    for name, cell in zip(table.headers, cells, strict=True):
        field = table.fields.get(name)
        value = unguarded(cell)
        if field is None or field in _RESERVED:
            extra[name or "column"] = value
        if field is not None:
            fields[field] = value
    if "device_id" not in fields and "system" not in fields:
        fields.pop("native_id", None)  # a sheet's own numbering begins anew in the next sheet
    return RawCall(system=SYSTEM, row=line, text=bounded(text), fields=fields, extra=extra, file=file)


def _cells(text: str, separator: str) -> list[str] | None:
    try:
        rows: Sequence[list[str]] = list(csv.reader([text], delimiter=separator, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _records(file: TextFile) -> Iterator[tuple[int, str]]:
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
