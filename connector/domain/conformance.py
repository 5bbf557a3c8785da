"""Checking a receiver against the contract: what is sent, what came back, and what that means."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Signer = Literal["right", "wrong", "newer"]
"""right: the secret in use; wrong: one that nobody has; newer: an entry of a scheme that is not there yet."""
Verdict = Literal["pass", "warn", "fail", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One request. `signed_*`: what the signature is over, where that is not what is sent."""

    event_id: str
    body: bytes = field(repr=False)
    signers: tuple[Signer, ...] = ("right",)
    age_s: int = 0
    is_replay: bool = False
    attempt: int = 1
    sequence: int = 1
    signed_body: bytes | None = field(default=None, repr=False)
    signed_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back. `status` None: nothing did, and `trouble` says why."""

    status: int | None
    seconds: float
    crm_id: str | None = None
    errors: int = 0
    trouble: str = ""

    @property
    def took(self) -> bool:
        """Whether that counts as accepted."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - 2xx

    @property
    def refused(self) -> bool:
        """Whether it said no: a 4xx other than those that mean something else to us."""
        return self.status is not None and 400 <= self.status < 500 and self.status not in {410, 422, 429}  # noqa: PLR2004 - 4xx

    def __str__(self) -> str:
        return self.trouble if self.status is None else f"HTTP {self.status}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found. `why`: why it matters; `remedy`: what the receiver's engineers do about it."""

    name: str
    verdict: Verdict
    detail: str
    why: str
    remedy: str


def accepted(replies: Sequence[Reply]) -> tuple[Verdict, str]:
    """Judge what was to be taken: all of it."""
    bad = [reply for reply in replies if not reply.took]
    if not bad:
        return "pass", "taken"
    return "fail", f"{bad[0]}" if len(replies) == 1 else f"{len(bad)} of {len(replies)} not taken: {bad[0]}"


def turned_away(reply: Reply) -> tuple[Verdict, str]:
    """Judge what was to be refused: by a 4xx that is not 410, 422 or 429."""
    if reply.refused:
        return "pass", f"refused ({reply})"
    if reply.took:
        return "fail", f"taken ({reply})"
    return "fail", f"not refused but {reply}"


def same_record(replies: Sequence[Reply]) -> tuple[Verdict, str]:
    """Judge answers about one contact: taken, and under one id wherever there is one."""
    verdict, detail = accepted(replies)
    if verdict != "pass":
        return verdict, detail
    ids = {reply.crm_id for reply in replies if reply.crm_id is not None}
    if len(ids) > 1:
        return "fail", "taken under different record ids: the contact was made twice"
    return "pass", "taken, one record id" if ids else "taken, no record id to compare"
