"""A fetched lead becomes a contact: normalise here, match and merge in state's transaction."""

import asyncio
import json
from collections.abc import Sequence
from functools import lru_cache

import structlog

from connector.domain.alert import Alert
from connector.domain.alerts_catalogue import LEAD_MINOR
from connector.domain.contact import contact_id_for
from connector.domain.errors import StateUnavailableError
from connector.domain.fetching import decide_fault
from connector.domain.lead import Form, Lead
from connector.domain.mapping.rules import NO_MAPPING
from connector.domain.normalise import normalised
from connector.domain.normalise.fitting import parked_for
from connector.domain.raw import form_from_graph, lead_from_graph
from connector.domain.work import Draft, ParkedLead, ResolveOutcome, ResolveWork, RetryLater, TestSubmission
from connector.pipelines.means import Means
from connector.ports import Clock, Resolver
from connector.wire.event import lead_value
from connector.wire.lead_view import lead_view
from connector.wire.mapping import mapping_from_json

BATCH = 20
"""Leads in one transaction: SQLite has one writer, and webhooks wait for it too."""
MINOR = "minor_under_13"

log = structlog.stdlib.get_logger()


class Resolve:
    """Claims fetched leads and makes contacts of them."""

    def __init__(self, resolver: Resolver, means: Means) -> None:
        self._resolver = resolver
        self._means = means
        self._counters = means.counters
        self._clock = means.clock

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
            await self._means.courtesy.turn()
        await self._commit(outcomes)
        return True

    async def idle_s(self) -> float:
        """Return how long nothing will be due, at most five seconds."""
        return self._means.idle_s(await self._resolver.next_due_ms())

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
            await self._means.written(lambda: self._resolver.commit(outcomes))
        except StateUnavailableError:
            raise  # we stop: the leases end, the leads come again
        except Exception as error:  # noqa: BLE001 - found below, one by one
            if len(outcomes) == 1:
                await self._broke(outcomes[0][0], error)
                return
            for one in outcomes:  # find the one that breaks the batch
                await self._commit([one])
            return
        for work, outcome in outcomes:
            self._tell(work, outcome)

    def _tell(self, work: ResolveWork, outcome: ResolveOutcome) -> None:
        result = {Draft: "contact", TestSubmission: "test", ParkedLead: "parked"}[type(outcome)]
        self._counters.leads(result)
        log.info("lead.resolved", lead_id=work.lead_id, workspace_id=work.workspace_id, result=result)

    async def _broke(self, work: ResolveWork, error: Exception) -> None:
        log.error("lead.not_resolved", lead_id=work.lead_id, attempt=work.attempts, exc_info=error)
        now_ms, jitter = self._clock.now_ms(), self._means.chance()
        match decide_fault(error, attempts=work.attempts, now_ms=now_ms, jitter=jitter):
            case ParkedLead() as parked:
                await self._means.written(lambda: self._resolver.commit([(work, parked)]))
                self._counters.leads("parked")
            case RetryLater(due_at_ms=due_at_ms, reason=reason):
                await self._means.written(
                    lambda: self._resolver.retry(work, due_at_ms=due_at_ms, reason=reason)
                )


def draft(lead: Lead, form: Form | None, work: ResolveWork, *, now: Clock) -> ResolveOutcome:
    """Return what this lead alone becomes."""
    made = normalised(
        lead,
        form,
        country_hint=work.country_hint,
        contact_id=contact_id_for(work.workspace_id, work.lead_id),
        now=now.now(),
        mapping=mapping_from_json(work.mapping) if work.mapping else NO_MAPPING,
    )
    contact = made.contact
    if contact.is_test:
        return TestSubmission()
    if MINOR in contact.flags:
        return ParkedLead(reason=MINOR, alert=_minor_alert(work))
    if reason := parked_for(made.misfits, lead.form_id):
        return ParkedLead(reason=reason, by_mapping=True)
    view = lead_view(lead, form, consents=contact.consents, received_via=work.received_via)
    return Draft(contact=contact, lead=lead_value(view))


def _minor_alert(work: ResolveWork) -> Alert:
    return LEAD_MINOR.alert(work.workspace_id, work.lead_id, workspace_id=work.workspace_id)


@lru_cache(maxsize=256)
def _form(definition: str) -> Form:
    return form_from_graph(json.loads(definition))
