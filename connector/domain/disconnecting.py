"""Disconnecting an account: what stops, what goes on, what is taken back at the provider; and when to try again.

One value, read in one transaction, is both the preview and what disconnecting does: they cannot differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from connector.domain.connection import ConnectionId, Provider
from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    GoneError,
    LeadAccessError,
    PermanentError,
    RateLimitedError,
)
from connector.domain.lead import PageId, WorkspaceId

UndoingKind = Literal["unsubscribe_page", "revoke_grant"]

LADDER_S = (30.0, 120.0, 600.0, 3600.0, 4 * 3600.0, 12 * 3600.0)
"""Waits after failed tries at the provider; the last repeats until the days are over."""
GIVE_UP_S = 5 * 86_400.0
"""Longer than an outage over a long weekend; the tokens that are kept for undoing are erased then."""
ALARM_ATTEMPTS = 3
"""Failed tries after which a person is told; about three minutes: a hiccup of the provider is over by then."""

DISCONNECTED_REASON = (
    "The account that read this Page was disconnected. Connect the Page again and the lead goes on by itself."
)
"""Why leads are parked that nobody may read any more; connecting finds them by it."""

PROVIDER_SETTINGS: Mapping[Provider, str] = {
    "facebook": "https://www.facebook.com/settings?tab=business_tools",
    "google": "https://myaccount.google.com/connections",
}
"""Where a person takes the grant back by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharer:
    """Another connection, of any workspace, that uses the same Page or the same account."""

    connection_id: ConnectionId
    workspace_id: WorkspaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePreview:
    """What becomes of one Page of the connection.

    `is_read`: this connection reads the Page now; else another one of the workspace does. `waiting` leads are not
    read yet, `queued` ones are read and still go to the CRM.
    """

    page_id: PageId
    name: str
    is_read: bool
    subscribed_by_us: bool
    has_token: bool
    standby: ConnectionId | None = None
    shared_with: tuple[Sharer, ...] = ()
    forms: int = 0
    waiting: int = 0
    queued: int = 0

    @property
    def stops(self) -> bool:
        """Tell whether the workspace gets no more leads of the Page."""
        return self.is_read and self.standby is None

    @property
    def parked(self) -> int:
        """Return how many leads nobody may read any more: they are parked until the Page is connected again."""
        return self.waiting if self.stops else 0

    @property
    def unsubscribes(self) -> bool:
        """Tell whether our app is taken off the Page: where we put it, when nobody else uses it."""
        return self.subscribed_by_us and self.has_token and not self.shared_with


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What disconnecting does and leaves. The workspace's `contacts` and `leads` are kept as they are."""

    connection_id: ConnectionId
    workspace_id: WorkspaceId
    provider: Provider
    account_name: str | None = field(default=None, repr=False)
    state: str
    has_token: bool
    account_shared_with: tuple[Sharer, ...] = ()
    pages: tuple[PagePreview, ...] = ()
    contacts: int = 0
    leads: int = 0

    @property
    def is_gone(self) -> bool:
        """Tell whether there is nothing left to disconnect."""
        return self.state in ("disconnecting", "disconnected")

    @property
    def revokes(self) -> bool:
        """Tell whether the grant is taken back: that ends it for every workspace, so only the last one does."""
        return self.has_token and not self.account_shared_with

    @property
    def undoings(self) -> tuple[tuple[UndoingKind, PageId | None], ...]:
        """Return what is to be done at the provider, in this order: revoking ends the Pages' tokens too."""
        unsubscribed = [("unsubscribe_page", page.page_id) for page in self.pages if page.unsubscribes]
        revoked = [("revoke_grant", None)] if self.revokes else []
        return (*unsubscribed, *revoked)  # type: ignore[arg-type] # literals in tuples are widened

    @property
    def queued(self) -> int:
        """Return how many leads of its Pages are read already and still go to the CRM."""
        return sum(page.queued for page in self.pages)

    @property
    def parked(self) -> int:
        """Return how many leads are parked."""
        return sum(page.parked for page in self.pages)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoingWork:
    """One claimed thing to take back. `attempt` counts this one; `token` None: no key opens the sealed copy."""

    id: str
    claim_id: str
    connection_id: ConnectionId
    workspace_id: WorkspaceId
    provider: Provider
    kind: UndoingKind
    page_id: PageId | None
    attempt: int
    created_at_ms: int
    token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """The provider took it back, or there is nothing left to take back."""

    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoLater:
    """Due again at `due_at_ms`; `alarm`: it failed often enough that a person is told."""

    due_at_ms: int
    reason: str
    alarm: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """It will not be tried again: a person takes it back in the provider's own settings."""

    reason: str


UndoingOutcome = Undone | UndoLater | GivenUp


def decide_undoing(error: ConnectorError, work: UndoingWork, *, now_ms: int, jitter: float) -> UndoingOutcome:
    """Return what happens after `error`; `jitter` is in [0, 1).

    A dead token and a Page that is gone count as done: what they gave is gone too.
    """
    reason = str(error)
    match error:
        case AuthLostError() | GoneError():
            return Undone(reason=reason)
        case PermanentError() | LeadAccessError():
            return GivenUp(reason=reason)
        case _:
            wait_s = LADDER_S[min(work.attempt, len(LADDER_S)) - 1] * (1 + jitter / 4)
            if isinstance(error, RateLimitedError):
                wait_s = max(wait_s, min(error.retry_after_s, LADDER_S[-1]))
            due_at_ms = now_ms + int(wait_s * 1000)
            if due_at_ms - work.created_at_ms > GIVE_UP_S * 1000:
                return GivenUp(reason=reason)
            return UndoLater(due_at_ms=due_at_ms, reason=reason, alarm=work.attempt >= ALARM_ATTEMPTS)
