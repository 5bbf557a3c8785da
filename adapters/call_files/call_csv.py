"""Our own CSV: one profile for machines, one that a spreadsheet opens as it is. Both hold a Call exactly."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from adapters.call_files.cells import COLUMNS, call_of_cells, cells_of, local_time
from adapters.call_files.formulas import guarded, unguarded
from adapters.call_files.writing import LineWriter
from connector.domain.backup.files import WriteOptions
from connector.domain.call import BadRowError, Call, RejectedRow, bounded
from connector.domain.calls.times import zone_named
from connector.domain.errors import BadInputError

MEDIA_TYPE = "text/csv"
LOCAL_TIME = "local_time"
"""First column of the profile for people: the start on the clock of the report's zone; not read back."""
SEPARATORS = ",;\t|"
CELL_CHARS_MAX = 16 * 1024 * 1024
_MARK = "\ufeff"

csv.field_size_limit(
    CELL_CHARS_MAX
)  # the process's: the readers of others' files bound their rows themselves


class _Texts:
    """What csv.writer writes to: hands each row back."""

    def write(self, text: str) -> str:
        return text


def csv_writer(path: Path, options: WriteOptions) -> LineWriter:
    """Write for machines: RFC 4180, UTF-8 without mark, CRLF, every column; nothing is escaped for spreadsheets."""
    row_of = csv.writer(_Texts(), lineterminator="\r\n").writerow

    def line_of(call: Call) -> bytes:
        return row_of(cells_of(call)).encode()  # type: ignore[no-any-return] # what `_Texts` returns

    del options
    return LineWriter(path, "csv", MEDIA_TYPE, line_of, _head(COLUMNS, ","))


def csv_excel_writer(path: Path, options: WriteOptions) -> LineWriter:
    """Write for spreadsheets: with a mark, the separator of the reader's country, and no text that is a formula.

    Raises BadInputError for a separator that no spreadsheet expects.
    """
    separator = options.separator
    if len(separator) != 1 or separator not in SEPARATORS:
        raise BadInputError("The separator of a CSV is one of `,` `;` tab `|`.")
    zone = zone_named(options.zone)
    row_of = csv.writer(_Texts(), delimiter=separator, lineterminator="\r\n").writerow

    def line_of(call: Call) -> bytes:
        cells = [guarded(cell) if isinstance(cell, str) else cell for cell in cells_of(call)]
        row = (local_time(call.started_at.astimezone(zone)), *cells)
        return row_of(row).encode()  # type: ignore[no-any-return] # what `_Texts` returns

    head = _MARK.encode() + _head((LOCAL_TIME, *COLUMNS), separator)
    return LineWriter(path, "csv_excel", MEDIA_TYPE, line_of, head)


def _head(names: Sequence[str], separator: str) -> bytes:
    return (separator.join(names) + "\r\n").encode()


def is_our_csv(head: str) -> bool:
    """Tell by a file's beginning whether it is a CSV of ours."""
    return _layout(head) is not None


def _layout(head: str) -> tuple[str, bool] | None:
    """Return separator and whether cells are guarded; None: not ours."""
    line = head.removeprefix(_MARK).partition("\n")[0].rstrip("\r")
    for separator in SEPARATORS:
        names = line.split(separator)
        if {"call_id", "source.system", "peer.number_raw", "extra"} <= set(names):
            return separator, names[0] == LOCAL_TIME
    return None


def read_our_csv(path: Path) -> Iterator[Call | RejectedRow]:
    """Yield the calls as they were. Raises BadInputError: no CSV of ours, or cut off within a row."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            layout = _layout(file.readline(64 * 1024))
            if layout is None:
                raise BadInputError("The CSV has other columns than those that backups write.")
            file.seek(0)
            yield from _rows(file, *layout)
    except UnicodeDecodeError:
        raise BadInputError("The CSV is no UTF-8: another program saved it, or it is damaged.") from None


def _rows(file: TextIO, separator: str, is_guarded: bool) -> Iterator[Call | RejectedRow]:  # noqa: FBT001 - as the layout says
    reader = csv.reader(file, delimiter=separator, strict=True)
    names: Sequence[str] = ()
    with suppress(StopIteration):
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader)
            except csv.Error as error:
                raise BadInputError(f"The CSV is damaged or cut off at line {line}: {error}.") from None
            if names:
                yield _call(line, names, row, is_guarded=is_guarded)
            else:
                names = row


def _call(line: int, names: Sequence[str], row: Sequence[str], *, is_guarded: bool) -> Call | RejectedRow:
    text = bounded(",".join(row[:20])) if len(row) != len(names) else ""
    if text or not row:
        reason = f"the row has {len(row)} columns, the header {len(names)}"
        return RejectedRow(line=line, text=text, reason=reason)
    cells = map(unguarded, row) if is_guarded else row
    try:
        return call_of_cells(dict(zip(names, cells, strict=True)))
    except BadRowError as error:
        return RejectedRow(line=line, text=bounded(",".join(row)), reason=str(error))
