"""What connecting an account yields, as values. Tokens never show in a repr."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NewType

from connector.domain.lead import PageId, WorkspaceId

ConnectionId = NewType("ConnectionId", str)

Provider = Literal["facebook", "google"]
Health = Literal["healthy", "degraded", "reconnect", "suspended", "disconnecting", "disconnected"]
"""How an account stands. healthy and degraded work; the others hold what waits (see `domain.health`)."""

CheckName = Literal[
    "token",
    "permissions",
    "page_task",
    "leads_access",
    "subscription",
    "scope",
    "folder",
    "quota",
    "account",
]
CheckOutcome = Literal["ok", "failed", "unknown"]
"""unknown: the provider could not be asked, or would not say."""

PageState = Literal["ok", "auth_lost", "no_lead_access", "misconfigured", "disconnected"]
"""ok: leads are read. The others: leads wait until a person mends it; auth_lost makes no calls meanwhile.

disconnected: nobody of the workspace connects the Page any more; its name is kept for the leads that came before.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserToken:
    """A person's access token. `expires_at` is None when the provider named no end."""

    value: str = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """What the provider says about a token (debug_token). `expires_at` None means never."""

    is_valid: bool
    user_id: str | None = None
    type: str | None = None  # USER, PAGE, APP, SYSTEM_USER
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None
    data_access_expires_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who consented, by the provider's app-scoped id."""

    id: str
    name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageGrant:
    """A Page that the person lets us use, with its own token."""

    page_id: PageId
    name: str
    token: str = field(repr=False)
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What one look at an account or at one of its Pages found; the look's time is kept beside it."""

    name: CheckName
    outcome: CheckOutcome
    page_id: PageId | None = None
    detail: str | None = field(default=None, repr=False)  # it may be an address
    remedy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAccess:
    """What reading one Page's leads needs."""

    page_id: PageId
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadAccess:
    """The provider's verdict on reading leads (has_lead_access). `can_read` None: it would not say."""

    can_read: bool | None
    reason: str | None = None
    resolution: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FacebookConnection:
    """A person's consent for one workspace, ready to be stored."""

    id: ConnectionId
    workspace_id: WorkspaceId
    person: Person
    token: UserToken
    scopes: tuple[str, ...]
    data_access_expires_at: datetime | None = None
    connected_by: str | None = None  # who of our own people did it


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedConsent:
    """Where a consent was stored: a known account keeps its id. `freed` leads had waited for it."""

    id: ConnectionId
    token_version: int
    freed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A short-lived Google access token. `scopes` None: the server did not name them (RFC 6749, 5.1: as asked)."""

    value: str = field(repr=False)
    expires_at: datetime
    refresh_token: str | None = field(default=None, repr=False)
    """A rotated refresh token: it replaces the one that was used, before the access token is used."""
    scopes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPrints:
    """By what a provider's security event recognises a refresh token without naming it."""

    prefix: str
    double_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleGrant:
    """What exchanging a code at Google gave. `refresh_token` None: the account had consented before."""

    access: AccessToken
    refresh_token: str | None = field(default=None, repr=False)
    refresh_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleAccount:
    """Who consented: `sub` never changes, the address may."""

    sub: str
    email: str | None = field(default=None, repr=False)
    hosted_domain: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleConnection:
    """A Google account's consent for one workspace, ready to be stored. `refresh_token` None: keep the stored one."""

    id: ConnectionId
    workspace_id: WorkspaceId
    account: GoogleAccount
    access: AccessToken
    refresh_token: str | None = field(default=None, repr=False)
    refresh_expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveSpace:
    """What Drive says of the account. `limit_bytes` None: unlimited, or the organisation's pool."""

    email: str | None = field(default=None, repr=False)
    used_bytes: int
    limit_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSubscription:
    """What the provider calls when something happens at a Page: an address, for these fields."""

    callback_url: str
    fields: tuple[str, ...]
    is_active: bool
