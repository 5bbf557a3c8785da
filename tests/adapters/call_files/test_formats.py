"""Every format and its traps: what is a call is read, what is none is refused alone, with line and reason."""

import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.calls import FILES, read, rules

from adapters.call_files.detect import open_calls
from connector.domain.call import Call, RejectedRow
from connector.domain.errors import BadInputError
from connector.wire.call import call_json
from connector.wire.call_rows import JsonPieces

HEADER = "number,started_at,duration,type\n"
GOOD = "+919000000001,2026-01-01T10:00:00Z,5,incoming\n"


@pytest.mark.parametrize(
    ("name", "zone", "rows", "calls"),
    [
        ("sbr-v10-attributes-synthetic.xml", None, 11, 10),
        ("sbr-surrogate-refs-synthetic.xml", None, 1, 1),
        ("adb-content-query-synthetic.txt", None, 2, 2),
        ("backup-a.xml", None, 12, 12),
        ("backup-b.xml", None, 12, 12),
        ("minimal-crlf.xml", None, 2, 2),
        ("super-backup.xml", None, 1, 1),
        ("dialer-semicolon.csv", "Europe/Rome", 4, 4),
        ("two-booleans.csv", "America/New_York", 4, 4),
    ],
)
def test_the_counts_of_every_format(name: str, zone: str | None, rows: int, calls: int) -> None:
    found, rejected = read(FILES / name, zone)
    assert (len(found), len({call.call_id for call in found}), rejected) == (rows, calls, [])


def test_two_overlapping_backups_tell_22_calls() -> None:
    ids = [{call.call_id for call in read(FILES / f"backup-{name}.xml")[0]} for name in "ab"]
    assert (len(ids[0] & ids[1]), len(ids[0] | ids[1])) == (2, 22)


def test_the_attributes_of_version_10() -> None:
    found, _ = read(FILES / "sbr-v10-attributes-synthetic.xml", region="IN")
    assert [call.type for call in found][:7] == [
        "incoming", "outgoing", "missed", "voicemail", "rejected", "blocked", "answered_externally",
    ]  # fmt: skip
    assert found[0].peer.name == 'Asha & Co "Traders"'
    assert (found[1].peer.name, found[1].peer.number, found[1].status) == (None, "+919000000002", "no_answer")
    assert found[4].peer.name == "=1+1"
    assert (found[4].sim.subscription_id, found[4].channel) == (None, "unknown")
    assert [call.peer.number for call in found[7:10]] == [None] * 3
    assert found[0].started_at_precision == "ms"
    assert call_json(found[0]).startswith('{"schema_version":"1.0","call_id":"')


def test_surrogate_references_become_one_character() -> None:
    (call,), _ = read(FILES / "sbr-surrogate-refs-synthetic.xml")
    assert call.peer.name == "Meera 😊"


def test_a_dump_splits_only_before_columns() -> None:
    (first, second), _ = read(FILES / "adb-content-query-synthetic.txt")
    assert (first.peer.name, first.user.phone, first.channel) == (
        "Asha, Traders",
        "+919000000099",
        "cellular",
    )
    assert (second.type, second.extra["missed_reason"], first.source.native_id) == (
        "missed",
        "589824",
        "15045",
    )


def test_a_dialers_sheet() -> None:
    found, _ = read(FILES / "dialer-semicolon.csv", "Europe/Rome", region="IT")
    assert [call.status for call in found] == ["answered", "busy", "no_answer", "failed"]
    assert {call.direction for call in found} == {"outbound"}
    assert found[0].started_at.isoformat() == "2024-09-25T09:12:32+00:00"
    assert (found[0].duration_seconds, found[0].disposition, found[0].tz) == (
        22,
        "No risposta",
        "Europe/Rome",
    )


def test_two_booleans_tell_the_type() -> None:
    found, _ = read(FILES / "two-booleans.csv", "UTC")
    assert [(call.type, call.status) for call in found] == [
        ("missed", "no_answer"), ("incoming", "answered"), ("outgoing", "no_answer"), ("outgoing", "answered"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["dialer-semicolon.csv", "two-booleans.csv"])
def test_a_file_without_a_zone_is_refused_with_the_question(name: str) -> None:
    with pytest.raises(BadInputError, match="--zone"):
        read(FILES / name)


def test_dates_that_stand_either_way_are_asked_about(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(HEADER + "+919000000001,03/04/2024 10:00:00,5,in\n", encoding="utf-8")
    with pytest.raises(BadInputError, match="--date-order"):
        read(file, "UTC")
    assert read(file, "UTC", region="US")[0][0].started_at.month == 3
    file.write_text(file.read_text() + "+919000000001,25/04/2024 10:00:00,5,in\n", encoding="utf-8")
    assert [call.started_at.month for call in read(file, "UTC", region="US")[0]] == [4, 4]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("+919000000001,yesterday,5,in", "no date"),
        ("+919000000001,2026-01-01T10:00:00Z,abc,in", "duration"),
        ("+919000000001,1999-01-01T10:00:00Z,5,in", "clock"),
        ("+919000000001,2027-01-01T10:00:00Z,5,in", "clock"),
        ("+919000000001,12345,5,in", "5 digits"),
        ("+919000000001,2026-02-30T10:00:00Z,5,in", "no such date"),
        ("+919000000001,2026-01-01T10:00:00Z,5,in,more", "5 columns"),
        ('+919000000001,"2026-01-01T10:00:00Z,5,in', "quote"),
    ],
)
def test_a_bad_row_is_refused_alone(tmp_path: Path, row: str, reason: str) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(HEADER + GOOD + row + "\n" + GOOD, encoding="utf-8")
    found, (rejected,) = read(file)
    assert (len(found), rejected.line) == (2, 3)
    assert reason in rejected.reason
    assert rejected.text == row


def test_notes_over_lines_separators_marks_and_old_encodings(tmp_path: Path) -> None:
    file = tmp_path / "calls.txt"
    text = 'Phone\tStart\tDuration\tDirection\tNote\r\n+4915112345678\t2026-01-01 10:00\t1:05\tin\t"two\r\nlines"\r\n'
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    (call,), _ = read(file, "Europe/Berlin")
    assert (call.note, call.duration_seconds, call.started_at_precision) == ("two\r\nlines", 65, "min")
    file.write_bytes("number;started_at;name\n+4915112345678;2026-01-01T10:00:00Z;Jürgen\n".encode("cp1252"))
    opened = open_calls(file, rules(), custom={})
    (row,) = opened.calls()
    assert isinstance(row, Call)
    assert row.peer.name == "Jürgen"
    assert "Windows-1252" in opened.notes[0]


def test_columns_may_be_named_and_are_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("a,b\n+919000000001,2026-01-01T10:00:00Z\n", encoding="utf-8")
    with pytest.raises(BadInputError, match="--map started_at"):
        read(file)
    (call,), _ = read(file, custom={"a": "number", "b": "started_at"})
    assert call.peer.number == "+919000000001"


@pytest.mark.parametrize(
    "prolog", ['<!DOCTYPE c [<!ENTITY a "aaaa">]>', '<!doctype c SYSTEM "file:///etc/passwd">']
)
def test_a_document_type_is_refused(tmp_path: Path, prolog: str) -> None:
    file = tmp_path / "calls.xml"
    file.write_text(f'<?xml version="1.0"?>{prolog}<calls count="1"><call number="&a;" /></calls>')
    with pytest.raises(BadInputError, match="document type"):
        read(file)
    file.write_text(f'<calls count="1">{" " * 300_000}{prolog}<call number="1" /></calls>')
    with pytest.raises(BadInputError, match="document type"):
        read(file)


def test_a_broken_element_is_refused_alone(tmp_path: Path) -> None:
    good = '<call number="+919000000001" duration="5" date="1767230100123" type="1" />'
    bad = ('<call number="&nope;" date="1767230100123" />', '<call number="+9190 date=1767230100123 />')
    file = tmp_path / "calls.xml"
    file.write_text("<calls>\n" + "\n".join((good, bad[0], good, bad[1], good)) + "\n</calls>")
    found, rejected = read(file)
    assert (len(found), [row.line for row in rejected]) == (3, [3, 5])
    file.write_text("<calls>\n" + good + '\n<call number="+91')
    found, (cut,) = read(file)
    assert (len(found), cut.line) == (1, 3)


def test_messages_and_archives_are_named(tmp_path: Path) -> None:
    file = tmp_path / "sms.xml"
    file.write_text('<smses count="1"><sms /></smses>')
    with pytest.raises(BadInputError, match="messages"):
        read(file)
    file.write_bytes(b"PK\x03\x04")
    with pytest.raises(BadInputError, match="CSV"):
        read(file)


def test_a_call_record_comes_back_as_it_was(tmp_path: Path) -> None:
    found, _ = read(FILES / "sbr-v10-attributes-synthetic.xml", region="IN", owner="asha")
    file = tmp_path / "calls.jsonl"
    file.write_text("\n".join(call_json(call) for call in found), encoding="utf-8")
    assert read(file)[0] == found
    file.write_text("[" + ",\n".join(call_json(call) for call in found) + "]", encoding="utf-8")
    assert read(file)[0] == found
    broken = json.loads(call_json(found[0])) | {"duration_seconds": -1}
    file.write_text(json.dumps(broken) + "\nno json\n" + call_json(found[1]), encoding="utf-8")
    calls, rejected = read(file)
    assert (len(calls), [row.line for row in rejected]) == (1, [1, 2])


short = st.text(max_size=12)
values = st.recursive(
    st.none() | st.integers() | short,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(short, inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.dictionaries(short, values, max_size=4), min_size=1, max_size=5),
    st.integers(1, 50),
    st.booleans(),
)
def test_json_is_cut_into_its_objects_however_it_arrives(
    objects: list[dict[str, object]],
    size: int,
    array: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    text = json.dumps(objects) if array else "\n".join(map(json.dumps, objects))
    pieces, found = JsonPieces(), []
    blocks = [text.encode()[at : at + size] for at in range(0, len(text), size)]
    for block, last in [*((block, False) for block in blocks), (b"", True)]:
        found += list(pieces.feed(block, last=last))
    assert [json.loads(piece[1]) for piece in found if not isinstance(piece, RejectedRow)] == objects


def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "calls.xml"
    with file.open("w") as out:
        out.write('<calls count="20000">\n')
        for n in range(20_000):
            out.write(
                f'<call number="+9190{n % 40:08}" duration="5" date="{1767230100123 + n * 1000}" type="1" />\n'
            )
        out.write("</calls>")
    tracemalloc.start()
    count = sum(isinstance(row, Call) for row in open_calls(file, rules(), custom={}).calls())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 12 * 2**20
