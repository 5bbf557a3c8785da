"""What can be heard of a connected account: the signals that `domain.health` judges."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from connector.domain.connection import Check
from connector.domain.errors import (
    AuthLostError,
    BlockedError,
    ConnectorError,
    LeadAccessError,
    LossCause,
    StorageFullError,
    SuspendedError,
)

Cause = LossCause | Literal["deauthorised", "testing_mode", "blocked", "ending", "lacking"]
AGAIN = "Connect the account again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Consented:
    """A person consented: the tokens are new."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """The token is alive, and this is what the checks found."""

    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenDied:
    """The provider refuses the token, and was asked twice."""

    at: datetime
    reason: str
    remedy: str = AGAIN
    cause: Cause = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeWithheld:
    """The provider says that the person does not grant these scopes (any more)."""

    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The provider could not be asked, wants a pause, or refuses for a reason that is not the account's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """The provider froze the account; it may come back by itself."""

    reason: str
    remedy: str = "See what the provider wants of the account; it goes on by itself when it is set free."


@dataclass(frozen=True, slots=True, kw_only=True)
class Enabled:
    """The provider set the account free again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deauthorised:
    """The person removed us at the provider, which told us so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectAsked:
    """An admin of ours disconnects: undoing at the provider begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectDone:
    """Everything is undone and the tokens are erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When the consent ends: the earlier of the token's end and the data access's. None: never, or not told."""

    now: datetime
    ends_at: datetime | None


Signal = (
    Consented
    | Probed
    | TokenDied
    | ScopeWithheld
    | Outage
    | Suspended
    | Enabled
    | Deauthorised
    | DisconnectAsked
    | DisconnectDone
    | Forecast
)


def signal_of(error: ConnectorError, *, at: datetime) -> Signal:
    """Return what a provider's refusal says of the whole account. Total.

    What concerns one Page alone is a failed check; what is nobody's fault, or ours, is an outage.
    """
    match error:
        case AuthLostError(cause="scope", scopes=scopes):
            return ScopeWithheld(scopes=scopes)
        case AuthLostError(cause="role_lost" | "page_token", remedy=remedy):
            return Probed(
                checks=(Check(name="page_task", outcome="failed", detail=str(error), remedy=remedy),)
            )
        case AuthLostError(cause=cause, remedy=remedy):
            return TokenDied(at=at, reason=str(error), remedy=remedy, cause=cause)
        case LeadAccessError(remedy=remedy):
            failed = Check(name="leads_access", outcome="failed", detail=str(error), remedy=remedy)
            return Probed(checks=(failed,))
        case StorageFullError(remedy=remedy):
            return Probed(checks=(Check(name="quota", outcome="failed", detail=str(error), remedy=remedy),))
        case SuspendedError(remedy=remedy):
            return Suspended(reason=str(error), remedy=remedy)
        case BlockedError():
            return Suspended(reason=str(error))
        case _:
            return Outage()
