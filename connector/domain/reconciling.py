"""Reading every form again: which window, how far the watermark may go, what it may cost. Pure decisions.

Webhooks are lost now and then, and Meta repeats none after 36 hours; a form's own list of leads is the truth for 90
days. Its order is not documented and its filter may be ignored, so nothing here relies on either.
https://developers.facebook.com/docs/marketing-api/guides/lead-ads/retrieving
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    GoneError,
    LeadAccessError,
    MisconfiguredError,
    PermanentError,
    RateLimitedError,
)
from connector.domain.fetching import MAX_PAUSE_S
from connector.domain.lead import FormId, LeadId
from connector.domain.normalise.answers import comparable
from connector.domain.raw_values import identifier, items, mapping, text

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
RETENTION_MS = 90 * DAY_MS
"""Meta deletes a lead 90 days after its submission."""
OVERLAP_MS = 48 * HOUR_MS
"""Each read looks this far back behind the watermark: a lead may show late, and a cursor may have skipped one."""
SETTLING_MS = 5 * 60_000
"""A watermark stays this far behind the read's beginning: leads are dated in seconds and may show minutes late."""

CALLS_PER_LEAD = 4800
"""Calls in 24 hours that Meta gives a Page for each lead of its last 90 days.

https://developers.facebook.com/docs/graph-api/overview/rate-limiting (LeadGen)
"""
SHARE = 0.1
"""What reading again may take of a Page's budget: the rest is for fetching live leads."""
FLOOR_CALLS = 48
"""Calls a day for a Page without leads, for which the formula gives none and no minimum is documented."""
SLOW_FROM, STOP_FROM = 0.5, 0.75
"""Shares of the budget, as Facebook tells it: from the first on we read more rarely, from the second not at all."""
SLOWER = 4
LONGEST_EVERY_S = 24 * 3600.0
RARELY_S = 6 * 3600.0
"""How often a form is read that takes no new leads (archived, deleted, a draft), unless its count says otherwise."""

ASKED_CHARS_MAX = 200_000
"""The longest list of questions that is kept beside a form: thousands of options."""

FIRST_WAIT_S, LONGEST_WAIT_S = 60.0, 3600.0
"""Waits after failures in a row: doubled from the first to the longest."""
SEE_AGAIN_S = 3600.0
"""How soon what was refused (gone, no access, no token) is tried again: a person must act first."""
SETTINGS_WAIT_S = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is read of a form: leads created at `since_ms` or later, before `until_ms` (None: no end)."""

    since_ms: int
    until_ms: int | None = None

    def holds(self, created_ms: int | None) -> bool:
        """Tell whether a lead belongs here; one without a readable time does, for leaving it out would lose it."""
        if created_ms is None:
            return True
        return created_ms >= self.since_ms and (self.until_ms is None or created_ms < self.until_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLead:
    """One row of a form's list. `created_ms` None: it tells no time that can be read."""

    id: LeadId
    created_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPage:
    """One page of a form's list. `after` None: it was the last one. `calls` are those that it took.

    `odd` counts rows that name no lead: a read with such rows moves no watermark. `used` is the share of the Page's
    budget that is gone, `served_at_ms` the provider's own time; both None when the answer did not tell.
    """

    leads: tuple[FoundLead, ...]
    after: str | None = None
    odd: int = 0
    calls: int = 1
    used: float | None = None
    served_at_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedForm:
    """A form as its Page lists it. `leads` is Meta's own count, `digest` names its questions (None: not told).

    `asked` are the questions themselves, as JSON.
    """

    id: FormId
    name: str | None
    status: str
    created_ms: int | None = None
    leads: int | None = None
    digest: str | None = None
    asked: str | None = field(default=None, repr=False)

    @property
    def is_live(self) -> bool:
        """Whether it takes new leads; a status that we do not know is taken for live."""
        return self.status not in {"ARCHIVED", "DELETED", "DRAFT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FormListing:
    """All forms of a Page, and what listing them took."""

    forms: tuple[ListedForm, ...]
    calls: int = 1
    used: float | None = None

    @property
    def leads(self) -> int:
        """Meta's own count of the Page's leads: what its budget is made of."""
        return sum(form.leads or 0 for form in self.forms)


def window_of(*, watermark_ms: int | None, floor_ms: int, created_ms: int | None, now_ms: int) -> Window:
    """Return what a scheduled read covers: from the overlap behind the watermark, never past what Meta keeps.

    `floor_ms` is from when on the form's leads are ours to read, `created_ms` when the form was made.
    """
    since_ms = floor_ms if watermark_ms is None else max(watermark_ms, floor_ms) - OVERLAP_MS
    if created_ms is not None:
        since_ms = max(since_ms, created_ms - OVERLAP_MS)
    return Window(since_ms=max(since_ms, now_ms - RETENTION_MS - OVERLAP_MS, 0))


def next_watermark(
    watermark_ms: int | None, *, began_ms: int, served_at_ms: int | None, is_whole: bool
) -> int | None:
    """Return how far everything is stored after a read that began at `began_ms`. It never goes back.

    `is_whole`: every page was read and every row of it stored. What came during the read is not counted on, and of
    our clock and the provider's the earlier one is believed.
    """
    if not is_whole:
        return watermark_ms
    reached_ms = min(began_ms, began_ms if served_at_ms is None else served_at_ms) - SETTLING_MS
    return reached_ms if watermark_ms is None else max(watermark_ms, reached_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What is known of a Page's budget: `leads` of the last 90 days, `used` as told, our own calls since a day began.

    `used` counts only while it is fresh: the provider's window is 24 hours.
    """

    leads: int = 0
    used: float | None = None
    used_at_ms: int = 0
    spent: int = 0
    day_ms: int = 0

    @property
    def calls_a_day(self) -> int:
        """How many calls reading again may take in 24 hours."""
        return max(FLOOR_CALLS, int(SHARE * CALLS_PER_LEAD * self.leads))

    def used_now(self, now_ms: int) -> float:
        """Return the share that is gone, as far as it is known."""
        return self.used if self.used is not None and now_ms - self.used_at_ms < DAY_MS else 0.0

    def free_at_ms(self, now_ms: int) -> int:
        """Return from when on a call may be made for reading again: now, an hour later, or the next day."""
        if self.used_now(now_ms) >= STOP_FROM:
            return max(now_ms, self.used_at_ms + HOUR_MS)
        if now_ms - self.day_ms < DAY_MS and self.spent >= self.calls_a_day:
            return self.day_ms + DAY_MS
        return now_ms

    def after(self, calls: int, used: float | None, *, now_ms: int) -> "Budget":
        """Return the budget once `calls` more were made and an answer told `used`."""
        is_new_day = now_ms - self.day_ms >= DAY_MS
        return Budget(
            leads=self.leads,
            used=self.used if used is None else used,
            used_at_ms=self.used_at_ms if used is None else now_ms,
            spent=calls if is_new_day else self.spent + calls,
            day_ms=now_ms if is_new_day else self.day_ms,
        )


def read_every_s(budget: Budget, *, every_s: float, forms: int, now_ms: int, is_live: bool = True) -> float:
    """Return the seconds between two reads of a form whose Page has so many live `forms`.

    The setting's interval where the budget carries it; a quiet Page, which has almost none, is read rarely.
    """
    calls_a_round = 1 + forms  # the list of forms, then each of them
    affordable_s = calls_a_round * DAY_MS / 1000 / budget.calls_a_day
    slower = SLOWER if budget.used_now(now_ms) >= SLOW_FROM else 1
    longest_s = max(LONGEST_EVERY_S, every_s)
    wanted_s = max(every_s, affordable_s) * slower
    return min(wanted_s if is_live else max(wanted_s, RARELY_S), longest_s)


Reach = Literal["job", "page", "look"]
"""Whom a failure concerns: this job alone, the whole Page (it pauses), or its account, which is to be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """A job that failed: when it is due again and why. Nothing of it is lost, for no watermark moved."""

    due_at_ms: int
    reason: str
    reach: Reach = "job"


def decide_postponement(
    error: ConnectorError, *, failures: int, now_ms: int, jitter: float, reads_leads: bool
) -> Postponed:
    """Return what happens after failure number `failures` in a row; `jitter` is in [0, 1).

    A limit that a read of leads met holds the whole Page for exactly as long as Facebook said. One that another call
    met belongs to another budget: live leads go on.
    """
    reach: Reach = "job"
    wait_s = _backoff_s(failures) * (1 + jitter / 4)
    match error:
        case RateLimitedError(retry_after_s=pause_s):
            reach, wait_s = "page" if reads_leads else "job", min(pause_s, MAX_PAUSE_S)
        case AuthLostError() | LeadAccessError():
            reach, wait_s = "look", SEE_AGAIN_S
        case GoneError() | PermanentError():
            wait_s = SEE_AGAIN_S * 2 ** min(max(failures, 1) - 1, 4)
        case MisconfiguredError():
            wait_s = SETTINGS_WAIT_S
        case _:
            pass
    due_at_ms = now_ms + int(wait_s * 1000)
    return Postponed(due_at_ms=due_at_ms, reason=str(error), reach=reach)


def _backoff_s(failures: int) -> float:
    return min(FIRST_WAIT_S * 2.0 ** min(max(failures, 1) - 1, 16), LONGEST_WAIT_S)


def listed_form(raw: object, *, created_ms: int | None) -> ListedForm | None:
    """Return a row of a Page's list of forms; None when it names none. Total."""
    row = mapping(raw)
    form_id = identifier(row.get("id"))
    if form_id is None:
        return None
    count = row.get("leads_count")
    return ListedForm(
        id=FormId(form_id),
        name=text(row.get("name")),
        status=(text(row.get("status")) or "").strip().upper() or "ACTIVE",
        created_ms=created_ms,
        leads=count if type(count) is int and 0 <= count < 10**9 else None,
        digest=questions_digest(row.get("questions")),
        asked=_asked(row.get("questions")),
    )


def _asked(raw: object) -> str | None:
    """Return the questions as JSON, None when there are none or they are too long to be kept."""
    asked = json.dumps(raw, ensure_ascii=True, separators=(",", ":")) if isinstance(raw, list) and raw else ""
    return asked if 0 < len(asked) <= ASKED_CHARS_MAX else None


def questions_digest(raw: object) -> str | None:
    """Return what names a form's questions, whatever their order: what a duplicate of the form shares with it.

    Keys, kinds and options count; labels, which are reworded and translated, do not. None: nothing was asked.
    """
    asked = sorted(_question(mapping(one)) for one in items(raw))
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest() if asked else None


def _question(row: Mapping[str, object]) -> tuple[str, str, tuple[str, ...]]:
    options = tuple(sorted(text(mapping(one).get("key")) or "" for one in items(row.get("options"))))
    return comparable(text(row.get("key")) or ""), (text(row.get("type")) or "").upper(), options


def predecessor_of(form: ListedForm, known: Iterable[ListedForm]) -> ListedForm | None:
    """Return the form that `form` continues: the newest older one of its Page that asks the same questions.

    A published form cannot be changed: who wants another picture or text duplicates it, and the copy asks the same.
    """
    if form.digest is None:
        return None
    older = [
        one
        for one in known
        if one.id != form.id and one.digest == form.digest and (one.created_ms or 0) <= (form.created_ms or 0)
    ]
    return max(older, key=lambda one: (one.created_ms or 0, one.id), default=None)
