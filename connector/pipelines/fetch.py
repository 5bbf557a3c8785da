"""Waiting leads are read from the provider: one at once when idle, up to 50 of a Page under load."""

import json
from collections.abc import Mapping, Sequence

import structlog

from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    LeadAccessError,
    MisconfiguredError,
    RateLimitedError,
    StateUnavailableError,
    TransientError,
)
from connector.domain.fetching import (
    READ_LATELY_S,
    FetchDecision,
    PagePause,
    decide_failure,
    decide_fault,
    ladder_of,
    own_lead_trouble,
)
from connector.domain.lead import FormId, LeadId, PageId, WorkspaceId
from connector.domain.work import (
    FetchBatch,
    Fetched,
    FetchOutcome,
    Ladder,
    LeadWork,
    PageTrouble,
    ParkedLead,
    RetryLater,
)
from connector.pipelines.forms import FormBook, form_of
from connector.pipelines.means import Means
from connector.ports import LeadQueue, LeadSource, Raw

BATCH = 50
FORM_ATTEMPTS = 5
"""Tries after which a lead goes on without its form: late and half-labelled beats lost."""
FORM_LADDER: Ladder = "lead"
"""One ladder whatever keeps the form away: were they counted apart, causes that alternate would never end."""

STOPS_THE_PAGE = (AuthLostError, LeadAccessError, RateLimitedError, MisconfiguredError)
"""What is not about one lead: all of the Page's leads wait, and no attempt is spent."""

log = structlog.stdlib.get_logger()


class Fetch:
    """Claims leads of one Page, reads them, writes what became of each."""

    def __init__(self, queue: LeadQueue, source: LeadSource, forms: FormBook, means: Means) -> None:
        self._queue = queue
        self._source = source
        self._forms = forms
        self._means = means
        self._counters = means.counters
        self._clock = means.clock
        self._out: set[tuple[WorkspaceId, PageId]] = set()  # Pages whose last whole read failed

    async def claim(self, free: int) -> Sequence[FetchBatch]:
        """Return one batch: the next claim of a free lane takes the next Page, or the next 50 of this one."""
        del free
        batch = await self._queue.claim(limit=BATCH)
        return () if batch is None else (batch,)

    async def handle(self, batch: FetchBatch) -> None:
        """Read one batch and settle every lead of it. Raises StateUnavailableError once we stop: its lease ends."""
        await self._means.courtesy.turn(len(batch.leads))
        with structlog.contextvars.bound_contextvars(workspace_id=batch.workspace_id, page_id=batch.page_id):
            try:
                await self._read(batch)
            except StateUnavailableError:
                raise
            except Exception as error:  # noqa: BLE001 - the outermost frame of one batch: the others go on
                await self._broke(batch, error)

    async def release(self, batches: Sequence[FetchBatch]) -> None:
        """Give batches back unread; no attempt is spent."""
        now_ms = self._clock.now_ms()
        again = RetryLater(due_at_ms=now_ms, reason="Not read yet.", spent=False)
        for batch in batches:
            await self._queue.settle(batch, {lead.lead_id: again for lead in batch.leads})

    async def idle_s(self) -> float:
        """Return how long nothing will be due, at most five seconds."""
        return self._means.idle_s(await self._queue.next_due_ms())

    async def _read(self, batch: FetchBatch) -> None:
        try:
            answers = await self._source.fetch(batch.access, [lead.lead_id for lead in batch.leads])
        except ConnectorError as error:
            await self._whole_batch_failed(batch, error)
        else:
            await self._sort(batch, answers)

    async def _broke(self, batch: FetchBatch, error: Exception) -> None:
        """Give a batch back on which our own code broke: each of its leads is read alone next, to find the one."""
        log.error("job.failed", job="fetch", leads=len(batch.leads), exc_info=error)
        is_alone = len(batch.leads) == 1
        outcomes = {
            lead.lead_id: decide_fault(
                error,
                attempts=lead.tries("fault") if is_alone and lead.ladder == "fault" else 1,
                now_ms=self._clock.now_ms(),
                jitter=self._means.chance(),
            )
            for lead in batch.leads
        }
        await self._settle(batch, outcomes)

    async def _whole_batch_failed(self, batch: FetchBatch, error: ConnectorError) -> None:
        if isinstance(error, AuthLostError):
            error = await self._confirmed(batch, error)
        if isinstance(error, STOPS_THE_PAGE):
            await self._page_stops(batch, error)
            return
        self._out.add((batch.workspace_id, batch.page_id))
        await self._settle(batch, {lead.lead_id: self._failed(error, lead) for lead in batch.leads})

    async def _confirmed(self, batch: FetchBatch, error: AuthLostError) -> ConnectorError:
        """Ask once more: single false 190s happen, and a dead account is news that people act on."""
        try:
            await self._source.fetch(batch.access, [batch.leads[0].lead_id])
        except ConnectorError as again:
            return again
        return TransientError(f"{error} A second call went through.")

    async def _page_stops(self, batch: FetchBatch, error: ConnectorError) -> None:
        """Let the leads of a Page that cannot be read wait, counted; nothing is spent."""
        decision = decide_failure(error, attempts=0, now_ms=self._clock.now_ms(), jitter=0.0)
        match decision:
            case PageTrouble():
                waiting = await self._means.written(lambda: self._queue.hold(batch, decision))
            case PagePause():
                waiting = await self._means.written(lambda: self._postponed(batch, decision))
            case _:
                raise AssertionError  # decide_failure is total over the errors that stop a Page
        if waiting is None:
            log.info("page.token_replaced", leads=len(batch.leads))
            return
        self._counters.leads("held", len(batch.leads))
        log.warning("page.stopped", reason=str(error), waiting=waiting)

    async def _postponed(self, batch: FetchBatch, pause: PagePause) -> int | None:
        return await self._queue.postpone(
            batch, until_ms=pause.until_ms, reason=pause.reason, trouble=pause.trouble
        )

    async def _sort(self, batch: FetchBatch, answers: Mapping[LeadId, Raw | ConnectorError]) -> None:
        """Judge each member by itself; one that stops the Page stops it for those that failed so."""
        read = {
            lead_id: answer for lead_id, answer in answers.items() if not isinstance(answer, ConnectorError)
        }
        form_errors = await self._forms.ensure(batch.access, read.values())
        outcomes: dict[LeadId, FetchOutcome] = {}
        stop: ConnectorError | None = None
        for lead in batch.leads:
            answer = answers.get(lead.lead_id, TransientError("The answer left this lead out."))
            if isinstance(answer, STOPS_THE_PAGE):
                stop = stop or answer
            elif isinstance(answer, ConnectorError):
                outcomes[lead.lead_id] = self._failed(answer, lead)
            else:
                outcomes[lead.lead_id] = self._got(answer, lead, form_errors)
        await self._settle(batch, outcomes)
        if read:
            await self._page_reads(batch)
        if stop is not None:
            await self._member_stops(batch, stop, set(outcomes), some_read=bool(read))

    async def _page_reads(self, batch: FetchBatch) -> None:
        """End what kept the Page: after an outage or a trouble everything of it that waits is due at once."""
        page = (batch.workspace_id, batch.page_id)
        if page in self._out or batch.page_state != "ok":
            await self._means.written(lambda: self._queue.page_reads(batch))
            self._out.discard(page)

    async def _member_stops(
        self, batch: FetchBatch, error: ConnectorError, settled: set[LeadId], *, some_read: bool
    ) -> None:
        left = tuple(lead for lead in batch.leads if lead.lead_id not in settled)
        rest = batch.only(left)
        if not isinstance(error, RateLimitedError) and (some_read or await self._is_alone(batch, error)):
            softer = own_lead_trouble(error)
            await self._settle(rest, {lead.lead_id: self._failed(softer, lead) for lead in left})
        else:
            await self._whole_batch_failed(rest, error)

    async def _is_alone(self, batch: FetchBatch, error: ConnectorError) -> bool:
        """Tell whether this lead alone is refused, which was read alone, while others of its Page are read."""
        if len(batch.leads) != 1 or not isinstance(error, LeadAccessError):
            return False
        since_ms = self._clock.now_ms() - int(READ_LATELY_S * 1000)
        return await self._means.written(lambda: self._queue.others_read(batch, since_ms=since_ms))

    def _got(self, raw: Raw, lead: LeadWork, form_errors: Mapping[FormId, ConnectorError]) -> FetchOutcome:
        form_id = form_of(raw)
        trouble = form_errors.get(form_id) if form_id is not None else None
        if isinstance(trouble, AuthLostError):
            trouble = TransientError(str(trouble))  # the lead's next read tells whether the token is dead
        tries = lead.tries(FORM_LADDER)
        if trouble is not None and tries < FORM_ATTEMPTS:
            wait = self._decide(trouble, tries)
            if isinstance(wait, RetryLater | PagePause):
                due_at_ms = wait.due_at_ms if isinstance(wait, RetryLater) else wait.until_ms
                reason = f"Its form could not be read: {trouble}"
                return RetryLater(due_at_ms=due_at_ms, reason=reason, ladder=FORM_LADDER)
        return Fetched(raw=json.dumps(raw, separators=(",", ":")), form_id=form_id)

    def _decide(self, error: ConnectorError, attempts: int) -> FetchDecision:
        now_ms, jitter = self._clock.now_ms(), self._means.chance()
        return decide_failure(error, attempts=attempts, now_ms=now_ms, jitter=jitter)

    def _failed(self, error: ConnectorError, lead: LeadWork) -> FetchOutcome:
        decision = self._decide(error, lead.tries(ladder_of(error)))
        if isinstance(decision, RetryLater | ParkedLead):
            self._counters.leads("parked" if isinstance(decision, ParkedLead) else "retried")
            return decision
        return RetryLater(due_at_ms=self._clock.now_ms(), reason=str(error), spent=False)

    async def _settle(self, batch: FetchBatch, outcomes: Mapping[LeadId, FetchOutcome]) -> None:
        ours = await self._means.written(lambda: self._queue.settle(batch, outcomes))
        self._counters.leads("fetched", sum(isinstance(outcome, Fetched) for outcome in outcomes.values()))
        for lead_id, outcome in outcomes.items():
            if not isinstance(outcome, Fetched):
                log.warning(
                    "lead.not_read",
                    lead_id=lead_id,
                    outcome="parked" if isinstance(outcome, ParkedLead) else "retry",
                    reason=outcome.reason,
                )
        log.info("leads.fetched", asked=len(batch.leads), settled=ours)
