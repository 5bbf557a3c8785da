"""The signed_request of Facebook's callbacks: believed only when every byte of it is proved."""

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.facebook.signed_request import MAX_CHARS, SignedRequests
from connector.domain.errors import BadInputError, BadSignatureError

CURRENT, PREVIOUS = "current-secret", "previous-secret"
DOOR = SignedRequests([CURRENT, PREVIOUS])
PERSON = {"user_id": "218471", "algorithm": "HMAC-SHA256", "issued_at": 1291836800}
PUBLISHED = (
    "Mf_s6nTb38UYqioBmPqu0Ewm9souPZB9I2fIGwV729U"
    ".eyJ1c2VyX2lkIjoiMCIsImFsZ29yaXRobSI6IkhNQUMtU0hBMjU2IiwiaXNzdWVkX2F0IjoxNjI0MjQ0MTU2fQ"
)
"""A request that others published with its secret, which is `key`."""


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(payload: object, secret: str = CURRENT) -> str:
    body = encoded(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
    return f"{encoded(hmac.digest(secret.encode(), body.encode(), hashlib.sha256))}.{body}"


def test_a_published_request_is_opened() -> None:
    call = SignedRequests(["key"]).open(PUBLISHED)
    assert (call.account_id, call.issued_at_ms) == ("0", 1624244156000)


@pytest.mark.parametrize("secret", [CURRENT, PREVIOUS])
def test_the_current_and_the_previous_secret_prove(secret: str) -> None:
    call = DOOR.open(signed(PERSON, secret))
    assert (call.account_id, call.issued_at_ms) == ("218471", 1291836800000)


def test_a_repeat_has_the_same_digest_and_another_call_another() -> None:
    again = DOOR.open(signed(PERSON, PREVIOUS))
    assert DOOR.open(signed(PERSON)).digest == again.digest
    assert DOOR.open(signed({**PERSON, "issued_at": 1})).digest != again.digest


def test_an_id_may_come_as_a_number() -> None:
    assert DOOR.open(signed({**PERSON, "user_id": 218471})).account_id == "218471"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "x.y",
        signed(PERSON, "another-secret"),
        signed(PERSON).replace(".", ""),
        signed(PERSON).replace(".", ".."),
        signed(PERSON) + ".",
        "." + signed(PERSON),
        signed(PERSON) + "=",
        signed(PERSON) + "\n",
        " " + signed(PERSON),
        signed(PERSON).partition(".")[2],
        signed({**PERSON, "algorithm": "HMAC-SHA1"}),
        signed({**PERSON, "algorithm": "none"}),
        signed({"user_id": "1"}),
        signed({**PERSON, "padding": "x" * MAX_CHARS}),
        signed(PERSON)[:-1] + "é",
        signed(PERSON)[:-1] + "\udcff",
    ],
)
def test_what_is_not_proved_is_refused(text: str) -> None:
    with pytest.raises(BadSignatureError):
        DOOR.open(text)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"NaN",
        b"[" * 5000,
        b"[]",
        b"9" * 5000,
        {**PERSON, "user_id": None},
        {**PERSON, "user_id": ""},
        {**PERSON, "user_id": True},
        {**PERSON, "user_id": "a\x00b"},
        {**PERSON, "user_id": "1" * 65},
        {"algorithm": "HMAC-SHA256"},
    ],
)
def test_a_proved_call_about_nobody_is_no_call(payload: object) -> None:
    with pytest.raises((BadInputError, BadSignatureError)):
        DOOR.open(signed(payload))


@pytest.mark.parametrize("issued_at", [None, "1", True, -1, 0, 10**20, 1.5])
def test_a_time_that_is_none_is_left_out(issued_at: object) -> None:
    assert DOOR.open(signed({**PERSON, "issued_at": issued_at})).issued_at_ms is None


@settings(deadline=None)  # a busy machine is no failure
@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    with pytest.raises(BadSignatureError):
        DOOR.open(text)


@settings(deadline=None)  # a busy machine is no failure
@given(st.binary(max_size=200))
def test_no_proved_payload_raises_anything_else(payload: bytes) -> None:
    with pytest.raises((BadSignatureError, BadInputError)):
        DOOR.open(signed(payload))


@settings(deadline=None)  # a busy machine is no failure
@given(st.integers(min_value=0), st.sampled_from("ABCxyz019-_"))
def test_a_signature_covers_every_character(at: int, other: str) -> None:
    text = signed(PERSON)
    start = text.index(".") + 1
    place = start + at % (len(text) - start)
    changed = text[:place] + other + text[place + 1 :]
    if changed != text:
        with pytest.raises(BadSignatureError):
            DOOR.open(changed)


@pytest.mark.parametrize("secrets", [[], [""], ["s", ""]])
def test_empty_keys_are_refused(secrets: list[str]) -> None:
    with pytest.raises(ValueError, match="empty"):
        SignedRequests(secrets)
