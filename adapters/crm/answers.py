"""Judging what the CRM answered, without I/O: total, and lenient with bodies, which strangers write."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from connector.domain.delivery import Accepted, Answer, EndpointGone, FieldError, Rejected, TryLater

CRM_ID_CHARS = 200
ERRORS_KEPT = 20
FIELD_CHARS = 100
MESSAGE_CHARS = 500

_PAUSING = {429: "asked to slow down", 503: "unavailable"}
_GATEWAYS = frozenset({502, 503, 504})
"""Answers that come from in front of the CRM, or from a CRM that takes nothing at all (RFC 9110, 15.6.3-5)."""
_PHRASES = {3: "redirected, which is not followed", 4: "request refused", 5: "server error"}

_SECONDS = re.compile(r"\d+", re.ASCII)
_LONGEST_WISH_S = 1e9


def judge(status: int, *, retry_after: str | None, body: bytes, now: datetime) -> Answer:
    """Return what the answer means; `body` may have been cut short."""
    if status in range(200, 300):
        return Accepted(status=status, crm_id=_crm_id(body))
    if status == HTTPStatus.GONE:
        return EndpointGone(status=status)
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return Rejected(status=status, errors=_field_errors(body))
    if phrase := _PAUSING.get(status):
        wish_s, is_outage = pause_s(retry_after, now), status in _GATEWAYS
        return TryLater(reason=phrase, status=status, retry_after_s=wish_s, is_outage=is_outage)
    is_outage = status in _GATEWAYS
    return TryLater(reason=_PHRASES.get(status // 100, "unknown answer"), status=status, is_outage=is_outage)


def pause_s(retry_after: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After asks for, never negative; None when it makes no sense.

    Source: RFC 9110, 10.2.3: a number of seconds or an HTTP date.
    """
    text = (retry_after or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), _LONGEST_WISH_S)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((aware - now).total_seconds(), 0.0)


def _crm_id(body: bytes) -> str | None:
    answer = _json(body)
    named = answer.get("id") if isinstance(answer, dict) else None
    if isinstance(named, bool) or not isinstance(named, str | int):
        return None
    text = str(named)
    return text if 0 < len(text) <= CRM_ID_CHARS and text.isprintable() else None


def _field_errors(body: bytes) -> tuple[FieldError, ...]:
    answer = _json(body)
    named = answer.get("errors") if isinstance(answer, dict) else None
    found = (FieldError(field=_cut(f, FIELD_CHARS), message=_cut(m, MESSAGE_CHARS)) for f, m in _pairs(named))
    return tuple(error for error, _ in zip(found, range(ERRORS_KEPT), strict=False))


def _pairs(named: object) -> Iterator[tuple[object, object]]:
    """Take `[{"field","message"}]`, `["message"]` and `{"field": "message" or [messages]}`."""
    if isinstance(named, dict):
        for name, said in named.items():
            yield from ((name, message) for message in (said if isinstance(said, list) else [said]))
    for entry in named if isinstance(named, list) else ():
        if isinstance(entry, dict):
            yield entry.get("field"), entry.get("message")
        elif isinstance(entry, str):
            yield "", entry


def _cut(value: object, longest: int) -> str:
    """Return short printable text; anything but text and numbers is no message."""
    text = str(value) if isinstance(value, str | int | float) else ""
    return "".join(c if c.isprintable() else " " for c in text[:longest]).strip()


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # not JSON, cut short, endless digits, nested without end
        return None
