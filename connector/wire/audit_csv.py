"""The audit log as CSV: RFC 4180, UTF-8, safe to open in a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime

from connector.domain.audit import AuditRecord
from connector.domain.times import rfc3339

COLUMNS = (
    "id", "at", "workspace", "actor_kind", "actor", "actor_name", "action", "subject", "subject_name", "detail",
)  # fmt: skip
CONTENT_TYPE = "text/csv"

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet calculate, also in full width. Source: OWASP, CSV injection."""


def header_line() -> str:
    """Return the first line."""
    return _line(COLUMNS)


def audit_lines(records: Iterable[AuditRecord]) -> str:
    """Return a line for each record, in the order given."""
    return "".join(_line(_cells(record)) for record in records)


def safe_cell(text: str) -> str:
    """Return the text so that no spreadsheet runs it as a formula: an apostrophe goes before a dangerous start."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def _cells(record: AuditRecord) -> tuple[str, ...]:
    detail = json.dumps(dict(record.detail), ensure_ascii=False, sort_keys=True) if record.detail else ""
    texts = (
        record.workspace_id, record.actor_kind, record.actor, record.actor_name, record.action,
        record.subject, record.subject_name, detail,
    )  # fmt: skip
    at = rfc3339(datetime.fromtimestamp(record.at_ms / 1000, UTC))
    return (str(record.id), at, *(safe_cell(text or "") for text in texts))


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
