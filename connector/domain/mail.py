"""Mail about alerts, as values: what is to be told, what the mail server said, what becomes of the mail."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from connector.domain.alert import Severity
from connector.domain.connection import ConnectionId, Provider
from connector.domain.lead import WorkspaceId

MailKind = Literal["raised", "resolved"]
DELAY_MS = 30_000
"""Between an alert and its mail: what mends itself meanwhile is not mailed, and what comes meanwhile is counted."""
META_KEEPS_DAYS = 90
"""Source: developers.facebook.com/docs/marketing-api/guides/lead-ads/retrieving, leads are kept 90 days."""
LADDER_S = (60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0, 28_800.0, 43_200.0, 86_400.0)
"""Seconds between tries of a mail that is put off: 52 hours in all, longer than grey-listing and full mailboxes."""
ATTEMPTS_MAX = len(LADDER_S) + 5
"""Tries after which a mail that never got an answer is given up: each ended in a fault of ours or a crash."""
IN_FLIGHT_S = 60.0
"""Seconds after which a "resolved" mail looks again what became of the "raised" one before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailWork:
    """One claimed mail. `attempt` counts this one."""

    mail_id: str
    claim_id: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFacts:
    """The account that an alert is about, and how many leads wait for it since when."""

    id: ConnectionId
    provider: Provider
    account_name: str | None = field(repr=False)
    waiting_leads: int
    waiting_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFacts:
    """All that is known at sending time. `address` None: nobody to write to any more.

    `told` is what became of the mails that said "raised": a "resolved" one goes only to whom that was told.
    """

    mail_id: str
    alert_id: int
    kind: MailKind
    key: str
    severity: Severity
    title: str
    remedy: str
    raised_at: datetime
    resolved_at: datetime | None
    workspace_id: WorkspaceId | None
    workspace_name: str | None
    timezone: str
    name: str = field(repr=False)
    address: str | None = field(repr=False)
    told: Literal["yes", "not yet", "never"]
    connection: ConnectionFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a mail is written from. `action_url` is where its one button leads."""

    facts: MailFacts
    address: str = field(repr=False)
    at: datetime
    action_url: str
    days_left: int | None = None
    """Days until Meta deletes the first lead that waits; 0: today or already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The mail server took it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOff:
    """Not now. `is_outage`: no mail would have gone, so no attempt is spent. `reason` names nobody."""

    reason: str
    is_outage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """This mail is never taken."""

    reason: str


MailAnswer = Taken | PutOff | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Due again. `spent` False gives the attempt back."""

    due_at_ms: int
    reason: str
    spent: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """There is nothing to tell any more."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """Rests, shown to operators with its reason."""

    reason: str


MailSettlement = Sent | Again | Dropped | GivenUp


def unsendable(facts: MailFacts, *, attempt: int, now_ms: int) -> Again | Dropped | GivenUp | None:
    """Return why this mail does not go out now, or None when it does."""
    if attempt > ATTEMPTS_MAX:  # nothing that we know of comes so far: writing it breaks us each time
        return GivenUp(reason="Our own fault: report it with the log of that time.")
    if facts.address is None:
        return Dropped(reason="The person is no owner or admin any more.")
    if facts.kind == "raised":
        return Dropped(reason="Resolved before it left.") if facts.resolved_at is not None else None
    match facts.told:
        case "yes":
            return None
        case "not yet":  # it is on its way, or the process that had it died
            return Again(due_at_ms=now_ms + round(IN_FLIGHT_S * 1000), reason="Not told yet.", spent=False)
        case "never":
            return Dropped(reason="That it was raised was never told.")


def settle_mail(answer: MailAnswer, *, attempt: int, now_ms: int, jitter: float) -> MailSettlement:
    """Return what becomes of a mail. `attempt` counts from 1, only spent ones; `jitter` in [0, 1)."""
    match answer:
        case Taken():
            return Sent()
        case Refused(reason=reason):
            return GivenUp(reason=reason)
        case PutOff(is_outage=True, reason=reason):
            return Again(due_at_ms=now_ms, reason=reason, spent=False)
        case PutOff(reason=reason) if attempt <= len(LADDER_S):
            wait_ms = round(LADDER_S[max(attempt, 1) - 1] * 1000 * (1 + jitter / 4))
            return Again(due_at_ms=now_ms + wait_ms, reason=reason)
        case PutOff(reason=reason):
            return GivenUp(reason=f"Put off too often: {reason}")


def days_until_deleted(waiting_since: datetime, *, now: datetime) -> int:
    """Return full days until Meta deletes a lead that came in at `waiting_since`; never negative."""
    left = waiting_since + timedelta(days=META_KEEPS_DAYS) - now
    return max(left.days, 0)


FIRST_PROBE_S = 30.0
LONGEST_PROBE_S = 600.0
"""Seconds between two tries of a mail server that is out, doubled from the first to the longest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailOutage:
    """Whether the mail server is out, and when it is tried again, by a clock that nobody can set (ms)."""

    probe_every_s: float = 0.0
    probe_at_ms: int = 0

    @property
    def is_on(self) -> bool:
        """Tell whether it is out."""
        return self.probe_every_s > 0

    def may_send(self, free: int, *, now_ms: int) -> int:
        """Return how many mails may go out now: one as a probe while it is out."""
        if not self.is_on:
            return free
        return 1 if now_ms >= self.probe_at_ms else 0

    def answered(self, answer: MailAnswer, *, now_ms: int) -> "MailOutage":
        """Judge an answer: whatever is about one mail says that the server is there."""
        if not (isinstance(answer, PutOff) and answer.is_outage):
            return MailOutage()
        if self.is_on and now_ms < self.probe_at_ms:
            return self  # sent side by side with the one that found it out
        every_s = min(self.probe_every_s * 2, LONGEST_PROBE_S) if self.is_on else FIRST_PROBE_S
        return MailOutage(probe_every_s=every_s, probe_at_ms=now_ms + round(every_s * 1000))


def at_ms(milliseconds: int) -> datetime:
    """Return the aware instant."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
