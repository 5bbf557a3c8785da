"""What is personal or secret, and `scrub`, which takes it out of what leaves as a log or a report."""

import re
from collections.abc import Mapping

REDACTED = "[redacted]"
EMAIL = "[email]"
PHONE = "[phone]"

_DEEPEST = 16
"""Levels of nesting kept; deeper values are no log line any more, and a value may contain itself."""

_KEY_ENDS = (
    "token", "tokens", "secret", "secrets", "password", "passwd", "authorization", "cookie", "signature",
    "proof", "email", "emails", "phone", "phones", "body", "payload", "answers", "signed_request",
)  # fmt: skip
_KEYS = frozenset({
    "code", "auth_code", "field_data", "full_name", "first_name", "last_name", "contact_name", "person_name",
    "phone_number", "caller_number", "callee_number", "mobile_number", "whatsapp_number", "phone_e164",
    "msisdn", "address", "street_address", "date_of_birth", "encryption_keys", "raw",
})  # fmt: skip
_ID_ENDS = ("id", "ids", "sha256", "checksum")
_PLAIN_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
_ERROR_CODE = re.compile(r"-?\d{1,6}")

_NAMED = (
    r"access_token|appsecret_proof|client_secret|app_secret|input_token|fb_exchange_token|refresh_token|id_token"
    r"|verify_token|signed_request|code_verifier|password|secret|token|(?<=[?&])state|code(?!\W{1,4}\d{1,6}\b)"
)
_SECRETS = (
    # a user and password in an address
    (re.compile(r"(?<=://)[^/\s@]*@"), f"{REDACTED}@"),
    # name=value and "name": "value"
    (
        re.compile(
            rf"((?<![a-z0-9])(?:{_NAMED})[\"']?\s{{0,2}}[:=]\s{{0,2}}[\"']?)(?!\[redacted\])[^\s\"'&,;<>]+",
            re.IGNORECASE,
        ),
        rf"\g<1>{REDACTED}",
    ),
    (re.compile(r"\b(Bearer|Basic)\s+(?!\[redacted\])[\w.~+/=|-]+", re.IGNORECASE), rf"\g<1> {REDACTED}"),
    # what providers prefix their secrets with: Standard Webhooks, Facebook, Google, and any JWT
    (re.compile(r"whsec_[\w+/=-]+|EAA\w{6,}|ya29\.[\w.-]+|1//[\w-]{10,}|GOCSPX-[\w-]+"), REDACTED),
    (re.compile(r"eyJ[\w-]{6,}\.[\w-]*(?:\.[\w-]*)?"), REDACTED),
    (re.compile(r"v1,[A-Za-z0-9+/]{20,}=*"), REDACTED),
)
_PLAIN_WORD = re.compile(r"(?!whsec_)[a-z_.]{1,31}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)
"""Event names, field names, outcomes, times: no @, too short for a key, no number. Most of a log line is such."""
_PLAIN_HEX_ID = re.compile(r"(?:[a-z]{1,8}_)?[0-9a-f]{32}|\d{1,20}", re.ASCII)
_AT = r"(?:[@\uff20\ufe6b]|%40)"  # also as Asian keyboards write it
_WORD = r"[^\s@\uff20\ufe6b<>()\[\]\"',;:=]"
_DOMAIN = r"[^\s@\uff20\ufe6b<>()\[\]\"',;:=/?&]"
_EMAILS = re.compile(
    rf"(?<!{_WORD}){_WORD}+{_AT}{_DOMAIN}+"  # from the start of a word: a long one is read once
    rf"|{_AT}{_DOMAIN}+\.{_DOMAIN}+"  # a mailbox may end in a character that words do not hold
)
_LONG = re.compile(r"(?<![\w+/-])[\w+/-]{32,}={0,2}", re.ASCII)
_HEX = re.compile(r"(?:sha256=)?[0-9a-fA-F]{32,}")
_MIXED = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"[0-9]"))
_NUMBERS = re.compile(
    # ids and times of which digits in a row are a part: they stay whole
    r"(?<![0-9A-Za-z_])(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|20\d{6}T?\d{6}Z)(?![0-9A-Za-z_])"
    # else digits of any writing, after a plus, or where no id (`evt_20261122`) or version has begun before
    r"|(?:[+\uff0b]|(?<![0-9A-Za-z_.-])(?P<word>(?i:tel|phone|mobile|mob|cell|call|whatsapp|wa|ph)(?=\d))?\(?)"
    r"\d[\d\s().-]*\d"
)
_NO_PHONES = re.compile(r"\d{4}-\d\d-\d\d.*|\d{1,3}(?:\.\d{1,3}){3}|\d+\.\d+", re.DOTALL)
_SEVEN_DIGITS = re.compile(r"\d(?:[\s().-]*\d){6}")
"""Without so many there is no phone number: most log lines need no closer look."""
_CHUNK = re.compile(r"\S+")
_E164_DIGITS = range(7, 16)
_FEWEST_GLUED_DIGITS = 9
"""With a letter right behind them fewer digits are a date or a part of an id."""


def scrub(value: object) -> object:
    """Return a copy without anything personal or secret, made of plain types only.

    Total and idempotent: whatever cannot be shown becomes a marker; nothing raises.
    """
    try:
        return _scrub(value, depth=0)
    except Exception:  # noqa: BLE001 - a log line must never break what it tells about
        return REDACTED


def scrub_text(text: str) -> str:
    """Take secrets, e-mail addresses and phone numbers out of free text."""
    if _PLAIN_WORD.fullmatch(text):
        return text
    while (scrubbed := _one_pass(text)) != text:  # ends: each change leaves less text that is no marker
        text = scrubbed
    return text


def _scrub(value: object, *, depth: int) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return scrub_text(str(value))
    if depth >= _DEEPEST or isinstance(value, bytes | bytearray | memoryview):
        return REDACTED
    if isinstance(value, Mapping):
        pairs = ((key if isinstance(key, str) else repr(key), inner) for key, inner in value.items())
        return {scrub_text(key): _under(key, inner, depth=depth + 1) for key, inner in pairs}
    if isinstance(value, list | tuple | set | frozenset):
        return [_scrub(inner, depth=depth + 1) for inner in value]
    return _shown(value)


def _shown(value: object) -> str:
    try:
        return scrub_text(repr(value))
    except Exception:  # noqa: BLE001 - somebody's repr
        return REDACTED


def _under(key: str, value: object, *, depth: int) -> object:
    name = key.lower().replace("-", "_")
    if value is None or isinstance(value, bool):
        return value
    if name == "code" and _ERROR_CODE.fullmatch(str(value)):
        return _scrub(value, depth=depth)
    if name in _KEYS or any(name == end or name.endswith(f"_{end}") for end in _KEY_ENDS):
        return REDACTED
    if any(name == end or name.endswith(f"_{end}") for end in _ID_ENDS):
        return _ids(value, depth=depth)
    return _scrub(value, depth=depth)


def _ids(value: object, *, depth: int) -> object:
    """Keep plain ids: many are digit strings that look like phone numbers, or hex that looks like a key."""
    if isinstance(value, str) and _PLAIN_HEX_ID.fullmatch(value):
        return str(value)
    if isinstance(value, str) and _PLAIN_ID.fullmatch(value):
        return _without_secrets(str(value))
    if isinstance(value, list | tuple | set | frozenset) and depth < _DEEPEST:
        return [_ids(inner, depth=depth + 1) for inner in value]
    return _scrub(value, depth=depth)


def _one_pass(text: str) -> str:
    text = _LONG.sub(_long, _EMAILS.sub(EMAIL, _without_secrets(text)))
    return _NUMBERS.sub(_phone, text) if _SEVEN_DIGITS.search(text) else text


def _without_secrets(text: str) -> str:
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def _long(found: re.Match[str]) -> str:
    """Redact hex and what mixes cases and digits as keys do; a path or a long name stays."""
    text = found.group()
    if _HEX.fullmatch(text):
        return REDACTED
    is_key = len(text) >= 40 and all(kind.search(text) for kind in _MIXED)  # noqa: PLR2004 - 30 bytes
    return REDACTED if is_key else text


def _phone(found: re.Match[str]) -> str:
    text = found.group()
    word = found["word"] or ""
    number = text[len(word) :]
    if found["id"] or _is_of_a_name(number, found.string[found.end() : found.end() + 1]):
        return text
    if _digits(number) < _E164_DIGITS.stop:
        return f"{word}{PHONE}" if _is_phone(number) else text
    chunks = _CHUNK.sub(lambda chunk: PHONE if _is_phone(chunk[0]) else chunk[0], number)  # several in a row
    return f"{word}{chunks}"


def _is_of_a_name(number: str, follows: str) -> bool:
    """Whether digits that run on into `follows` are rather a part of a file's name, a date or an id."""
    if follows == "_":
        return number[0] not in "+\uff0b"
    return follows.isalpha() and _digits(number) < _FEWEST_GLUED_DIGITS


def _is_phone(number: str) -> bool:
    return _digits(number) in _E164_DIGITS and not _NO_PHONES.fullmatch(number)


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))
