"""A key ring on paper comes back as it was, and every mistake of a typist is named."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.domain.errors import BadInputError
from state.keys.key_sheet import ALPHABET, recovered, written
from state.vault import key_id

NOW = datetime(2026, 11, 30, tzinfo=UTC)
RINGS = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=3)


def never() -> str:
    raise AssertionError("nobody is to be asked")


@given(RINGS)
def test_what_is_written_comes_back(ring: list[bytes]) -> None:
    sheet = written(ring, passphrase=None, now=NOW)
    assert recovered(sheet, ask=never) == ring
    assert all(key_id(key) in sheet for key in ring)


@given(RINGS, st.data())
def test_one_wrong_letter_is_named_by_its_line(ring: list[bytes], data: st.DataObject) -> None:
    lines = written(ring, passphrase=None, now=NOW).splitlines()
    rows = [at for at, line in enumerate(lines) if line[:2].isdigit()]
    row = data.draw(st.sampled_from(rows))
    place = data.draw(st.sampled_from([at for at in range(4, 23) if lines[row][at] != "-"]))
    other = data.draw(st.sampled_from([letter for letter in ALPHABET if letter != lines[row][place]]))
    lines[row] = lines[row][:place] + other + lines[row][place + 1 :]
    # ten bits a line: one mistake in a thousand passes that check, and is caught by the one of the whole
    says = f"line {lines[row][:2]}|do not belong together"
    with pytest.raises(BadInputError, match=says):
        recovered("\n".join(lines), ask=never)


def test_a_typist_may_use_small_letters_blanks_and_look_alikes() -> None:
    ring = [bytes(range(32))]
    sheet = written(ring, passphrase=None, now=NOW)
    typed = sheet.lower().replace("0", "o").replace("-", " ")
    lines = [
        line if line[:2].replace("o", "0").isdigit() is False else line.replace("o", "0", 2)[:2] + line[2:]
        for line in typed.splitlines()
    ]
    assert recovered("\n".join(lines), ask=never) == ring


def test_a_missing_line_and_lines_of_two_sheets_are_told_apart() -> None:
    one = written([b"1" * 32], passphrase=None, now=NOW).splitlines()
    two = written([b"2" * 32], passphrase=None, now=NOW).splitlines()
    first = next(at for at, line in enumerate(one) if line.startswith("01"))
    with pytest.raises(BadInputError, match="missing: line 2"):
        recovered("\n".join(one[: first + 1] + one[first + 2 :]), ask=never)
    with pytest.raises(BadInputError, match="belong together"):
        recovered("\n".join(one[: first + 2] + two[first + 2 :]), ask=never)
    with pytest.raises(BadInputError, match="at the end"):
        recovered("\n".join(one[: first + 3]), ask=never)
    with pytest.raises(BadInputError, match="no line"):
        recovered("hello", ask=never)


@settings(max_examples=3, deadline=None)
@given(RINGS)
def test_a_sealed_sheet_opens_with_its_passphrase_alone(ring: list[bytes]) -> None:
    sheet = written(ring, passphrase="correct horse battery", now=NOW)
    assert recovered(sheet, ask=lambda: "correct horse battery") == ring
    with pytest.raises(BadInputError, match="not the passphrase"):
        recovered(sheet, ask=lambda: "correct horse batterx")


def test_a_short_passphrase_and_an_empty_ring_are_refused() -> None:
    with pytest.raises(BadInputError, match="12 characters"):
        written([b"1" * 32], passphrase="short", now=NOW)
    with pytest.raises(BadInputError, match="no key"):
        written([], passphrase=None, now=NOW)
