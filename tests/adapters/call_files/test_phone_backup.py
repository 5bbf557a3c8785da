"""XML for the phone: one file an owner, a true count, and what the app reads."""

import resource
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from support.calls import START, a_call, read
from support.random_calls import LONG, NASTY, calls_of

from adapters.call_files.formats import FileFormats
from connector.domain.backup.files import WriteOptions, WrittenFile
from connector.domain.call import Call, Peer, Sim, Source, User
from connector.domain.calls.identity import at_ms, owner_key

OPTIONS = WriteOptions(zone="Asia/Kolkata")
APP = [
    "number", "duration", "date", "type", "presentation", "subscription_id", "post_dial_digits",
    "subscription_component_name", "readable_date", "contact_name",
]  # fmt: skip


def written(folder: Path, calls: list[Call]) -> list[WrittenFile]:
    writer = FileFormats().writer("xml", folder, "calls-2026", OPTIONS)
    for call in calls:
        writer.add(call)
    return list(writer.close())


def elements(file: WrittenFile) -> list[dict[str, str]]:
    """Return the attributes of the calls, by a parser that takes well-formed XML only."""
    root = ET.parse(file.path).getroot()  # noqa: S314 - our own file
    assert (root.tag, root.attrib["count"], len(root)) == ("calls", str(file.rows), file.rows)
    return [dict(call.attrib) for call in root]


@given(calls=st.lists(calls_of(), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_random_calls_make_well_formed_files_one_an_owner(calls: list[Call]) -> None:
    with tempfile.TemporaryDirectory() as name:
        files = written(Path(name), calls)
        assert sorted(file.owner or "" for file in files) == sorted({owner_key(call) for call in calls})
        assert len({file.name.lower() for file in files}) == len(files)
        assert sorted(one.name for one in Path(name).iterdir()) == sorted(file.name for file in files)
        for file in files:
            mine = [call for call in calls if owner_key(call) == (file.owner or "")]
            told = elements(file)
            assert [call["date"] for call in told] == [str(at_ms(call.started_at)) for call in mine]
            assert [call["duration"] for call in told] == [str(call.duration_seconds) for call in mine]
            assert all(list(call) == APP for call in told)
            assert len(list(FileFormats().calls(file.path))) == file.rows


def test_what_the_app_reads(tmp_path: Path) -> None:
    asha = replace(
        a_call(), peer=Peer(number="+919000000001", number_raw="9000000001", name='Asha & Co "T"', extension="12"),
        sim=Sim(subscription_id="1"), extra={"component": "com.android.phone/X"},
    )  # fmt: skip
    hidden = replace(
        a_call(), peer=Peer(number=None, number_raw="", presentation=2), type="missed", duration_seconds=0
    )
    (file,) = written(tmp_path, [asha, hidden])
    assert (file.name, file.owner, file.media_type) == ("calls-2026-asha.xml", "asha", "application/xml")
    first, second = elements(file)
    assert first == {
        "number": "+919000000001", "duration": "37", "date": "1795166130123", "type": "1", "presentation": "1",
        "subscription_id": "1", "post_dial_digits": "12", "subscription_component_name": "com.android.phone/X",
        "readable_date": "Nov 20, 2026 02:45:30 PM", "contact_name": 'Asha & Co "T"',
    }  # fmt: skip
    assert (second["number"], second["presentation"], second["type"]) == ("", "2", "3")
    assert (second["contact_name"], second["subscription_id"]) == ("(Unknown)", "null")


def test_an_owner_of_any_length_leaves_a_file_that_can_be_read(tmp_path: Path) -> None:
    files = written(tmp_path, [a_call(owner=text) for text in LONG])
    assert [len(list(FileFormats().calls(file.path))) for file in files] == [1, 1]


def test_types_that_android_has_no_number_for(tmp_path: Path) -> None:
    unknown = replace(a_call(), type="unknown", direction="unknown")
    calls = [
        replace(unknown, type_code=12),
        replace(unknown, direction="outbound"),
        replace(unknown, duration_seconds=5),
        replace(unknown, duration_seconds=0),
    ]
    (file,) = written(tmp_path, calls)
    assert [call["type"] for call in elements(file)] == ["12", "2", "1", "3"]


def test_names_lose_only_what_xml_forbids(tmp_path: Path) -> None:
    calls = [replace(a_call(), peer=replace(a_call().peer, name=text)) for text in (*NASTY[1:], *LONG)]
    (file,) = written(tmp_path, calls)
    kept = [call.peer.name or "" for call in calls]
    allowed = [
        "".join(
            char for char in name[:1000] if char in "\t\n\r" or (char >= " " and char not in "\ufffe\uffff")
        )
        for name in kept
    ]
    assert [call["contact_name"] for call in elements(file)] == allowed


def test_our_importer_gives_the_same_calls_their_ids_again(tmp_path: Path) -> None:
    told = (
        ("asha", "incoming", "inbound"), ("Ravi -- K", "outgoing", "outbound"), ("asha", "missed", "inbound"),
        (None, "rejected", "inbound"),
    )  # fmt: skip
    calls = [
        a_call(f"+91900000{at:04}", owner=owner, at=START.replace(minute=at), type=kind, direction=way)
        for at, (owner, kind, way) in enumerate(told)
    ]
    phone = a_call(
        owner=None, source=Source(system="android", device_id="pixel"), user=User(phone="+919000000099")
    )
    files = written(tmp_path, [*calls, phone])
    assert [file.owner for file in files] == ["asha", "Ravi -- K", None, "pixel"]
    back = {
        call.call_id: call
        for file in files
        for call in FileFormats().calls(file.path)
        if isinstance(call, Call)
    }
    assert set(back) >= {call.call_id for call in calls}
    assert back[calls[1].call_id].user.id == "Ravi -- K"
    imported = {call.call_id for file in files[:2] for call in read(file.path)[0]}
    assert imported == {call.call_id for call in calls[:3]}


def test_owners_may_be_more_than_files_may_be_open(tmp_path: Path) -> None:
    calls = [
        a_call(owner=f"user-{at % 150}") for at in range(150 * 30)
    ]  # so many that each owner's are spooled
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
    try:
        files = written(tmp_path, calls)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (len(files), {len(elements(file)) for file in files}) == (150, {30})
