"""Calls as JSON from outside: one object a line, or one array, cut into objects as the bytes come in."""

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from connector.domain.call import BadRowError, Call, RawCall, RejectedRow, bounded
from connector.domain.calls.columns import field_named
from connector.domain.calls.reading import Rules, read_call
from connector.domain.calls.times import check_plausible
from connector.domain.errors import BadInputError
from connector.domain.normalise.text import fold
from connector.wire.call import call_from_value

OBJECT_CHARS_MAX = 64 * 1024
"""Of one call; a call has about one."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]|"', re.DOTALL)
_WHOLE = ("schema_version", "source", "user", "peer")

Piece = tuple[int, str]
"""Where an object begins (line, from 1) and its text."""


class JsonPieces:
    """Cuts a stream into the texts of its objects, whatever is in them. Holds one object and one block at most.

    A broken object is a piece like any other: it is refused alone, when it is parsed.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""
        self._line = 1
        self._array: bool | None = None
        self._over = False

    def feed(self, block: bytes, *, last: bool = False) -> Iterator[Piece | RejectedRow]:
        """Yield what is complete. Raises BadInputError when it is neither an array nor objects."""
        self._held += self._decoder.decode(block, last)
        if self._array is None:
            self._begin()
        if self._array is not None:
            yield from self._elements(last=last) if self._array else self._lines(last=last)

    def _begin(self) -> None:
        text = self._held.lstrip("\ufeff \t\r\n")
        self._take(len(self._held) - len(text))
        if text:
            if text[0] not in "[{":
                raise BadInputError("The calls must be a JSON array, or one JSON object a line.")
            self._array = text[0] == "["
            self._take(int(self._array))

    def _take(self, chars: int) -> str:
        taken, self._held = self._held[:chars], self._held[chars:]
        self._line += taken.count("\n")
        return taken

    def _lines(self, *, last: bool) -> Iterator[Piece | RejectedRow]:
        *lines, rest = self._held.split("\n")
        for line in lines:
            yield from self._piece(self._line, line)
            self._line += 1
        self._held = rest
        if last:
            yield from self._piece(self._line, self._take(len(rest)))
        elif len(rest) > OBJECT_CHARS_MAX:
            self._held = rest[: OBJECT_CHARS_MAX + 1]  # long enough to be refused at its end

    def _elements(self, *, last: bool) -> Iterator[Piece | RejectedRow]:
        start = at = depth = 0
        for token in _TOKEN.finditer(self._held):
            word = token[0]
            if self._over or word == '"':  # behind the array; or a string that goes on in the next block
                break
            if word in "{[":
                depth += 1
            elif depth and word in "}]":
                depth -= 1
            elif not depth and word in "],":
                yield from self._piece(self._line, self._held[start : token.start()])
                self._line += self._held.count("\n", at, token.end())
                start = at = token.end()
                self._over = word == "]"
        self._held = self._held[start:]
        if len(self._held) > OBJECT_CHARS_MAX and not self._over:
            raise BadInputError(f"Line {self._line}: one call has more than {OBJECT_CHARS_MAX} characters.")
        if last and not self._over:
            yield RejectedRow(
                line=self._line, text=bounded(self._held), reason="the array ends inside this object"
            )

    def _piece(self, line: int, text: str) -> Iterator[Piece | RejectedRow]:
        text = text.strip()
        if len(text) > OBJECT_CHARS_MAX:
            yield RejectedRow(line=line, text=bounded(text), reason="the object is too long")
        elif text:
            yield line, text


def row_of(
    piece: Piece, *, system: str, custom: Mapping[str, str], file: str | None = None
) -> RawCall | Call | RejectedRow:
    """Return an object as a row; as a Call (without its id checked) where it is a whole Call record."""
    line, text = piece
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return RejectedRow(line=line, text=bounded(text), reason="is no JSON")
    if not isinstance(value, dict):
        return RejectedRow(line=line, text=bounded(text), reason="is no JSON object")
    try:
        if all(name in value for name in _WHOLE):
            return call_from_value(value)
        flat = dict(_flat(value))
    except BadRowError as error:
        return RejectedRow(line=line, text=bounded(text), reason=str(error))
    fields: dict[str, str] = {}
    extra: dict[str, str] = {}
    for name, held in flat.items():
        field = custom.get(fold(name)) or field_named(name)
        if field is None or field in fields:
            extra[name] = held
        else:
            fields[field] = held
    return RawCall(system=system, row=line, text=bounded(text), fields=fields, extra=extra, file=file)


def _flat(value: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield every value as text, under dotted names: `peer.number`."""
    for name, held in value.items():
        if isinstance(held, dict) and depth < 4:  # noqa: PLR2004 - a Call has two
            yield from _flat(held, f"{before}{name}.", depth + 1)
        elif isinstance(held, bool):
            yield before + name, "true" if held else "false"
        elif isinstance(held, list) and all(isinstance(one, str) for one in held):
            yield before + name, ",".join(held)
        elif isinstance(held, list | dict):
            yield before + name, json.dumps(held, ensure_ascii=False)
        elif held is not None:
            yield before + name, str(held)


def call_of(row: RawCall | Call | RejectedRow, rules: Rules, *, line: int, text: str) -> Call | RejectedRow:
    """Return a row as a call, or why it is none."""
    try:
        if isinstance(row, RawCall):
            return read_call(row, rules)
        if isinstance(row, Call):
            check_plausible(row.started_at, now=rules.now)
    except BadRowError as error:
        return RejectedRow(line=line, text=bounded(text), reason=str(error))
    return row


def line_of(row: RawCall | Call | RejectedRow) -> int:
    """Return where a row stands."""
    if isinstance(row, RejectedRow):
        return row.line
    return row.row if isinstance(row, RawCall) else row.source.row or 0
