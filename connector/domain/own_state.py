"""Copies of the state itself: when one is due, which go, what a manifest says, how numbers go on after a restore."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from connector.domain.errors import StateUnavailableError

Kind = Literal["copy", "drill"]
EngineName = Literal["sqlite", "postgres"]

FIRST_COPY_MS = 600_000
"""After a start without any copy: not in the first minutes, when everything else begins."""
DRILL_EVERY_MS = 7 * 86_400_000
RETRY_MS = 3_600_000
"""After a copy or drill that failed."""
STALE_COPIES = 2.5
"""A copy that is older than so many times its schedule is an alarm: one may fail, and one be late."""
STALE_DRILL_MS = 2 * DRILL_EVERY_MS
NUMBERS_MARGIN = 1_000_000

_NAME = re.compile(r"state-\d{8}T\d{6}-\d{3}Z\.(db|dump)")


class CopyUnderWayError(StateUnavailableError):
    """Another process makes or drills a copy in the same folder: nothing has failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a copy holds, written beside it last: a copy without one was not finished.

    `steps`: its migrations; `keys`: names of the keys that it needs; `rows`: how many each table has.
    """

    file: str
    made_at_ms: int
    engine: EngineName
    version: str
    steps: tuple[str, ...]
    keys: tuple[str, ...]
    rows: Mapping[str, int]
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How copies and drills stand. Times are those of the last good ones, of this folder; None: none yet."""

    copied_at_ms: int | None
    drilled_at_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a copy or drill came to: a file, its size and rows."""

    file: str
    bytes: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Where numbers go on after a restore: the next sequence, and the next revision of anything, are higher."""

    sequence: int
    revision: int


def copy_name(made_at_ms: int, engine: EngineName) -> str:
    """Return the file name of a copy: sorted by name is sorted by time."""
    at = datetime.fromtimestamp(made_at_ms / 1000, UTC)
    return f"state-{at:%Y%m%dT%H%M%S}-{made_at_ms % 1000:03d}Z.{'db' if engine == 'sqlite' else 'dump'}"


def is_copy_name(name: str) -> bool:
    """Tell whether a file is named as ours are: nothing else in the folder is ever touched."""
    return _NAME.fullmatch(name) is not None


def surplus(copies: Sequence[Manifest], *, kept: int) -> Sequence[Manifest]:
    """Return the finished copies that go: the oldest, never the newest, whatever `kept` says."""
    newest_first = sorted(copies, key=lambda one: one.made_at_ms, reverse=True)
    return newest_first[max(kept, 1) :]


def copy_due_ms(standing: Standing, *, every_ms: int, started_at_ms: int, failed_at_ms: int | None) -> int:
    """Return when the next copy is to be made."""
    if standing.copied_at_ms is None:
        due_ms = started_at_ms + min(FIRST_COPY_MS, every_ms)
    else:
        due_ms = standing.copied_at_ms + every_ms
    return due_ms if failed_at_ms is None else max(due_ms, failed_at_ms + RETRY_MS)


def drill_due_ms(standing: Standing, *, failed_at_ms: int | None) -> int | None:
    """Return when the next drill is to be held; None: there is nothing to drill with."""
    if standing.copied_at_ms is None:
        return None
    # the first one follows the first copy: whether a copy is worth anything is not for next week
    due_ms = 0 if standing.drilled_at_ms is None else standing.drilled_at_ms + DRILL_EVERY_MS
    return due_ms if failed_at_ms is None else max(due_ms, failed_at_ms + RETRY_MS)


def copy_is_stale(standing: Standing, *, every_ms: int, started_at_ms: int, now_ms: int) -> bool:
    """Tell whether the newest copy is too old. A daemon that was just started has some time to make one."""
    newest_ms = max(standing.copied_at_ms or 0, started_at_ms)
    return now_ms - newest_ms > STALE_COPIES * every_ms


def drill_is_stale(standing: Standing, *, started_at_ms: int, now_ms: int) -> bool:
    """Tell whether the last good drill is too long ago."""
    newest_ms = max(standing.drilled_at_ms or 0, started_at_ms)
    return now_ms - newest_ms > STALE_DRILL_MS


def numbers_after(*, last_sequence: int, last_revision: int, now_ms: int) -> Numbers:
    """Return where numbers go on once an older state was restored at `now_ms`.

    What was numbered after the copy was made is not in it, and the CRM has it: those numbers are taken. Nobody
    appends a thousand events a second for long, so the milliseconds of the restore are past all of them, and past
    those of an earlier restore. A clock that stands in the past must not bring numbers back either.
    """
    return Numbers(
        sequence=max(now_ms, last_sequence + NUMBERS_MARGIN),
        revision=max(now_ms, last_revision + NUMBERS_MARGIN),
    )
