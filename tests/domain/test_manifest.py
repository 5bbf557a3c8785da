"""The manifest of a backup: exact through JSON, strict with anything else; the digest of its calls."""

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.calls import START, a_call
from support.random_calls import calls_of

from connector.domain.backup.manifest import Manifest, ManifestFile, is_plain_name
from connector.domain.call import Call
from connector.domain.calls.filters import CallSettings, Filters, work_hours
from connector.domain.errors import BadInputError
from connector.wire.call import call_from_json, call_json
from connector.wire.call_settings import call_settings_from_value, call_settings_value
from connector.wire.calls_digest import CallsDigest
from connector.wire.manifest import manifest_from_json, manifest_json

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
FILE = ManifestFile(
    name="calls-2026-11.jsonl.age",
    format="jsonl",
    media_type="application/octet-stream",
    rows=2,
    size_bytes=900,
    sha256="a" * 64,
    md5="b" * 32,
    is_sealed=True,
    plain_size_bytes=700,
    plain_sha256="c" * 64,
    part="2026-11",
)
MANIFEST = Manifest(
    run_id="r1",
    workspace_id="main",
    kind="monthly",
    created_at=NOW,
    zone="Asia/Kolkata",
    calls=2,
    first_started_at=START,
    last_started_at=START,
    calls_sha256="d" * 64,
    files=(FILE,),
    recipients=("age1x",),
    settings={"schedule": "15 3 * * *", "calls": {"owners": {"+919000000099": "asha"}}},
)


def changed(**more: object) -> bytes:
    return json.dumps({**json.loads(manifest_json(MANIFEST)), **more}).encode()


def test_a_manifest_is_exact_through_json_and_additions_are_passed_over() -> None:
    assert manifest_from_json(manifest_json(MANIFEST)) == MANIFEST
    assert manifest_from_json(changed(manifest_version="1.7", new={"a": 1})).run_id == "r1"
    empty = replace(MANIFEST, files=(), calls=0, first_started_at=None, last_started_at=None)
    assert manifest_from_json(manifest_json(empty)) == empty


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (manifest_json(MANIFEST)[:-9], "cut off"),
        (b"[" * 100_000, "no JSON"),
        (b"[1]", "no manifest"),
        (b'{"a": 1}', "no `manifest_version`"),
        (changed(manifest_version="2.0"), "a newer one"),
        (changed(calls="2"), "damaged at `calls`"),
        (changed(calls=-2, files=[]), "out of range"),
        (changed(calls=3), "do not add up to 3 calls"),
        (changed(created_at="2026-11-22T10:00:00"), "damaged"),
        (changed(created_at="yesterday"), "damaged at `created_at`"),
        (changed(calls_sha256="d"), "calls_sha256"),
        (changed(kind="all"), "damaged at `kind`"),
        (changed(files=[{**json.loads(manifest_json(MANIFEST))["files"][0], "name": "../x"}]), "a path"),
        (changed(files=[{**json.loads(manifest_json(MANIFEST))["files"][0], "sha256": "A" * 64}]), "SHA-256"),
        (changed(files=json.loads(manifest_json(MANIFEST))["files"] * 2, calls=4), "one name"),
    ],
)
def test_a_damaged_manifest_is_refused_in_words(body: bytes, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        manifest_from_json(body)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_no_body_breaks_the_reader(value: object) -> None:
    for name in ("files", "settings", "created_at", "recipients", "manifest_version", "part"):
        with contextlib.suppress(BadInputError):
            manifest_from_json(changed(**{name: value}))


def test_names_of_files_are_no_paths() -> None:
    assert is_plain_name("calls-2026-03 é.jsonl")
    assert not any(map(is_plain_name, ("", ".", "..", "a/b", "a\\b", "a\nb", "x" * 256, "é" * 128)))


def test_the_digest_of_calls_minds_what_is_told_and_how_often_but_no_order() -> None:
    one, two = a_call(), a_call("+919000000002", note="n")
    assert CallsDigest([one, two]).hexdigest() == CallsDigest([two, one]).hexdigest()
    assert CallsDigest([one, two]).hexdigest() != CallsDigest([one, two, two]).hexdigest()
    assert CallsDigest([one, two]).hexdigest() != CallsDigest([one, replace(two, note="m")]).hexdigest()
    met_later = replace(one, first_seen_at=NOW, updated_at=NOW)
    assert CallsDigest([met_later]).hexdigest() == CallsDigest([one]).hexdigest()
    assert CallsDigest([replace(one, imported_by="cli")]).hexdigest() != CallsDigest([one]).hexdigest()


@given(calls_of())
def test_a_call_and_its_digest_are_the_same_after_json(call: Call) -> None:
    again = call_from_json(call_json(call))
    assert again == call
    assert CallsDigest([again]).hexdigest() == CallsDigest([call]).hexdigest()


def test_call_settings_travel() -> None:
    settings = CallSettings(
        tracking=True,
        region="IN",
        timezone="Asia/Kolkata",
        filters=Filters(
            private=frozenset({"ab", "cd"}), work_hours=work_hours("Mon-Fri 09:00-18:00", zone="Asia/Kolkata")
        ),
        owners={"+919000000099": "asha"},
    )
    value = json.loads(json.dumps(call_settings_value(settings)))
    assert call_settings_from_value(value) == settings
    bads: tuple[object, ...] = (None, [], {}, {**value, "timezone": "Mars/One"}, {**value, "tracking": "yes"})
    for bad in bads:
        with pytest.raises(BadInputError):
            call_settings_from_value(bad)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_at_the_end_of_all_times_is_a_damaged_manifest(at: str) -> None:
    with pytest.raises(BadInputError, match="damaged"):
        manifest_from_json(changed(created_at=at))
