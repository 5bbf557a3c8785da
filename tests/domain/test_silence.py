"""A Page that is quiet because nobody answers is no alarm; one whose webhooks do not come is."""

from typing import Any

import pytest

from connector.domain.lead import PageId, WorkspaceId
from connector.domain.rhythm import Rhythm, rhythm_of
from connector.domain.silence import Ads, Hearing, PageStanding, is_blind, is_unheard, judge

HOUR = 3_600_000
NOW = 10_000 * HOUR
INTERVAL = 900_000
EVEN = rhythm_of(dict.fromkeys(range(7000, 8000, 4), 1))  # a lead every four hours: eight are 32 hours


def standing(**hours_ago: float | None) -> PageStanding:
    """Return what is known of a Page; times in hours ago."""
    counts: dict[str, Any] = {
        name: hours_ago.pop(name) for name in ("live_forms", "unheard") if name in hours_ago
    }
    times = {
        ("healed_at_ms" if name == "healed" else f"{name}_ms"): None if ago is None else int(NOW - ago * HOUR)
        for name, ago in hours_ago.items()
    }
    return PageStanding(
        workspace_id=WorkspaceId("main"), page_id=PageId("100"), **{"live_forms": 1, **counts, **times}
    )


@pytest.mark.parametrize(
    ("page", "unheard"),
    [
        (standing(newest_lead=500, last_push=500), False),  # campaigns paused for three weeks
        (standing(newest_lead=None), False),  # never a lead
        (
            standing(newest_lead=8, last_push=400, unheard=1, unheard_since=7),
            True,
        ),  # told of for hours by nobody
        (standing(newest_lead=5, last_push=400, unheard=1, unheard_since=5), False),  # one may be late
        (standing(newest_lead=0.1, last_push=400, unheard=2, unheard_since=1), False),
        (standing(newest_lead=0.1, last_push=400, unheard=3, unheard_since=1), True),  # three are no accident
        (
            standing(newest_lead=0.1, last_push=400, unheard=3, unheard_since=0.2),
            False,
        ),  # found together just now
        (
            standing(newest_lead=5, last_push=4, unheard=1, unheard_since=3.9),
            False,
        ),  # told of something since
        (
            standing(newest_lead=9, last_push=400, healed=8, unheard=9, unheard_since=8),
            False,
        ),  # of before the heal
        (standing(newest_lead=7, last_push=400, healed=20, unheard=9, unheard_since=7), True),
    ],
)
def test_webhooks_that_do_not_come(page: PageStanding, *, unheard: bool) -> None:
    assert is_unheard(page, now_ms=NOW) is unheard


@pytest.mark.parametrize(
    ("page", "blind"),
    [
        (standing(last_push=400, stalled=30), True),  # neither told nor readable
        (standing(stalled=30), True),
        (standing(last_push=1, stalled=30), False),  # not readable, but told
        (standing(last_push=400, stalled=1), False),
        (standing(last_push=400), False),  # read as rarely as it is meant to be
    ],
)
def test_lists_that_cannot_be_read(page: PageStanding, *, blind: bool) -> None:
    assert is_blind(page, now_ms=NOW, reconcile_ms=INTERVAL) is blind


@pytest.mark.parametrize(
    ("page", "rhythm", "ads", "hearing"),
    [
        (standing(last_push=5, live_forms=0), EVEN, "running", "off"),
        (standing(newest_lead=8, unheard=1, unheard_since=7), EVEN, "stopped", "unheard"),
        (standing(last_push=90, stalled=30), EVEN, "stopped", "blind"),
        (standing(last_push=900), None, "running", "learning"),
        (standing(last_push=1), None, "running", "flowing"),
        (standing(), EVEN, "running", "learning"),
        (standing(last_push=30), EVEN, "running", "flowing"),
        (standing(last_push=900, newest_lead=30), EVEN, "running", "flowing"),
        (standing(last_push=35), EVEN, "running", "overdue"),
        (standing(last_push=35), EVEN, "stopped", "no_ads"),
        (standing(last_push=900), EVEN, "stopped", "no_ads"),
        (standing(last_push=35), EVEN, "unknown", "unseen"),
        (standing(last_push=70), EVEN, "unknown", "overdue"),
    ],
)
def test_why_a_page_is_quiet(page: PageStanding, rhythm: Rhythm | None, ads: Ads, hearing: Hearing) -> None:
    quiet = judge(page, rhythm, ads, now_ms=NOW, reconcile_ms=INTERVAL)
    assert quiet.hearing == hearing
    assert quiet.last_ms == page.last_ms
