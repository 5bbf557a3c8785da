"""A key under a pass phrase: a small age file, for which the `age` program asks the pass phrase.

Written here and not by pyrage, which measures the machine and may take half a gigabyte: scrypt with 2^17 rounds needs
128 MiB and some tenths of a second wherever it runs. Source of each step: age-encryption.org/v1 (C2SP, age.md).
"""

import base64
import hashlib
import hmac
import secrets
import textwrap

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

WORK_FACTOR = 17
_BEGIN, _END = "-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----"
_VERSION = "age-encryption.org/v1"
_COLUMNS = 64
_BLOCK_BYTES = 64 * 1024
_ONLY_CHUNK = bytes(11) + b"\x01"
"""The nonce of a payload's first chunk that is its last, too."""


def locked_key(text: bytes, phrase: str) -> str:
    """Return a text of one chunk at most, armoured."""
    if len(text) > _BLOCK_BYTES:
        raise ValueError("a key is short")
    file_key, salt, nonce = (secrets.token_bytes(16) for _ in range(3))
    wrapping = hashlib.scrypt(
        phrase.encode(),
        salt=f"{_VERSION}/scrypt".encode() + salt,
        n=2**WORK_FACTOR,
        r=8,
        p=1,
        maxmem=2 * 128 * 8 * 2**WORK_FACTOR,
        dklen=32,
    )
    wrapped = ChaCha20Poly1305(wrapping).encrypt(bytes(12), file_key, None)
    header = f"{_VERSION}\n-> scrypt {_base64(salt)} {WORK_FACTOR}\n{_base64(wrapped)}\n---"
    mac = hmac.digest(_derived(file_key, b"", b"header"), header.encode(), "sha256")
    payload = ChaCha20Poly1305(_derived(file_key, nonce, b"payload")).encrypt(_ONLY_CHUNK, text, None)
    body = f"{header} {_base64(mac)}\n".encode() + nonce + payload
    lines = textwrap.wrap(base64.b64encode(body).decode(), _COLUMNS)
    return "\n".join((_BEGIN, *lines, _END, ""))


def _derived(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")
