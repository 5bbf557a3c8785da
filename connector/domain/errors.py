"""What can go wrong, by what happens next. An adapter raises these and nothing else.

No message may carry a secret or a personal datum: messages are logged and shown to admins.
"""

from datetime import datetime
from typing import Literal

LossCause = Literal[
    "unknown",
    "app_removed",
    "checkpoint",
    "password_changed",
    "expired",
    "revoked",
    "role_lost",
    "page_token",
    "scope",
]
"""Why a provider does not take a token any more. role_lost and page_token are about one Page."""


class ConnectorError(Exception):
    """Base of every error that is not a bug."""


class TransientError(ConnectorError):
    """The same call may succeed later: retry with backoff.

    `unknown` marks an answer that no rule covers; it is retried at first and parked when it stays.
    """

    def __init__(self, message: str, *, unknown: bool = False) -> None:
        super().__init__(message)
        self.unknown = unknown


class RateLimitedError(TransientError):
    """The provider named a pause for this bucket; carries `retry_after_s` (seconds, > 0)."""

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class BlockedError(RateLimitedError):
    """The provider froze the account for a while, for what it did and not for how often it asked."""


class AuthLostError(ConnectorError):
    """Only a person can repair it: hold the work, ask for consent. `remedy` tells the person what to do.

    `scopes` are those that the provider named as missing (cause scope).
    """

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "Connect the account again.",
        cause: LossCause = "unknown",
        scopes: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.remedy = remedy
        self.cause = cause
        self.scopes = scopes


class StaleTokenError(TransientError):
    """The short-lived access token is not accepted any more: refresh it, then try once again."""


class SuspendedError(ConnectorError):
    """The consent lives, but the provider or the account's organisation forbids its use: hold the work.

    It may end by itself, so look again now and then; `remedy` tells the person what to do.
    """

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class StorageFullError(ConnectorError):
    """The account lives, but takes nothing more: hold what is to be stored until a person makes room."""

    def __init__(self, message: str, *, remedy: str = "Free some space in the account's Drive.") -> None:
        super().__init__(message)
        self.remedy = remedy


class LeadAccessError(ConnectorError):
    """The token lives, but this Page's leads may not be read: an admin must grant access at the provider."""

    def __init__(
        self, message: str, *, remedy: str = "Grant this app access in Leads Access Manager."
    ) -> None:
        super().__init__(message)
        self.remedy = remedy


class GoneError(ConnectorError):
    """The object does not exist or cannot be seen: retried with long delays, then parked."""


class PermanentError(ConnectorError):
    """No retry will help: park the work, keep the reason."""


class MisconfiguredError(ConnectorError):
    """Our own settings at the provider are wrong: the work waits until an operator mends them."""

    def __init__(
        self, message: str, *, remedy: str = "Compare [facebook] in the settings with the app's dashboard."
    ) -> None:
        super().__init__(message)
        self.remedy = remedy


class BadSignatureError(ConnectorError):
    """The sender did not prove who it is; nothing of the body may be believed."""


class BadInputError(ConnectorError):
    """A person or a file gave something unusable; the message says what to do instead."""


class NotPermittedError(ConnectorError):
    """The caller is known and may not do this."""


class StateUnavailableError(ConnectorError):
    """The durable state cannot take the write now (disk full, database down): nothing was stored."""


class NewerStateError(ConnectorError):
    """The database was written by a newer version of this program; start that version instead."""


def require_aware(at: datetime, what: str) -> None:
    """Raise ValueError when `at` has no time zone: naive times are a bug, never data."""
    if at.tzinfo is None:
        msg = f"{what} needs a time zone"
        raise ValueError(msg)
