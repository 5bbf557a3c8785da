"""What became of calls that were handed in, and which of the stored ones are meant."""

from dataclasses import dataclass

TRACKING_IS_OFF = (
    "Call tracking is off in this workspace: nothing was stored. An operator switches it on with "
    "`connector workspace set --call-tracking on`."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCounts:
    """Of one chunk: how many calls were new, how many known."""

    new: int
    duplicate: int


@dataclass(slots=True, kw_only=True)
class Tally:
    """Of one import. `filtered`: private numbers and calls outside work hours, which are kept nowhere."""

    received: int = 0
    new: int = 0
    duplicate: int = 0
    filtered: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls: of this user, started since (inclusive) and until (exclusive), ms. None: all."""

    user: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
