"""The key ring on paper: numbered lines that a person can type back, each with a check of its own.

A typing mistake is caught by one of two checks: one a line, which names the line, and one of the whole.
Digits and letters are Crockford's base 32, without I, L, O and U. Sealed: under a passphrase, scrypt and AES-GCM.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connector.domain.errors import BadInputError
from state.vault import KEY_BYTES, NONCE_BYTES, key_id

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LINE_BYTES = 10
SALT_BYTES = 16
CHECK_BYTES = 6
PASSPHRASE_CHARS = 12
_VERSION = 1
_OPEN, _SEALED = 0, 1
_HEAD = 3
_TAG_BYTES = 16
_SCRYPT = {"n": 2**16, "r": 8, "p": 1, "maxmem": 2**27}  # 64 MiB, a good tenth of a second
_LOOKALIKES = str.maketrans("ILO", "110")
_LINE = re.compile(r"^\s*(\d{1,3})[.:]?\s+((?:[0-9A-Za-z]{4}[- ]){3}[0-9A-Za-z]{4})\s+([0-9A-Za-z]{2})\s*$")


def written(
    keys: Sequence[bytes],
    *,
    passphrase: str | None,
    now: datetime,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> str:
    """Return the sheet. Raises BadInputError: no key, or a passphrase that is too short to guard it."""
    if not keys:
        raise BadInputError("there is no key to write down: set state.encryption_keys")
    kind, body = _OPEN, b"".join(keys)
    if passphrase is not None:
        if len(passphrase) < PASSPHRASE_CHARS:
            raise BadInputError(f"the passphrase must have {PASSPHRASE_CHARS} characters or more")
        salt, nonce = random_bytes(SALT_BYTES), random_bytes(NONCE_BYTES)
        kind, body = _SEALED, salt + nonce + _cipher(passphrase, salt).encrypt(nonce, body, b"key sheet")
    whole = bytes((_VERSION, kind, len(keys))) + body
    whole += hashlib.sha256(whole).digest()[:CHECK_BYTES]
    whole += bytes(-len(whole) % LINE_BYTES)
    names = ", ".join(key_id(key) for key in keys)
    head = [
        "CONNECTOR KEY SHEET",
        f"written {now:%Y-%m-%d %H:%M} UTC; keys {names} (the first seals)",
        "sealed under a passphrase that is not on this sheet"
        if kind == _SEALED
        else "NOT sealed: who has this sheet and a copy of the state can use every connected account",
        "to read it back: connector keys recover FILE (this text, typed or scanned)",
        "",
    ]
    return "\n".join([*head, *_lines(whole), ""])


def recovered(text: str, *, ask: Callable[[], str]) -> Sequence[bytes]:
    """Return the keys of a sheet; `ask` gives the passphrase, where it needs one.

    Raises BadInputError that names the lines with a mistake.
    """
    whole = _joined(text)
    kind, count = whole[1], whole[2]
    if whole[0] != _VERSION or kind not in {_OPEN, _SEALED} or not count:
        raise BadInputError("this sheet is of a newer version of connector: use that one")
    size = count * KEY_BYTES + (SALT_BYTES + NONCE_BYTES + _TAG_BYTES if kind == _SEALED else 0)
    end = _HEAD + size
    if len(whole) < end + CHECK_BYTES:
        raise BadInputError(f"lines are missing at the end: {len(whole) // LINE_BYTES} were given")
    check, filling = whole[end : end + CHECK_BYTES], whole[end + CHECK_BYTES :]
    if hashlib.sha256(whole[:end]).digest()[:CHECK_BYTES] != check or any(filling):
        raise BadInputError("the lines are each right and do not belong together: are they of one sheet?")
    body = whole[_HEAD:end]
    if kind == _SEALED:
        salt, nonce = body[:SALT_BYTES], body[SALT_BYTES : SALT_BYTES + NONCE_BYTES]
        try:
            body = _cipher(ask(), salt).decrypt(nonce, body[SALT_BYTES + NONCE_BYTES :], b"key sheet")
        except InvalidTag:
            raise BadInputError("that is not the passphrase of this sheet") from None
    return [body[at : at + KEY_BYTES] for at in range(0, len(body), KEY_BYTES)]


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(hashlib.scrypt(passphrase.encode(), salt=salt, dklen=KEY_BYTES, **_SCRYPT))


def _lines(whole: bytes) -> Iterator[str]:
    for number, start in enumerate(range(0, len(whole), LINE_BYTES), start=1):
        part = whole[start : start + LINE_BYTES]
        text = _base32(int.from_bytes(part), 16)
        groups = "-".join(text[at : at + 4] for at in range(0, 16, 4))
        yield f"{number:02d}  {groups}  {_check(number, part)}"


def _check(number: int, part: bytes) -> str:
    return _base32(int.from_bytes(hashlib.sha256(bytes((number,)) + part).digest()[:2]) >> 6, 2)


def _base32(value: int, length: int) -> str:
    return "".join(ALPHABET[value >> 5 * place & 31] for place in range(length - 1, -1, -1))


def _joined(text: str) -> bytes:
    parts = _parts(text)
    if not parts:
        raise BadInputError("this holds no line of a key sheet: `01  XXXX-XXXX-XXXX-XXXX  XX`")
    missing = [number for number in range(1, max(parts) + 1) if number not in parts]
    if missing:
        raise BadInputError(f"missing: line {', '.join(map(str, missing))}")
    return b"".join(parts[number] for number in sorted(parts))


def _parts(text: str) -> Mapping[int, bytes]:
    """Return the bytes of each line, by its number. Raises BadInputError naming the lines that do not check."""
    parts: dict[int, bytes] = {}
    wrong: list[str] = []
    for found in filter(None, map(_LINE.match, text.splitlines())):
        number = int(found[1])
        letters = re.sub(r"[- ]", "", found[2]).upper().translate(_LOOKALIKES)
        value = 0
        for letter in letters:
            value = value << 5 | max(ALPHABET.find(letter), 0)
        part = value.to_bytes(LINE_BYTES)
        is_right = number <= 255 and _check(number, part) == found[3].upper().translate(_LOOKALIKES)  # noqa: PLR2004 - a byte
        if not is_right or "U" in letters:
            wrong.append(found[1])
        parts[number] = part
    if wrong:
        raise BadInputError(f"a typing mistake in line {', '.join(wrong)}")
    return parts
