"""By what a security event names a refresh token, and that the names are no secrets."""

import base64
import hashlib

from hypothesis import given
from hypothesis import strategies as st

from connector.domain.security_event import (
    PREFIX_CHARS,
    double_hash,
    normalised_hash,
    prefix_print,
    token_prints,
)

tokens = st.text(min_size=1, max_size=600)


def test_the_double_hash_is_that_of_the_raw_inner_digest() -> None:
    raw = hashlib.sha512(hashlib.sha512(b"1//0example").digest()).digest()
    assert base64.b64decode(double_hash("1//0example") + "==") == raw


@given(tokens)
def test_prints_are_the_same_each_time_and_match_what_google_sends(token: str) -> None:
    prints = token_prints(token)
    assert prints == token_prints(token)
    assert prints.prefix == prefix_print(token[:PREFIX_CHARS])
    assert prints.double_hash == double_hash(token)


@given(tokens, tokens)
def test_different_tokens_have_different_hashes(one: str, other: str) -> None:
    assert (double_hash(one) == double_hash(other)) == (one == other)


@given(
    st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=PREFIX_CHARS, max_size=300)
)
def test_no_print_holds_a_part_of_the_token(token: str) -> None:
    prints = token_prints(token)
    assert token[:PREFIX_CHARS] not in prints.prefix + prints.double_hash
    assert len(prints.prefix) == 64


@given(st.binary(min_size=64, max_size=64))
def test_a_hash_is_the_same_in_every_writing(digest: bytes) -> None:
    plain, safe = base64.b64encode(digest).decode(), base64.urlsafe_b64encode(digest).decode()
    writings = {plain, plain.rstrip("="), safe, safe.rstrip("="), f" {plain}\n"}
    assert len({normalised_hash(writing) for writing in writings}) == 1


@given(st.text())
def test_normalising_is_total_and_idempotent(text: str) -> None:
    assert normalised_hash(normalised_hash(text)) == normalised_hash(text)
