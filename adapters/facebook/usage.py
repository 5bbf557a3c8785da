"""How much of its budget a Page or the app has used, as the Graph API's headers tell it.

https://developers.facebook.com/docs/graph-api/overview/rate-limiting
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_APP = "x-app-usage"
_BUSINESS = "x-business-use-case-usage"
_AD_ACCOUNT = "x-ad-account-usage"
_PERCENTAGES = ("call_count", "total_time", "total_cputime", "acc_id_util_pct")
_SPENT_PERCENT = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The highest percentage of any budget, and the pause in seconds that was named (0: none).

    `waits_s` and `percents` have pause and percentage by kind of budget: leadgen, pages, ads_management, ….
    """

    percent: float = 0.0
    wait_s: float = 0.0
    waits_s: Mapping[str, float] = field(default_factory=dict)
    percents: Mapping[str, float] = field(default_factory=dict)

    def wait_of(self, kind: str | None) -> float:
        """Return the pause of this kind of budget in seconds; the longest one when it is not told.

        A budget that is told without a pause has none: what another budget has to wait says nothing of it.
        """
        return self.wait_s if kind is None else self.waits_s.get(kind, self.wait_s)


NONE = Usage()


def parse_usage(headers: Mapping[str, str]) -> Usage:
    """Read the usage headers; names in lower case. Total: what cannot be read counts as absent."""
    if not (_BUSINESS in headers or _APP in headers or _AD_ACCOUNT in headers):
        return NONE
    percents: dict[str, float] = {}
    waits_s: dict[str, float] = {}
    for kind, record in _records(headers):
        percents[kind] = max(percents.get(kind, 0.0), *(_number(record.get(name)) for name in _PERCENTAGES))
        waits_s[kind] = max(waits_s.get(kind, 0.0), _wait_s(record))
    return Usage(
        percent=max(percents.values(), default=0.0),
        wait_s=max(waits_s.values(), default=0.0),
        waits_s=waits_s,
        percents=percents,
    )


def _records(headers: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, object]]]:
    for name in (_APP, _AD_ACCOUNT):
        record = _parsed(headers.get(name))
        if isinstance(record, dict):
            yield name, record
    by_owner = _parsed(headers.get(_BUSINESS))
    for records in by_owner.values() if isinstance(by_owner, dict) else ():
        for record in records if isinstance(records, list) else ():
            if isinstance(record, dict):
                yield str(record.get("type")), record


def _parsed(text: object) -> object:
    if not isinstance(text, str):
        return None
    try:
        return json.loads(text, object_pairs_hook=_keeping_repeated)
    except (ValueError, RecursionError):
        return None


def _keeping_repeated(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Build an object; lists under a repeated key are joined, for Meta's own sample repeats one."""
    built: dict[str, object] = {}
    for key, value in pairs:
        before = built.get(key)
        built[key] = [*before, *value] if isinstance(before, list) and isinstance(value, list) else value
    return built


def _wait_s(record: Mapping[str, object]) -> float:
    wait_s = 60.0 * _number(record.get("estimated_time_to_regain_access"))  # minutes
    if _number(record.get("acc_id_util_pct")) >= _SPENT_PERCENT:
        wait_s = max(wait_s, _number(record.get("reset_time_duration")))  # seconds
    return wait_s


def _number(value: object) -> float:
    """Return a finite number of 0 or more, from a number or its text; else 0."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0.0
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return 0.0
    return number if math.isfinite(number) and number > 0 else 0.0
