"""Imports of history as people see them: what was asked for at once of one Page is one."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import groupby

from connector.domain.reconcile_work import CONNECT
from connector.domain.reconciling import DAY_MS
from connector.web.dashboard.lead_views import Row, at, instant
from connector.web.dashboard.views import ImportGroup, ImportLine

ASKED_BY = {CONNECT: "When the Page was connected", "operator": "On the server"}
MINUTE_MS = 60_000


def groups_of(rows: Sequence[Row], *, now_ms: int) -> list[ImportGroup]:
    """Return the imports, newest first."""
    ordered = sorted(rows, key=lambda row: (-row["created_at_ms"], row["page_id"], row["form_id"]))
    return [
        _group(list(part), now_ms=now_ms)
        for _, part in groupby(ordered, key=lambda row: (row["created_at_ms"], row["page_id"]))
    ]


def _group(rows: Sequence[Row], *, now_ms: int) -> ImportGroup:
    first = rows[0]
    is_running = any(row["state"] == "waiting" for row in rows)
    found = sum(row["found"] for row in rows)
    began_ms = min((row["began_ms"] for row in rows if row["began_ms"] is not None), default=None)
    minutes = None if began_ms is None else max(now_ms - began_ms, MINUTE_MS) / MINUTE_MS
    until_ms = first["until_ms"]
    return ImportGroup(
        page_id=first["page_id"],
        page_name=first["page_name"] or f"Page {first['page_id']}",
        asked_by=ASKED_BY.get(first["requested_by"], first["requested_by_name"] or "Somebody"),
        asked_at=instant(first["created_at_ms"]),
        since=_day(first["since_ms"]),
        until=None if until_ms is None else _day(until_ms - DAY_MS),
        lines=tuple(_line(row) for row in rows),
        forms_done=sum(row["state"] == "done" for row in rows),
        found=found,
        new=sum(row["new"] for row in rows),
        calls=sum(row["calls"] for row in rows),
        is_running=is_running,
        percent=_percent(rows),
        per_minute=found / minutes if minutes is not None and is_running else None,
        ended_at=None if is_running else at(max(row["settled_at_ms"] or 0 for row in rows)),
        reason=next((row["reason"] for row in rows if row["reason"] and row["state"] == "waiting"), None),
    )


def _percent(rows: Sequence[Row]) -> float | None:
    """Return how far it is. A form that is read to its end counts whole: Facebook's count is an upper bound."""
    if any(row["total"] is None for row in rows):
        return None
    total = sum(max(row["total"], row["found"]) for row in rows)
    done = sum(max(row["total"], row["found"]) if row["state"] == "done" else row["found"] for row in rows)
    return 100.0 if total == 0 else min(done * 100 / total, 100.0)


def _line(row: Row) -> ImportLine:
    return ImportLine(
        form_id=row["form_id"],
        form_name=row["form_name"] or row["form_id"],
        state=row["state"],
        found=row["found"],
        total=row["total"],
        reason=row["reason"],
    )


def _day(ms: int) -> date:
    return datetime.fromtimestamp(ms / 1000, UTC).date()
