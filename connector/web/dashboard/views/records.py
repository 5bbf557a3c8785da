"""What is on record: alerts, what became no lead, who did what, who may do what."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from connector.web.dashboard.views.leads import Paging
from connector.web.dashboard.views.words import Role, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """One episode. `resolved_at` None: open. `action_href` leads to what mends it; None when nothing here does."""

    id: str
    severity: Severity
    title: str
    remedy: str
    raised_at: datetime
    resolved_at: datetime | None = None
    action_href: str | None = None
    action_label: str = "Mend"
    mailed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Open alerts, worst first, and past ones, newest first."""

    template: ClassVar[str] = "alerts.html"
    open: tuple[AlertRow, ...] = ()
    past: tuple[AlertRow, ...] = ()
    paging: Paging = field(default_factory=Paging)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    """A signed notice that became no lead: why, of which Page, how often it was seen."""

    id: str
    reason: str
    remedy: str | None = None
    field_name: str | None = None
    page_id: str | None = None
    lead_id: str | None = None
    seen: int = 1
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """What Meta signed and nobody could use yet, newest first. It is released by itself once its Page is known."""

    template: ClassVar[str] = "quarantine.html"
    rows: tuple[QuarantineRow, ...] = ()
    paging: Paging = field(default_factory=Paging)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """Who did what. `actor_kind`: person, system, provider, command, token. `action` is a phrase: "connected"."""

    at: datetime
    actor: str = field(repr=False)
    actor_kind: str
    action: str
    subject: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLog:
    """The record, newest first; `csv_href` exports all of it (None: the viewer may not)."""

    template: ClassVar[str] = "audit_log.html"
    rows: tuple[AuditRow, ...] = ()
    csv_href: str | None = None
    paging: Paging = field(default_factory=Paging)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """Someone who may sign in. `seen_at` None: never signed in, their link is still to be used.

    `has_joined` False: they have an account elsewhere, which does not show this workspace until they join it.
    """

    id: str
    name: str = field(repr=False)
    email: str = field(repr=False)
    role: Role
    seen_at: datetime | None = None
    is_viewer: bool = False
    has_joined: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A one-time sign-in link just made, shown once: for whom, and until when it works."""

    name: str = field(repr=False)
    address: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who may do what here; owners change it.

    All by POST: `{root}/people` with `name`, `email`, `role` adds one; `{root}/people/<id>/role` with `role`
    changes; `{root}/people/<id>/remove` removes; `{root}/people/<id>/link` makes a sign-in link. `error` says
    what was wrong with the form that was sent; its fields come back as given.
    """

    template: ClassVar[str] = "people.html"
    rows: tuple[PersonRow, ...] = ()
    new_link: NewLink | None = None
    error: str | None = None
    given_name: str = field(default="", repr=False)
    given_email: str = field(default="", repr=False)
    given_role: Role = "admin"
