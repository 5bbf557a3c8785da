"""What connecting an account yields, as values. Tokens never show in a repr."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NewType

from connector.domain.lead import PageId, WorkspaceId

ConnectionId = NewType("ConnectionId", str)

Provider = Literal["facebook", "google"]
PageState = Literal["ok", "auth_lost", "no_lead_access", "misconfigured"]
"""ok: leads are read. The others: leads wait until a person mends it; auth_lost makes no calls meanwhile."""

_BADNESS: Sequence[PageState] = ("ok", "no_lead_access", "misconfigured", "auth_lost")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A short-lived Google access token. `scopes` None: the server did not name them (RFC 6749, 5.1: as asked)."""

    value: str = field(repr=False)
    expires_at: datetime
    refresh_token: str | None = field(default=None, repr=False)
    """A rotated refresh token: it replaces the one that was used, before the access token is used."""
    scopes: tuple[str, ...] | None = None


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


def worst(states: Iterable[PageState]) -> PageState:
    """Return the state of an account by those of its Pages: the worst of them, ok when it has none."""
    return max(states, key=_BADNESS.index, default="ok")
