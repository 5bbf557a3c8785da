"""Connected accounts: cards with health, checks and Pages, and what disconnecting would do."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from connector.web.dashboard.views.words import CheckName, CheckOutcome, Health, PageState, Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One dated proof. `checked_at` None: never looked at (its outcome is unknown then).

    `detail` says what was found, `remedy` what a person can do; `remedy_href` is a place outside or inside to do it.
    """

    name: CheckName
    outcome: CheckOutcome
    detail: str | None = None
    remedy: str | None = None
    remedy_href: str | None = None
    checked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Work held for an account: `count` ≥ 1 leads or calls, the oldest since `since`.

    `drops_at` is when the provider forgets the oldest one (Meta: 90 days after it was given).
    """

    count: int
    since: datetime
    drops_at: datetime | None = None
    noun: str = "lead"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLine:
    """One Page of a Facebook account. `checks`: page_task, leads_access, subscription.

    `read_through` names the account that reads it now when that is another one (this one stands by).
    """

    id: str
    name: str
    state: PageState
    reason: str | None = None
    remedy: str | None = None
    read_through: str | None = None
    standby: str | None = None
    waiting: int = 0
    last_lead_at: datetime | None = None
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionCard:
    """One account. `checks` are five, in order; for Facebook the last three are the worst of its Pages'.

    `reason` and `remedy` are sentences (None when healthy). `reconnect_href` goes straight into consent:
    `/connect/<provider>/start?connection=<id>`. `check_href` takes a POST: look now. `disconnect_href` is the
    preview. Each is None where the viewer may not or the state does not allow it. `undoing` says how far taking
    back at the provider is.
    """

    id: str
    provider: Provider
    account_name: str = field(repr=False)
    health: Health
    health_since: datetime
    reason: str | None = None
    remedy: str | None = None
    checks: tuple[Check, ...] = ()
    pages: tuple[PageLine, ...] = ()
    waiting: Waiting | None = None
    ends_at: datetime | None = None
    connected_by: str | None = field(default=None, repr=False)
    connected_at: datetime
    undoing: str | None = None
    reconnect_href: str | None = None
    check_href: str | None = None
    disconnect_href: str | None = None

    @property
    def troubled_pages(self) -> int:
        """Return how many Pages are not read."""
        return sum(page.state != "ok" for page in self.pages)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastConnection:
    """An account that was disconnected: its row is kept for the record.

    `given_up`: the provider could not be told, and says why; `undone_href` takes a person's word that they did it.
    """

    provider: Provider
    account_name: str = field(repr=False)
    disconnected_at: datetime
    disconnected_by: str | None = field(default=None, repr=False)
    given_up: str | None = None
    undone_href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """All accounts of the workspace, the ones in trouble first."""

    template: ClassVar[str] = "connections.html"
    cards: tuple[ConnectionCard, ...] = ()
    past: tuple[PastConnection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFate:
    """What becomes of one Page: `goes_on` True when another account takes over; `text` says which or why not."""

    name: str
    goes_on: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedUse:
    """Another workspace that uses the same grant: `text` says what it keeps and why it is not touched, or is."""

    workspace: str
    text: str
    is_touched: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectPreview:
    """Exactly what disconnecting does. POST `{root}/connections/<id>/disconnect` with no further field does it.

    Each of `stops`, `queued`, `kept`, `at_provider` holds sentences: what ends; what waits now and becomes of it;
    what stays stored; what is taken back at the provider, or why it is not.
    """

    template: ClassVar[str] = "disconnect_preview.html"
    connection_id: str
    provider: Provider
    account_name: str = field(repr=False)
    health: Health
    stops: tuple[str, ...] = ()
    queued: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    at_provider: tuple[str, ...] = ()
    pages: tuple[PageFate, ...] = ()
    shared: tuple[SharedUse, ...] = ()
