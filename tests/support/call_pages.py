"""Sample pages of calls."""

from dataclasses import replace
from datetime import date, timedelta

from connector.web.dashboard.views import CallCounts, CallDay, CallRow, Calls

FIRST = date(2026, 11, 18)
PER_DAY = (
    CallCounts(calls=41, connected=30, missed=7, open=1, talk="1 h 52"),
    CallCounts(calls=38, connected=29, missed=5, talk="1 h 34"),
    CallCounts(calls=52, connected=33, missed=12, open=4, talk="2 h 20"),
    CallCounts(calls=3, connected=3, talk="6 min"),
    CallCounts(),
    CallCounts(calls=44, connected=36, missed=4, talk="2 h 02"),
    CallCounts(calls=17, connected=11, missed=5, open=2, talk="44 min"),
)
TOTAL = CallCounts(calls=195, connected=142, missed=33, open=7, talk="8 h 38")
USERS = (
    CallRow(user="asha", counts=CallCounts(calls=88, connected=70, missed=9, talk="4 h 10")),
    CallRow(
        user="+351912000321", counts=CallCounts(calls=61, connected=44, missed=13, open=5, talk="2 h 30")
    ),
    CallRow(user="Tomás", counts=CallCounts(calls=46, connected=28, missed=11, open=2, talk="1 h 58")),
)
CALLS = Calls(
    since=FIRST,
    until=FIRST + timedelta(days=6),
    zone="Europe/Lisbon",
    zones=("UTC", "Asia/Kolkata", "Europe/Lisbon"),
    total=TOTAL,
    per_day=tuple(
        CallDay(day=FIRST + timedelta(days=place), counts=counts) for place, counts in enumerate(PER_DAY)
    ),
    per_user=USERS,
    rows=tuple(replace(row, day=FIRST + timedelta(days=6 - n)) for n in range(3) for row in USERS),
    left_out=2,
)
NO_CALLS = Calls(
    is_tracking=False,
    since=FIRST,
    until=FIRST,
    zone="UTC",
    error="`since` must be a day, such as 2026-11-22.",
)
