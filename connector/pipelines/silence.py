"""Looking at every quiet Page: is something broken, do no ads run, or do leads fail to come though they do."""

from collections.abc import Sequence

import structlog

from connector.domain.alert import Alert
from connector.domain.alerts_catalogue import LEADS_OVERDUE, LEADS_SILENT
from connector.domain.errors import ConnectorError, StateUnavailableError
from connector.domain.rhythm import HOUR_MS, QUIET_MIN_MS, rhythm_of
from connector.domain.silence import Ads, PageStanding, Quiet, judge
from connector.pipelines.means import Means
from connector.ports.silence import AdsReader, Rhythms, Verdict

LOOK_EVERY_S = 600.0
TURN_MS = 540_000
"""How long a look counts for all machines: a little less than the pause, so that none is left out for a whole one."""
ASK_EVERY_MS = 6 * HOUR_MS
"""How long what was said of a quiet Page's ads holds: they are asked for sparingly, and campaigns pause for days."""

log = structlog.stdlib.get_logger()


class SilenceWatch:
    """Judges each Page's silence, asks for its ads only when it is overdue, raises and resolves."""

    def __init__(self, rhythms: Rhythms, ads: AdsReader, means: Means, *, reconcile_ms: int) -> None:
        self._rhythms = rhythms
        self._ads = ads
        self._means = means
        self._clock = means.clock
        self._reconcile_ms = reconcile_ms

    async def step(self) -> bool:
        """Look once; only one machine of all does."""
        now_ms = self._clock.now_ms()
        if not await self._rhythms.take_turn(next_due_ms=now_ms + TURN_MS):
            return False
        while await self._rhythms.learn():
            await self._means.courtesy.turn()
        for page in await self._rhythms.standings():
            try:
                await self._look(page, now_ms=now_ms)
            except StateUnavailableError:
                raise
            except Exception:  # one Page that our code breaks on must not leave the others unwatched
                log.exception("page.not_judged", page_id=page.page_id, workspace_id=page.workspace_id)
        return False

    async def _look(self, page: PageStanding, *, now_ms: int) -> None:
        rhythm = None
        if page.last_ms is not None and now_ms - page.last_ms >= QUIET_MIN_MS:
            await self._means.courtesy.turn()
            rhythm = rhythm_of(await self._rhythms.hours(page))
        quiet = judge(page, rhythm, "unknown", now_ms=now_ms, reconcile_ms=self._reconcile_ms)
        ads: Ads | None = None
        asked_at_ms: int | None = None
        if quiet.is_overdue:
            ads, asked_at_ms = await self._said(page, now_ms=now_ms)
            quiet = judge(page, rhythm, ads, now_ms=now_ms, reconcile_ms=self._reconcile_ms)
        raised = _alerts(page, quiet, ads, now_ms=now_ms)
        ended = [kind.key(page.workspace_id, page.page_id) for kind in (LEADS_SILENT, LEADS_OVERDUE)]
        verdict = Verdict(
            quiet=quiet,
            ads=ads,
            asked_at_ms=asked_at_ms,
            raised=raised,
            ended=[key for key in ended if key not in {alert.key for alert in raised}],
        )
        await self._rhythms.judged(page, verdict)

    async def _said(self, page: PageStanding, *, now_ms: int) -> tuple[Ads, int]:
        """Return whether the Page's ads run, as last said if that is fresh, else asked for now."""
        said, asked_at_ms = await self._rhythms.ads(page)
        if asked_at_ms is not None and now_ms - asked_at_ms < ASK_EVERY_MS:
            return said, asked_at_ms
        access = await self._rhythms.access(page)
        if access is None:
            return "unknown", now_ms
        try:
            return await self._ads.running(access, now_ms=now_ms), now_ms
        except ConnectorError as error:  # what the account lacks is the daily look's to find
            log.info("page.ads_unknown", page_id=page.page_id, reason=str(error))
            return "unknown", now_ms


def _alerts(page: PageStanding, quiet: Quiet, ads: Ads | None, *, now_ms: int) -> Sequence[Alert]:
    """Return what a person must know of the Page now."""
    words: Sequence[str] = (page.workspace_id, page.page_id)
    if quiet.hearing in {"unheard", "blind"}:
        return [LEADS_SILENT.alert(*words, workspace_id=page.workspace_id)]
    if quiet.hearing != "overdue" or quiet.last_ms is None:
        return []
    return [
        LEADS_OVERDUE.alert(
            *words,
            workspace_id=page.workspace_id,
            quiet=_length(now_ms - quiet.last_ms),
            usual=_length((quiet.overdue_at_ms or now_ms) - quiet.last_ms),
            ads="Its ads run." if ads == "running" else "Whether its ads run cannot be seen.",
        )
    ]


def _length(span_ms: int) -> str:
    """Return a span as a person says it."""
    hours = round(span_ms / HOUR_MS)
    if hours < 48:  # noqa: PLR2004 - two days
        return f"{hours} hours" if hours != 1 else "1 hour"
    return f"{round(hours / 24)} days"
