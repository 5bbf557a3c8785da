"""A Page that is quiet because nobody answers is no alarm; one whose webhooks do not come is."""

import pytest

from connector.domain.lead import PageId, WorkspaceId
from connector.domain.reconcile_work import PageStanding
from connector.domain.silence import is_silent

HOUR = 3_600_000
NOW = 1_000 * HOUR
INTERVAL = 900_000


def standing(
    *, newest: int | None, push: int | None, pull: int | None = None, read: int | None = 0, forms: int = 1
) -> PageStanding:
    """Return what is known of a Page; all times in hours ago."""

    def ago(hours: int | None) -> int | None:
        return None if hours is None else NOW - hours * HOUR

    return PageStanding(
        workspace_id=WorkspaceId("main"),
        page_id=PageId("100"),
        live_forms=forms,
        newest_lead_ms=ago(newest),
        read_at_ms=ago(read),
        last_push_ms=ago(push),
        last_pull_ms=ago(pull),
        subscribed_at_ms=None,
        healed_at_ms=None,
    )


@pytest.mark.parametrize(
    ("page", "silent"),
    [
        (standing(newest=500, push=500), False),  # campaigns paused for three weeks
        (standing(newest=None, push=None), False),  # never a lead
        (standing(newest=5, push=400, pull=4), True),  # Meta has newer ones, no webhook told of them
        (standing(newest=5, push=400, pull=4, forms=0), False),  # switched off
        (standing(newest=1, push=400, pull=1), False),  # it may still be told
        (standing(newest=5, push=4, pull=4), False),  # told of something since
        (standing(newest=None, push=400, read=30), True),  # neither told nor readable
        (standing(newest=None, push=1, read=30), False),  # not readable, but told
        (standing(newest=None, push=400, read=1), False),
    ],
)
def test_silence(page: PageStanding, *, silent: bool) -> None:
    assert is_silent(page, now_ms=NOW, reconcile_ms=INTERVAL) is silent
