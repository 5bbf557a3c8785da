"""Standard Webhooks signatures, without I/O. Source: www.standardwebhooks.com."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
_TO_STANDARD = str.maketrans("-_", "+/")


def decode_secret(secret: str) -> bytes:
    """Return the bytes behind `whsec_…`: either alphabet, padded or not. Raises ValueError.

    The settings accept all four spellings. A lenient decoder would drop `-` and `_` and sign with other bytes.
    """
    text = secret.removeprefix(PREFIX).translate(_TO_STANDARD).rstrip("=")
    decoded = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    if not decoded:
        raise ValueError("a signing secret may not be empty")
    return decoded


def sign(secrets: Sequence[bytes], *, event_id: str, timestamp_s: int, body: bytes) -> str:
    """Return one `v1,…` entry for each secret: a receiver that knows any of them accepts."""
    signed = b"%s.%d.%s" % (event_id.encode(), timestamp_s, body)
    macs = (hmac.digest(secret, signed, hashlib.sha256) for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(mac).decode('ascii')}" for mac in macs)
