import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.redaction import EMAIL, PHONE, REDACTED, scrub, scrub_text

SECRET = "Zx9Kq2Lm8Vt4Rb7Yw1Nc6Hd3Jf5Gs0PaEuIoTiAr"
WORDS = st.sampled_from([
    "+49", "30", "123456", "a@b.co", "EAAabc123", "whsec_YQ==", "Bearer", "token=", "code=", "://", "u:p@h",
    " ", "=", "&", '"', "[redacted]", "[email]", "]", "x", "-", ".", "(", ")", "0" * 33, SECRET, "%40",
    "sha256=", "\uff20", "\uff0b", "\u0669\u0668\u0667\u0666", "tel", "1|a", "9876543210", "x12", "20261122100000Z",
    "12345678-1234-4123-8123-123456789012", "_",
])  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(WORDS).map("".join))
VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.binary(), st.datetimes(), st.uuids()
    ),
    lambda inner: st.one_of(
        st.lists(inner),
        st.tuples(inner),
        st.dictionaries(
            st.one_of(TEXTS, st.integers(), st.sampled_from(["code", "lead_id", "ids", "email"])), inner
        ),
    ),
)


@given(VALUES)
def test_scrub_is_total_and_idempotent(value: object) -> None:
    once = scrub(value)
    assert json.dumps(scrub(once)) == json.dumps(once)


@given(VALUES)
def test_scrub_leaves_plain_types(value: object) -> None:
    json.dumps(scrub(value))


@given(st.text(max_size=20), st.emails(), st.text(max_size=20))
def test_no_address_survives(before: str, address: str, after: str) -> None:
    assert address not in scrub_text(f"{before} {address} {after}")


@given(
    st.integers(min_value=10**9, max_value=10**15 - 1),
    st.sampled_from(["tel:{}", "+{}", "call {} now", "{}"]),
)
def test_no_phone_number_survives(number: int, around: str) -> None:
    assert scrub_text(around.format(number)) == around.format(number).replace("+", "").replace(
        str(number), PHONE
    )


@given(st.integers(min_value=10**9, max_value=10**18 - 1).map(str))
def test_ids_survive_under_their_keys(number: str) -> None:
    ids = {"lead_id": number, "page_id": number, "form_ids": [number], "connection_id": number, "id": number}
    assert scrub(ids) == ids


@pytest.mark.parametrize(
    "key",
    [
        "token", "access_token", "client_secret", "password", "Authorization", "X-Hub-Signature", "code",
        "email", "appsecret_proof", "work_email", "phone", "full_name", "field_data", "answers", "body",
        "payload", "set-cookie",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["abc def", ["x"], {"a": "b"}, b"bytes", 491701234567])
def test_named_secrets_go_whatever_their_shape(key: str, value: object) -> None:
    assert scrub({key: value}) == {key: REDACTED}


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("GET https://graph.facebook.com/v26.0/me?access_token=abc123&fields=id", "abc123"),
        ("redirect ?code=AQBx-1_z&state=nonce1", "AQBx-1_z"),
        ("redirect ?code=AQBx-1_z&state=nonce1", "nonce1"),
        ("POST client_secret=hush1", "hush1"),
        ('{"access_token": "abc123"}', "abc123"),
        ("token EAAGm0PX4ZCpsBAKZC", "EAAGm0PX4ZCpsBAKZC"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ"),
        ("authorization: Bearer abc.def-1", "abc.def-1"),
        (f"key {SECRET} in use", SECRET),
        ("app secret 0123456789abcdef0123456789abcdef", "0123456789abcdef"),
        ("smtp://mailer:hunter2@localhost:25", "hunter2"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "c2ln"),
        ("mail email=ann%40example.com", "ann"),
        ("reach +49 (0)30 901820 today", "901820"),
        ("reach 098765-43210 today", "43210"),
        ("reach +91 98765 43210x12", "43210"),
        ("reach 9876543210abc", "9876543210"),
        ("reach tel9876543210", "9876543210"),
        ("reach me+919876543210", "919876543210"),
        ("reach 9876543210 9123456780", "9123456780"),
        ("reach \u0660\u0669\u0668\u0667\u0666\u0665\u0664\u0663\u0662\u0661\u0660", "\u0669\u0668"),
        ("reach \uff0b\uff19\uff11 98765 43210", "43210"),
        ("authorization: Bearer 123|abc", "abc"),
        ("mail ann\uff20example.com", "ann"),
    ],
)
def test_patterns_go_from_free_text(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in scrub_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "delivery.attempted",
        "2026-11-22T10:00:00.123456Z",
        "2026-11-22 10:00:00+05:30",
        "127.0.0.1:8080",
        "took 0.123456789 s",
        "error code=190, error_subcode=463",
        "/opt/connector/lib/python3.11/site-packages/facebook_business/api.py",
        "a_function_with_a_name_longer_than_forty_characters",
        "550e8400-e29b-41d4-a716-446655440000",
        "evt_20261122100000",
        "lead 1234567890123456 is waiting",
        "12345678-1234-4123-8123-123456789012",
        "evt_0123456789abcdef0123456789abcdef",
        "backup 20261122100000_state.db of 20261122T100000Z and 20261122100000Z",
        "trace abc9876543210def",
    ],
)
def test_what_operators_need_survives(text: str) -> None:
    assert scrub_text(text) == text


def test_provider_error_codes_survive_and_consent_codes_do_not() -> None:
    assert scrub({"code": 190}) == {"code": 190}
    assert scrub({"code": "AQDx"}) == {"code": REDACTED}


def test_hex_ids_survive_under_id_keys_but_facebook_tokens_do_not() -> None:
    ids = {"event_id": "0" * 32, "sha256": "ab" * 32}
    assert scrub(ids) == ids
    assert scrub({"lead_id": "EAAGm0PX4ZCpsBAKZC"}) == {"lead_id": REDACTED}


def test_odd_values_become_text_or_markers() -> None:
    class Rude:
        def __repr__(self) -> str:
            raise RuntimeError

    assert scrub(Rude()) == REDACTED
    assert scrub(ValueError("no a@example.com")) == f"ValueError('no {EMAIL}')"
    assert scrub(UUID(int=0)) == "UUID('00000000-0000-0000-0000-000000000000')"
    assert "2026" in str(scrub(datetime(2026, 11, 22, tzinfo=UTC)))
    assert scrub({"a@example.com": 1}) == {EMAIL: 1}


def test_a_value_that_contains_itself_ends() -> None:
    loop: list[object] = []
    loop.append(loop)
    assert REDACTED in json.dumps(scrub(loop))
