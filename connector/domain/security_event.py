"""What Google tells about the security of a connected account (RISC), as a value; and how a token is recognised.

https://developers.google.com/identity/protocols/risc
"""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from connector.domain.connection import TokenPrints

SecurityEventType = Literal[
    "account-disabled",
    "account-purged",
    "tokens-revoked",
    "token-revoked",
    "sessions-revoked",
    "account-credential-change-required",
    "account-enabled",
    "verification",
    "unknown",
]
"""The last part of the event's address; unknown: one that Google's table does not have."""

PREFIX_CHARS = 16
"""How much of a token Google names in an event that goes by prefix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEvent:
    """One authentic event. `jti` is the same on every redelivery: who has seen it may forget the event.

    At most one of `sub`, `token_prefix` and `token_double_hash` is set; the latter two are as in TokenPrints.
    None of them: the event is about nobody we could know.
    """

    jti: str
    type: SecurityEventType
    issued_at: datetime
    sub: str | None = None
    token_prefix: str | None = None
    token_double_hash: str | None = None
    reason: str | None = None
    """Of account-disabled: `hijacking`, `bulk-account`, or None."""
    state: str | None = field(default=None, repr=False)
    """Of verification: the text that the operator's test asked Google to send."""


def token_prints(refresh_token: str) -> TokenPrints:
    """Return by what security events will name this refresh token; neither yields the token."""
    return TokenPrints(
        prefix=prefix_print(refresh_token[:PREFIX_CHARS]), double_hash=double_hash(refresh_token)
    )


def prefix_print(prefix: str) -> str:
    """Return what stands for the first 16 characters of a token: hashed, since they are a part of a secret."""
    return hashlib.sha256(b"token-prefix:" + prefix.encode(errors="replace")).hexdigest()


def double_hash(token: str) -> str:
    """Return base64(sha512(sha512(token))), Google's hash_base64_sha512_sha512, in the one writing we compare."""
    inner = hashlib.sha512(token.encode(errors="replace")).digest()
    return normalised_hash(base64.b64encode(hashlib.sha512(inner).digest()).decode())


def normalised_hash(text: str) -> str:
    """Return a base64 text in one writing: the plain alphabet, no padding, no white space."""
    return "".join(text.split()).translate(str.maketrans("-_", "+/")).rstrip("=")
