"""Meta's lead download as a file: its columns, its prefixes, its encoding; invented people."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

FIXED = (
    "id", "created_time", "ad_id", "ad_name", "adset_id", "adset_name", "campaign_id", "campaign_name", "form_id",
    "form_name", "is_organic", "platform",
)  # fmt: skip
QUESTIONS = ("full_name", "phone_number", "email", "inbox_url", "lead_status")


def row(lead_id: str, *, form_id: str = "300", **more: str) -> dict[str, str]:
    """Return a row as Meta writes it."""
    return {
        "id": f"l:{lead_id}",
        "created_time": "2026-03-16T00:12:13+03:00",
        "ad_id": "ag:11",
        "ad_name": "Picture",
        "adset_id": "as:12",
        "adset_name": "Nearby",
        "campaign_id": "c:13",
        "campaign_name": "Autumn",
        "form_id": f"f:{form_id}",
        "form_name": "Window cleaning",
        "is_organic": "false",
        "platform": "ig",
        "full_name": f"Zoë Beispiel {lead_id}",
        "phone_number": "p:+4915223433333",
        "email": f"zoe.{lead_id}@example.com",
        "inbox_url": "https://example.com/inbox",
        "lead_status": "CREATED",
        **more,
    }


def test_row(lead_id: str, **more: str) -> dict[str, str]:
    """Return what the testing tool leaves in a download."""
    dummy = {name: f"<test lead: dummy data for {name}>" for name in ("full_name", "inbox_url")}
    phone = "p:<test lead: dummy data for phone_number>"
    return row(lead_id, **dummy, phone_number=phone, email="test@meta.com", platform="", **more)


test_row.__test__ = False  # type: ignore[attr-defined] # its name is the field's word and no test's


def table(rows: Sequence[Mapping[str, str]], *, separator: str = "\t", columns: Sequence[str] = ()) -> str:
    """Return rows as a table with a header."""
    names = list(columns or dict.fromkeys(name for one in rows for name in one) or (*FIXED, *QUESTIONS))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([[one.get(name, "") for name in names] for one in rows])
    return out.getvalue()


def written(
    path: Path, rows: Sequence[Mapping[str, str]], *, encoding: str = "utf-16", separator: str = "\t"
) -> Path:
    """Write a download: by default as Meta does, UTF-16 with tabs, whatever its name says."""
    path.write_bytes(table(rows, separator=separator).encode(encoding))
    return path
