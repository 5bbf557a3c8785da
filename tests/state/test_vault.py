"""Secrets at rest open only with their key, in their place, unaltered."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.errors import BadInputError
from state.vault import Vault, key_id

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


@given(TEXTS, TEXTS)
def test_what_was_sealed_opens_in_its_place(text: str, place: str) -> None:
    assert Vault([KEY]).open(Vault([KEY]).seal(text, bound_to=place), bound_to=place) == text


@given(TEXTS.filter(lambda text: len(text) > 3), TEXTS)
def test_sealed_text_shows_nothing_of_the_secret(text: str, place: str) -> None:
    sealed = Vault([KEY]).seal(text, bound_to=place)
    body = base64.urlsafe_b64decode(sealed.split(".")[2])
    assert text not in sealed
    assert text.encode() not in body


def test_the_same_text_is_sealed_differently_each_time() -> None:
    vault = Vault([KEY])
    assert vault.seal("token", bound_to="page:1") != vault.seal("token", bound_to="page:1")


@given(TEXTS, TEXTS, TEXTS)
def test_a_moved_text_does_not_open(text: str, place: str, elsewhere: str) -> None:
    sealed = Vault([KEY]).seal(text, bound_to=place)
    if place == elsewhere:
        return
    with pytest.raises(BadInputError, match="altered"):
        Vault([KEY]).open(sealed, bound_to=elsewhere)


@given(TEXTS, st.data())
def test_an_altered_byte_does_not_open(text: str, data: st.DataObject) -> None:
    version, name, body = Vault([KEY]).seal(text, bound_to="p").split(".")
    raw = bytearray(base64.urlsafe_b64decode(body))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    altered = f"{version}.{name}.{base64.urlsafe_b64encode(raw).decode()}"
    with pytest.raises(BadInputError, match="altered"):
        Vault([KEY]).open(altered, bound_to="p")


@given(st.text())
def test_any_other_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadInputError):
        Vault([KEY]).open(text, bound_to="p")
    with pytest.raises(BadInputError):
        Vault([KEY]).open(f"v1.{key_id(KEY)}.{text}", bound_to="p")


def test_a_text_cut_short_is_refused() -> None:
    sealed = Vault([KEY]).seal("secret", bound_to="p")
    head = len("v1.") + 9
    for end in range(head, len(sealed) - 4):
        with pytest.raises(BadInputError):
            Vault([KEY]).open(sealed[:end], bound_to="p")


def test_the_first_key_seals_and_every_key_opens() -> None:
    before = Vault([OTHER]).seal("old", bound_to="p")
    rotating = Vault([KEY, OTHER])
    assert rotating.open(before, bound_to="p") == "old"
    after = rotating.seal("new", bound_to="p")
    assert Vault([KEY]).open(after, bound_to="p") == "new"
    with pytest.raises(BadInputError, match="not in state"):
        Vault([OTHER]).open(after, bound_to="p")
    with pytest.raises(BadInputError, match="not in state"):
        Vault([KEY]).open(before, bound_to="p")


def test_a_wrong_key_under_the_right_name_does_not_open() -> None:
    sealed = Vault([OTHER]).seal("secret", bound_to="p").replace(key_id(OTHER), key_id(KEY))
    with pytest.raises(BadInputError, match="altered"):
        Vault([KEY]).open(sealed, bound_to="p")


@pytest.mark.parametrize("keys", [[], [b""], [KEY, b"short"], [b"x" * 33]])
def test_a_ring_of_other_keys_is_refused(keys: list[bytes]) -> None:
    with pytest.raises(BadInputError, match="32 bytes"):
        Vault(keys)
