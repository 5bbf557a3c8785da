"""Spreadsheets (XLSX): all texts as texts, durations as numbers, the start on the report's clock as a date.

Excel has 1,048,576 rows a sheet and 32,767 characters a cell: calls go on in `calls-2`, long texts in `long-texts`.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import XlsxFileError

from adapters.call_files.cells import COLUMNS, DURATION, cells_of
from adapters.call_files.writing import HashedFile, sync_folder
from connector.domain.backup.files import WriteOptions, WrittenFile
from connector.domain.call import Call
from connector.domain.calls.times import zone_named

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET_ROWS = 1_048_576
CELL_UNITS = 32_767
"""Of UTF-16, as Excel counts."""
PIECE_CHARS = 16_383
LOCAL_TIME = "local_time"
HEADERS = (LOCAL_TIME, *COLUMNS)
CALLS = "calls"
LONG = "long-texts"
LONG_HEADERS = ("call", "column", "text")
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_RICH = "<r>"
_OVERLAP = re.compile(r"_x[0-9a-fA-F]{4}(?=_x[0-9a-fA-F]{4}_)")


class WorkbookWriter:
    """Writes one workbook; implements `ports.backups.CallWriter`. `sheet_rows` with the header."""

    def __init__(self, path: Path, options: WriteOptions, *, sheet_rows: int = SHEET_ROWS) -> None:
        self._path = path
        self._zone = zone_named(options.zone)
        self._sheet_rows = sheet_rows
        self._rows = 0
        self._book: _Book | None = None
        self._is_done = False

    def add(self, call: Call) -> None:
        if self._book is None:
            self._book = _Book(self._path, self._sheet_rows)
        cells: list[str | int | None] = cells_of(call)
        local = call.started_at.astimezone(self._zone).replace(tzinfo=None)
        self._rows += 1
        self._book.add(self._rows, local, cells)

    def close(self) -> Sequence[WrittenFile]:
        if self._book is None:
            return ()
        file = self._book.finish()
        written = file.finish(kind="xlsx", media_type=MEDIA_TYPE, rows=self._rows)
        sync_folder(self._path.parent)
        self._is_done = True
        return (written,)

    def abort(self) -> None:
        if not self._is_done and self._book is not None:
            self._book.discard()
        self._is_done = True


class _Book:
    """The library's workbook over our file, with its temporary files in a folder of their own."""

    def __init__(self, path: Path, sheet_rows: int) -> None:
        self._file = HashedFile(path)
        self._rest = Path(tempfile.mkdtemp(prefix=f".{path.stem}-", dir=path.parent))
        self._book = xlsxwriter.Workbook(self._file, {**_OPTIONS, "tmpdir": str(self._rest)})
        self._book.use_zip64()
        self._bold = self._book.add_format({"bold": True})
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._calls = _Sheets(self._book, CALLS, HEADERS, sheet_rows, self._bold)
        self._long: _Sheets | None = None
        self._sheet_rows = sheet_rows

    def add(self, number: int, local: Any, cells: Sequence[str | int | None]) -> None:  # noqa: ANN401 - a naive datetime
        sheet, row = self._calls.next_row()
        took = sheet.write_datetime(row, 0, local, self._date)
        for column, cell in enumerate(cells, start=1):
            if column == DURATION + 1:
                took |= sheet.write_number(row, column, cell)
            elif cell is not None and cell != "":
                text = str(cell)
                if _is_plain(text):
                    took |= sheet.write_string(row, column, text)
                else:
                    first, *others = _pieces(text)
                    took |= sheet.write_string(row, column, first)
                    self._go_on(number, COLUMNS[column - 1], others)
        _check(took)

    def _go_on(self, number: int, column: str, pieces: Sequence[str]) -> None:
        if pieces and self._long is None:
            self._long = _Sheets(self._book, LONG, LONG_HEADERS, self._sheet_rows, self._bold)
        for piece in pieces:
            assert self._long is not None  # noqa: S101 - made above
            sheet, row = self._long.next_row()
            for at, text in enumerate((str(number), column, piece)):
                _check(sheet.write_string(row, at, text))

    def finish(self) -> HashedFile:
        """Put the workbook together. Raises OSError when the disk does not take it."""
        self._calls.finish()
        if self._long is not None:
            self._long.finish()
        try:
            self._book.close()
        except XlsxFileError as error:
            cause = error.args[0] if error.args else error
            raise cause if isinstance(cause, OSError) else OSError(str(cause)) from error
        shutil.rmtree(self._rest)
        return self._file

    def discard(self) -> None:
        for sheet in self._book.worksheets():
            with suppress(OSError):  # what it holds may not fit the disk
                sheet.row_data_fh.close()
        shutil.rmtree(self._rest, ignore_errors=True)
        self._file.discard()


class _Sheets:
    """Sheets of one kind, `name`, `name-2` …, each under the header."""

    def __init__(
        self,
        book: Any,  # noqa: ANN401 - the library ships no types
        name: str,
        headers: Sequence[str],
        sheet_rows: int,
        bold: Any,  # noqa: ANN401 - the library ships no types
    ) -> None:
        self._book = book
        self._name = name
        self._headers = headers
        self._sheet_rows = sheet_rows
        self._bold = bold
        self._count = 0
        self._row = 0
        self._sheet: Any = None

    def next_row(self) -> tuple[Any, int]:
        """Return the sheet and the row that come next."""
        if self._sheet is None or self._row + 1 >= self._sheet_rows:
            self.finish()
            self._begin()
        self._row += 1
        return self._sheet, self._row

    def _begin(self) -> None:
        self._count += 1
        self._row = 0
        name = self._name if self._count == 1 else f"{self._name}-{self._count}"
        self._sheet = self._book.add_worksheet(name)
        self._sheet.set_column(0, 0, 20)
        self._sheet.freeze_panes(1, 0)
        for column, header in enumerate(self._headers):
            _check(self._sheet.write_string(0, column, header, self._bold))

    def finish(self) -> None:
        """Put the filter over what was written."""
        if self._sheet is not None:
            self._sheet.autofilter(0, 0, self._row, len(self._headers) - 1)


def _check(code: int) -> None:
    """Raise OSError when the library refused a cell: beyond its limits it says so by a number alone."""
    if code:
        raise OSError(f"a cell was refused by the workbook ({code})")


def _is_plain(text: str) -> bool:
    """Tell whether a cell holds the text as it is."""
    if len(text) > PIECE_CHARS:
        return False
    return not text.startswith(_RICH) and "_x" not in text


def _pieces(text: str) -> Iterator[str]:
    """Cut a text so that each piece fits a cell and comes back from it as it was.

    Two ways of the library's own: it takes `<r>…</r>` for markup, and escapes `_x0041_` but not a second one that
    shares its underscore.
    """
    start = 0
    longest = CELL_UNITS if text.isascii() else PIECE_CHARS
    for cut in (*(found.end() for found in _OVERLAP.finditer(text)), len(text)):
        while start < cut:
            is_rich = text.startswith(_RICH, start)
            end = start + len(_RICH) if is_rich else min(cut, start + longest)
            yield text[start:end]
            start = end
