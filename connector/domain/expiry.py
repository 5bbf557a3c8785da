"""Consents that end: told 14, 7 and 1 days before, each time anew."""

from datetime import datetime, timedelta

from connector.domain.alert import Alert
from connector.domain.alerts_catalogue import CONNECTION_EXPIRING, PROVIDERS
from connector.domain.connection import ConnectionId, Provider
from connector.domain.errors import require_aware
from connector.domain.lead import WorkspaceId

THRESHOLDS_DAYS = (1, 7, 14)
"""Ascending. A consent that lives shorter than the longest is told at the next one at once."""


def threshold_days(ends_at: datetime, *, now: datetime) -> int | None:
    """Return the nearest threshold that `now` is within; None: the end is far, or past (that is no forecast)."""
    require_aware(ends_at, "the end of a consent")
    left = ends_at - now
    if left <= timedelta():
        return None
    return next((days for days in THRESHOLDS_DAYS if left <= timedelta(days=days)), None)


def expiry_alert(
    connection_id: ConnectionId,
    workspace_id: WorkspaceId,
    provider: Provider,
    *,
    ends_at: datetime | None,
    now: datetime,
) -> Alert | None:
    """Return the alert that a consent ends soon, or None: then an open one is to be resolved.

    `ends_at` is the earliest of the ends known (token, data access); None: it does not end. One alert a connection:
    its `stage` is the threshold, so that raising it is idempotent within one and mailed anew at the next.
    """
    days = threshold_days(ends_at, now=now) if ends_at is not None else None
    if ends_at is None or days is None:
        return None
    return CONNECTION_EXPIRING.alert(
        connection_id,
        workspace_id=workspace_id,
        connection_id=connection_id,
        stage=str(days),
        provider=PROVIDERS[provider],
        ends_on=f"{ends_at:%-d %B %Y}",
    )
