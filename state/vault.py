"""Secrets at rest: AES-256-GCM under a ring of keys. The first key seals, every key opens.

A sealed text is bound to its place (`bound_to`): moved to another row, it does not open.
"""

import base64
import hashlib
import os
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connector.domain.errors import BadInputError

KEY_BYTES = 32
NONCE_BYTES = 12
_VERSION = "v1"


class Vault:
    """Seals and opens texts. Sealed: `v1.<key id>.<base64url of nonce and ciphertext>`."""

    def __init__(self, keys: Sequence[bytes], *, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise BadInputError(
                "state.encryption_keys needs at least one key of 32 bytes: run `connector init`"
            )
        self._ring = {key_id(key): AESGCM(key) for key in keys}
        self._first = key_id(keys[0])
        self._random_bytes = random_bytes

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the ring's keys, the sealing one first."""
        return tuple(self._ring)

    def seal(self, text: str, *, bound_to: str) -> str:
        """Return the sealed text."""
        nonce = self._random_bytes(NONCE_BYTES)
        sealed = nonce + self._ring[self._first].encrypt(nonce, text.encode(), bound_to.encode())
        return f"{_VERSION}.{self._first}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str, *, bound_to: str) -> str:
        """Return the text. Raises BadInputError when no key of the ring opens it."""
        version, _, rest = sealed.partition(".")
        name, _, body = rest.partition(".")
        cipher = self._ring.get(name)
        if version != _VERSION or cipher is None:
            raise BadInputError(
                "a stored secret was sealed with a key that is not in state.encryption_keys: put that key back"
            )
        try:
            raw = base64.urlsafe_b64decode(body)
            return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise BadInputError("a stored secret was altered: connect the account again") from error


def key_id(key: bytes) -> str:
    """Return a name for a key that tells nothing of it."""
    return hashlib.sha256(b"connector key id\0" + key).hexdigest()[:8]


def sealed_by(sealed: str) -> str:
    """Return the name of the key that sealed a text."""
    return sealed.split(".", 2)[1]
