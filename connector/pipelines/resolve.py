"""A fetched lead becomes a contact: normalise here, match and merge in state's transaction."""

import asyncio
import json
from collections.abc import Callable, Sequence
from functools import lru_cache

import structlog

from connector.domain.alert import Alert
from connector.domain.contact import contact_id_for
from connector.domain.errors import StateUnavailableError
from connector.domain.fetching import TRANSIENT_LADDER_S
from connector.domain.lead import Form, Lead
from connector.domain.normalise import normalise
from connector.domain.raw import form_from_graph, lead_from_graph
from connector.domain.work import Draft, ParkedLead, ResolveOutcome, ResolveWork, TestSubmission
from connector.pipelines.courtesy import Courtesy
from connector.ports import Alerts, Clock, Counters, Resolver
from connector.wire.event import lead_value
from connector.wire.lead_view import lead_view

BATCH = 20
"""Leads in one transaction: SQLite has one writer, and webhooks wait for it too."""
IDLE_MAX_S = 5.0
"""Seconds after which we look again whatever we know: a command in another process may have put work in line."""
MINOR = "minor_under_13"
ATTEMPTS = 5
"""Tries of a lead that breaks our own code before it is parked: one poison row stops nothing."""

log = structlog.stdlib.get_logger()


class Resolve:
    """Claims fetched leads and makes contacts of them."""

    def __init__(
        self,
        resolver: Resolver,
        alerts: Alerts,
        counters: Counters,
        clock: Clock,
        chance: Callable[[], float],
        courtesy: Courtesy,
    ) -> None:
        self._resolver = resolver
        self._alerts = alerts
        self._counters = counters
        self._clock = clock
        self._chance = chance
        self._courtesy = courtesy

    async def step(self) -> bool:
        """Work one batch; False when nothing was due."""
        works = await self._resolver.claim(limit=BATCH)
        if not works:
            return False
        outcomes: list[tuple[ResolveWork, ResolveOutcome]] = []
        for work in works:
            try:
                outcomes.append((work, self._normalise(work)))
            except Exception as error:  # noqa: BLE001 - a poison lead must not stop the others
                await self._broke(work, error)
            await asyncio.sleep(0)  # a batch may not hold the loop
            await self._courtesy.turn()
        await self._commit(outcomes)
        return True

    async def idle_s(self) -> float:
        """Return how long nothing will be due, at most five seconds."""
        due = await self._resolver.next_due_ms()
        return IDLE_MAX_S if due is None else min(max((due - self._clock.now_ms()) / 1000, 0.05), IDLE_MAX_S)

    def _normalise(self, work: ResolveWork) -> ResolveOutcome:
        form = _form(work.form) if work.form is not None else None
        lead = lead_from_graph(
            json.loads(work.raw),
            page_id=work.page_id,
            page_name=work.page_name,
            form_name=form.name if form else None,
        )
        return draft(lead, form, work, now=self._clock)

    async def _commit(self, outcomes: Sequence[tuple[ResolveWork, ResolveOutcome]]) -> None:
        try:
            await self._resolver.commit(outcomes)
        except StateUnavailableError:
            raise  # the database is down: the leases end, the leads come again
        except Exception as error:  # noqa: BLE001 - found below, one by one
            if len(outcomes) == 1:
                await self._broke(outcomes[0][0], error)
                return
            for one in outcomes:  # find the one that breaks the batch
                await self._commit([one])
            return
        for work, outcome in outcomes:
            await self._tell(work, outcome)

    async def _tell(self, work: ResolveWork, outcome: ResolveOutcome) -> None:
        result = {Draft: "contact", TestSubmission: "test", ParkedLead: "parked"}[type(outcome)]
        self._counters.leads(result)
        log.info("lead.resolved", lead_id=work.lead_id, workspace_id=work.workspace_id, result=result)
        if isinstance(outcome, ParkedLead) and outcome.reason == MINOR:
            await self._alerts.raise_once(
                Alert(
                    key=f"lead.minor:{work.workspace_id}:{work.lead_id}",
                    workspace_id=work.workspace_id,
                    severity="warning",
                    title=f"Lead {work.lead_id} is of a child under 13: no contact was made, nothing was sent.",
                    remedy="Have the form ask for age first, and erase this lead.",
                )
            )

    async def _broke(self, work: ResolveWork, error: Exception) -> None:
        log.error("lead.not_resolved", lead_id=work.lead_id, attempt=work.attempts, exc_info=error)
        if work.attempts >= ATTEMPTS:
            reason = f"Our own fault ({type(error).__name__}): report it; replay the lead after an update."
            await self._resolver.commit([(work, ParkedLead(reason=reason))])
            self._counters.leads("parked")
            return
        wait_s = TRANSIENT_LADDER_S[min(work.attempts, len(TRANSIENT_LADDER_S)) - 1]
        due_at_ms = self._clock.now_ms() + int(wait_s * 1000 * (1 + self._chance() / 4))
        await self._resolver.retry(work, due_at_ms=due_at_ms, reason=type(error).__name__)


def draft(lead: Lead, form: Form | None, work: ResolveWork, *, now: Clock) -> ResolveOutcome:
    """Return what this lead alone becomes."""
    contact = normalise(
        lead,
        form,
        country_hint=work.country_hint,
        contact_id=contact_id_for(work.workspace_id, work.lead_id),
        now=now.now(),
    )
    if contact.is_test:
        return TestSubmission()
    if MINOR in contact.flags:
        return ParkedLead(reason=MINOR)
    view = lead_view(lead, form, consents=contact.consents, received_via=work.received_via)
    return Draft(contact=contact, lead=lead_value(view))


@lru_cache(maxsize=256)
def _form(definition: str) -> Form:
    return form_from_graph(json.loads(definition))
