"""Runs of a backup: how far one is, and what follows when it cannot go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NewType

from connector.domain.backup.files import BackupFormat
from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    MisconfiguredError,
    RateLimitedError,
    StorageFullError,
    SuspendedError,
    TransientError,
)

RunId = NewType("RunId", str)
RunState = Literal["waiting", "spooling", "uploading", "good", "failed", "canceled"]
"""waiting: not begun, or begun anew. spooling: calls are written to our disk. good: all is in Drive and compared."""
OPEN_STATES: Sequence[RunState] = ("waiting", "spooling", "uploading")
Hold = Literal["account", "storage", "disk", "client", "provider"]
"""What an open run waits for: a person's consent, room in the Drive or on our disk, our OAuth client, or Google."""
FileState = Literal["spooled", "uploading", "stored", "trashed"]

ACCOUNT_WAIT_S = 300.0
HOURLY_S = 3600.0
FIRST_WAIT_S = 30.0
UNKNOWN_MAX = 12
"""Tries after which an answer that no rule covers ends the run: half a day."""


class DiskFullError(TransientError):
    """Our own disk has no room for the files; it is looked at again hourly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """The run goes on by itself at `due_at_ms`; `hold` names what it waits for."""

    due_at_ms: int
    reason: str
    hold: Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Fails:
    """The run is over; the schedule's next time begins another."""

    reason: str


def decide(error: ConnectorError, *, failures: int, now_ms: int, jitter: float) -> Waits | Fails:
    """Return what becomes of a run that met `error`; `failures` in a row, this one included; jitter in [0, 1)."""
    reason = str(error)

    def after(wait_s: float, hold: Hold) -> Waits:
        return Waits(due_at_ms=now_ms + int(wait_s * 1000), reason=reason, hold=hold)

    match error:
        case StorageFullError():
            return after(HOURLY_S, "storage")
        case DiskFullError():
            return after(HOURLY_S, "disk")
        case AuthLostError():
            return after(ACCOUNT_WAIT_S, "account")
        case SuspendedError():
            return after(HOURLY_S, "account")
        case MisconfiguredError():
            return after(HOURLY_S, "client")
        case RateLimitedError():
            return after(error.retry_after_s, "provider")
        case TransientError() if not (error.unknown and failures >= UNKNOWN_MAX):
            backoff_s = min(FIRST_WAIT_S * 2.0 ** min(failures - 1, 10), HOURLY_S)
            return after(backoff_s * (0.5 + jitter / 2), "provider")
        case _:
            return Fails(reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """One file of a run, on its way or in Drive. Digests are lower-case hex over the bytes that are sent."""

    name: str
    position: int
    format: BackupFormat | None  # None: the manifest
    media_type: str
    rows: int
    size_bytes: int
    sha256: str
    md5: str
    is_sealed: bool
    state: FileState
    drive_id: str | None = None
    acknowledged_bytes: int = 0
    tries: int = 0

    @property
    def is_manifest(self) -> bool:
        """Whether it tells of the others; it is sent last."""
        return self.format is None
