"""When two records are the same call: by the source's own id, by fingerprint, or nearly."""

import hashlib
from collections import OrderedDict
from datetime import datetime

from connector.domain.call import Call, Peer
from connector.domain.normalise.text import fold

ANDROID = "android"
"""Systems whose native id is Android's row id, which begins anew when a log is cleared or a phone replaced."""
REMEMBERED = 20_000
"""Starts to the minute that are remembered while a file is read; equal rows stand near each other."""
UNKNOWN_PRESENTATION = 3


def peer_key(peer: Peer) -> str:
    """Return what tells other parties apart: E.164, else digits, else the folded text, else the presentation."""
    if peer.number is not None:
        return peer.number
    raw = peer.number_raw.strip()
    if raw in {"", "-1", "-2", "-3"}:
        return f"presentation:{peer.presentation or UNKNOWN_PRESENTATION}"
    digits = "".join(str(int(char)) for char in raw if char.isdecimal())
    if digits and not any(char.isalpha() or char == "@" for char in raw):
        return digits
    return fold(raw) or raw


def owner_key(call: Call) -> str:
    """Return whose call it is: two employees who call each other make two records."""
    return call.user.id or call.source.device_id or ""


def at_ms(at: datetime) -> int:
    """Return milliseconds since the epoch, exactly."""
    return int(at.timestamp()) * 1000 + at.microsecond // 1000


def fingerprint(call: Call) -> str:
    """Return 64 hex digits: SHA-256 of owner, start, direction and the other party.

    Not in it: names, notes, SIM, type and duration, which exporters tell differently. To the minute the start alone
    does not tell calls apart, so there the duration is.
    """
    parts = ["v1", owner_key(call), str(at_ms(call.started_at)), call.direction, peer_key(call.peer)]
    if call.started_at_precision == "min":
        parts.append(str(call.duration_seconds))
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def native_key(call: Call) -> str | None:
    """Return a key of the source's own id; None when it has none that can be relied on.

    Android's `_id` counts only with the phone's id and while the start is equal too.
    """
    source = call.source
    if not source.native_id:
        return None
    parts = ["n1", source.system, source.device_id or f"owner {owner_key(call)}", source.native_id]
    if source.system == ANDROID:
        if not source.device_id:
            return None
        parts.append(str(at_ms(call.started_at)))
    return "n" + hashlib.sha256("|".join(parts).encode()).hexdigest()


class Occurrences:
    """Tells equal rows to the minute apart while one file is read: two calls of 0 s in a minute are real.

    The second such row gets the same id in each reading of the file, and another than the first.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[str, int] = OrderedDict()

    def identify(self, call: Call) -> str:
        """Return the call's id."""
        found = fingerprint(call)
        if call.started_at_precision != "min":
            return found
        times = self._seen.pop(found, 0) + 1
        self._seen[found] = times
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return found if times == 1 else hashlib.sha256(f"{found}|{times}".encode()).hexdigest()


def window(call: Call) -> tuple[int, int]:
    """Return the starts (ms, both inclusive) among which the same call of another source may stand."""
    start = at_ms(call.started_at)
    minute = start - start % 60_000
    return min(minute, start - 1000), max(minute + 59_999, start + 1000)


def is_near(one: Call, other: Call) -> bool:
    """Tell whether two records with different starts are one call, told with different precision.

    Only where one source is inexact: the same second give or take one, or the same minute; and equal durations.
    """
    if (owner_key(one), one.direction) != (owner_key(other), other.direction):
        return False
    if peer_key(one.peer) != peer_key(other.peer) or one.duration_seconds != other.duration_seconds:
        return False
    precisions = {one.started_at_precision, other.started_at_precision}
    first, second = at_ms(one.started_at), at_ms(other.started_at)
    if "min" in precisions:
        return first // 60_000 == second // 60_000
    return "s" in precisions and abs(first - second) <= 1000  # noqa: PLR2004 - a second
