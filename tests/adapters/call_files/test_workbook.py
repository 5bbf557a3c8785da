"""Spreadsheets: nothing is cut, calculated or dropped at the library's limits; another library agrees."""

import tempfile
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from support.calls import START, a_call
from support.random_calls import NASTY

from adapters.call_files import workbook
from adapters.call_files.formats import FileFormats
from adapters.call_files.workbook import HEADERS, WorkbookWriter
from connector.domain.backup.files import WriteOptions
from connector.domain.call import Call
from connector.domain.errors import BadInputError

OPTIONS = WriteOptions(zone="Asia/Kolkata")
LONG = "x" * 40_000


def written(path: Path, calls: list[Call], *, sheet_rows: int = 100) -> Path:
    writer = WorkbookWriter(path, OPTIONS, sheet_rows=sheet_rows)
    for call in calls:
        writer.add(call)
    (file,) = writer.close()
    assert [one.name for one in path.parent.iterdir()] == [path.name]  # no temporary file stays
    assert file.rows == len(calls)
    return path


def test_another_library_finds_texts_numbers_and_dates(tmp_path: Path) -> None:
    calls = [
        a_call(note=text, disposition="=1+1") for text in NASTY if len(text) < 100 and "\x01" not in text
    ]
    book = openpyxl.load_workbook(written(tmp_path / "a.xlsx", calls))
    sheet = book["calls"]
    assert [cell.value for cell in sheet[1]] == list(HEADERS)
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == (
        "A2",
        f"A1:{sheet.cell(len(calls) + 1, len(HEADERS)).coordinate}",
    )
    at = {header: column for column, header in enumerate(HEADERS)}
    for row in sheet.iter_rows(min_row=2):
        assert row[0].value == datetime(2026, 11, 20, 14, 45, 30, 123000)  # noqa: DTZ001 - a spreadsheet's times are naive
        assert (row[at["duration_seconds"]].value, row[at["duration_seconds"]].data_type) == (37, "n")
        assert (row[at["disposition"]].value, row[at["disposition"]].data_type) == ("=1+1", "s")
        assert (row[at["peer.number"]].value, row[at["peer.number"]].data_type) == ("+919000000001", "s")
        assert row[at["started_at"]].value == "2026-11-20T09:15:30.123Z"
        assert {cell.data_type for cell in row} <= {"s", "n", "d", "inlineStr"}


def test_rows_past_the_limit_go_on_in_the_next_sheet(tmp_path: Path) -> None:
    calls = [a_call(f"+91900000{at:04}", note=LONG) for at in range(25)]
    path = written(tmp_path / "a.xlsx", calls, sheet_rows=11)
    book = openpyxl.load_workbook(path, read_only=True)
    assert book.sheetnames == ["calls", "long-texts", "calls-2", "long-texts-2", "calls-3", "long-texts-3"]
    assert list(FileFormats().calls(path)) == calls
    book.close()


def test_long_texts_are_cut_nowhere(tmp_path: Path) -> None:
    texts = [LONG, "\U0001f60a" * 20_000, "<r>" * 30 + LONG + "</r>", "_x0041" * 30 + LONG]
    calls = [a_call(note=text, extra={"a": text}) for text in texts]
    path = written(tmp_path / "a.xlsx", calls)
    assert list(FileFormats().calls(path)) == calls
    book = openpyxl.load_workbook(path, read_only=True)
    assert max(len(str(cell.value)) for row in book["calls"] for cell in row) <= 32_767
    book.close()


def test_what_the_library_refuses_is_an_error_and_no_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "CELL_UNITS", 50_000)
    writer = WorkbookWriter(tmp_path / "a.xlsx", OPTIONS)
    with pytest.raises(OSError, match="refused"):
        writer.add(a_call(note=LONG))
    writer.abort()


def test_an_abort_leaves_nothing(tmp_path: Path) -> None:
    writer = WorkbookWriter(tmp_path / "a.xlsx", OPTIONS)
    writer.add(a_call(note=LONG))
    writer.abort()
    writer.abort()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("change", ["saved", "zip", "cut", "doctype"])
def test_what_is_not_ours_is_refused(change: str, tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", [a_call(at=START)])
    if change == "saved":
        book = openpyxl.Workbook()
        book.create_sheet("calls").append(HEADERS)
        book.save(path)
    elif change == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif change == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("hello.txt", "hello")
    else:
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, part in parts.items():
                archive.writestr(
                    name, part.replace(b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet', 1)
                )
    with pytest.raises(BadInputError, match="CSV"):
        list(FileFormats().calls(path))


def test_temporary_files_are_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    written(tmp_path / "a.xlsx", [a_call()])


@pytest.mark.parametrize(
    ("opening", "closing"),
    [(b'<row r="2" spans="', b'"></row>'), (b"<!-- ", b" -->"), (b"<?a ", b"?>")],
    ids=["attribute", "comment", "instruction"],
)
def test_a_tag_that_does_not_end_is_refused_before_it_fills_the_memory(
    opening: bytes, closing: bytes, tmp_path: Path
) -> None:
    """Some kilobytes become gigabytes: a parser holds a tag until it is whole, and reads it again and again."""
    path, bomb = written(tmp_path / "a.xlsx", [a_call()]), tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            body = source.read(info)
            if info.filename == "xl/worksheets/sheet1.xml":
                at = body.index(b"</sheetData>")
                body = body[:at] + opening + b"1" * (16 * 2**20) + closing + body[at:]
            target.writestr(info.filename, body)
    assert bomb.stat().st_size < 2**17
    with pytest.raises(BadInputError, match="none that a backup wrote"):
        list(FileFormats().calls(bomb))
