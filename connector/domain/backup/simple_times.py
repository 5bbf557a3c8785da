"""Times of a schedule as most people want them: each day, week or month at a time of day, and cron for the rest."""

import re
from dataclasses import dataclass
from typing import Literal

from connector.domain.errors import BadInputError

How = Literal["daily", "weekly", "monthly"]
LAST_DAY = "L"
"""Of a month, as cron writes it."""
DAYS_OF_EVERY_MONTH = 28

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_CRON = re.compile(r"(\d{1,2}) (\d{1,2}) (\*|L|\d{1,2}) \* (\*|\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleTimes:
    """`weekday` counts from Sunday, 0; `monthday` is 1 to 28, or L for the last. Raises BadInputError."""

    how: How
    hour: int
    minute: int
    weekday: int = 1
    monthday: str = "1"

    def __post_init__(self) -> None:
        if not (0 <= self.hour < 24 and 0 <= self.minute < 60):  # noqa: PLR2004 - of a day
            raise BadInputError("A time of day is written as 02:30.")
        if not 0 <= self.weekday <= 6:  # noqa: PLR2004 - of a week
            raise BadInputError("Choose a day of the week.")
        day = self.monthday
        if day != LAST_DAY and not (day.isascii() and day.isdigit() and 1 <= int(day) <= DAYS_OF_EVERY_MONTH):
            raise BadInputError(f"Choose a day from 1 to {DAYS_OF_EVERY_MONTH}, or the last one.")

    @property
    def cron(self) -> str:
        """Return the expression."""
        day = str(self.monthday) if self.how == "monthly" else "*"
        return f"{self.minute} {self.hour} {day} * {self.weekday if self.how == 'weekly' else '*'}"


def time_of_day(text: str) -> tuple[int, int]:
    """Return hour and minute of `02:30`. Raises BadInputError."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise BadInputError("A time of day is written as 02:30.")
    return int(found[1]), int(found[2])


def simple_times(cron: str) -> SimpleTimes | None:
    """Return what an expression is in these words; None where it takes more of them."""
    found = _CRON.fullmatch(cron)
    if found is None or (found[3] != "*" and found[4] != "*"):
        return None
    minute, hour, monthday, weekday = found.groups()
    how: How = "monthly" if monthday != "*" else "weekly" if weekday != "*" else "daily"
    try:
        return SimpleTimes(
            how=how,
            hour=int(hour),
            minute=int(minute),
            weekday=int(weekday) if how == "weekly" else 1,
            monthday=monthday.lstrip("0") if how == "monthly" else "1",
        )
    except BadInputError:
        return None
