"""A line of the table of refusals: which ones it is about, and what happens next."""

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Literal

from adapters.google.fault import Call, GoogleFault
from connector.domain.errors import LossCause

Kind = Literal["retry", "pause", "reconnect", "suspended", "full", "gone", "config", "permanent", "exists"]

DEFAULT_PAUSE_S = 60.0
"""Drive counts units a minute and seldom sends Retry-After."""
DAY_PAUSE_S = 15 * 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A line of the table. Every condition given must hold; the first line that fits decides."""

    kind: Kind
    said: str
    reasons: frozenset[str] | set[str]
    calls: Container[Call] | None = None
    text: re.Pattern[str] | None = None
    remedy: str | None = None
    cause: LossCause = "unknown"
    pause_s: float = DEFAULT_PAUSE_S

    def fits(self, fault: GoogleFault) -> bool:
        return (
            any(reason in self.reasons for reason in fault.reasons)
            and (self.calls is None or fault.call in self.calls)
            and (self.text is None or self.text.search(fault.text) is not None)
        )
