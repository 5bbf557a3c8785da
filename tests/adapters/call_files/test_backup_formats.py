"""The formats of a backup: what is written comes back, exactly where the format can hold it."""

import csv
import hashlib
import stat
import sys
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.calls import START, a_call, read
from support.full_disk import no_file_grows
from support.random_calls import LONG, NASTY, calls_of

from adapters.call_files.formats import FileFormats
from adapters.call_files.formulas import guarded, unguarded
from connector.domain.backup.files import BackupFormat, WriteOptions, WrittenFile
from connector.domain.call import Call, RejectedRow
from connector.domain.errors import BadInputError
from connector.wire.call import call_json

OPTIONS = WriteOptions(zone="Asia/Kolkata", separator=";")
EXACT: Sequence[BackupFormat] = ("jsonl", "csv", "csv_excel", "xlsx", "parquet")
ALL: Sequence[BackupFormat] = (*EXACT, "xml")
FORMATS = FileFormats()


def written(folder: Path, kind: BackupFormat, calls: Sequence[Call]) -> Sequence[WrittenFile]:
    writer = FORMATS.writer(kind, folder, "calls-2026", OPTIONS)
    for call in calls:
        writer.add(call)
    files = writer.close()
    writer.abort()  # harmless after close
    return files


def back(files: Sequence[WrittenFile]) -> list[Call]:
    found: list[Call] = []
    for file in files:
        for row in FORMATS.calls(file.path):
            assert isinstance(row, Call), row.reason
            found.append(row)
    return found


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.mark.parametrize("kind", EXACT)
@given(calls=st.lists(calls_of(), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_random_calls_come_back_exactly(kind: BackupFormat, calls: list[Call]) -> None:
    with tempfile.TemporaryDirectory() as name:
        assert back(written(Path(name), kind, calls)) == calls


@pytest.mark.parametrize("kind", EXACT)
def test_every_nasty_text_comes_back_exactly(kind: BackupFormat, folder: Path) -> None:
    calls = [
        a_call(note=text, extra={text: text}, tags=(text, text), disposition="") for text in (*NASTY, *LONG)
    ]
    assert back(written(folder, kind, calls)) == calls


@pytest.mark.parametrize("kind", ALL)
def test_sizes_rows_and_digests_are_those_of_the_file(kind: BackupFormat, folder: Path) -> None:
    (file,) = written(folder, kind, [a_call(note="n" * 100)] * 5000)
    body = file.path.read_bytes()
    assert (file.rows, file.size_bytes, file.plain_size_bytes) == (5000, len(body), len(body))
    assert file.sha256 == file.plain_sha256 == hashlib.sha256(body).hexdigest()
    assert file.md5 == hashlib.md5(body, usedforsecurity=False).hexdigest()
    assert (file.format, file.name, file.is_sealed) == (kind, file.path.name, False)


@pytest.mark.parametrize("kind", ALL)
def test_no_call_is_no_file_and_an_abort_leaves_none(kind: BackupFormat, folder: Path) -> None:
    assert not written(folder, kind, [])
    writer = FORMATS.writer(kind, folder, "x", OPTIONS)
    for _ in range(3000):
        writer.add(a_call(note="n" * 200))
    writer.abort()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind != "parquet"])  # which holds a row group
def test_memory_does_not_grow_with_the_calls(kind: BackupFormat, folder: Path) -> None:
    call = a_call(note="n" * 4000, disposition="d" * 4000)
    call = replace(call, peer=replace(call.peer, name="n" * 4000))
    writer = FORMATS.writer(kind, folder, "x", OPTIONS)
    tracemalloc.start()
    for _ in range(700):
        writer.add(call)
    files = writer.close()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(file.rows for file in files) == 700
    assert peak < 2_500_000  # of 8 MB


@pytest.mark.parametrize("kind", ALL)
def test_a_file_is_never_written_over(kind: BackupFormat, folder: Path) -> None:
    (file,) = written(folder, kind, [a_call()])
    before = file.path.read_bytes()
    with pytest.raises(FileExistsError):
        written(folder, kind, [a_call(note="other")])
    assert file.path.read_bytes() == before


@pytest.mark.parametrize("kind", ALL)
def test_a_disk_that_is_full_is_an_oserror_and_an_abort_leaves_nothing(
    kind: BackupFormat, folder: Path
) -> None:
    writer = FORMATS.writer(kind, folder, "x", OPTIONS)

    def write() -> None:
        for at in range(3000):
            writer.add(a_call(f"+9190{at:08}", note=sha256(str(at).encode()).hexdigest()))
        writer.close()

    with pytest.raises(OSError, match="too large"), no_file_grows(beyond_bytes=2000):
        write()
    writer.abort()
    assert list(folder.iterdir()) == []


def test_parquet_that_is_not_installed_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(BadInputError, match="pip install"):
        FORMATS.writer("parquet", folder, "x", OPTIONS)


def test_the_types_of_parquet(folder: Path) -> None:
    (file,) = written(folder, "parquet", [a_call(tags=("a",), extra={"b": "1"})] * 3)
    table = pq.read_table(file.path)
    assert str(table.schema.field("started_at").type) == "timestamp[ms, tz=UTC]"
    assert str(table.schema.field("duration_seconds").type) == "int32"
    assert str(table.schema.field("peer_number").type) == "string"
    assert table["started_at"].to_pylist()[0] == START
    assert table["extra"].to_pylist()[0] == [("b", "1")]
    assert pq.ParquetFile(file.path).metadata.row_group(0).column(1).compression == "ZSTD"


@pytest.mark.parametrize("kind", EXACT)
def test_the_importer_takes_our_files_as_they_are(kind: BackupFormat, folder: Path) -> None:
    calls = [a_call(note="=1+1", extra={"a": "1"}), a_call("+919000000002")]
    (file,) = written(folder, kind, calls)
    assert read(file.path) == (calls, [])


def test_json_lines_are_call_records_without_a_mark(folder: Path) -> None:
    calls = [a_call(note="é\r\n"), a_call()]
    (file,) = written(folder, "jsonl", calls)
    assert file.path.read_bytes() == "".join(f"{call_json(call)}\n" for call in calls).encode()


def test_the_csv_of_machines(folder: Path) -> None:
    (file,) = written(folder, "csv", [a_call(note='=1+1, "x"', tags=("a", "b"))])
    body = file.path.read_bytes().decode()
    assert body.startswith("schema_version,call_id,source.system,")
    assert body.count("\r\n") == 2
    (row,) = csv.DictReader(body.splitlines())
    assert (row["note"], row["tags"], row["started_at"]) == (
        '=1+1, "x"', '["a","b"]', "2026-11-20T09:15:30.123Z",
    )  # fmt: skip
    assert (row["duration_seconds"], row["is_video"], row["type_code"]) == ("37", "false", "")


def test_the_csv_of_spreadsheets(folder: Path) -> None:
    call = a_call(note="=1+1", disposition="-x", utc_offset_minutes=-330)
    (file,) = written(folder, "csv_excel", [call])
    body = file.path.read_bytes()
    assert body.startswith(b"\xef\xbb\xbflocal_time;schema_version;")
    (row,) = csv.DictReader(body.decode("utf-8-sig").splitlines(), delimiter=";")
    assert (row["local_time"], row["note"], row["disposition"]) == ("2026-11-20 14:45:30", "'=1+1", "'-x")
    assert (row["peer.number"], row["utc_offset_minutes"]) == ("+919000000001", "-330")


@given(st.sampled_from(NASTY) | st.text("'= +-@\t\r\n\uff1d1a", max_size=6))
def test_the_guard_is_exact_both_ways_and_nothing_runs(text: str) -> None:
    cell = guarded(text)
    assert unguarded(cell) == text
    is_number = cell.removeprefix("+").isdigit()
    assert is_number or not cell.lstrip(" ").startswith(
        ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b")
    )


def test_a_separator_that_no_spreadsheet_knows_is_refused(folder: Path) -> None:
    for separator in ("", "x", ",,", '"'):
        with pytest.raises(BadInputError, match="separator"):
            FORMATS.writer("csv_excel", folder, "x", WriteOptions(zone="UTC", separator=separator))
    with pytest.raises(BadInputError, match="time zone"):
        FORMATS.writer("csv_excel", folder, "x", WriteOptions(zone="Mars/One"))


@pytest.mark.parametrize("kind", EXACT)
def test_a_file_that_is_cut_off_is_told(kind: BackupFormat, folder: Path) -> None:
    (file,) = written(folder, kind, [a_call(note='"quoted\n' * 40)] * 2)
    file.path.write_bytes(file.path.read_bytes()[:-200])
    with pytest.raises(BadInputError, match="cut off"):
        list(FORMATS.calls(file.path))


def test_a_damaged_row_is_refused_alone(folder: Path) -> None:
    (file,) = written(folder, "jsonl", [a_call(), a_call("+919000000002")])
    first, second = file.path.read_bytes().splitlines(keepends=True)
    naive = second.replace(b'"ended_at":null', b'"ended_at":"2026-01-01T10:00:00"')
    nul = second.replace(b'"note":null', b'"note":"a\\u0000b"')
    file.path.write_bytes(first + second.replace(b"missed", b"").replace(b"37", b'"x"') + naive + nul)
    rows = list(FORMATS.calls(file.path))
    assert [type(row) for row in rows] == [Call, RejectedRow, RejectedRow, Call]
    assert isinstance(rows[1], RejectedRow)
    assert (rows[1].line, "duration_seconds" in rows[1].reason) == (2, True)
    assert isinstance(rows[3], Call)
    assert rows[3].note == "ab"
    (table,) = written(folder, "csv", [a_call(), a_call(at=START)])
    table.path.write_bytes(table.path.read_bytes().replace(b",37,", b",x,", 1) + b"a,b\r\n")
    kinds = [type(row) for row in FORMATS.calls(table.path)]
    assert kinds == [RejectedRow, Call, RejectedRow]


def test_a_line_under_a_forged_header_or_with_nul_in_broken_json_is_refused_in_words(folder: Path) -> None:
    (file,) = written(folder, "jsonl", [a_call()])
    broken = b'{"schema_version":"1.0","note":"a\\u0000b"\n'
    file.path.write_bytes(broken + file.path.read_bytes())
    refused, whole = FORMATS.calls(file.path)
    assert isinstance(refused, RejectedRow)
    assert (refused.line, "no JSON" in refused.reason, type(whole)) == (1, True, Call)
    file.path.write_bytes(b'call_id,source.system,peer.number_raw,extra,"never closed\n1,2,3,4,5\n')
    with pytest.raises(BadInputError, match="damaged or cut off at line 1"):
        list(FORMATS.calls(file.path))


@pytest.mark.parametrize("body", [b"", b"hello", b"a,b\n1,2\n", b"\xff\xfe\x00", b"<calls/>", b'{"a":1}\n'])
def test_files_of_others_are_refused(body: bytes, folder: Path) -> None:
    path = folder / "x"
    path.write_bytes(body)
    with pytest.raises(BadInputError):
        list(FORMATS.calls(path))
    with pytest.raises(BadInputError, match="cannot be read"):
        list(FORMATS.calls(folder / "none"))


@pytest.mark.parametrize("kind", ALL)
def test_nobody_else_may_read_what_is_written(kind: BackupFormat, folder: Path) -> None:
    (file,) = written(folder, kind, [a_call()])
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def patched(path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    """Write a workbook again with one part changed."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, body in parts.items():
            book.writestr(name, change(body) if name == part else body)


@pytest.mark.parametrize("reference", [b"XFE2", b"AAAAAAAA2", b"2", b""])
def test_a_cell_beyond_any_sheet_is_refused(folder: Path, reference: bytes) -> None:
    """Or one row that never ends would fill the memory with empty cells."""
    (file,) = written(folder, "xlsx", [a_call()])
    cell = b'<c r="%s" t="n"><v></v></c>' % reference
    patched(
        file.path, "xl/worksheets/sheet1.xml", lambda body: (cell + b"</row>").join(body.rsplit(b"</row>", 1))
    )
    with pytest.raises(BadInputError, match="none that a backup wrote"):
        list(FORMATS.calls(file.path))


def test_a_workbook_under_a_password_is_refused_in_words(folder: Path) -> None:
    (file,) = written(folder, "xlsx", [a_call()])
    body = bytearray(file.path.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # its bit in both places of each part
        start = body.find(signature)
        while start >= 0:
            body[start + at] |= 1
            start = body.find(signature, start + 4)
    file.path.write_bytes(body)
    with pytest.raises(BadInputError, match="no spreadsheet, or damaged"):
        list(FORMATS.calls(file.path))
