"""Calls of the workspace, added up by employee and day: the same figures as the API's `/calls/summary`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from zoneinfo import available_timezones

from aiohttp import web

from connector.domain.calls.summary import DaySummary
from connector.domain.errors import BadInputError
from connector.pipelines.take_calls import TakeCalls
from connector.ports.calls import Calls as StoredCalls
from connector.web.call_days import CallDays, call_days
from connector.web.dashboard.frame import CLOCK, show, workspace_of
from connector.web.dashboard.views import CallCounts, CallDay, CallRow, Calls

CALLS: web.AppKey[StoredCalls] = web.AppKey("calls")
TAKE: web.AppKey[TakeCalls] = web.AppKey("take_calls")

ROWS_MAX = 500
HOUR_MINUTES = 60


async def calls(request: web.Request) -> web.Response:
    """Show the range that is asked for; what cannot be read of it is said beside the fields."""
    workspace_id = workspace_of(request)
    app = request.config_dict
    settings = await app[CALLS].settings(workspace_id)
    error = None
    try:
        asked = call_days(_given(request.query), zone=settings.timezone, now=app[CLOCK].now())
    except BadInputError as mistake:
        error = str(mistake)
        asked = call_days({}, zone=settings.timezone, now=app[CLOCK].now())
    days = await app[TAKE].summary(workspace_id, asked.zone, asked.since, asked.until)
    view = Calls(
        is_tracking=settings.tracking,
        since=asked.since,
        until=asked.until,
        zone=asked.zone.key,
        zones=zone_names(),
        error=error,
        total=_counts(days),
        per_day=_per_day(days, asked),
        per_user=_per_user(days),
        rows=tuple(CallRow(user=one.user, day=one.day, counts=_counts([one])) for one in days[:ROWS_MAX]),
        left_out=max(len(days) - ROWS_MAX, 0),
    )
    status = 400 if error else 200
    return await show(request, view, workspace_id=workspace_id, section="calls", status=status)


@cache
def zone_names() -> tuple[str, ...]:
    """Return the zones that are offered: places, and UTC; whatever else IANA knows is taken when typed."""
    places = (
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))
    )
    return ("UTC", *sorted(places))


def _given(query: Mapping[str, str]) -> dict[str, str]:
    """Return what was filled in: a browser sends empty fields too."""
    return {name: query[name] for name in ("zone", "since", "until") if query.get(name)}


def _counts(days: Iterable[DaySummary]) -> CallCounts:
    found = list(days)
    return CallCounts(
        calls=sum(one.calls for one in found),
        connected=sum(one.connected for one in found),
        missed=sum(one.missed for one in found),
        open=sum(one.missed_not_called_back for one in found),
        talk=talk(sum(one.talk_seconds for one in found)),
    )


def talk(seconds: int) -> str:
    """Return a time of talking: 45 s, 12 min, 3 h 05."""
    minutes = round(seconds / 60)
    if seconds < HOUR_MINUTES:
        return f"{seconds} s" if seconds else "0 min"
    if minutes < HOUR_MINUTES:
        return f"{minutes} min"
    return f"{minutes // HOUR_MINUTES:,} h {minutes % HOUR_MINUTES:02}"


def _per_day(days: Sequence[DaySummary], asked: CallDays) -> tuple[CallDay, ...]:
    dates = (asked.since + timedelta(days=n) for n in range((asked.until - asked.since).days + 1))
    return tuple(CallDay(day=on, counts=_counts(one for one in days if one.day == on)) for on in dates)


def _per_user(days: Sequence[DaySummary]) -> tuple[CallRow, ...]:
    """Return each employee's whole range, who called most first."""
    users = {one.user for one in days}
    rows = [CallRow(user=user, counts=_counts(one for one in days if one.user == user)) for user in users]
    return tuple(sorted(rows, key=lambda row: (-row.counts.calls, row.user)))
