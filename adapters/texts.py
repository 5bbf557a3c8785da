"""A file's bytes as text: byte order mark, then UTF-8, then cp1252 with a note; never by a guess a row."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from connector.domain.errors import BadInputError

BLOCK_BYTES = 256 * 1024
LINE_CHARS_MAX = 64 * 1024
"""Of one line; what is longer is handed on cut, and refused as a row."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_MOJIBAKE = re.compile("\u00c3[\u0080-\u00bf]|\u00e2\u20ac|\u201a\u00c4")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A file that can be read more than once. `notes` are for people: what was odd about it."""

    path: Path
    encoding: str
    notes: tuple[str, ...] = ()

    def blocks(self) -> Iterator[str]:
        """Yield the text in blocks; a bad byte becomes U+FFFD."""
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as file:
            while block := file.read(BLOCK_BYTES):
                yield block

    def lines(self) -> Iterator[str]:
        """Yield physical lines with their ends, none longer than the limit by more than a character."""
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as file:
            while line := file.readline(LINE_CHARS_MAX):
                yield line


def open_text(path: Path) -> TextFile:
    """Find the encoding. Raises BadInputError when the file cannot be read or is no text."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
            for mark, encoding in _MARKS:
                if head.startswith(mark):
                    return TextFile(path=path, encoding=encoding)
            if b"\0" in head or head[:2] in {b"PK", b"\x1f\x8b"}:
                raise BadInputError("The file is no text: unpack it, or save the sheet as CSV first.")
            file.seek(0)
            is_utf8 = _is_utf8(iter(lambda: file.read(BLOCK_BYTES), b""))
    except OSError as error:
        raise BadInputError(f"The file cannot be read: {error.strerror}.") from None
    encoding = "utf-8" if is_utf8 else "cp1252"
    notes = () if is_utf8 else ("the file is no UTF-8 and was read as Windows-1252: look at the names",)
    if is_utf8 and _MOJIBAKE.search(head.decode("utf-8", "replace")):
        notes = ("names look as if they had been saved in a wrong encoding once; they were left as they are",)
    return TextFile(path=path, encoding=encoding, notes=notes)


def _is_utf8(blocks: Iterator[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in blocks:
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
