"""Why a Page is quiet: nobody answers its forms, no ads run, or something is broken. Pure."""

from dataclasses import dataclass, field
from typing import Literal

from connector.domain.lead import PageId, WorkspaceId
from connector.domain.rhythm import HOUR_MS, QUIET_MIN_MS, Rhythm

Ads = Literal["running", "stopped", "unknown"]
"""Whether ads that use the Page's forms run at Meta. unknown: we may not see them, or none is known."""

Hearing = Literal["off", "flowing", "learning", "unheard", "blind", "no_ads", "overdue", "unseen"]
"""off: no live form. flowing: as usual. learning: too few leads to say what is usual. unheard: leads exist at Meta of
which no webhook told. blind: the forms' lists cannot be read, and no webhook comes. no_ads: quiet, and no ads run.
overdue: quiet for too long, though ads run. unseen: the same, where we may not see whether ads run; told later."""

UNHEARD_MANY, UNHEARD_SOON_MS = 3, HOUR_MS // 2
"""So many leads without a webhook, the first of them found so long ago, say that webhooks do not come."""
UNHEARD_LATE_MS = 6 * HOUR_MS
"""A single one says so after this time only: Meta repeats what it could not deliver, mostly within hours."""
BLIND_ROUNDS, BLIND_MS = 8, 2 * HOUR_MS
"""A Page whose lists could not be read for this many intervals, and two hours at least, is silent for us."""
UNSEEN_TIMES = 2.0
"""Where we may not see whether ads run, silence must be so many times as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageStanding:
    """What is known of why a Page may be silent. Times are milliseconds since the epoch, None: never.

    `newest_lead_ms` is when the newest lead was submitted that a form's list showed. `stalled_ms` is when a live form
    was last read that was due since and could not be; reading rarely is no stall. `last_push_ms`: when a webhook last
    told of a lead, known by then or not, `last_pull_ms` when reading again last found one, `last_lead_ms` when the
    newest lead was submitted that the rhythm was learnt from. `unheard` counts leads found by reading since the last
    webhook, `unheard_since_ms` is when the first was. `subscribed_at_ms` is when the subscription was last seen,
    `healed_at_ms` when it was last made again.
    """

    workspace_id: WorkspaceId
    page_id: PageId
    live_forms: int
    newest_lead_ms: int | None = None
    stalled_ms: int | None = None
    last_push_ms: int | None = None
    last_pull_ms: int | None = None
    last_lead_ms: int | None = None
    unheard: int = 0
    unheard_since_ms: int | None = None
    subscribed_at_ms: int | None = None
    healed_at_ms: int | None = None

    @property
    def last_ms(self) -> int | None:
        """Return when the Page last got a lead, by whatever way we learnt of it."""
        known = (self.newest_lead_ms, self.last_push_ms, self.last_lead_ms)
        return max((one for one in known if one is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdsAccess:
    """What asking for a Page's ads needs: the person's own token, and the ads that its leads named."""

    page_id: PageId
    token: str = field(repr=False)
    ad_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A Page's silence, judged. `overdue_at_ms`: from when on it is (or would be) longer than usual."""

    hearing: Hearing
    last_ms: int | None = None
    overdue_at_ms: int | None = None

    @property
    def is_overdue(self) -> bool:
        """Whether the Page is quiet for longer than usual, whatever the reason."""
        return self.hearing in {"no_ads", "overdue", "unseen"}


def is_unheard(page: PageStanding, *, now_ms: int) -> bool:
    """Tell whether leads come in at Meta of which no webhook tells.

    One late webhook is none that is lost: it takes several, or one for hours. What came before the subscription was
    made again is no news.
    """
    if page.unheard_since_ms is None or page.newest_lead_ms is None:
        return False
    told_ms = max(page.last_push_ms or 0, page.healed_at_ms or 0)
    if page.newest_lead_ms <= told_ms:
        return False
    waited_ms = now_ms - page.unheard_since_ms
    return waited_ms >= UNHEARD_LATE_MS or (page.unheard >= UNHEARD_MANY and waited_ms >= UNHEARD_SOON_MS)


def is_blind(page: PageStanding, *, now_ms: int, reconcile_ms: int) -> bool:
    """Tell whether we could not even see that leads come: neither list nor webhook for long."""
    if page.stalled_ms is None or now_ms - page.stalled_ms <= max(BLIND_ROUNDS * reconcile_ms, BLIND_MS):
        return False
    return page.last_push_ms is None or page.last_push_ms < page.stalled_ms


def judge(page: PageStanding, rhythm: Rhythm | None, ads: Ads, *, now_ms: int, reconcile_ms: int) -> Quiet:
    """Return why the Page is quiet, or that it is not. What is broken goes before what is rare."""
    last_ms = page.last_ms
    overdue_at_ms = rhythm.overdue_at_ms(last_ms) if rhythm is not None and last_ms is not None else None
    hearing: Hearing
    if not page.live_forms:
        hearing = "off"
    elif is_unheard(page, now_ms=now_ms):
        hearing = "unheard"
    elif is_blind(page, now_ms=now_ms, reconcile_ms=reconcile_ms):
        hearing = "blind"
    elif last_ms is not None and now_ms - last_ms < QUIET_MIN_MS:
        hearing = "flowing"
    elif rhythm is None or last_ms is None:
        hearing = "learning"
    elif overdue_at_ms is None or now_ms < overdue_at_ms:
        hearing = "flowing"
    else:
        hearing = _overdue(rhythm, ads, last_ms=last_ms, now_ms=now_ms)
    return Quiet(hearing=hearing, last_ms=last_ms, overdue_at_ms=overdue_at_ms)


def _overdue(rhythm: Rhythm, ads: Ads, *, last_ms: int, now_ms: int) -> Hearing:
    if ads == "running":
        return "overdue"
    if ads == "stopped":
        return "no_ads"
    sure_at_ms = rhythm.overdue_at_ms(last_ms, times=UNSEEN_TIMES)
    return "overdue" if sure_at_ms is not None and now_ms >= sure_at_ms else "unseen"
