"""Every kind of alert: its key, how bad it is, what it says, what to do, and how a mail about it reads.

Each kind has an entry of the same heading (`pattern`) in the operators' runbook; a test holds the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from connector.domain.alert import Alert, Severity
from connector.domain.connection import ConnectionId
from connector.domain.lead import WorkspaceId

Body = Literal["lost", "expiring", "plain"]
"""How a mail reads. lost and expiring lead straight into consent, plain to the alert on the dashboard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertKind:
    """One kind. `title` is a plain sentence, `remedy` the next step; `{words}` in them are filled by `alert`."""

    name: str
    parts: tuple[str, ...] = ()
    severity: Severity
    title: str
    remedy: str
    body: Body = "plain"
    is_mailed: bool = True

    @property
    def pattern(self) -> str:
        """Return the key with its parts named: the heading in the runbook."""
        return ":".join((self.name, *(f"<{part}>" for part in self.parts)))

    def key(self, *parts: str) -> str:
        """Return the key of one episode. Raises ValueError unless there is a value for each of `parts`."""
        if len(parts) != len(self.parts):
            raise ValueError(f"{self.name} takes {len(self.parts)} parts")
        return ":".join((self.name, *parts))

    def alert(
        self,
        *parts: str,
        workspace_id: WorkspaceId | None = None,
        connection_id: ConnectionId | None = None,
        remedy: str | None = None,
        stage: str = "",
        **words: str,
    ) -> Alert:
        """Return the alert of one episode; the parts of the key are words as well.

        `remedy` replaces the kind's own where the provider named a better one. Raises KeyError on a missing word.
        """
        known = {**dict(zip(self.parts, parts, strict=False)), **words}
        return Alert(
            key=self.key(*parts),
            severity=self.severity,
            title=self.title.format_map(known).strip(),
            remedy=remedy or self.remedy.format_map(known),
            workspace_id=workspace_id,
            connection_id=connection_id,
            stage=stage,
        )


CONNECTION_LOST = AlertKind(
    name="connection.lost",
    parts=("connection",),
    severity="critical",
    title="A {provider} account must be connected again. {reason}",
    remedy="Follow the link and consent again; everything that waits goes on by itself.",
    body="lost",
)
CONNECTION_EXPIRING = AlertKind(
    name="connection.expiring",
    parts=("connection",),
    severity="warning",
    title="The consent of a {provider} account ends on {ends_on}.",
    remedy="Connect the account again before that day: nothing is interrupted.",
    body="expiring",
)
CONNECTION_STANDBY = AlertKind(
    name="connection.standby",
    parts=("workspace", "page"),
    severity="warning",
    title="Page {page} is read with another admin's account now: the first one stopped working. {reason}",
    remedy="Leads go on. Connect the first account again, so that there is one to spare.",
)
CONNECTION_REVOKE_FAILED = AlertKind(
    name="connection.revoke_failed",
    parts=("connection",),
    severity="warning",
    title="A {provider} account is disconnected here, but {provider} could not be told yet. {reason}",
    remedy="We keep trying. To end it at once, remove this app in the account's own settings at {provider}.",
)
PAGE_UNREADABLE = AlertKind(
    name="page.unreadable",
    parts=("workspace", "page"),
    severity="critical",
    title="Leads of Page {page} cannot be read and wait. {reason}",
    remedy="Open the connection on the dashboard and mend what its checks name.",
)
SUBSCRIPTION_LOST = AlertKind(
    name="subscription.lost",
    parts=("workspace", "page"),
    severity="warning",
    title="Facebook stopped telling us of leads of Page {page}. {said}",
    remedy="Nothing is lost. If it comes back, ask the Page's admins who removes the app from the Page's settings.",
)
WEBHOOK_UNSUBSCRIBED = AlertKind(
    name="webhook.unsubscribed",
    severity="critical",
    title="The app's webhook at Meta was not subscribed. {said}",
    remedy="See that server.public_url leads here from outside, then run `connector subscribe`.",
)
FORM_SUCCEEDED = AlertKind(
    name="form.succeeded",
    parts=("workspace", "old", "new"),
    severity="warning",
    title="Form {new} of Page {page} asks the same as form {old} and continues it.",
    remedy="Nothing to do: its leads arrive. Where you name forms (reports, rules of the CRM), add the new one.",
    is_mailed=False,  # news, not trouble
)
MAPPING_CARRIED = AlertKind(
    name="form.mapping_carried",
    parts=("workspace", "old", "new"),
    severity="warning",
    title=(
        "Form {new} of Page {page} asks the same as form {old} and continues it: "
        "it took over version {version} of its mapping."
    ),
    remedy="Open form {new} on the dashboard; save its mapping once you have looked, or change it.",
)
LEAD_MINOR = AlertKind(
    name="lead.minor",
    parts=("workspace", "lead"),
    severity="warning",
    title="Lead {lead} is of a child under 13: no contact was made, nothing was sent.",
    remedy="Have the form ask for age first, and erase this lead.",
    is_mailed=False,  # one a lead: a form for children would fill the mailboxes
)
LEADS_UNACCOUNTED = AlertKind(
    name="leads.unaccounted",
    severity="critical",
    title="Leads are nowhere, neither delivered nor waiting nor parked: {count}.",
    remedy="Run `connector leads list --stage contact`, replay them, and report it: the fault is ours.",
)
LEADS_SILENT = AlertKind(
    name="leads.silent",
    parts=("workspace", "page"),
    severity="critical",
    title="Facebook does not tell of the leads of Page {page} any more.",
    remedy="Check the Page's subscription on the connections page. Leads are found by reading meanwhile.",
)
LEADS_OVERDUE = AlertKind(
    name="leads.overdue",
    parts=("workspace", "page"),
    severity="warning",
    title="Page {page} had no lead for {quiet}, by webhook nor by reading; usually one comes within {usual}. {ads}",
    remedy="See in Meta's Ads Manager whether the ads are delivered, and fill in the form yourself once.",
)
BAD_SIGNATURES = AlertKind(
    name="webhook.bad_signatures",
    severity="critical",
    title="Webhooks arrive with wrong signatures: leads may be refused.",
    remedy="Compare facebook.app_secret with the secret of the app that owns the subscription.",
)
CRM_OUTAGE = AlertKind(
    name="crm.outage",
    severity="critical",
    title="The CRM does not take events: everything is kept and waits.",
    remedy="Bring the CRM back; sending resumes by itself.",
)
CRM_STOPPED = AlertKind(
    name="crm.stopped",
    severity="critical",
    title="The CRM answered 410: nothing is sent any more, everything is kept.",
    remedy="Check crm.url, then run `connector deliveries resume`.",
)
BACKUP_FAILED = AlertKind(
    name="backup.failed",
    parts=("workspace", "schedule"),
    severity="critical",
    title="The backup {name} failed. {reason}",
    remedy="Mend what it says and run it again; the schedule's next time tries by itself.",
)
BACKUP_STALE = AlertKind(
    name="backup.stale",
    parts=("workspace", "schedule"),
    severity="critical",
    title="The backup {name} has not worked for two of its times. The last good one: {last}.",
    remedy="Look at its runs for what holds it up: the Google account, room in the Drive, our own disk.",
)
BACKUP_NO_ROOM = AlertKind(
    name="backup.no_room",
    parts=("workspace", "schedule"),
    severity="critical",
    title="The backup {name} waits for room. {reason}",
    remedy="Make room, or let a schedule keep fewer backups; it is looked at hourly and goes on by itself.",
)
BACKUP_FOLDER_REPLACED = AlertKind(
    name="backup.folder_replaced",
    parts=("workspace", "schedule"),
    severity="warning",
    title="The backup {name} went to a new folder: the one before was deleted or cannot be written to.",
    remedy="Backups in the bin of that Drive are deleted after 30 days: put the old folder back if you need them.",
)
BACKUP_SHRUNK = AlertKind(
    name="backup.shrunk",
    parts=("workspace", "schedule"),
    severity="critical",
    title="The backup {name} holds far fewer calls than an older one: no old backup is deleted meanwhile.",
    remedy="Find out where the calls went. If that is right, delete the old backups in the Drive by hand.",
)
BACKUP_DELETIONS_WAIT = AlertKind(
    name="backup.deletions_wait",
    parts=("workspace", "schedule"),
    severity="warning",
    title="Of {name}, {count} old backups are over, and more than one is not deleted unasked.",
    remedy="Look at what would go and confirm it.",
)
BACKUP_DRILL_FAILED = AlertKind(
    name="backup.drill_failed",
    parts=("workspace", "schedule"),
    severity="critical",
    title="The newest backup of {name} could not be restored in a drill. {reason}",
    remedy="Mend what it says, run the backup anew, then the drill.",
)
GOOGLE_CLIENT_REFUSED = AlertKind(
    name="google.client_refused",
    severity="critical",
    title="Google does not accept this app's own id and secret: no Google account can be used. {reason}",
    remedy="Compare google.client_id and google.client_secret with the client in Google's console.",
)
MAIL_FAILING = AlertKind(
    name="mail.failing",
    severity="warning",
    title="Mail about alerts cannot be sent: {reason}.",
    remedy="Check mail.smtp_url and the mail server; what waits is sent by itself.",
    is_mailed=False,  # there is no way to
)
STATE_NOT_COPIED = AlertKind(
    name="state.not_copied",
    severity="critical",
    title="There is no fresh copy of the connector's own state. {reason}",
    remedy="Run `connector state backup` on the server and mend what it names.",
)
STATE_DRILL_FAILED = AlertKind(
    name="state.drill_failed",
    severity="critical",
    title="The newest copy of the connector's own state could not be restored. {reason}",
    remedy="Run `connector state drill` on the server and mend what it names.",
)
STATE_RESTORED = AlertKind(
    name="state.restored",
    severity="warning",
    title="The connector's state was restored from a copy of {made_at}; what came in since is read again.",
    remedy="Wait until this ends by itself. See who was given access, and erased, since that time.",
)

KINDS: Mapping[str, AlertKind] = {
    kind.name: kind
    for kind in (
        CONNECTION_LOST,
        CONNECTION_EXPIRING,
        CONNECTION_STANDBY,
        CONNECTION_REVOKE_FAILED,
        PAGE_UNREADABLE,
        SUBSCRIPTION_LOST,
        WEBHOOK_UNSUBSCRIBED,
        FORM_SUCCEEDED,
        MAPPING_CARRIED,
        LEAD_MINOR,
        LEADS_UNACCOUNTED,
        LEADS_SILENT,
        LEADS_OVERDUE,
        BAD_SIGNATURES,
        CRM_OUTAGE,
        CRM_STOPPED,
        BACKUP_FAILED,
        BACKUP_STALE,
        BACKUP_NO_ROOM,
        BACKUP_FOLDER_REPLACED,
        BACKUP_SHRUNK,
        BACKUP_DELETIONS_WAIT,
        BACKUP_DRILL_FAILED,
        GOOGLE_CLIENT_REFUSED,
        MAIL_FAILING,
        STATE_NOT_COPIED,
        STATE_DRILL_FAILED,
        STATE_RESTORED,
    )
}

PROVIDERS: Mapping[str, str] = {"facebook": "Facebook", "google": "Google"}
"""What a person calls a provider."""


def kind_of(key: str) -> AlertKind | None:
    """Return the kind that a key belongs to, or None when it is of another version's making."""
    return KINDS.get(key.partition(":")[0])
