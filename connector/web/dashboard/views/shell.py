"""What surrounds every page: who looks, at which workspace, where one can go, what is wrong right now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from connector.web.dashboard.views.words import Role, Severity, Tone

Theme = Literal["system", "light", "dark"]
Section = Literal[
    "overview",
    "connections",
    "leads",
    "forms",
    "repairs",
    "test-lead",
    "proof",
    "reading",
    "calls",
    "backups",
    "deliveries",
    "alerts",
    "quarantine",
    "audit",
    "people",
    "settings",
]

CSRF_FIELD = "csrf"
"""The hidden field that carries `Shell.csrf_token` in every form that posts."""

_SECTIONS: Mapping[Section, tuple[str, str]] = {
    "overview": ("Overview", ""),
    "connections": ("Connections", "/connections"),
    "leads": ("Leads", "/leads"),
    "forms": ("Forms", "/forms"),
    "repairs": ("Repairs", "/repairs"),
    "deliveries": ("Deliveries", "/deliveries"),
    "proof": ("Proof", "/proof"),
    "reading": ("Reading", "/reading"),
    "test-lead": ("Test lead", "/test-lead"),
    "calls": ("Calls", "/calls"),
    "backups": ("Backups", "/backups"),
    "alerts": ("Alerts", "/alerts"),
    "quarantine": ("Quarantine", "/quarantine"),
    "audit": ("Audit log", "/audit"),
    "people": ("People", "/people"),
    "settings": ("Settings", "/settings"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """One place to go. `count` 0 shows no number; `is_urgent` colours it. `section` names its icon too."""

    section: Section
    label: str
    href: str
    count: int = 0
    is_urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceLink:
    """A workspace that the viewer may switch to."""

    name: str
    href: str
    is_current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Flash:
    """What the last action did, shown once, on the page after it."""

    text: str
    tone: Tone = "good"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """An open alert as a banner on every page. `action_href` leads to what mends it."""

    title: str
    severity: Severity
    raised_at: datetime
    action_href: str
    action_label: str = "Look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The frame. `root` is the prefix of the workspace's pages, without a slash at its end: `/w/main`.

    `viewer_name` None: nobody is signed in, so there is no navigation; `csrf_token` is needed even then (signing
    in is a form, the theme another). `path` is the page's own address with its query, where the theme's form
    returns to; put no secret in it. `live_href` is the address of server-sent events: any event makes the page
    fetch itself again and replace its `data-live` parts; None where nothing moves. `alerts`: worst first.
    """

    csrf_token: str = field(repr=False)
    path: str = "/"
    theme: Theme = "system"
    viewer_name: str | None = field(default=None, repr=False)
    viewer_email: str = field(default="", repr=False)
    role: Role = "viewer"
    workspace: str = ""
    workspaces: tuple[WorkspaceLink, ...] = ()
    root: str = ""
    section: Section | None = None
    nav: tuple[NavItem, ...] = ()
    flash: Flash | None = None
    alerts: tuple[AlertLine, ...] = ()
    live_href: str | None = None

    @property
    def may_change(self) -> bool:
        """Tell whether the viewer may connect, disconnect and replay."""
        return self.role in {"owner", "admin"}

    @property
    def may_manage_people(self) -> bool:
        """Tell whether the viewer may add and remove people."""
        return self.role == "owner"


def navigation(
    root: str, counts: Mapping[Section, int], urgent: frozenset[Section] = frozenset()
) -> tuple[NavItem, ...]:
    """Return every section under `root`; `counts` are the numbers beside them, `urgent` those that are coloured."""
    return tuple(
        NavItem(
            section=section,
            label=label,
            href=f"{root}{path}" or "/",
            count=counts.get(section, 0),
            is_urgent=section in urgent,
        )
        for section, (label, path) in _SECTIONS.items()
    )
