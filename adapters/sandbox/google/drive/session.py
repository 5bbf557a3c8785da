"""A resumable upload: what it is to become and how much of it is there.

https://developers.google.com/workspace/drive/api/guides/manage-uploads#resumable
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from adapters.sandbox.google.drive.content import Content
from adapters.sandbox.google.objects import File, Json
from adapters.sandbox.google.replies import Reply, drive_refusal

LIFE_S = 7 * 86_400
GRANULE = 256 * 1024
"""Every chunk but the last is a multiple of this."""

_SPAN = re.compile(r"bytes ([0-9]{1,15})-([0-9]{1,15})/([0-9]{1,15})")
_QUERY = re.compile(r"(?:bytes )?\*/([0-9]{1,15})")


@dataclass(slots=True, kw_only=True)
class Session:
    """An upload under way. `draft` is the file to be; `changes` what an upload to an old file writes besides."""

    draft: File
    size: int
    sub: str
    project: str
    query: dict[str, str]
    method_id: str
    opened_at: float
    changes: Json | None = None  # None: a new file
    content: Content = field(default_factory=Content)
    is_done: bool = False

    def span(self, content_range: str, content_length: int) -> tuple[int, int] | None:
        """Return the bytes that a PUT brings, from the first to the one after the last; None: it only asks.

        Raises Refusal on a range that Drive would not take.
        """
        query = _QUERY.fullmatch(content_range)
        if query is not None:
            self._check(is_right=int(query[1]) == self.size and content_length == 0)
            return None
        if not content_range:  # all of it at once
            self._check(is_right=content_length == self.size)
            return 0, self.size
        match = _SPAN.fullmatch(content_range)
        start, end, total = (int(match[1]), int(match[2]) + 1, int(match[3])) if match else (0, 0, -1)
        self._check(is_right=total == self.size and start < end <= total and end - start == content_length)
        self._check(is_right=end == total or content_length % GRANULE == 0)
        self._check(is_right=start <= self.content.size)
        return start, end

    async def take(self, media: AsyncIterator[bytes], span: tuple[int, int], *, until: int | None) -> None:
        """Keep what is new of a PUT's body as it comes; past `until` nothing is kept or awaited."""
        place, end = span[0], span[1] if until is None else until
        async for piece in media:
            have = self.content.size
            self.content.append(piece[max(0, have - place) : max(0, end - place)])
            place += len(piece)
            if place >= end:
                return

    def progress(self) -> Reply:
        """Tell how much is there: no Range header, nothing."""
        there = self.content.size
        return Reply(308, "", headers={"Range": f"bytes=0-{there - 1}"} if there else {})

    @staticmethod
    def _check(*, is_right: bool) -> None:
        if not is_right:
            raise drive_refusal("badRequest", "Invalid request.  The Content-Range header does not fit.")
