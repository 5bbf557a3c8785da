"""What a failed read means for the lead and for its Page: pure decisions of the fetcher."""

from dataclasses import dataclass

from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    GoneError,
    LeadAccessError,
    MisconfiguredError,
    PermanentError,
    RateLimitedError,
    TransientError,
)
from connector.domain.work import Ladder, PageTrouble, ParkedLead, RetryLater

TRANSIENT_LADDER_S = (2.0, 5.0, 15.0, 60.0, 300.0, 900.0)
"""Waits after known outages; the last repeats for as long as the outage lasts: giving up would lose the lead."""
UNKNOWN_ATTEMPTS = 12
"""Answers that no rule covers are retried this often, about two hours, then parked."""
GONE_LADDER_S = (60.0, 600.0, 3600.0, 6 * 3600.0, 24 * 3600.0)
"""A lead that cannot be seen may become visible, or access may be given back; after these waits it is parked."""
ACCESS_RETRY_S = 3600.0
"""How often a Page without lead access is tried again: leads live 90 days, access comes back by hand."""
SETTINGS_RETRY_S = 900.0
"""How often wrong settings are tried again: they change with a restart, or in the provider's dashboard."""
READ_LATELY_S = 3600.0
"""While another lead of the Page was read this lately, one that is refused alone says nothing about the Page."""
FAULT_ATTEMPTS = 5
"""Tries of a lead that breaks our own code before it is parked: one poison row stops nothing."""
MAX_PAUSE_S = 24 * 3600.0
"""No provider's wish holds a Page longer than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePause:
    """The whole Page waits; no attempt is spent."""

    until_ms: int
    reason: str
    trouble: PageTrouble | None = None


FetchDecision = RetryLater | ParkedLead | PagePause | PageTrouble


def decide_failure(error: ConnectorError, *, attempts: int, now_ms: int, jitter: float) -> FetchDecision:
    """Return what happens after `error` on a lead's try number `attempts` of its ladder; `jitter` is in [0, 1)."""
    reason = str(error)
    match error:
        case AuthLostError(remedy=remedy, cause=cause):
            return PageTrouble(state="auth_lost", reason=reason, remedy=remedy, cause=cause)
        case LeadAccessError(remedy=remedy):
            trouble = PageTrouble(state="no_lead_access", reason=reason, remedy=remedy)
            return PagePause(until_ms=_after(now_ms, ACCESS_RETRY_S), reason=reason, trouble=trouble)
        case MisconfiguredError(remedy=remedy):
            trouble = PageTrouble(state="misconfigured", reason=reason, remedy=remedy)
            return PagePause(until_ms=_after(now_ms, SETTINGS_RETRY_S), reason=reason, trouble=trouble)
        case RateLimitedError(retry_after_s=pause_s):
            return PagePause(until_ms=_after(now_ms, min(pause_s, MAX_PAUSE_S)), reason=reason)
        case TransientError(unknown=True) if attempts >= UNKNOWN_ATTEMPTS:
            return ParkedLead(
                reason=f"{reason} It kept coming back; replay the lead when the cause is known."
            )
        case TransientError():
            wait_s = _step(TRANSIENT_LADDER_S, attempts) * (1 + jitter / 4)
            return RetryLater(due_at_ms=_after(now_ms, wait_s), reason=reason, ladder=ladder_of(error))
        case GoneError() if attempts <= len(GONE_LADDER_S):
            due_at_ms = _after(now_ms, _step(GONE_LADDER_S, attempts))
            return RetryLater(due_at_ms=due_at_ms, reason=reason, ladder=ladder_of(error))
        case GoneError() | PermanentError():
            return ParkedLead(reason=reason)
        case _:
            return ParkedLead(reason=f"{type(error).__name__}: {reason}")


def ladder_of(error: ConnectorError) -> Ladder:
    """Return which ladder a lead climbs after `error`."""
    return "outage" if isinstance(error, TransientError) and not error.unknown else "lead"


def sealed_pause(now_ms: int) -> PagePause:
    """Return what a Page's token that no key opens means: only its own leads wait."""
    trouble = PageTrouble(
        state="misconfigured",
        reason="No key of this daemon opens the Page's stored token.",
        remedy=(
            "Put the key that sealed it back into state.encryption_keys and restart, or connect the account again."
        ),
    )
    until_ms = _after(now_ms, SETTINGS_RETRY_S)
    return PagePause(until_ms=until_ms, reason=trouble.reason, trouble=trouble)


def own_lead_trouble(error: ConnectorError) -> ConnectorError:
    """Return what a refusal of the whole Page means once other leads of it were readable with the same token."""
    reason = f"{error} Other leads of the Page were readable."
    return GoneError(reason) if isinstance(error, LeadAccessError) else TransientError(reason, unknown=True)


def decide_fault(error: Exception, *, attempts: int, now_ms: int, jitter: float) -> RetryLater | ParkedLead:
    """Return what becomes of a lead on which our own code broke for the time number `attempts`."""
    kind = type(error).__name__
    if attempts >= FAULT_ATTEMPTS:
        return ParkedLead(reason=f"Our own fault ({kind}): report it; replay the lead after an update.")
    wait_s = _step(TRANSIENT_LADDER_S, attempts) * (1 + jitter / 4)
    return RetryLater(due_at_ms=_after(now_ms, wait_s), reason=kind, ladder="fault")


def _step(ladder: tuple[float, ...], attempts: int) -> float:
    return ladder[min(max(attempts, 1), len(ladder)) - 1]


def _after(now_ms: int, seconds: float) -> int:
    return now_ms + int(seconds * 1000)
