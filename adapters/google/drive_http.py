"""What plain httplib2 lacks: answers with a bound, bodies that go out once, and a caller who may leave.

Three traps of it that this is about: it reads an answer of any length into memory; it repeats a request on a
fresh connection by itself, by then with an empty body where that was a stream; a timeout holds for the whole of a
`sendall`, so that a slow line fails on a large chunk.
"""

import http.client
from collections.abc import Iterator
from typing import BinaryIO

import httplib2

from adapters.google.drive_wire import caller_left

LONGEST_ANSWER = 16 * 2**20
"""Bytes; a listing of a thousand files has about one million, a part of a download eight."""
PIECE_BYTES = 256 * 1024


class AnswerTooLongError(http.client.HTTPException):
    """A server sends more than any answer has."""


class SentOnceError(OSError):
    """The body went out already, on a connection that broke; whoever asks knows better what to send now."""


class CallerLeftError(OSError):
    """The task that waited for the call was cancelled."""


class UnreadableFileError(Exception):
    """Our own file could not be read, or is not what it was."""


class BoundedResponse(http.client.HTTPResponse):
    """Reads at most LONGEST_ANSWER. What breaks off ends there: a length that is not reached tells of it."""

    def read(self, amt: int | None = None) -> bytes:
        """Return the body. Raises AnswerTooLongError or CallerLeftError."""
        if amt is not None:
            return super().read(amt)
        body = bytearray()
        while more := self._more():
            body += more
            if len(body) > LONGEST_ANSWER:
                raise AnswerTooLongError
            _check_caller()
        return bytes(body)

    def _more(self) -> bytes:
        try:
            return super().read(PIECE_BYTES)
        except (OSError, http.client.HTTPException):
            self.close()
            return b""


class Http(httplib2.HTTPConnectionWithTimeout):  # type: ignore[misc]  # httplib2 has no types
    """A connection whose answers have a bound."""

    response_class = BoundedResponse


class Https(httplib2.HTTPSConnectionWithTimeout):  # type: ignore[misc]  # httplib2 has no types
    """The same over TLS."""

    response_class = BoundedResponse


class FilePiece:
    """`count` bytes of an open file from where it stands, as the body of one request and of no second one.

    Raises UnreadableFileError, SentOnceError, CallerLeftError in the middle of sending.
    """

    def __init__(self, file: BinaryIO, count: int) -> None:
        self._file = file
        self._count = count
        self._has_begun = False

    def __iter__(self) -> Iterator[bytes]:
        if self._has_begun:
            raise SentOnceError
        self._has_begun = True
        return self._pieces()

    def _pieces(self) -> Iterator[bytes]:
        left = self._count
        while left:
            _check_caller()
            try:
                piece = self._file.read(min(PIECE_BYTES, left))
            except OSError as error:
                raise UnreadableFileError(type(error).__name__) from None
            if not piece:
                raise UnreadableFileError("it is shorter than it was")
            left -= len(piece)
            yield piece


def _check_caller() -> None:
    left = caller_left.get(None)
    if left is not None and left.is_set():
        raise CallerLeftError
