"""CSV and TSV of any dialer: separator, header and quoting as found, columns by name or by `--map`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adapters.call_files.formulas import unguarded
from adapters.delimited import STRAY_QUOTE, cells, records, separator_of
from adapters.texts import TextFile
from connector.domain.call import RawCall, RejectedRow, bounded
from connector.domain.calls.columns import check_columns, columns_of
from connector.domain.errors import BadInputError

SYSTEM = "csv"
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
    for line, text in records(file):
        if text.lower().startswith("sep=") and len(text.strip()) == 5:  # noqa: PLR2004 - a line of Excel's
            separator = text.strip()[4]
            continue
        if not text.strip():
            continue
        separator = separator or separator_of(text)
        headers = tuple(name.strip() for name in cells(text, separator) or ())
        fields = columns_of(headers, custom)
        check_columns(fields, headers)
        return Table(separator=separator, headers=headers, fields=fields, header_line=line)
    raise BadInputError("The file is empty.")


def read_table(file: TextFile, table: Table) -> Iterator[RawCall | RejectedRow]:
    """Yield the rows below the header; one that cannot be taken apart is refused alone."""
    for line, text in records(file):
        if line > table.header_line and text.strip():
            yield _row(line, text, table, file.path.name)


def _row(line: int, text: str, table: Table, file: str) -> RawCall | RejectedRow:
    found = cells(text, table.separator)
    if found is None:
        return RejectedRow(line=line, text=bounded(text), reason=STRAY_QUOTE)
    while len(found) > len(table.headers) and not found[-1]:
        found.pop()
    if len(found) != len(table.headers):
        reason = f"the row has {len(found)} columns, the header {len(table.headers)}"
        return RejectedRow(line=line, text=bounded(text), reason=reason)
    fields: dict[str, str] = {}
    extra: dict[str, str] = {}
    for name, cell in zip(table.headers, found, strict=True):
        field = table.fields.get(name)
        value = unguarded(cell)
        if field is None or field in _RESERVED:
            extra[name or "column"] = value
        if field is not None:
            fields[field] = value
    if "device_id" not in fields and "system" not in fields:
        fields.pop("native_id", None)  # a sheet's own numbering begins anew in the next sheet
    return RawCall(system=SYSTEM, row=line, text=bounded(text), fields=fields, extra=extra, file=file)
