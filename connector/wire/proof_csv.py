"""The proof as CSV: one line a form and day, then nothing else; ids and counts alone, nothing personal."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

COLUMNS = (
    "day",
    "page_id",
    "form_id",
    "at_meta",
    "pushed",
    "pulled",
    "delivered",
    "waiting",
    "parked",
    "test",
    "erased",
    "refused",
    "missing",
)
EPOCH = date(1970, 1, 1)


def proof_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the lines, with a header. `day` of a row: days since the epoch."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        on = EPOCH + timedelta(days=row["day"])
        writer.writerow([on.isoformat(), *(row[name] for name in COLUMNS[1:])])
    return text.getvalue()
