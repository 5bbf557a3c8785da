"""What a look at our own public address from outside gives."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicAnswer:
    """One answer through the public address. `status` None: there was none, and `trouble` says why."""

    status: int | None
    body: bytes = b""
    date: str | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicLook:
    """All that was asked.

    `addresses`: what the name leads to; `certificate_ends`: None without TLS. `challenged` went with the right verify
    token and asked for `echo`, `refused` with a wrong one; `posted` and `posted_large` are signed bodies.
    """

    host: str
    is_tls: bool
    addresses: tuple[str, ...]
    certificate_ends: datetime | None = None
    certificate_trouble: str = ""
    echo: str = ""
    challenged: PublicAnswer | None = None
    refused: PublicAnswer | None = None
    posted: PublicAnswer | None = None
    posted_large: PublicAnswer | None = None
