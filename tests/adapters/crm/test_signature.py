import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from adapters.crm.signature import decode_secret, sign
from connector.config_checks import decode_signing_secret

KEYS = st.binary(min_size=1, max_size=64)


@given(KEYS, st.text(), st.text(), st.integers(min_value=0, max_value=2**33))
def test_the_signature_is_the_library_s(key: bytes, event_id: str, body: str, timestamp_s: int) -> None:
    ours = sign([key], event_id=event_id, timestamp_s=timestamp_s, body=body.encode("utf-8", "replace"))
    at = datetime.fromtimestamp(timestamp_s, tz=UTC)
    assert ours == Webhook(key).sign(event_id, at, body.encode("utf-8", "replace").decode())


@given(KEYS, st.binary(), st.binary(min_size=1))
def test_the_signature_covers_every_byte(key: bytes, body: bytes, tail: bytes) -> None:
    whole = sign([key], event_id="e", timestamp_s=1, body=body + tail)
    assert whole != sign([key], event_id="e", timestamp_s=1, body=body)


def test_every_secret_signs() -> None:
    both = sign([b"new", b"old"], event_id="e", timestamp_s=1, body=b"{}")
    alone = [sign([key], event_id="e", timestamp_s=1, body=b"{}") for key in (b"new", b"old")]
    assert both.split(" ") == alone


@given(KEYS)
def test_secrets_decode_padded_or_not(key: bytes) -> None:
    text = "whsec_" + base64.b64encode(key).decode()
    assert decode_secret(text) == decode_secret(text.rstrip("=")) == key


def test_an_empty_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        decode_secret("whsec_")


@given(KEYS)
def test_what_the_settings_accept_signs_with_the_same_bytes(key: bytes) -> None:
    padded = "whsec_" + base64.urlsafe_b64encode(key).decode()
    for text in (padded, padded.rstrip("=")):
        assert decode_secret(text) == decode_signing_secret(text) == key


def test_both_letters_of_the_url_alphabet_count() -> None:
    assert decode_secret("whsec_-_-_") == decode_secret("whsec_+/+/") == b"\xfb\xff\xbf"


def test_a_character_of_no_alphabet_is_refused() -> None:
    with pytest.raises(ValueError, match="base64"):
        decode_secret("whsec_AA*AA")
