"""When tokens are refreshed, and how long a failed try waits: pure decisions."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connector.domain.connection import AccessToken, ConnectionId, Health
from connector.domain.errors import ConnectorError, MisconfiguredError, RateLimitedError, SuspendedError
from connector.domain.lead import WorkspaceId

MARGIN = timedelta(minutes=5)
"""What an access token must still have to be handed out: longer than the longest single call."""
LAST_RESORT = timedelta(minutes=1)
"""What it must still have to be handed out when no new one can be had."""
AHEAD_MS = 10 * 60_000
"""How long before its end an access token is replaced: longer than MARGIN, so that nobody waits for it."""
LADDER_S = (30.0, 120.0, 600.0, 1800.0)
"""Waits after failed refreshes; the last repeats: an outage of the provider ends no connection."""
HOURLY_S = 3600.0
"""Our own client is refused, or the account is frozen: others must act, and asking often changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTokens:
    """What is stored of one Google connection. `claim_id` is set for who holds the refresh lease.

    `refresh_token` None while `has_token`: no key opens what is stored.
    """

    connection_id: ConnectionId
    workspace_id: WorkspaceId
    state: Health
    version: int
    failures: int
    has_token: bool
    refresh_token: str | None = field(repr=False)
    access: AccessToken | None = field(repr=False)
    claim_id: str | None = None
    due_at_ms: int | None = None

    def is_due(self, now_ms: int) -> bool:
        """Tell whether the access token is to be replaced by now."""
        return self.due_at_ms is None or self.due_at_ms <= now_ms

    def pause_s(self, now_ms: int) -> float:
        """Return how long to wait after the last try, which failed; 0 when there is no reason to."""
        if not self.failures or self.due_at_ms is None:
            return 0.0
        return max(0.0, (self.due_at_ms - now_ms) / 1000)


def refresh_due_ms(expires_at_ms: int, now_ms: int) -> int:
    """Return when an access token is to be replaced: ten minutes ahead, or half-way of one that lives shorter."""
    return max(expires_at_ms - AHEAD_MS, now_ms + (expires_at_ms - now_ms) // 2)


def usable(tokens: StoredTokens, now: datetime) -> str | None:
    """Return the access token that may be handed out, if there is one.

    One that lives shorter than MARGIN from the start (other servers than Google's) is good until it is due.
    """
    if tokens.access is None:
        return None
    left = tokens.access.expires_at - now
    young = not tokens.failures and not tokens.is_due(int(now.timestamp() * 1000)) and left > timedelta()
    return tokens.access.value if young or left > MARGIN else None


def last_resort(tokens: StoredTokens, now: datetime) -> str | None:
    """Return the access token that does while no new one can be had."""
    access = tokens.access
    return access.value if access is not None and access.expires_at - now > LAST_RESORT else None


def retry_wait_s(error: ConnectorError, *, failures: int, jitter: float) -> float:
    """Return seconds to wait after the failed try number `failures` (from 1); `jitter` is in [0, 1)."""
    if isinstance(error, MisconfiguredError | SuspendedError):
        return HOURLY_S
    wait_s = LADDER_S[min(max(failures, 1), len(LADDER_S)) - 1] * (1 + jitter / 4)
    return max(wait_s, error.retry_after_s) if isinstance(error, RateLimitedError) else wait_s
