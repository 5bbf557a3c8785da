"""Read one phone answer with libphonenumber. No national rule is added to its own: what fails is flagged."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType, ValidationResult

from connector.domain.contact import PhoneReason, RegionSource
from connector.domain.normalise.text import compact

MAX_PHONE_CHARS = 250
"""libphonenumber's own limit; what is longer is not looked at."""

_MATCHER_TRIES = 50  # candidates tried in one answer; its default of 65,535 takes seconds on hostile text
_MOST_NUMBERS = 10  # of one answer
_INFERRED_DIGITS = 11  # from here on a number without plus may begin with a country code

_SHEET_PREFIX = re.compile(r"(?i:p:)\s*|['\u2019]")
_FLOAT = re.compile(r"(\+?\d+)\.0+")
_SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?[eE][+-]?\d+")
_FIRST_SIGN = re.compile(r"[+\uff0b]|\d")
_PLUS = re.compile(r"[+\uff0b]")
# Before this many digits stands the next number, though libphonenumber would read an extension.
_BETWEEN_NUMBERS = re.compile(r"(?<=\d)\s*[;#]\s*(?=[+\uff0b(]?(?:[\s().-]{0,3}\d){7})")
_NOT_DIGIT = re.compile(r"\D")

_LINE_TYPES = {
    PhoneNumberType.FIXED_LINE: "fixed_line",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_line_or_mobile",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium_rate",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal_number",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "uan",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
_PARSE_REASONS: dict[int, PhoneReason] = {
    NumberParseException.INVALID_COUNTRY_CODE: "invalid_country_code",
    NumberParseException.NOT_A_NUMBER: "not_a_number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "too_short",
    NumberParseException.TOO_SHORT_NSN: "too_short",
    NumberParseException.TOO_LONG: "too_long",
}
_LENGTH_REASONS: dict[int, PhoneReason] = {
    ValidationResult.IS_POSSIBLE: "invalid_for_region",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "local_only",
    ValidationResult.INVALID_COUNTRY_CODE: "invalid_country_code",
    ValidationResult.TOO_SHORT: "too_short",
    ValidationResult.TOO_LONG: "too_long",
    ValidationResult.INVALID_LENGTH: "invalid_length",
}

Region = tuple[str, RegionSource]
PhoneFlag = Literal["phone_region_conflict", "phone_prefix_inferred", "phone_extracted", "phone_multiple"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadNumber:
    """A valid number, and how its country was known."""

    e164: str
    region: str | None
    line_type: str | None
    extension: str | None
    source: RegionSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The numbers in one answer; none, and then the reason; what to flag."""

    numbers: tuple[ReadNumber, ...] = ()
    reason: PhoneReason | None = None
    flags: tuple[PhoneFlag, ...] = ()


def read_phone(raw: str, regions: tuple[Region, ...]) -> Reading:
    """Return the numbers that `raw` tells, national ones by the first of `regions` (alpha-2) that fits."""
    if len(raw) > MAX_PHONE_CHARS:
        return Reading(reason="too_long")
    return _read(_bare(raw), regions)


# Validity patterns are compiled through re's own small cache, which a world-wide import thrashes: 25 µs
# become 400. Leads repeat numbers (two fields, re-runs, re-sent leads): remember results, not patterns.
@lru_cache(maxsize=4096)
def _read(text: str, regions: tuple[Region, ...]) -> Reading:
    if _SCIENTIFIC.fullmatch(text):
        return Reading(reason="not_a_number")  # a spreadsheet lost the digits
    first_sign = _FIRST_SIGN.search(text)
    international = first_sign is not None and not first_sign[0].isdigit()
    whole = _valid(text, None, "number") if international else _national(text, regions)
    if isinstance(whole, Reading):
        return whole
    inferred = None if _PLUS.search(text) else _inferred(text)
    return inferred or _extracted(text, regions) or Reading(reason=whole)


def _bare(raw: str) -> str:
    text = compact(raw)
    while match := _SHEET_PREFIX.match(text):
        text = text[match.end() :].lstrip()
    return match[1] if (match := _FLOAT.fullmatch(text)) else _BETWEEN_NUMBERS.sub(" / ", text)


def _valid(text: str, region: str | None, source: RegionSource) -> Reading | PhoneReason:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE and source != "number":
            return "no_region" if region is None else "invalid_country_code"
        return _PARSE_REASONS.get(error.error_type, "not_a_number")
    if not phonenumbers.is_valid_number(number):
        return _LENGTH_REASONS.get(phonenumbers.is_possible_number_with_reason(number), "invalid_length")
    return Reading(numbers=(_number(number, source),))


def _national(text: str, regions: Sequence[Region]) -> Reading | PhoneReason:
    """Return the number in the first region where it is valid, or why it is not in the first of all."""
    first: PhoneReason | None = None
    for rank, (region, source) in enumerate(regions):
        read = _valid(text, region, source)
        if isinstance(read, Reading):
            return replace(read, flags=("phone_region_conflict",)) if rank else read
        first = first or read
    if first is None:
        read = _valid(text, None, "inferred")
        return "no_region" if isinstance(read, Reading) else read
    return first


def _inferred(text: str) -> Reading | None:
    """Read digits alone as an international number whose plus got lost: after 00, or when long enough."""
    digits = "".join(str(int(digit)) for digit in _NOT_DIGIT.sub("", text))
    if any(char.isalpha() for char in text):
        return None
    if not digits.startswith("00") and len(digits) < _INFERRED_DIGITS:
        return None
    read = _valid("+" + digits.removeprefix("00"), None, "inferred")
    return replace(read, flags=("phone_prefix_inferred",)) if isinstance(read, Reading) else None


def _extracted(text: str, regions: Sequence[Region]) -> Reading | None:
    """Find numbers inside other words; the first is the primary one."""
    for rank, (region, source) in enumerate(regions or ((None, "inferred"),)):
        found = tuple(_matches(text, region, source))
        if found:
            flags: list[PhoneFlag] = ["phone_extracted"]
            if len({number.e164 for number in found}) > 1:
                flags.append("phone_multiple")
            if rank and any(number.source == source for number in found):
                flags.append("phone_region_conflict")
            return Reading(numbers=found, flags=tuple(flags))
    return None


def _matches(text: str, region: str | None, source: RegionSource) -> Iterator[ReadNumber]:
    matcher = phonenumbers.PhoneNumberMatcher(text, region, max_tries=_MATCHER_TRIES)
    for _, match in zip(range(_MOST_NUMBERS), matcher, strict=False):
        with_plus = match.raw_string.lstrip("([ ").startswith(("+", "\uff0b"))
        yield _number(match.number, "number" if with_plus else source)


def _number(number: PhoneNumber, source: RegionSource) -> ReadNumber:
    return ReadNumber(
        e164=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        region=phonenumbers.region_code_for_number(number),
        line_type=_LINE_TYPES.get(phonenumbers.number_type(number)),
        extension=number.extension or None,
        source=source,
    )
