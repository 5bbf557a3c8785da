"""A test lead sent on purpose: its hops, how long each may take, and what to look at when one does not happen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from connector.domain.connection import PageAccess
from connector.domain.lead import FormId, LeadId, PageId, WorkspaceId

RunState = Literal["asked", "waiting", "pinged", "cleaning", "done", "failed"]
HopState = Literal["done", "running", "failed", "ahead", "skipped"]

ARRIVAL_MS = 60_000
"""The longest that a test lead may take from Meta to being recognised; most take a second or two."""
PING_MS = 30_000
"""The longest that the CRM may take to answer the ping."""
LOOK_MS = 500
"""Between two looks at how far it is."""
CREATE_TRIES = 3
CLEAN_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One run as stored. Times are milliseconds since the epoch. `contact`: the Contact 1.0 it would become, JSON."""

    id: str
    workspace_id: WorkspaceId
    page_id: PageId
    form_id: FormId
    page_name: str | None
    form_name: str | None
    lead_id: LeadId | None
    state: RunState
    reason: str | None
    contact: str | None = field(default=None, repr=False)
    asked_at_ms: int
    made_at_ms: int | None
    received_at_ms: int | None
    received_via: str | None
    fetched_at_ms: int | None
    recognised_at_ms: int | None
    answered_at_ms: int | None
    removed_at_ms: int | None
    finished_at_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialWork:
    """A run under a claim. `access` None: its Page cannot be read."""

    claim_id: str
    attempts: int
    run: Trial
    access: PageAccess | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What our state knows of the lead meanwhile. `raw` and `form` are JSON; `ping`: its delivery's state."""

    received_at_ms: int | None = None
    received_via: str | None = None
    fetched_at_ms: int | None = None
    recognised_at_ms: int | None = None
    reason: str | None = None
    ping: str | None = None
    ping_settled_at_ms: int | None = None
    raw: str | None = field(default=None, repr=False)
    form: str | None = field(default=None, repr=False)
    country_hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One station. `at_ms` None: not reached."""

    name: str
    title: str
    state: HopState
    at_ms: int | None = None
    text: str | None = None


_STATIONS: Sequence[tuple[str, str, str]] = (
    ("made", "Made at Facebook", "made_at_ms"),
    ("received", "Facebook told us of it", "received_at_ms"),
    ("fetched", "Read from Facebook", "fetched_at_ms"),
    ("recognised", "Recognised as a test, kept out of the CRM", "recognised_at_ms"),
    ("answered", "The CRM answered a ping", "answered_at_ms"),
    ("removed", "Removed at Facebook and here", "removed_at_ms"),
)
_ADVICE = {
    "made": "See the connection's checks: making a test lead takes the task Advertise on the Page.",
    "received": "Check the Page's subscription and that server.public_url is reached from outside.",
    "fetched": "See the connection's checks: leads of this Page cannot be read.",
    "recognised": "See the lead's trace.",
    "answered": "See the deliveries: the CRM takes no events at the moment.",
    "removed": "It is taken away by the next test, or by Facebook after 90 days.",
}


def hops(run: Trial) -> tuple[Hop, ...]:
    """Return every station in order: reached, under way, failed or still ahead."""
    found: list[Hop] = []
    is_over = run.finished_at_ms is not None
    open_before = False
    for name, title, column in _STATIONS:
        at_ms: int | None = getattr(run, column)
        state: HopState = "done"
        text = None
        if name == "received" and run.received_via == "reconcile":
            state, text = "failed", " ".join(part for part in (run.reason, _ADVICE[name]) if part)
        if at_ms is None:
            state = "ahead" if open_before and not is_over else "running" if not is_over else "failed"
            if is_over and open_before:
                state = "skipped"
            if state == "failed":
                text = " ".join(part for part in (run.reason, _ADVICE[name]) if part)
            open_before = name != "answered" or open_before
        found.append(Hop(name=name, title=title, state=state, at_ms=at_ms, text=text))
    return tuple(found)


def missing(run: Trial, seen: Arrived) -> str:
    """Return in words which hop did not happen in time."""
    title = next(
        title
        for _, title, column in _STATIONS
        if getattr(run, column) is None and getattr(seen, column, None) is None
    )
    return f"This did not happen in time: {title}."
