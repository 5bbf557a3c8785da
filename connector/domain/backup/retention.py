"""Which backups stay. Pure, and careful: what is backed up must not be able to destroy its own backups.

Only our own good backups are ever looked at, so what a new installation finds in a Drive is not even a candidate.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connector.domain.backup.runs import RunId
from connector.domain.backup.schedule import CLOSEST, Retention, Schedule
from connector.domain.calls.times import zone_named

SETTLING = timedelta(days=14)
"""A schedule deletes nothing in its first days, a new installation therefore neither."""
UNASKED = 1
"""Deletions of one run that nobody has to confirm; none so soon after another that no schedule comes as often."""
SHRUNK = 0.5
"""A backup of everything with less than this share of the calls of an older one is no reason to delete that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A good backup that lies in Drive. `base` is the run that it goes on from: a restore needs both.

    `is_proved`: a drill restored it, and none found it broken since.
    """

    run_id: RunId
    made_at: datetime
    base: RunId | None
    calls: int
    is_proved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodBackups:
    """Those of a schedule that lie in its Drive, which of them a person allowed to delete, and the last deletion."""

    backups: Sequence[Kept]
    confirmed: Collection[RunId]
    last_deleted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPlan:
    """What stays and why; what is over, in the order in which it may go; what goes now; what a person confirms."""

    keep: Mapping[RunId, str]
    over: Sequence[RunId] = ()
    now: Sequence[RunId] = ()
    asks: Sequence[RunId] = ()
    is_shrunk: bool = field(default=False)


def plan_retention(
    backups: Collection[Kept],
    retention: Retention,
    *,
    zone: ZoneInfo,
    now: datetime,
    since: datetime,
    confirmed: Collection[RunId] = (),
    last_deleted_at: datetime | None = None,
) -> RetentionPlan:
    """Return what becomes of the good backups of one schedule. `since`: when the schedule was made."""
    newest_first = sorted(backups, key=lambda one: (one.made_at, one.run_id), reverse=True)
    # what a clock that was ahead has dated counts for nothing until then: the real ones would seem old beside it
    real = [one for one in newest_first if one.made_at <= now]
    keep = {one.run_id: "made in the future" for one in newest_first if one.made_at > now}
    keep |= _wanted(real, retention, zone, now)
    shrunk = _is_shrunk(real)
    if shrunk or now - since < SETTLING:
        why = "the newest backup holds far fewer calls" if shrunk else "the schedule is new"
        keep |= {one.run_id: why for one in newest_first if one.run_id not in keep}
    _keep_needed(newest_first, keep)
    over = list(_in_order([one for one in newest_first if one.run_id not in keep]))
    # a dependant goes before what it needs, so only a whole beginning of the order may be confirmed at once
    unasked = min(UNASKED, len(over))
    allowed = unasked if last_deleted_at is None or now - last_deleted_at >= CLOSEST else 0
    while allowed < len(over) and over[allowed] in confirmed:
        allowed += 1
    asks = over[max(allowed, unasked) :]
    return RetentionPlan(keep=keep, over=over, now=over[:allowed], asks=asks, is_shrunk=shrunk)


def retention_of(schedule: Schedule, good: GoodBackups, now: datetime) -> RetentionPlan:
    """Return what becomes of the good backups of a schedule, as things are."""
    return plan_retention(
        good.backups,
        schedule.retention,
        zone=zone_named(schedule.zone),
        now=now,
        since=schedule.created_at,
        confirmed=good.confirmed,
        last_deleted_at=good.last_deleted_at,
    )


def _wanted(
    newest_first: Sequence[Kept], retention: Retention, zone: ZoneInfo, now: datetime
) -> Iterator[tuple[RunId, str]]:
    for one in newest_first[: retention.min_count]:
        yield one.run_id, f"one of the newest {retention.min_count}"
    if proved := next((one for one in newest_first if one.is_proved), None):
        yield proved.run_id, "the newest that a drill proved"
    for one in newest_first:
        if now - one.made_at < timedelta(days=retention.min_age_days):
            yield one.run_id, f"younger than {retention.min_age_days} days"
    for count, name, period in _generations(retention):
        seen: dict[str, RunId] = {}
        for one in newest_first:
            seen.setdefault(period(one.made_at.astimezone(zone)), one.run_id)
        for run_id in list(seen.values())[:count]:
            yield run_id, f"the newest of its {name}"


def _generations(retention: Retention) -> Sequence[tuple[int, str, Callable[[datetime], str]]]:
    return (
        (retention.daily, "day", lambda at: f"{at:%Y-%m-%d}"),
        (retention.weekly, "week", lambda at: f"{at:%G-%V}"),
        (retention.monthly, "month", lambda at: f"{at:%Y-%m}"),
        (retention.yearly, "year", lambda at: f"{at:%Y}"),
    )


def _keep_needed(newest_first: Sequence[Kept], keep: dict[RunId, str]) -> None:
    """Keep what the restore of a kept backup needs, all the way down to the full one."""
    known = {one.run_id: one for one in newest_first}
    for run_id in list(keep):
        base = known[run_id].base
        while base is not None and base in known and base not in keep:
            keep[base] = "needed to restore a newer one"
            base = known[base].base


def _in_order(over: Sequence[Kept]) -> Iterator[RunId]:
    """Yield the oldest that no other one needs, again and again."""
    left = {one.run_id: one for one in over}
    while left:
        needed = {one.base for one in left.values()}
        free = [one for one in left.values() if one.run_id not in needed]
        oldest = min(free, key=lambda one: (one.made_at, one.run_id))
        del left[oldest.run_id]
        yield oldest.run_id


def _is_shrunk(newest_first: Sequence[Kept]) -> bool:
    whole = [one for one in newest_first if one.base is None]
    return len(whole) > 1 and whole[0].calls < SHRUNK * max(one.calls for one in whole[1:])
