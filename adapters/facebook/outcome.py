"""The one word under which an answer of the Graph API is counted."""

from collections.abc import Callable

from adapters.facebook.reply import GraphReply
from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    GoneError,
    LeadAccessError,
    MisconfiguredError,
    RateLimitedError,
    TransientError,
)

CallObserver = Callable[[str], None]
"""Called with the outcome of every call that was answered or that failed."""

_WORDS: tuple[tuple[type[ConnectorError], str], ...] = (
    (RateLimitedError, "rate_limited"),  # before its base
    (TransientError, "transient"),
    (AuthLostError, "auth_lost"),
    (LeadAccessError, "lead_access"),
    (MisconfiguredError, "misconfigured"),
    (GoneError, "gone"),
)


def outcome_of(answer: GraphReply | ConnectorError | None) -> str:
    """Return ok, rate_limited, transient, auth_lost, lead_access, misconfigured, gone or permanent. Total.

    None is the member of a batch that was not completed: it is asked again.
    """
    if answer is None:
        return "transient"
    if isinstance(answer, GraphReply):
        return "ok"
    return next((word for kind, word in _WORDS if isinstance(answer, kind)), "permanent")


def nobody(outcome: str) -> None:
    """Count nothing."""
    del outcome
