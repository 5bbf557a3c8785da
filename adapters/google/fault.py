"""What Google said when it refused, as a value: OAuth bodies and Drive bodies alike."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Call = Literal["exchange", "refresh", "revoke", "userinfo", "keys", "drive", "session"]
"""What was asked: the same word means different things, such as invalid_grant for a code and for a token.

`session` is a resumable upload's own address, `drive` everything else of the Drive API.
"""

_REASON = re.compile(r"[A-Za-z_]{1,48}")
_REASONS_MAX = 16
_LONGEST_TEXT = 1000
_LONGEST_BODY = 256 * 1024
_PAUSE_S = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleFault:
    """One refusal. `text` is Google's wording in lower case: to be judged, never to be repeated.

    `reasons` are its machine-readable words, the most specific first. `is_json` False: some proxy's page.
    """

    call: Call
    status: int
    reasons: tuple[str, ...] = ()
    text: str = field(default="", repr=False)
    is_json: bool = False
    pause_s: float | None = None

    def __str__(self) -> str:
        """Return what the provider's documentation can be searched for."""
        return f"{self.reasons[0]}, HTTP {self.status}" if self.reasons else f"HTTP {self.status}"


class GoogleRefusalError(Exception):
    """The cause behind an error of ours: carries the fault. Its text is reason and status only."""

    def __init__(self, fault: GoogleFault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def fault_of(call: Call, status: int, body: object, *, retry_after: str | None = None) -> GoogleFault:
    """Read a refusal. `body` is the bytes or what they decoded to. Total: what is misshapen stays empty."""
    decoded = _decoded(body) if isinstance(body, bytes | str) else body
    pause = _PAUSE_S.fullmatch(retry_after.strip()) if retry_after else None
    pause_s = float(pause[0]) if pause and float(pause[0]) > 0 else None
    if not isinstance(decoded, dict):
        return GoogleFault(call=call, status=status, pause_s=pause_s)
    found = (reason for reason in _reasons(decoded) if _REASON.fullmatch(reason))
    return GoogleFault(
        call=call,
        status=status,
        reasons=tuple(dict.fromkeys(found))[:_REASONS_MAX],
        text=" ".join(_text(decoded).lower().split()),
        is_json=True,
        pause_s=pause_s,
    )


def _decoded(body: bytes | str) -> object:
    if len(body) > _LONGEST_BODY:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _reasons(body: dict[str, object]) -> Iterator[str]:
    """Google hides `errors[].reason` behind `details` in places, and OAuth has plain words: take all."""
    error = body.get("error")
    if isinstance(error, str):  # RFC 6749, 5.2
        subtype = body.get("error_subtype")
        if isinstance(subtype, str):
            yield subtype
        yield error
    if not isinstance(error, dict):
        return
    for members in (error.get("details"), error.get("errors")):
        for member in members[:_REASONS_MAX] if isinstance(members, list) else ():
            reason = member.get("reason") if isinstance(member, dict) else None
            if isinstance(reason, str):
                yield reason
    status = error.get("status")
    if isinstance(status, str):
        yield status


def _text(body: dict[str, object]) -> str:
    error = body.get("error")
    said = error.get("message") if isinstance(error, dict) else body.get("error_description")
    return said[:_LONGEST_TEXT] if isinstance(said, str) else ""
