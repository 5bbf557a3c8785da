"""Text repair that cannot change meaning, the folding used to compare, and what counts as no answer."""

import re
import unicodedata

_INVISIBLE = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_JOINERS = "\u200c\u200d"
# A joiner is spelling in Persian, Sinhala, Malayalam, … and inside emoji; after Latin it is dirt.
_JOINER_AFTER_LATIN = re.compile("(?<=[A-Za-z\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff])[\u200c\u200d]+")
_ANY_JOINER = re.compile("[\u200c\u200d]")
_CONTROL_OR_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")

_ACCENTS = re.compile("[\u0300-\u036f]")
_UNSPOKEN = re.compile("[.'\u2018\u2019\u02bc\u02bb`\u00b4\u200c\u200d]")
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015,/()\[\]_]+")
# Letters whose plain form Unicode does not decompose to.
_PLAIN = str.maketrans({"\u0131": "i", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "&": " and "})

TEST_MARK = "test lead: dummy data"
"""What the provider's testing tool writes into every answer."""

_MAX_PLACEHOLDER_CHARS = 32
_PLACEHOLDERS = frozenset(
    ["n/a", "n.a", "n.a.", "n\\a", "none", "null", "nil", "undefined", "not applicable", "not available"]
)
_WORD_PLACEHOLDERS = frozenset(["na", "no", "nope", "unknown", "not given"])


def visible(text: str) -> str:
    """Return `text` without invisible formatting characters and joiners that are no spelling."""
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return unicodedata.normalize("NFC", _JOINER_AFTER_LATIN.sub("", text))


def clean(text: str) -> str:
    """Return `text` visible, in NFC, control characters and runs of white space as one space, trimmed.

    Never NFKC: it would rewrite what people typed (ligatures, full-width letters).
    """
    while True:
        shown = _CONTROL_OR_SPACE.sub(" ", visible(text)).strip(" " + _JOINERS)
        if shown == text:  # twice at most but for what joiners at the edges hid
            return shown
        text = shown


def compact(text: str) -> str:
    """Return `text` visible, without any joiner, trimmed: for numbers, where none is spelling."""
    return _ANY_JOINER.sub("", visible(text)).strip()


def fold(text: str) -> str:
    """Return the form that two spellings of a name share: no case, accents, points; single spaces.

    Only Latin, Greek and Cyrillic accents go: in Indic and Thai writing the marks are vowels.
    """
    text = unicodedata.normalize("NFKC", visible(text)).casefold().translate(_PLAIN)
    text = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))
    return _SEPARATORS.sub(" ", _UNSPOKEN.sub("", text)).strip()


def is_punctuation(text: str) -> bool:
    """Whether `text` holds nothing but punctuation and signs: '.', '---', '?'."""
    return all(unicodedata.category(char)[0] in "PZ" or unicodedata.category(char) in _SIGNS for char in text)


_SIGNS = frozenset(["Sm", "Sk", "Cc", "Cf"])


def is_placeholder(text: str, *, words: bool = True) -> bool:
    """Whether the answer says nothing: blank, punctuation only, 'n/a', a testing tool's dummy.

    `words=False` lets bare words pass that are codes somewhere: NA is Namibia and Naples, NO is Norway.
    """
    stripped = text.strip()
    if is_dummy(stripped):
        return True
    if len(stripped) > _MAX_PLACEHOLDER_CHARS:
        return not stripped.strip(" .-_")
    word = stripped.casefold()
    return is_punctuation(stripped) or word in _PLACEHOLDERS or (words and word in _WORD_PLACEHOLDERS)


def said(value: str, *, words: bool = True) -> str | None:
    """Return the cleaned answer, or None when it says nothing. `words` as in `is_placeholder`."""
    text = clean(value)
    return None if is_placeholder(text, words=words) else text


def is_dummy(text: str) -> bool:
    """Whether the provider's testing tool wrote this answer."""
    return TEST_MARK in text.casefold()
