"""What a security event of Google's does to the connections that it is about.

https://developers.google.com/identity/protocols/risc#supported_event_types
"""

from collections.abc import Mapping
from typing import Literal

from connector.domain.security_event import SecurityEvent, SecurityEventType
from connector.domain.signals import Suspended

SecurityEffect = Literal["remove", "suspend", "release", "refresh", "none"]
"""remove: the grant is gone; suspend: work is held until the account is free again; refresh: look at it now."""

_EFFECTS: Mapping[SecurityEventType, SecurityEffect] = {
    "tokens-revoked": "remove",
    "token-revoked": "remove",
    "account-purged": "remove",
    "account-disabled": "suspend",
    "account-enabled": "release",
    "sessions-revoked": "refresh",
    "account-credential-change-required": "none",
    "verification": "none",
    "unknown": "none",
}
_WHY: Mapping[str | None, str] = {
    "hijacking": "Google disabled the account because somebody else got into it.",
    "bulk-account": "Google disabled the account as one of many made by a machine.",
}


def effect_of(event: SecurityEvent) -> SecurityEffect:
    """Return what the event does. Total: what Google's table does not have does nothing."""
    return _EFFECTS[event.type]


def suspension(event: SecurityEvent) -> Suspended:
    """Return the signal of a disabled account."""
    return Suspended(reason=_WHY.get(event.reason, "Google disabled the account."))
