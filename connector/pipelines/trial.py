"""A test lead through every hop: made at Facebook, told, read, recognised, the CRM pinged, removed again.

The live pipelines carry it; this one only makes it, watches, and takes it away.
"""

import json
from datetime import datetime

import structlog

from connector.domain.contact import contact_id_for
from connector.domain.errors import ConnectorError, StateUnavailableError, TransientError
from connector.domain.normalise import normalise
from connector.domain.raw import form_from_graph, lead_from_graph
from connector.domain.trial import (
    ARRIVAL_MS,
    CLEAN_TRIES,
    CREATE_TRIES,
    LOOK_MS,
    PING_MS,
    Arrived,
    Trial,
    TrialWork,
    missing,
)
from connector.pipelines.means import Means
from connector.ports.trials import Trials, TrialSource
from connector.wire.contact import contact_json

NO_ACCESS = "The Page cannot be read at the moment: see its connection."
NOT_TOLD = "No webhook came: the lead was found by reading the form."

log = structlog.stdlib.get_logger()


class TrialLeads:
    """Takes runs one step further."""

    def __init__(self, runs: Trials, source: TrialSource, means: Means) -> None:
        self._runs = runs
        self._source = source
        self._means = means
        self._clock = means.clock

    async def step(self) -> bool:
        """Take the run that is due one step further; False when nothing was due."""
        work = await self._runs.claim()
        if work is None:
            return False
        try:
            await self._advance(work)
        except StateUnavailableError:
            raise
        except ConnectorError as error:
            await self._failed(work, error)
        return True

    async def idle_s(self) -> float:
        """Return how long nothing will be due, at most five seconds."""
        return self._means.idle_s(await self._runs.next_due_ms())

    async def _advance(self, work: TrialWork) -> None:
        match work.run.state:
            case "asked":
                await self._make(work)
            case "waiting" | "pinged":
                await self._watch(work)
            case _:
                await self._remove(work)

    async def _make(self, work: TrialWork) -> None:
        run = work.run
        if work.access is None:
            await self._runs.finish(work, is_removed=False, reason=NO_ACCESS)
            return
        for old in await self._source.existing(work.access, run.form_id):
            await self._source.remove(work.access, old)
        lead_id = await self._source.make(work.access, run.form_id)
        log.info("test_lead.made", run_id=run.id, lead_id=lead_id, workspace_id=run.workspace_id)
        await self._runs.made(work, lead_id)

    async def _watch(self, work: TrialWork) -> None:
        run, now_ms = work.run, self._clock.now_ms()
        seen = await self._runs.arrived(work)
        if run.state == "waiting" and seen.recognised_at_ms is not None:
            contact = _would_be(run, seen, self._clock.now())
            reason = NOT_TOLD if seen.received_via != "webhook" else None
            await self._runs.watched(work, seen, contact=contact, reason=reason)
        elif run.state == "waiting":
            is_late = now_ms - (run.made_at_ms or now_ms) > ARRIVAL_MS
            reason = (seen.reason or missing(run, seen)) if is_late else None
            await self._runs.watched(work, seen, is_over=is_late, reason=reason)
        elif seen.ping == "delivered":
            await self._runs.watched(work, seen, is_over=True)
        else:
            is_late = now_ms - (run.recognised_at_ms or now_ms) > PING_MS or seen.ping == "parked"
            reason = "The CRM did not take the ping." if is_late else None
            await self._runs.watched(work, seen, is_over=is_late, reason=reason)

    async def _remove(self, work: TrialWork) -> None:
        run = work.run
        if work.access is not None and run.lead_id is not None:
            await self._source.remove(work.access, run.lead_id)
        is_removed = work.access is not None and run.lead_id is not None
        await self._runs.finish(work, is_removed=is_removed, reason=run.reason)
        log.info("test_lead.finished", run_id=run.id, lead_id=run.lead_id, failed=run.reason is not None)

    async def _failed(self, work: TrialWork, error: ConnectorError) -> None:
        run, is_removing = work.run, work.run.state == "cleaning"
        tries = CLEAN_TRIES if is_removing else CREATE_TRIES
        if work.attempts < tries and (isinstance(error, TransientError) or not is_removing):
            await self._runs.again(work, due_at_ms=self._clock.now_ms() + LOOK_MS * 2**work.attempts)
            return
        log.warning("test_lead.failed", run_id=run.id, state=run.state, error=str(error))
        await self._runs.finish(work, is_removed=False, reason=run.reason or str(error))


def _would_be(run: Trial, seen: Arrived, now: datetime) -> str | None:
    """Return the contact that the lead would become, as JSON."""
    if seen.raw is None:
        return None
    form = form_from_graph(json.loads(seen.form)) if seen.form else None
    lead = lead_from_graph(
        json.loads(seen.raw),
        page_id=run.page_id,
        page_name=run.page_name,
        form_name=form.name if form else None,
    )
    contact = normalise(
        lead,
        form,
        country_hint=seen.country_hint,
        contact_id=contact_id_for(run.workspace_id, run.lead_id or ""),
        now=now,
    )
    return contact_json(contact)
