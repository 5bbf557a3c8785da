import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from connector.domain.audit import AuditRecord
from connector.domain.lead import WorkspaceId
from connector.wire.audit_csv import COLUMNS, audit_lines, header_line, safe_cell

FORMULAS = ('=HYPERLINK("http://evil.example")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\uff1d1")


def record(text: str) -> AuditRecord:
    return AuditRecord(
        id=7,
        at_ms=1_795_000_000_123,
        workspace_id=WorkspaceId("main"),
        actor_kind="person",
        actor=text,
        actor_name=text,
        action="connection.connected",
        subject=text,
        subject_name=None,
        detail={"why": text},
    )


def test_a_line() -> None:
    header, line = csv.reader(io.StringIO(header_line() + audit_lines([record('Ada, "the" admin\n2')])))
    assert tuple(header) == COLUMNS
    assert line[:6] == [
        "7", "2026-11-18T11:06:40.123Z", "main", "person", 'Ada, "the" admin\n2', 'Ada, "the" admin\n2',
    ]  # fmt: skip


def test_no_cell_is_a_formula() -> None:
    for formula in FORMULAS:
        assert safe_cell(formula) == f"'{formula}"
        (cells,) = csv.reader(io.StringIO(audit_lines([record(formula)]), newline=""))
        assert cells[4].startswith("'")
        assert cells[5].startswith("'")


@given(st.text())
def test_every_text_is_one_cell_that_calculates_nothing(text: str) -> None:
    if "\x00" in text:  # state takes none
        return
    (cells,) = csv.reader(io.StringIO(audit_lines([record(text)]), newline=""))
    assert len(cells) == len(COLUMNS)
    assert cells[4] in {text, f"'{text}"}
    assert not cells[4].lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
