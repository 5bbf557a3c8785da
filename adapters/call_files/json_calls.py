"""JSON Lines, and one JSON array: Call records, or objects whose names tell the fields."""

from collections.abc import Iterator, Mapping

from adapters.call_files.texts import BLOCK_BYTES, TextFile
from connector.domain.call import Call, RawCall, RejectedRow
from connector.wire.call_rows import JsonPieces, row_of

SYSTEM = "jsonl"


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
