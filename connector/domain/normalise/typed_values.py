"""An answer as a value of a custom field's type. What can be read in two ways is not read."""

import re
import unicodedata
from collections.abc import Mapping

from connector.domain.lead import Question
from connector.domain.mapping.rules import FieldType, Rule
from connector.domain.normalise.answers import comparable
from connector.domain.normalise.custom import option_labels, shown
from connector.domain.normalise.dates import parse_date
from connector.domain.normalise.locales import date_order
from connector.domain.normalise.text import compact, fold, said

Scalar = int | float | bool | str | None
"""A value of a custom field; None: the answer says nothing, or does not fit."""

NUMBER_CHARS_MAX = 40
DIGITS_MAX = 15
"""Significant digits that a JSON number carries to every reader unchanged."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DECIMAL_COMMA = _words(
    "bg bs ca cs da de el et fi fr gl hr hu id is it ka kk lt lv mk nb nl nn no pl pt ro ru sk sl sq sr sv tr uk vi"
)
"""Languages that write 1.200,50. Spanish is not among them: half of its countries write 1,200.50."""
_DECIMAL_POINT = _words("am bn en fa gu he hi ja kn ko ml mr ms my ne pa si sw ta te th tl ur zh")
_NUMBER = re.compile(r"([+-]?)(\d+(?:([.,' ])\d+)*)")
_CURRENCIES = re.compile(r"^(?:rs|inr|usd|eur|gbp)\.?\s*|\s*(?:/-|inr|usd|eur|gbp)$", re.IGNORECASE)

_YES = _words("1 true yes y on ja si oui sim tak da evet iya ano igen kylla हां हाँ はい 是 예 네 نعم כן")
_NO = _words("0 false no n off nein non nao nie niet net hayir tidak ne nem ei नहीं いいえ 否 아니요 لا לא")

WHY: Mapping[FieldType, str] = {
    "text": "it is no text",
    "number": "it is no number that can be read in one way only",
    "date": "it is no date that can be read in one way only",
    "boolean": "it is neither yes nor no",
    "choice": "it is no option that the mapping knows",
}
"""Why an answer does not fit; no word of the answer itself."""


def typed_value(rule: Rule, value: str, question: Question | None, locale: str | None) -> tuple[Scalar, bool]:
    """Return the value and whether the answer fits; a placeholder such as `n/a` is no answer and fits."""
    text = said(value)
    label = shown(value, option_labels(question)) if question else value
    found: Scalar
    if rule.type == "choice":
        found = _chosen(rule, value, label, question)
    elif rule.type == "boolean":  # before placeholders: `no` is an answer here
        found = _boolean(value) if _boolean(value) is not None else _boolean(label)
    elif text is None:
        return None, True
    else:
        found = plain_value(rule.type, label if label != value else text, locale)
    return found, found is not None or text is None


def plain_value(kind: FieldType, text: str, locale: str | None = None) -> Scalar:
    """Return a text as a value of this type, None when it is none."""
    if kind == "number":
        return _number(text, locale)
    if kind == "date":
        day = parse_date(text, order=date_order(locale))
        return None if isinstance(day, str) else day.isoformat()
    return _boolean(text) if kind == "boolean" else text


def _chosen(rule: Rule, value: str, label: str, question: Question | None) -> str | None:
    """Return the value of the option that the answer names, by its key or by what the person saw."""
    table = {comparable(option): chosen for option, chosen in rule.options}
    keys = [option.key for option in question.options if option.label == label] if question else []
    for name in (value, label, *keys):
        if (chosen := table.get(comparable(name))) is not None:
            return chosen
    return None


def _boolean(text: str) -> bool | None:
    word = fold(text).strip(". !")
    return True if word in _YES else False if word in _NO else None


def _number(text: str, locale: str | None) -> int | float | None:
    if len(text) > NUMBER_CHARS_MAX:
        return None
    plain = "".join(_plain(char) for char in compact(text))
    match = _NUMBER.fullmatch(_CURRENCIES.sub("", plain.strip()).strip())
    if match is None:
        return None
    written = _without_grouping(match[2], locale)
    if (
        written is None
        or len(written.replace(".", "").strip("0")) > DIGITS_MAX
        or len(written) > NUMBER_CHARS_MAX
    ):
        return None
    number = float(match[1] + written)
    return int(number) if number.is_integer() and "." not in written else number


def _plain(char: str) -> str:
    """Return a digit of any script as its ASCII one; signs of currencies go, spaces become plain."""
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    kind = unicodedata.category(char)
    return "" if kind == "Sc" else " " if kind == "Zs" else {"\u2212": "-", "\u2019": "'"}.get(char, char)


def _without_grouping(text: str, locale: str | None) -> str | None:
    """Return digits with at most one point, None when a sign may be of thousands or of decimals alike."""
    signs = [char for char in text if not char.isdigit()]
    if not signs:
        return text
    last = signs[-1]
    is_mixed = len(set(signs)) > 1
    if is_mixed and (last in " '" or signs.count(last) > 1 or len(set(signs)) > 2):  # noqa: PLR2004 - grouping and decimals
        return None
    decimal = last if is_mixed else _decimal_sign(text, last, locale) if len(signs) == 1 else ""
    if decimal is None:
        return None
    whole, _, rest = text.rpartition(decimal) if decimal else (text, "", "")
    groups = re.split(r"[.,' ]", whole)
    if len(groups) > 1 and not _are_groups(groups):
        return None
    return "".join(groups) + (f".{rest}" if rest else "")


def _decimal_sign(text: str, sign: str, locale: str | None) -> str | None:
    """Return the only sign when it is a decimal one, "" when it groups, None when it may be either."""
    head, _, tail = text.partition(sign)
    if sign in " '":
        return ""
    if len(tail) != 3 or len(head) > 3 or head.startswith("0"):  # noqa: PLR2004 - thousands come in threes
        return sign
    language = (locale or "").partition("_")[0].lower()
    if language in _DECIMAL_COMMA:
        return "" if sign == "." else sign
    if language in _DECIMAL_POINT:
        return "" if sign == "," else sign
    return None


def _are_groups(groups: list[str]) -> bool:
    """Whether these are thousands, or lakhs and crores: three digits last, two or three before."""
    first, *middle, last = groups
    return 1 <= len(first) <= 3 and len(last) == 3 and all(len(one) in {2, 3} for one in middle)  # noqa: PLR2004 - as said
