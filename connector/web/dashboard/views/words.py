"""The states that pages show, and the words, tones and icons they are shown with: one vocabulary everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from connector.domain.backup.drilling import DrillState
from connector.domain.backup.files import BackupFormat
from connector.domain.backup.manifest import BackupKind
from connector.domain.backup.restoring import WorkState
from connector.domain.backup.runs import RunState
from connector.domain.backup.standing import Standing
from connector.domain.silence import Hearing

Provider = Literal["facebook", "google"]
Role = Literal["owner", "admin", "viewer"]
Severity = Literal["warning", "critical"]
Tone = Literal["good", "warning", "bad", "info", "neutral"]
"""How a state feels; each has a colour of its own in both themes. Never the only sign: a word stands beside it."""

Health = Literal["healthy", "degraded", "reconnect", "suspended", "disconnecting", "disconnected"]
PageState = Literal["ok", "auth_lost", "no_lead_access", "misconfigured"]
CheckOutcome = Literal["ok", "failed", "unknown"]
CheckName = Literal[
    "token", "permissions", "page_task", "leads_access", "subscription", "scope", "folder", "quota", "account"
]
LeadState = Literal["fetching", "held", "matching", "sending", "delivered", "parked", "test", "erased"]
FormState = Literal["live", "resting", "left"]
DeliveryState = Literal["waiting", "delivered", "parked", "superseded"]
RequestState = Literal["received", "in_progress", "done", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """How a state is shown: `icon` names a drawing of `templates/_icons.html`."""

    label: str
    tone: Tone
    icon: str


PROVIDERS: Mapping[Provider, str] = {"facebook": "Facebook", "google": "Google"}

ROLES: Mapping[Role, str] = {
    "owner": "An owner does everything, people too",
    "admin": "An admin connects, disconnects and replays",
    "viewer": "A viewer only reads",
}

HEALTH: Mapping[Health, Word] = {
    "healthy": Word(label="Healthy", tone="good", icon="check"),
    "degraded": Word(label="Needs attention", tone="warning", icon="warning"),
    "reconnect": Word(label="Reconnect needed", tone="bad", icon="broken"),
    "suspended": Word(label="Suspended by provider", tone="warning", icon="pause"),
    "disconnecting": Word(label="Disconnecting", tone="info", icon="clock"),
    "disconnected": Word(label="Disconnected", tone="neutral", icon="unlinked"),
}

PAGE_STATES: Mapping[PageState, Word] = {
    "ok": Word(label="Leads are read", tone="good", icon="check"),
    "auth_lost": Word(label="Access lost", tone="bad", icon="broken"),
    "no_lead_access": Word(label="Leads access missing", tone="bad", icon="lock"),
    "misconfigured": Word(label="Set-up incomplete", tone="warning", icon="warning"),
}

HEARINGS: Mapping[Hearing, Word] = {
    "off": Word(label="No live form", tone="neutral", icon="pause"),
    "flowing": Word(label="Leads come", tone="good", icon="check"),
    "learning": Word(label="Too new to tell", tone="neutral", icon="clock"),
    "unheard": Word(label="Webhooks do not come", tone="bad", icon="broken"),
    "blind": Word(label="Cannot be read", tone="bad", icon="broken"),
    "no_ads": Word(label="Quiet, no ads run", tone="neutral", icon="pause"),
    "overdue": Word(label="Quiet for too long", tone="warning", icon="warning"),
    "unseen": Word(label="Quiet", tone="info", icon="question"),
}
HEARING_TEXTS: Mapping[Hearing, str] = {
    "off": "All its forms are archived or drafts.",
    "flowing": "As usual for this Page.",
    "learning": "What is usual is known after ten leads in more than a week.",
    "unheard": "Leads are found by reading only: check the Page's subscription.",
    "blind": "Neither webhooks come nor can its forms be read.",
    "no_ads": "Quiet because no ads for its forms run at Facebook.",
    "overdue": "Longer than usual, though ads run: look in Ads Manager.",
    "unseen": "Longer than usual. Whether ads run cannot be seen with this account.",
}

OUTCOMES: Mapping[CheckOutcome, Word] = {
    "ok": Word(label="Passed", tone="good", icon="check"),
    "failed": Word(label="Failed", tone="bad", icon="cross"),
    "unknown": Word(label="Not known", tone="neutral", icon="question"),
}

CHECKS: Mapping[CheckName, str] = {
    "token": "Token",
    "permissions": "Permissions",
    "page_task": "Page task",
    "leads_access": "Leads access",
    "subscription": "Subscription",
    "scope": "Scope",
    "folder": "Folder",
    "quota": "Storage",
    "account": "Account e-mail",
}

LEAD_STATES: Mapping[LeadState, Word] = {
    "fetching": Word(label="Being read", tone="info", icon="clock"),
    "held": Word(label="Held for account", tone="warning", icon="pause"),
    "matching": Word(label="Being matched", tone="info", icon="clock"),
    "sending": Word(label="On its way", tone="info", icon="send"),
    "delivered": Word(label="Delivered", tone="good", icon="check"),
    "parked": Word(label="Parked", tone="bad", icon="cross"),
    "test": Word(label="Test lead", tone="neutral", icon="flask"),
    "erased": Word(label="Erased", tone="neutral", icon="eraser"),
}

DELIVERY_STATES: Mapping[DeliveryState, Word] = {
    "waiting": Word(label="Waiting", tone="info", icon="clock"),
    "delivered": Word(label="Delivered", tone="good", icon="check"),
    "parked": Word(label="Parked", tone="bad", icon="cross"),
    "superseded": Word(label="Repaired", tone="neutral", icon="next"),
}

SEVERITIES: Mapping[Severity, Word] = {
    "warning": Word(label="Warning", tone="warning", icon="warning"),
    "critical": Word(label="Critical", tone="bad", icon="broken"),
}

REQUEST_STATES: Mapping[RequestState, Word] = {
    "received": Word(label="Received", tone="info", icon="clock"),
    "in_progress": Word(label="In progress", tone="info", icon="clock"),
    "done": Word(label="Completed", tone="good", icon="check"),
    "failed": Word(label="Needs a person", tone="warning", icon="warning"),
}

FORM_STATES: Mapping[FormState, Word] = {
    "live": Word(label="Takes leads", tone="good", icon="check"),
    "resting": Word(label="Takes none", tone="neutral", icon="pause"),
    "left": Word(label="Page disconnected", tone="neutral", icon="broken"),
}

STANDINGS: Mapping[Standing, Word] = {
    "off": Word(label="Off", tone="neutral", icon="pause"),
    "account": Word(label="Account lost", tone="bad", icon="broken"),
    "running": Word(label="Backing up", tone="info", icon="send"),
    "held": Word(label="Waiting", tone="warning", icon="pause"),
    "stale": Word(label="Overdue", tone="bad", icon="broken"),
    "failed": Word(label="Failed", tone="bad", icon="cross"),
    "unproved": Word(label="Drill failed", tone="bad", icon="warning"),
    "new": Word(label="No backup yet", tone="neutral", icon="clock"),
    "good": Word(label="Up to date", tone="good", icon="check"),
}
RUN_STATES: Mapping[RunState, Word] = {
    "waiting": Word(label="Waiting", tone="info", icon="clock"),
    "spooling": Word(label="Writing files", tone="info", icon="download"),
    "uploading": Word(label="Sending", tone="info", icon="send"),
    "good": Word(label="Good", tone="good", icon="check"),
    "failed": Word(label="Failed", tone="bad", icon="cross"),
    "canceled": Word(label="Canceled", tone="neutral", icon="unlinked"),
}
HELD = Word(label="On hold", tone="warning", icon="pause")
TRASHED = Word(label="Deleted", tone="neutral", icon="eraser")
DRILL_STATES: Mapping[DrillState, Word] = {
    "waiting": Word(label="Under way", tone="info", icon="clock"),
    "proved": Word(label="Restorable", tone="good", icon="check"),
    "partly": Word(label="Whole, not opened", tone="warning", icon="lock"),
    "failed": Word(label="Failed", tone="bad", icon="cross"),
}
RESTORE_STATES: Mapping[WorkState, Word] = {
    "waiting": Word(label="Under way", tone="info", icon="clock"),
    "done": Word(label="Done", tone="good", icon="check"),
    "failed": Word(label="Failed", tone="bad", icon="cross"),
}
BACKUP_KINDS: Mapping[BackupKind, str] = {
    "full": "Everything, each time",
    "incremental": "What is new since the last one",
    "monthly": "Everything, a file a month",
}
BACKUP_FORMATS: Mapping[BackupFormat, tuple[str, str]] = {
    "jsonl": ("JSON Lines", "Holds everything exactly; restores read it first."),
    "csv": ("CSV", "For programs; holds everything too."),
    "csv_excel": ("CSV for Excel", "Opens with a double click."),
    "xlsx": ("Excel workbook", "For people: sheets, times of the zone."),
    "xml": ("XML for phones", "For the app SMS Backup & Restore, a file an employee."),
    "parquet": ("Parquet", "For analysis."),
}
"""Name and use of each."""
