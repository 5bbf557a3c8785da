"""JSON Lines: the lossless format of backups. From others also one array, and objects whose names tell fields."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import from_json

from adapters.call_files.writing import LineWriter
from adapters.texts import BLOCK_BYTES, TextFile
from connector.domain.backup.files import WriteOptions
from connector.domain.call import BadRowError, Call, RawCall, RejectedRow, bounded
from connector.domain.errors import BadInputError
from connector.wire.call import call_from_json, call_from_value, call_line
from connector.wire.call_rows import JsonPieces, row_of

SYSTEM = "jsonl"
MEDIA_TYPE = "application/x-ndjson"
LINE_BYTES_MAX = 64 * 1024 * 1024
"""Of a line of ours; what was taken in is far shorter, and merging adds little."""


def jsonl_writer(path: Path, options: WriteOptions) -> LineWriter:
    """Write Call records: one a line, UTF-8 without mark, LF."""
    del options  # nothing to choose
    return LineWriter(path, "jsonl", MEDIA_TYPE, call_line)


def is_call_record(head: str) -> bool:
    """Tell by a file's beginning whether it is our JSON Lines."""
    return head.startswith('{"schema_version":')


def read_our_jsonl(path: Path) -> Iterator[Call | RejectedRow]:
    """Yield the calls as they were. Raises BadInputError when the file is cut off within a line."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LINE_BYTES_MAX):
            number += 1
            if not line.endswith(b"\n"):
                raise BadInputError(f"The file is cut off within line {number}.")
            yield _call(number, line)


def _call(number: int, line: bytes) -> Call | RejectedRow:
    try:
        if b"\\u0000" in line:  # none of ours holds NUL, and no store takes it
            return call_from_value(from_json(line))
        return call_from_json(line)
    except BadRowError as error:
        reason = str(error)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        reason = f"`{'.'.join(map(str, first['loc']))}`: {first['msg']}"
    except ValueError as error:
        reason = f"the line is no JSON: {error}"
    return RejectedRow(line=number, text=bounded(line.decode("utf-8", "replace")), reason=reason)


def read_json(file: TextFile, custom: Mapping[str, str]) -> Iterator[RawCall | Call | RejectedRow]:
    """Yield the objects; a whole Call record is a call already."""
    pieces = JsonPieces()
    with file.path.open("rb") as opened:
        more = True
        while more:
            block = opened.read(BLOCK_BYTES)
            more = bool(block)
            for piece in pieces.feed(block, last=not more):
                if isinstance(piece, RejectedRow):
                    yield piece
                else:
                    yield row_of(piece, system=SYSTEM, custom=custom, file=file.path.name)
