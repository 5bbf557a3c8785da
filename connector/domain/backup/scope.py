"""Which stored calls a run takes, and how it knows which of them it has: eight bytes a call."""

from array import array
from bisect import bisect_left
from dataclasses import dataclass

Place = tuple[int, str]
"""Where a reading stands: what it is ordered by, in ms, and the id of the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallScope:
    """Everything committed by `until_ms`; with `changed_after_ms` only what was stored or changed since then."""

    until_ms: int
    changed_after_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StoredCall:
    """A stored call as JSON, and where the reading stands with it."""

    id: str
    place: Place
    started_at_ms: int
    body: str


class Taken:
    """The calls that a run has: their ids begin with 64 bits of a hash, which is enough to tell them apart."""

    def __init__(self) -> None:
        self._prints = array("Q")
        self._sorted = 0

    def add(self, call_id: str) -> None:
        """Note one."""
        self._prints.append(int(call_id[:16], 16))

    def __len__(self) -> int:
        return len(self._prints)

    def __contains__(self, call_id: str) -> bool:
        if self._sorted != len(self._prints):
            self._prints = array("Q", sorted(self._prints))
            self._sorted = len(self._prints)
        found = int(call_id[:16], 16)
        at = bisect_left(self._prints, found)
        return at < len(self._prints) and self._prints[at] == found
