"""Calls as values: identity, merging, times in zones, durations, filters, the daily summary."""

import contextlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.calls import FILES, START, a_call, read

from connector.domain.call import BadRowError, Call, Peer, Recording, Source
from connector.domain.calls.durations import read_duration
from connector.domain.calls.filters import Filters, number_print, work_hours
from connector.domain.calls.identity import Occurrences, fingerprint, is_near, native_key, peer_key
from connector.domain.calls.merging import merge
from connector.domain.calls.numbers import read_number
from connector.domain.calls.summary import CallFact, Summary
from connector.domain.calls.times import Moment, epoch, instant, written
from connector.domain.errors import BadInputError

LATER = datetime(2026, 11, 22, tzinfo=UTC)
texts = st.none() | st.sampled_from(["a", "b"])
calls = st.builds(
    lambda note, name, tags, duration, tool: a_call(
        duration=duration,
        note=note,
        tags=tags,
        recording=Recording(url=tool),
        peer=Peer(number="+919000000001", number_raw="x", name=name),
    ),
    texts,
    texts,
    st.sampled_from([(), ("t",)]),
    st.integers(0, 9),
    texts,
)


def moment(text: str, zone: str | None = None) -> Moment:
    parts = written(text)
    assert parts is not None, text
    return instant(parts, order="dmy", zone=ZoneInfo(zone) if zone else None)


@given(calls, calls)
def test_merging_twice_is_merging_once_and_the_id_stays(known: Call, told: Call) -> None:
    once = merge(known, told, now=LATER)
    assert merge(once, told, now=LATER) is once
    assert (once.call_id, once.started_at) == (known.call_id, known.started_at)
    assert once.duration_seconds == max(known.duration_seconds, told.duration_seconds)
    assert once.note == (told.note or known.note)


@given(calls)
def test_merging_with_itself_changes_nothing(call: Call) -> None:
    assert merge(call, call, now=LATER) is call


def test_the_sources_time_of_change_settles_what_is_newer_and_the_exact_start_wins() -> None:
    before, after = START, START + timedelta(hours=1)
    known = a_call(note="new", source=Source(system="x", modified_at=after))
    told = a_call(note="old", source=Source(system="x", modified_at=before), lead_id="7")
    merged = merge(known, told, now=LATER)
    assert (merged.note, merged.lead_id, merged.updated_at) == ("new", "7", LATER)
    rough = a_call(at=START.replace(second=0, microsecond=0), precision="min")
    exact = merge(rough, a_call(), now=LATER)
    assert (exact.started_at, exact.started_at_precision, exact.call_id) == (START, "ms", rough.call_id)
    assert merge(a_call(duration=1), a_call(duration=2), now=LATER).warnings == ("duration_differs",)


def test_identity_is_of_owner_start_direction_and_peer_alone() -> None:
    call = a_call()
    assert len(call.call_id) == 64
    same = replace(call, type="rejected", note="n", duration_seconds=9, peer=replace(call.peer, name="Asha"))
    assert fingerprint(same) == call.call_id
    assert fingerprint(a_call(owner="ravi")) != call.call_id
    assert fingerprint(a_call(at=START + timedelta(milliseconds=1))) != call.call_id
    assert fingerprint(a_call(direction="outbound")) != call.call_id


@pytest.mark.parametrize(
    ("number", "raw", "key"),
    [
        ("+919000000001", "09000000001", "+919000000001"),
        (None, "(555) 555-0001", "5555550001"),
        (None, "VM-HDFCBK", "vm hdfcbk"),
        (None, "-1", "presentation:3"),
        (None, "", "presentation:3"),
        (None, "121", "121"),
    ],
)
def test_what_tells_peers_apart(number: str | None, raw: str, key: str) -> None:
    assert peer_key(Peer(number=number, number_raw=raw)) == key


def test_androids_row_id_counts_with_its_phone_and_start_only() -> None:
    assert native_key(a_call(system="android", native_id="7")) is None
    phone = Source(system="android", native_id="7", device_id="d")
    first, moved = a_call(source=phone), a_call(source=phone, at=START + timedelta(seconds=1))
    assert native_key(first) != native_key(moved)
    assert native_key(a_call(native_id="7")) == native_key(
        a_call(native_id="7", at=START + timedelta(days=1))
    )


def test_two_calls_in_a_minute_are_two_and_stay_so() -> None:
    rough = a_call(at=START.replace(second=0, microsecond=0), precision="min", duration=0)
    ids = [[one.identify(rough) for _ in range(3)] for one in (Occurrences(), Occurrences())]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3
    exact = Occurrences()
    assert exact.identify(a_call()) == exact.identify(a_call())


def test_only_inexact_starts_are_near() -> None:
    rough = a_call(at=START.replace(microsecond=0), precision="s")
    assert is_near(rough, a_call())
    assert not is_near(a_call(at=START + timedelta(milliseconds=500)), a_call())
    assert not is_near(rough, a_call(duration=38))
    assert not is_near(rough, a_call(at=START + timedelta(seconds=2)))
    assert not is_near(rough, a_call(owner="ravi"))


@pytest.mark.parametrize(
    ("text", "zone", "utc", "precision"),
    [
        ("2026-01-01T06:45:00.123+05:30", None, "2026-01-01T01:15:00.123000+00:00", "ms"),
        ("2026-01-01 06:45", "Asia/Kolkata", "2026-01-01T01:15:00+00:00", "min"),
        ("25/09/2024 11:12:32", "Europe/Rome", "2024-09-25T09:12:32+00:00", "s"),
        ("Jan 1, 2026 6:45:00\u202fPM", "UTC", "2026-01-01T18:45:00+00:00", "s"),
        ("01-Jan-2026 12:00 am", "UTC", "2026-01-01T00:00:00+00:00", "min"),
        ("27.04.2017, 19:27:56", "Europe/Berlin", "2017-04-27T17:27:56+00:00", "s"),
    ],
)
def test_written_times(text: str, zone: str | None, utc: str, precision: str) -> None:
    found = moment(text, zone)
    assert (found.at.isoformat(), found.precision) == (utc, precision)


def test_the_hours_of_a_change_of_clocks_are_read_with_a_warning() -> None:
    gap = moment("29/03/2026 02:30:00", "Europe/Rome")
    assert (gap.at.isoformat(), gap.warning) == ("2026-03-29T01:30:00+00:00", "dst_gap")
    twice = moment("25/10/2026 02:30:00", "Europe/Rome")
    assert (twice.at.isoformat(), twice.warning) == ("2026-10-25T00:30:00+00:00", "dst_overlap")


@given(st.integers(10**12, 10**13 - 1))
def test_epoch_numbers_are_exact(at_ms: int) -> None:
    found = epoch(str(at_ms))
    assert found is not None
    assert (found.at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1) == at_ms


@given(st.text())
def test_reading_times_and_durations_is_total(text: str) -> None:
    written(text)
    for read_text in (epoch, read_duration):
        with contextlib.suppress(BadRowError):
            read_text(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("77", 77),
        ("00:22", 22),
        ("1:02:03", 3723),
        ("1m 5s", 65),
        ("PT2M27S", 147),
        ("125:30", 7530),
        ("12.0", 12),
    ],
)
def test_durations(text: str, seconds: int) -> None:
    assert read_duration(text) == seconds


def test_durations_by_setting_and_what_is_none() -> None:
    assert read_duration("00:22", "h:mm") == 22 * 60
    for text in ("", "-5", "1:75", "P", "999999999"):
        with pytest.raises(BadRowError):
            read_duration(text)


@pytest.mark.parametrize("raw", ["-1", "", "121", "VM-BANK", "sip:a@b.example", "call +919000000001 now"])
def test_what_is_no_number(raw: str) -> None:
    assert read_number(raw, region="IN").e164 is None


def test_numbers_and_what_was_dialled_behind() -> None:
    assert read_number("09000000002", region="IN").e164 == "+919000000002"
    read_one = read_number("+919000000001,,42#", region=None)
    assert (read_one.e164, read_one.extension) == ("+919000000001", "42#")


def test_private_numbers_and_hours_are_kept_out() -> None:
    private = Filters(private=frozenset({number_print("main", "+919000000001")}))
    assert not private.keeps(a_call(), workspace_id="main")
    assert private.keeps(a_call("+919000000002"), workspace_id="main")
    hours = work_hours("Mon-Fri 09:00-18:00", zone="UTC")
    assert hours.covers(a_call())  # a Friday, 9:15
    assert not hours.covers(a_call(at=START + timedelta(days=1)))
    assert not hours.covers(a_call(at=START + timedelta(hours=9)))
    night = work_hours("Fri 22:00-06:00", zone="UTC")
    assert night.covers(a_call(at=START.replace(hour=23)))
    assert night.covers(a_call(at=START.replace(hour=3) + timedelta(days=1)))
    assert not night.covers(a_call(at=START.replace(hour=3)))
    for text in ("", "Mon 9-18", "Xyz 09:00-18:00", "Mon 09:00-09:00", "Mon 25:00-26:00"):
        with pytest.raises(BadInputError):
            work_hours(text, zone="UTC")


def test_a_summary_equals_a_hand_count() -> None:
    found, _ = read(FILES / "sbr-v10-attributes-synthetic.xml", region="IN", owner="asha")
    summary = Summary(ZoneInfo("Asia/Kolkata"), date(2026, 1, 1), date(2026, 1, 1))
    facts = [
        CallFact(
            owner="asha",
            peer=peer_key(call.peer),
            started_at=call.started_at,
            direction=call.direction,
            type=call.type,
            status=call.status,
            duration_s=call.duration_seconds,
        )
        for call in sorted(found[:10], key=lambda call: call.started_at)
    ]
    summary.add(facts)
    (day,) = summary.days()
    assert (day.calls, day.inbound, day.outbound, day.connected, day.talk_seconds) == (10, 9, 1, 4, 103)
    assert (day.missed, day.missed_not_called_back) == (2, 1)
    summary.add([replace(facts[2], direction="outbound", type="outgoing", started_at=LATER)])
    assert summary.days()[0].missed_not_called_back == 0
