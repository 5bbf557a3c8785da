"""How fast leads reach the CRM, against the objective. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

OBJECTIVE_S = 10.0
"""Seconds from a webhook stored to the CRM's answer, within which leads are to be there while CRM and Meta answer."""
OBJECTIVE_SHARE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """What `leads` deliveries took, in seconds, and the share of them within the objective."""

    leads: int
    p50_s: float
    p95_s: float
    within: float

    @property
    def is_kept(self) -> bool:
        """Tell whether the objective was met."""
        return self.within >= OBJECTIVE_SHARE


def latency_of(took_ms: Sequence[int]) -> Latency | None:
    """Return the percentiles (nearest rank) of milliseconds; None of none. A clock that went back counts as 0."""
    if not took_ms:
        return None
    ordered = sorted(max(one, 0) for one in took_ms)
    return Latency(
        leads=len(ordered),
        p50_s=_rank(ordered, 0.5),
        p95_s=_rank(ordered, 0.95),
        within=sum(one <= OBJECTIVE_S * 1000 for one in ordered) / len(ordered),
    )


def _rank(ordered: Sequence[int], share: float) -> float:
    return ordered[ceil(share * len(ordered)) - 1] / 1000
