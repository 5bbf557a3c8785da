"""Why a Page's forms are read as often as they are, for people. Pure."""

from dataclasses import dataclass
from typing import Literal

from connector.domain.reconciling import SLOW_FROM, STOP_FROM, Budget, read_every_s

Why = Literal["as_set", "few_leads", "half_used", "almost_used", "share_spent", "asked_to_wait"]
"""as_set: at the setting's interval. few_leads: the budget is small. half_used, almost_used: of Facebook's budget so
much is gone. share_spent: what reading again may take of a day. asked_to_wait: Facebook named a pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`every_s`: seconds between two reads of a live form; `waits_until_ms`: before it none at all, None: no wait."""

    why: Why
    every_s: float
    waits_until_ms: int | None = None


def pace_of(budget: Budget, *, every_s: float, forms: int, paused_until_ms: int, now_ms: int) -> Pace:
    """Return how often a Page with so many live forms is read, and why; a wait goes before a slower pace."""
    actual_s = read_every_s(budget, every_s=every_s, forms=forms, now_ms=now_ms)
    if paused_until_ms > now_ms:
        return Pace(why="asked_to_wait", every_s=actual_s, waits_until_ms=paused_until_ms)
    free_at_ms = budget.free_at_ms(now_ms)
    if budget.used_now(now_ms) >= STOP_FROM:
        return Pace(why="almost_used", every_s=actual_s, waits_until_ms=free_at_ms)
    if free_at_ms > now_ms:
        return Pace(why="share_spent", every_s=actual_s, waits_until_ms=free_at_ms)
    if budget.used_now(now_ms) >= SLOW_FROM:
        return Pace(why="half_used", every_s=actual_s)
    return Pace(why="as_set" if actual_s <= every_s else "few_leads", every_s=actual_s)
