"""Days whose calls are added up: what the API and the dashboard take as a range, so that both tell the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from connector.domain.calls.times import zone_named
from connector.domain.errors import BadInputError

DAYS_MAX = 92
DAYS_DEFAULT = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDays:
    """Days from `since` to `until`, both included, in a zone."""

    zone: ZoneInfo
    since: date
    until: date


def call_days(query: Mapping[str, str], *, zone: str, now: datetime) -> CallDays:
    """Return the range that `zone`, `since` and `until` ask for: the last week unless said. Raises BadInputError.

    `zone` is the workspace's, where the query names none.
    """
    named = zone_named(query.get("zone") or zone)
    until = _day(query, "until") or now.astimezone(named).date()
    since = _day(query, "since") or until - timedelta(days=DAYS_DEFAULT - 1)
    if not 0 <= (until - since).days < DAYS_MAX:
        raise BadInputError(f"`since` and `until` are days, at most {DAYS_MAX} of them.")
    return CallDays(zone=named, since=since, until=until)


def _day(query: Mapping[str, str], name: str) -> date | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.max
    if not 2000 <= day.year <= 2200:  # noqa: PLR2004 - calls are of these years
        raise BadInputError(f"`{name}` must be a day, such as 2026-11-22.")
    return day
