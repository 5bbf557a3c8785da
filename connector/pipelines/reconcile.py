"""Everything that Meta knows is read again on a schedule: what a webhook did not bring comes in by the same door.

Each form has a watermark that only a whole read moves; each Page a budget, spent on live leads first. One Page's
trouble is its own: it waits, the others go on.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import structlog

from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    PermanentError,
    RateLimitedError,
    StateUnavailableError,
    TransientError,
)
from connector.domain.reconcile_work import (
    BackfillWork,
    FormWork,
    ReconcileWork,
    RoundDone,
    RoundWork,
    Subscribed,
    WatchWork,
)
from connector.domain.reconciling import (
    FormListing,
    Postponed,
    decide_postponement,
    next_watermark,
    read_every_s,
    window_of,
)
from connector.pipelines.means import Means
from connector.pipelines.watching import SubscriptionWatch
from connector.ports import FacebookConsent, FormReader, Reconciling

LOOK_EVERY_S = 15 * 60.0
"""A subscription is looked at this often at least, whatever the setting says."""
SPREAD = 0.1
"""The share of an interval by which chance brings a read forward, so that not all come at once."""

log = structlog.stdlib.get_logger()


class Reconcile:
    """Claims what is due, reads it, settles it. `every_s` is the setting's interval in seconds."""

    def __init__(
        self,
        work: Reconciling,
        reader: FormReader,
        consent: FacebookConsent,
        watch: SubscriptionWatch,
        means: Means,
        *,
        every_s: float,
    ) -> None:
        self._work = work
        self._reader = reader
        self._consent = consent
        self._watch = watch
        self._means = means
        self._clock = means.clock
        self._every_s = every_s

    async def claim(self, free: int, *, backfills: Collection[str] | None = None) -> Sequence[ReconcileWork]:
        """Return one job; `backfills` restricts it to these imports of history."""
        del free
        work = await self._work.claim(backfills)
        return () if work is None else (work,)

    async def handle(self, work: ReconcileWork) -> None:
        """Do one job and settle it. Raises StateUnavailableError: its lease ends by itself."""
        await self._means.courtesy.turn()
        with structlog.contextvars.bound_contextvars(**_names(work)):
            try:
                await self._do(work)
            except StateUnavailableError:
                raise
            except ConnectorError as error:
                await self._failed(work, error)
            except Exception as error:
                log.exception("job.failed", job="reconcile")
                await self._failed(
                    work, PermanentError(f"Our own fault ({type(error).__name__}): report it.")
                )

    async def release(self, works: Sequence[ReconcileWork]) -> None:
        """Give jobs back untried."""
        for work in works:
            await self._work.release(work)

    async def idle_s(self) -> float:
        """Return how long nothing will be due, at most five seconds."""
        return self._means.idle_s(await self._work.next_due_ms())

    async def _do(self, work: ReconcileWork) -> None:
        match work:
            case WatchWork():
                await self._look(work)
            case RoundWork():
                await self._round(work)
            case FormWork():
                await self._read(work)
            case BackfillWork():
                await self._import(work)

    async def _look(self, work: WatchWork) -> None:
        due_at_ms = self._due_ms(min(self._every_s, LOOK_EVERY_S))
        found = await self._watch.look(due_at_ms=due_at_ms)
        if found.healed or found.trouble is not None:
            log.warning("webhook.unsubscribed", healed=found.healed, reason=found.trouble)
        await self._work.watched(work, found)

    async def _round(self, work: RoundWork) -> None:
        """Look whether the Page is subscribed, heal it, and list its forms when that is due and affordable."""
        subscribed = await self._subscribed(work)
        now_ms = self._clock.now_ms()
        listing: FormListing | None = None
        list_due_at_ms: int | None = None
        if work.lists:
            free_at_ms = work.budget.free_at_ms(now_ms)
            if free_at_ms <= now_ms:
                listing = await self._reader.forms(work.access)
            list_due_at_ms = free_at_ms if listing is None else self._listed_again_ms(work, listing)
        due_at_ms = self._due_ms(min(self._every_s, LOOK_EVERY_S))
        done = RoundDone(
            subscribed=subscribed, listing=listing, due_at_ms=due_at_ms, list_due_at_ms=list_due_at_ms
        )
        is_ours = await self._work.round_done(work, done)
        if listing is not None and work.is_first:
            log.info("page.listed", forms=len(listing.forms), is_ours=is_ours)

    async def _subscribed(self, work: RoundWork) -> Subscribed:
        """Return what is found of the subscription. Raises what concerns the call and not the subscription."""
        try:
            healed = await self._consent.subscribe(work.access)
        except (TransientError, AuthLostError):
            raise
        except ConnectorError as error:
            log.warning("page.unsubscribed", healed=False, reason=str(error))
            return Subscribed(trouble=str(error), remedy=getattr(error, "remedy", None))
        if healed and work.is_first:
            return Subscribed()  # connecting it is not over yet
        if healed:
            log.warning("page.unsubscribed", healed=True)
        return Subscribed(healed=healed)

    async def _read(self, work: FormWork) -> None:
        """Read a form's list to its end; only then its watermark moves, and never past what came meanwhile."""
        began_ms = self._clock.now_ms()
        window = window_of(
            watermark_ms=work.watermark_ms,
            floor_ms=work.floor_ms,
            created_ms=work.created_ms,
            now_ms=began_ms,
        )
        after: str | None = None
        served_at_ms: int | None = None
        odd = found = new = 0
        seen: set[str] = set()
        while True:
            page = await self._reader.leads(work.access, work.form_id, window, after=after)
            wanted = tuple(lead for lead in page.leads if window.holds(lead.created_ms))
            stored = await self._work.store(work, replace(page, leads=wanted))
            if stored is None:
                log.info("form.read_lost")
                return
            served_at_ms = page.served_at_ms if served_at_ms is None else served_at_ms
            odd, found, new = odd + page.odd, found + len(wanted), new + stored
            after = page.after
            if after is None:
                break
            if after in seen:
                raise TransientError("A form's list of leads went in a circle.", unknown=True)
            seen.add(after)
        watermark_ms = next_watermark(
            work.watermark_ms, began_ms=began_ms, served_at_ms=served_at_ms, is_whole=odd == 0
        )
        if odd:
            log.warning("form.rows_unreadable", rows=odd)
        await self._work.form_read(
            work,
            watermark_ms=watermark_ms,
            due_at_ms=self._due_ms(self._interval_s(work, forms=work.forms, is_live=work.is_live)),
            found=found,
            new=new,
        )
        self._counters_of(new)
        if new:
            log.info("form.read", found=found, new=new)

    async def _import(self, work: BackfillWork) -> None:
        """Read one page of history; the next one is another job, so that live leads go in between."""
        now_ms = self._clock.now_ms()
        try:
            page = await self._reader.leads(work.access, work.form_id, work.window, after=work.after)
        except PermanentError:
            if work.after is None or work.failures > 0:
                raise
            log.info("backfill.rewound")
            await self._work.rewind(work)
            return
        if page.after is not None and page.after == work.after:
            raise TransientError("A form's list of leads went in a circle.", unknown=True)
        wanted = tuple(lead for lead in page.leads if work.window.holds(lead.created_ms))
        began_ms = work.began_ms
        if began_ms is None:
            began_ms = min(now_ms, now_ms if page.served_at_ms is None else page.served_at_ms)
        watermark_ms = next_watermark(
            None, began_ms=began_ms, served_at_ms=None, is_whole=work.window.until_ms is None
        )
        begun = replace(work, began_ms=began_ms)
        new = await self._work.backfilled(begun, replace(page, leads=wanted), watermark_ms=watermark_ms)
        if new is not None:
            self._counters_of(new)
            log.info("backfill.stepped", found=len(wanted), new=new, is_over=page.after is None)

    async def _failed(self, work: ReconcileWork, error: ConnectorError) -> None:
        why = decide_postponement(
            error,
            failures=work.failures + 1,
            now_ms=self._clock.now_ms(),
            jitter=self._means.chance(),
            reads_leads=isinstance(work, FormWork | BackfillWork),
        )
        if not isinstance(work, WatchWork):
            await self._work.charge(work, 1, None)
        await self._work.postpone(work, why)
        self._say(work, error, why)

    def _say(self, work: ReconcileWork, error: ConnectorError, why: Postponed) -> None:
        """Say it once an episode; a pause that Facebook named is no failure."""
        if isinstance(error, RateLimitedError) or work.failures == 0:
            wait_s = (why.due_at_ms - self._clock.now_ms()) // 1000
            log.warning("reconcile.postponed", reason=why.reason, wait_s=wait_s)

    def _counters_of(self, new: int) -> None:
        if new:
            self._means.counters.notices("reconciled", new)

    def _interval_s(self, work: RoundWork | FormWork, *, forms: int, is_live: bool = True) -> float:
        return read_every_s(
            work.budget, every_s=self._every_s, forms=forms, now_ms=self._clock.now_ms(), is_live=is_live
        )

    def _listed_again_ms(self, work: RoundWork, listing: FormListing) -> int:
        """Return when the forms are listed next, by what this list told of the Page."""
        known = replace(work, budget=replace(work.budget, leads=listing.leads))
        return self._due_ms(self._interval_s(known, forms=sum(form.is_live for form in listing.forms)))

    def _due_ms(self, wait_s: float) -> int:
        """Return when a wait is over, a little earlier by chance: never later than was promised."""
        return self._clock.now_ms() + int(wait_s * (1 - SPREAD * self._means.chance()) * 1000)


def _names(work: ReconcileWork) -> dict[str, str]:
    if isinstance(work, WatchWork):
        return {}
    named = {"workspace_id": work.workspace_id, "page_id": work.page_id}
    return named | ({"form_id": work.form_id} if isinstance(work, FormWork | BackfillWork) else {})
