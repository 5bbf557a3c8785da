"""Whether a Page is quiet because nobody answers its forms, or because something is broken. Pure."""

from connector.domain.reconcile_work import PageStanding

PUSH_LATE_MS = 2 * 3_600_000
"""How long Meta may take to tell of a lead: its own retries are mostly within the hour."""
BLIND_ROUNDS = 8
BLIND_MS = 2 * 3_600_000
"""A Page whose lists could not be read for this many intervals, and two hours at least, is silent for us."""


def is_silent(page: PageStanding, *, now_ms: int, reconcile_ms: int) -> bool:
    """Tell whether leads come in at Meta of which no webhook tells, or we cannot even see whether they do.

    A Page whose lists show no newer lead is quiet: its campaigns are paused or nobody answers. A lead found by
    reading says that webhooks fail only when none came since.
    """
    if not page.live_forms:
        return False
    if page.read_at_ms is not None and now_ms - page.read_at_ms > max(BLIND_ROUNDS * reconcile_ms, BLIND_MS):
        return page.last_push_ms is None or page.last_push_ms < page.read_at_ms
    if page.newest_lead_ms is None or page.last_pull_ms is None:
        return False
    told_ms = page.last_push_ms or 0
    return page.newest_lead_ms > told_ms and now_ms - page.newest_lead_ms > PUSH_LATE_MS
