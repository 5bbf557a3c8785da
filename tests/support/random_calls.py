"""Random calls for property tests: every field, with the texts that break formats."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

from hypothesis import strategies as st

from connector.domain.call import (
    Call,
    CallStatus,
    CallType,
    Channel,
    Direction,
    Peer,
    Precision,
    Recording,
    Sim,
    Source,
    User,
    Warned,
)
from connector.domain.calls.identity import fingerprint

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NASTY = (
    "", " ", "=1+1", "+1", "-1", "@x", "'=1", "''=x", "'", "'a", "\uff1d1", "\t=1", "\r=1", "\n=1", "a\r\nb", "a\nb",
    'say "hi"', '"', '""', ",", ";", "\t", "null", "NULL", "(Unknown)", "N/A", "None", "0", "1", "true",
    "\u05d0\u05d1\u200f", "\U0001f60a", "&#55357;", "&amp;<b>", "]]>", "\x01\x0b\x1f", "\x7f\x85", "\u2028\u2029",
    "\ufeff",
    "\ufffe\uffff", "\ufffd", "_x000D_", "_x0041_", "https://example.com/a", "2026-01-01T00:00:00.000Z", "{}", "[]",
    "sep=,", "<r><t>x</t></r>", "<r></r>", "_x0041_x0042_x0043_", "_x005F_",
)  # fmt: skip
"""Excel reads `_x000D_` as a character; the library that writes workbooks takes `<r>` for markup."""
LONG = ("x" * 33_000, "é\U0001f60a" * 17_000)
"""An Excel cell holds 32,767 characters."""

texts = st.sampled_from(NASTY) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20
)
maybe = st.none() | texts
times = st.integers(946_684_800_000, 4_102_444_800_000).map(lambda ms: EPOCH + timedelta(milliseconds=ms))


def calls_of(text: st.SearchStrategy[str] = texts) -> st.SearchStrategy[Call]:
    """Return a strategy of whole calls with their ids."""
    held = st.none() | text
    built = st.builds(
        Call,
        source=st.builds(
            Source,
            system=text,
            native_id=held,
            device_id=held,
            file=held,
            row=st.none() | st.integers(0, 2**31),
            modified_at=st.none() | times,
        ),
        user=st.builds(User, id=held, name=held, phone=held),
        direction=st.sampled_from(get_args(Direction)),
        type=st.sampled_from(get_args(CallType)),
        type_code=st.none() | st.integers(-9, 2**31),
        status=st.sampled_from(get_args(CallStatus)),
        peer=st.builds(
            Peer,
            number=held,
            number_raw=text,
            presentation=st.none() | st.integers(1, 5),
            extension=held,
            region=held,
            name=held,
        ),
        from_number=held,
        to_number=held,
        started_at=times,
        started_at_precision=st.sampled_from(get_args(Precision)),
        utc_offset_minutes=st.none() | st.integers(-1440, 1440),
        tz=held,
        duration_seconds=st.integers(0, 604_800),
        ended_at=st.none() | times,
        sim=st.builds(Sim, slot=held, subscription_id=held, label=held),
        channel=st.sampled_from(get_args(Channel)),
        is_video=st.booleans(),
        note=held,
        disposition=held,
        tags=st.lists(text, max_size=3).map(tuple),
        recording=st.builds(Recording, url=held, file=held, sha256=held),
        contact_id=held,
        lead_id=held,
        extra=st.dictionaries(text, text, max_size=3),
        warnings=st.lists(st.sampled_from(get_args(Warned)), max_size=2).map(tuple),
        first_seen_at=st.none() | times,
        updated_at=st.none() | times,
        imported_by=held,
    )
    return built.map(lambda call: replace(call, call_id=fingerprint(call)))
