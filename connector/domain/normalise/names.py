"""Names as given. They are never split, and case is never changed: every rule for that is wrong somewhere."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from connector.domain.contact import Flag, NameSource
from connector.domain.normalise.answers import Given
from connector.domain.normalise.text import clean, is_dummy, is_placeholder

_EAST_ASIAN = re.compile(
    "[\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]+"
)
_SHORTEST_SHOUTED_WORD = 3
"""Letters: 'R. K.' and 'DJ' are initials, not capitals lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The three names and the answers that found no place in them."""

    full_name: str | None
    given_name: str | None
    family_name: str | None
    source: NameSource
    flags: tuple[Flag, ...] = ()
    unused: tuple[Given, ...] = ()


def names(full: Sequence[Given], first: Sequence[Given], last: Sequence[Given]) -> Names:
    """Return the names: the first real answer of each kind, the full name composed when not asked for."""
    full_name, given_name, family_name = (_first_real(answers) for answers in (full, first, last))
    composed = _composed(given_name[0], family_name[0])
    flags: list[Flag] = []
    if any(_is_filler(one.value) for one in (*full, *first, *last)):
        flags.append("name_placeholder")
    name = full_name[0] or composed
    if name and _shouts(name):
        flags.append("name_all_caps")
    source: NameSource = "full_name" if full_name[0] else "first_last" if composed else "none"
    return Names(
        full_name=name,
        given_name=given_name[0],
        family_name=family_name[0],
        source=source,
        flags=tuple(flags),
        unused=full_name[1] + given_name[1] + family_name[1],
    )


def split_full(named: Names) -> Names:
    """Return the names with first and last made of the full one, where neither was asked for.

    The last word is the family name, the rest the given one; a single word is a family name. It is wrong for many
    people, so only a mapping asks for it, and the contact says that it was done.
    """
    if named.full_name is None or named.given_name or named.family_name:
        return named
    given, _, family = named.full_name.rpartition(" ")
    flags = (*named.flags, "name_split")
    return replace(named, given_name=given or None, family_name=family, flags=flags)


def _first_real(answers: Sequence[Given]) -> tuple[str | None, tuple[Given, ...]]:
    real = [(clean(one.value), one) for one in answers if not _is_blank(one.value)]
    if not real:
        return None, ()
    name = real[0][0]
    return name, tuple(one for text, one in real[1:] if text != name)


def _is_blank(value: str) -> bool:
    name = clean(value)
    # 'No' and 'Na' are family names; in capitals or lower case 'na' is what people type for nothing.
    return is_placeholder(name, words=name in {"NA", "na"})


def _is_filler(value: str) -> bool:
    return bool(clean(value)) and not is_dummy(value) and _is_blank(value)


def _composed(given: str | None, family: str | None) -> str | None:
    """Return both as one name; the family name first, without a space, when all is Han, Kana or Hangul."""
    if given and family and _EAST_ASIAN.fullmatch(given) and _EAST_ASIAN.fullmatch(family):
        return family + given
    return " ".join(part for part in (given, family) if part) or None


def _shouts(name: str) -> bool:
    words = ("".join(filter(str.isalpha, word)) for word in name.split(" "))
    return name.isupper() and any(len(word) >= _SHORTEST_SHOUTED_WORD for word in words)
