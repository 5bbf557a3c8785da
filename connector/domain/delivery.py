"""The retry state machine of one delivery, the ladder of its waits, and the destination's circuit breaker."""

from dataclasses import dataclass, field, replace
from typing import Literal

LEASE_S = 120.0
LEASE_TIMEOUTS = 6


def lease_ms(timeout_s: float) -> int:
    """Return how long a claimed delivery is ours, for the CRM's time limit: it waits for a lane before it goes."""
    return round(max(LEASE_S, LEASE_TIMEOUTS * timeout_s) * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One event as it goes out. `body` never changes over retries; `attempt` counts from 1."""

    event_id: str  # webhook-id, constant over retries
    workspace_id: str
    sequence: int
    attempt: int
    body: bytes = field(repr=False)
    is_replay: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One entry of a 422 answer: which field, and what is wrong with it."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """2xx. `crm_id` is the CRM's own record id when it named one."""

    status: int
    crm_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """422: this event needs an admin; no retry helps."""

    status: int
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointGone:
    """410: the endpoint asked us to stop; everything is kept."""

    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TryLater:
    """Anything else. `retry_after_s` is the CRM's own wish; `status` is None when no answer came.

    `reason` is a short constant phrase fit for logs and people, without anything from the body. `is_outage` says
    that nobody looked at the event: the destination could not be reached, or a gateway answered in its place.
    """

    reason: str
    status: int | None = None
    retry_after_s: float | None = None
    is_outage: bool = False


Answer = Accepted | Rejected | EndpointGone | TryLater


LADDER_S = (5, 15, 40, 120, 360, 1_080, 3_240, 9_720, 29_160, *(36_000,) * 9)
"""Seconds before each further attempt; the top is 10 h."""

EXACT_STEPS = 3
"""The first steps are taken as they are, the later ones shortened by jitter."""

JITTER = 0.2
"""Largest share by which a step is shortened: 75 h and more remain in all, whatever chance says."""

MAX_ATTEMPTS = len(LADDER_S) + 1
"""The first attempt and one after each step of the ladder."""

LONGEST_PAUSE_S = 24 * 3600.0
"""The most that one Retry-After may ask for."""

EXHAUSTED = "retries exhausted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The CRM has it."""

    crm_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Try again at `due_at_ms`. An attempt is not spent when the CRM itself named the pause."""

    due_at_ms: int
    reason: str
    spends_attempt: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """An admin must look; `errors` are what the CRM said about fields."""

    reason: str
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StopDestination:
    """Send nothing more; this delivery goes on waiting and no attempt is spent."""

    reason: str


Settlement = Delivered | Retry | Parked | StopDestination


def backoff_s(attempt: int, jitter: float) -> float:
    """Return the seconds to wait after the failed `attempt` (from 1); past the ladder its top step.

    `jitter` is chance in [0, 1).
    """
    place = min(max(attempt, 1), len(LADDER_S)) - 1
    return LADDER_S[place] * (1.0 if place < EXACT_STEPS else 1.0 - JITTER * jitter)


def settle(answer: Answer, *, attempt: int, now_ms: int, jitter: float, outage: bool) -> Settlement:
    """Decide what becomes of a delivery after `attempt` (from 1, counting only spent ones).

    `outage` says that the destination as a whole is out: then no delivery is given up.
    """
    match answer:
        case Accepted(crm_id=crm_id):
            return Delivered(crm_id=crm_id)
        case Rejected(errors=errors):
            return Parked(reason="the CRM refused the contact", errors=errors)
        case EndpointGone():
            return StopDestination(reason="the CRM answered 410: it asks to send nothing more")
        case TryLater(retry_after_s=float() | int() as wish_s, reason=reason):
            return Retry(due_at_ms=now_ms + pause_ms(wish_s), reason=reason, spends_attempt=False)
        case TryLater(reason=reason):
            if attempt >= MAX_ATTEMPTS and not outage:
                return Parked(reason=EXHAUSTED)
            return Retry(due_at_ms=now_ms + round(backoff_s(attempt, jitter) * 1000), reason=reason)


def pause_ms(wish_s: float) -> int:
    """Return what the CRM asked for in milliseconds, at least 1 s and at most a day."""
    return round(min(wish_s, LONGEST_PAUSE_S) * 1000) if wish_s > 1 else 1000


OPENS_AFTER = 5
"""Failures without a success in between. Of answers that may be about the event each event counts once: one poison
event never suffices. Outages count each time: a single contact's retries must not wait hours for a CRM that is back.
"""

FIRST_PROBE_S = 5.0
LONGEST_PROBE_S = 60.0
"""Seconds between two probes of a dead destination, doubled from the first to the longest."""

PROBE_LEASE_S = 60.0
"""Seconds after which a probe that nobody answered for (it was cut off) counts no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """Closed while `probe_every_s` is 0, else open; half-open while `probing` names the one event out.

    All its times are ms of a clock that nobody can set: by one that was set forward it would wait for as much longer.
    """

    failing: frozenset[str] = frozenset()
    probe_every_s: float = 0.0
    probe_at_ms: int = 0
    probing: str | None = None
    paused_until_ms: int = 0

    @property
    def is_open(self) -> bool:
        """Tell whether the destination is out."""
        return self.probe_every_s > 0

    def wait_ms(self, now_ms: int) -> int:
        """Return how long `may_send` goes on saying none; 0 when it does not say so."""
        return max(self.paused_until_ms - now_ms, self.probe_at_ms - now_ms if self.is_open else 0, 0)

    def may_send(self, now_ms: int) -> Literal["all", "one", "none"]:
        """Tell how many deliveries may go out now."""
        if self.wait_ms(now_ms):
            return "none"
        return "one" if self.is_open else "all"

    def sent(self, event_id: str, *, now_ms: int) -> "Breaker":
        """Note that an event goes out; while open that is the probe."""
        if not self.is_open:
            return self
        return replace(self, probing=event_id, probe_at_ms=now_ms + round(PROBE_LEASE_S * 1000))

    def answered(self, event_id: str, answer: Answer, *, now_ms: int) -> "Breaker":
        """Judge an answer. Answers sent before it opened may close it, but never slow its probes down."""
        match answer:
            case Accepted() | Rejected():  # it refuses this event, so it is alive
                return Breaker(paused_until_ms=self.paused_until_ms)
            case TryLater(retry_after_s=float() | int() as wish_s):
                return self._paused(event_id, until_ms=now_ms + pause_ms(wish_s))
            case TryLater(is_outage=True):
                return self._failed(event_id, key=f"{event_id} at {now_ms}", now_ms=now_ms)
            case TryLater() | EndpointGone():
                return self._failed(event_id, key=event_id, now_ms=now_ms)

    def _paused(self, event_id: str, *, until_ms: int) -> "Breaker":
        paused = replace(self, paused_until_ms=max(self.paused_until_ms, until_ms))
        if self.is_open and event_id == self.probing:
            return replace(paused, probing=None, probe_at_ms=until_ms)
        return paused

    def _failed(self, event_id: str, *, key: str, now_ms: int) -> "Breaker":
        if not self.is_open:
            failing = self.failing | {key}
            if len(failing) < OPENS_AFTER:
                return replace(self, failing=failing)
            return self._open(FIRST_PROBE_S, now_ms)
        if event_id != self.probing:
            return self
        return self._open(min(self.probe_every_s * 2, LONGEST_PROBE_S), now_ms)

    def _open(self, every_s: float, now_ms: int) -> "Breaker":
        return Breaker(
            probe_every_s=every_s,
            probe_at_ms=now_ms + round(every_s * 1000),
            paused_until_ms=self.paused_until_ms,
        )
