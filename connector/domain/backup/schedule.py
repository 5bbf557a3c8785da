"""Schedules of backups: when, what, where to, for how long. Times are proof against both nights of a DST zone."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import NewType, get_args

from cronsim import CronSim, CronSimError

from connector.domain.backup.files import BackupFormat
from connector.domain.backup.manifest import BackupKind
from connector.domain.backup.naming import check_pattern
from connector.domain.calls.times import zone_named
from connector.domain.connection import ConnectionId
from connector.domain.errors import BadInputError, require_aware
from connector.domain.lead import WorkspaceId

ScheduleId = NewType("ScheduleId", str)

CLOSEST = timedelta(minutes=15)
"""Runs of one schedule may not be nearer to each other."""
CHAIN_MAX = 30
"""Runs of an incremental chain, the full one included: then a full one begins a new chain."""
CRON_FIELDS = 5
TIMES_LOOKED_AT = 30
DRILL_DAYS = 7
FILE_NAME = "{schedule} {date} {time}"
NAME_CHARS_MAX = 80

_RECIPIENT = re.compile(r"age1[0-9a-z]{20,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How many backups stay: the newest of each of so many days, weeks, months and years; and what stays whatever.

    Nothing goes that is younger than `min_age_days`, none of the newest `min_count`, never the last good one.
    """

    daily: int = 14
    weekly: int = 8
    monthly: int = 12
    yearly: int = 7
    min_count: int = 3
    min_age_days: int = 7

    def __post_init__(self) -> None:
        counts = (self.daily, self.weekly, self.monthly, self.yearly)
        if min(counts) < 0 or max(counts) > 1000:  # noqa: PLR2004 - more than any Drive lists
            raise BadInputError("Each generation keeps from 0 to 1000 backups.")
        if not (1 <= self.min_count <= 1000 and 1 <= self.min_age_days <= 3650):  # noqa: PLR2004 - ten years
            raise BadInputError(
                "At least 1 backup is kept and for at least 1 day, whatever the generations say."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """For whom files are encrypted: age recipients (age1…). None: they are not.

    `locked_identity` is the key under a pass phrase, as on its sheet: without the pass phrase it opens nothing.
    """

    recipients: Sequence[str] = ()
    locked_identity: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for one in self.recipients:
            if not _RECIPIENT.fullmatch(one):
                raise BadInputError("A recipient is a public key of age: `age1…`.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One schedule of a workspace. `cron` has five fields and is meant in `zone`, which also names days and months.

    `connection_id` says into whose Drive; `folder` and `file_name` are patterns (`naming`), an empty folder is our
    own one. `drill_days` 0: no drill by itself.
    """

    id: ScheduleId
    workspace_id: WorkspaceId
    name: str
    cron: str
    zone: str
    kind: BackupKind = "full"
    formats: Sequence[BackupFormat] = ("jsonl",)
    connection_id: ConnectionId
    folder: str = ""
    file_name: str = FILE_NAME
    sealing: Sealing = field(default_factory=Sealing)
    retention: Retention = field(default_factory=Retention)
    drill_days: int = DRILL_DAYS
    is_on: bool = True
    created_at: datetime

    def __post_init__(self) -> None:
        require_aware(self.created_at, "Schedule.created_at")
        if not self.name.strip() or len(self.name) > NAME_CHARS_MAX or not self.name.isprintable():
            raise BadInputError(f"A schedule needs a name of at most {NAME_CHARS_MAX} characters.")
        if self.kind not in get_args(BackupKind):
            raise BadInputError(f"A backup is {', '.join(get_args(BackupKind))}.")
        unknown = [one for one in self.formats if one not in get_args(BackupFormat)]
        if unknown or not self.formats or len(set(self.formats)) != len(self.formats):
            raise BadInputError(f"Formats are one or more of {', '.join(get_args(BackupFormat))}, each once.")
        if not 0 <= self.drill_days <= 366:  # noqa: PLR2004 - a year
            raise BadInputError("A drill comes every 1 to 366 days; 0 is never.")
        check_pattern(self.file_name)
        if self.folder:
            check_pattern(self.folder)
        check_cron(self.cron, self.zone, self.created_at)


def times_after(cron: str, zone: str, after: datetime) -> Iterator[datetime]:
    """Yield the coming times in UTC, each once and later than the one before, the first later than `after`.

    A time that the clocks leave out comes right after the gap; one that they repeat comes once. Raises BadInputError.
    """
    if len(cron.split()) != CRON_FIELDS:
        raise BadInputError(
            "A schedule has five fields: minute, hour, day of month, month, day of week; `30 2 * * *` is daily."
        )
    last = after
    try:
        for local in CronSim(cron, after.astimezone(zone_named(zone))):
            at = local.astimezone(UTC)
            if at > last:  # where clocks go back, a wall time may name a moment that is over
                last = at
                yield at
    except CronSimError as error:
        raise BadInputError(f"`{cron}` is no schedule: {error}.") from None


def next_times(cron: str, zone: str, after: datetime, count: int) -> Sequence[datetime]:
    """Return the coming times, UTC. Raises BadInputError."""
    return list(islice(times_after(cron, zone, after), count))


def next_time(cron: str, zone: str, after: datetime) -> datetime:
    """Return the first time after `after`, however many were missed before it. Raises BadInputError."""
    for at in times_after(cron, zone, after):
        return at
    raise BadInputError(f"`{cron}` never comes.")


def stale_at(schedule: Schedule, last_good: datetime | None) -> datetime:
    """Return when a schedule without another good backup is stale: two of its times went by."""
    return stale_after(schedule.cron, schedule.zone, last_good or schedule.created_at)


def stale_after(cron: str, zone: str, since: datetime) -> datetime:
    """Return when two of the times after `since` went by, and the run itself had as long as two may be close."""
    return next_times(cron, zone, since, 2)[-1] + CLOSEST


def check_cron(cron: str, zone: str, now: datetime) -> None:
    """Raise BadInputError with a sentence: no such expression or zone, it never comes, or too often."""
    coming = next_times(cron, zone, now, TIMES_LOOKED_AT)
    if len(coming) < 2:  # noqa: PLR2004 - a schedule repeats
        raise BadInputError(f"`{cron}` never comes.")
    if any(later - earlier < CLOSEST for earlier, later in pairwise(coming)):
        raise BadInputError(f"`{cron}` comes more often than every {CLOSEST.seconds // 60} minutes.")
