"""Reading our own spreadsheets back, row by row. One that another program has saved is laid out otherwise."""

import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO
from xml.parsers import expat

from adapters.call_files.cells import call_of_cells
from adapters.call_files.workbook import CALLS, HEADERS, LONG, LONG_HEADERS
from connector.domain.call import BadRowError, Call, RejectedRow, bounded
from connector.domain.errors import BadInputError

MAGIC = b"PK\x03\x04"
BLOCK_BYTES = 64 * 1024
ROW_CHARS_MAX = 16 * 1024 * 1024
TAG_BYTES_MAX = 1024 * 1024
"""Of a tag, comment or the like, which a parser holds until it is whole and looks through again with each block."""
_ESCAPE = re.compile("_x([0-9a-fA-F]{4})_")
_LIST_BYTES_MAX = 1024 * 1024
COLUMNS_MAX = 16_384
"""Of a sheet. Source: Excel's specifications and limits."""
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,  # zipfile raises it for a compression that it does not know
    RuntimeError,  # a password is asked for
    expat.ExpatError,
)
_NOT_OURS = (
    "The spreadsheet is none that a backup wrote, or another program saved it: save its calls as CSV instead."
)

_Row = dict[int, str]
"""Column (from 0) → text; empty cells are not there."""


def read_workbook(path: Path) -> Iterator[Call | RejectedRow]:
    """Yield the calls as they were. Raises BadInputError: not ours, or damaged."""
    try:
        with zipfile.ZipFile(path) as book:
            yield from _calls(book)
    except KeyError:  # a part is not there
        raise BadInputError(_NOT_OURS) from None
    except _DAMAGED:
        raise BadInputError(
            "The file is no spreadsheet, or damaged or cut off: unpack an archive, save a sheet as CSV."
        ) from None


def _calls(book: zipfile.ZipFile) -> Iterator[Call | RejectedRow]:
    sheets = _sheets(book)
    long = _LongTexts(_rows_of(book, sheets, LONG))
    names: Mapping[int, str] = dict(enumerate(HEADERS))
    number = 0
    for row in _rows_of(book, sheets, CALLS):
        number += 1
        cells = {names[at]: text for at, text in row.items() if at in names}
        for column, text in long.of(number):
            cells[column] = cells.get(column, "") + text
        try:
            yield call_of_cells(cells)
        except BadRowError as error:
            yield RejectedRow(line=number, text=bounded(" ".join(row.values())), reason=str(error))
    if not number:
        raise BadInputError(_NOT_OURS)


class _LongTexts:
    """What did not fit into cells, in the order of the calls."""

    def __init__(self, rows: Iterator[_Row]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def of(self, number: int) -> Iterator[tuple[str, str]]:
        """Yield column and text of one call."""
        while self._next is not None and self._next.get(0) == str(number):
            yield self._next.get(1, ""), self._next.get(2, "")
            self._next = next(self._rows, None)


def _sheets(book: zipfile.ZipFile) -> Mapping[str, str]:
    """Return name → part of each sheet, in order; we number the parts as the sheets come."""
    info = book.getinfo("xl/workbook.xml")
    if info.file_size > _LIST_BYTES_MAX:
        raise BadInputError(_NOT_OURS)
    found: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            found[attributes.get("name", "")] = f"xl/worksheets/sheet{len(found) + 1}.xml"

    parser = _parser()
    parser.StartElementHandler = start
    parser.Parse(book.read(info), True)
    return found


def _rows_of(book: zipfile.ZipFile, sheets: Mapping[str, str], name: str) -> Iterator[_Row]:
    headers = HEADERS if name == CALLS else LONG_HEADERS
    count = 1
    while part := sheets.get(name if count == 1 else f"{name}-{count}"):
        with book.open(part) as file:
            rows = _rows(file)
            if tuple(next(rows, {}).values()) != headers:
                raise BadInputError(_NOT_OURS)
            yield from rows
        count += 1


def _rows(file: IO[bytes]) -> Iterator[_Row]:
    sheet = _Sheet()
    while block := file.read(BLOCK_BYTES):
        yield from sheet.feed(block)
    yield from sheet.feed(b"", last=True)


class _Sheet:
    """Takes a sheet's XML apart as it comes. Holds one block's rows."""

    def __init__(self) -> None:
        self._parser = _parser()
        self._silent_bytes = 0  # since the parser told of anything
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._done: list[_Row] = []
        self._row: _Row = {}
        self._column = 0
        self._is_inline = False
        self._texts: list[str] | None = None
        self._chars = 0

    def feed(self, block: bytes, *, last: bool = False) -> Iterator[_Row]:
        """Yield the rows that are complete."""
        self._silent_bytes += len(block)
        self._parser.Parse(block, last)
        if self._silent_bytes > TAG_BYTES_MAX:
            raise BadInputError(_NOT_OURS)
        done, self._done = self._done, []
        yield from done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._silent_bytes = 0
        if name == "row":
            self._row, self._chars = {}, 0
        elif name == "c":
            kind = attributes.get("t")
            if kind not in {None, "n", "inlineStr"}:
                raise BadInputError(_NOT_OURS)
            self._column = _column(attributes.get("r", ""))
            if (
                not 0 <= self._column < COLUMNS_MAX
            ):  # a row without an end would fill the memory with empty cells
                raise BadInputError(_NOT_OURS)
            self._is_inline = kind == "inlineStr"
        elif name in {"t", "v"}:
            self._texts = []

    def _text(self, text: str) -> None:
        self._silent_bytes = 0
        if self._texts is not None:
            self._texts.append(text)
            self._chars += len(text)
            if self._chars > ROW_CHARS_MAX:
                raise BadInputError(_NOT_OURS)

    def _end(self, name: str) -> None:
        self._silent_bytes = 0
        if name == "row":
            self._done.append(self._row)
        elif name in {"t", "v"} and self._texts is not None:
            text = "".join(self._texts)
            self._row[self._column] = _unescaped(text) if self._is_inline else text
            self._texts = None


def _column(reference: str) -> int:
    column = 0
    for char in reference[:8]:
        if not "A" <= char <= "Z":
            break
        column = column * 26 + ord(char) - ord("A") + 1
    return column - 1


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise BadInputError(_NOT_OURS)

    parser.StartDoctypeDeclHandler = refuse
    return parser
