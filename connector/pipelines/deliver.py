"""Events go to the CRM: in revision order a contact, contacts side by side, behind one circuit breaker."""

import asyncio
from collections.abc import Sequence

import structlog

from connector.domain.alerts_catalogue import CRM_OUTAGE, CRM_STOPPED
from connector.domain.delivery import (
    Accepted,
    Answer,
    Breaker,
    Delivered,
    Outgoing,
    Parked,
    Rejected,
    Retry,
    Settlement,
    StopDestination,
    TryLater,
    settle,
)
from connector.domain.errors import StateUnavailableError
from connector.domain.work import AttemptRecord, DeliveryWork
from connector.pipelines.means import Means, steady_ms
from connector.ports import Alerts, CrmGateway, Deliveries

STOPPED = CRM_STOPPED.key()
OUTAGE = CRM_OUTAGE.key()
LOOK_S = 5.0
"""How often a stop or a resume made elsewhere is noticed."""
WAITS = 2
"""CRM time limits that one delivery takes at most: it may wait for a connection as long as it is sent."""

log = structlog.stdlib.get_logger()


class Deliver:
    """Claims due deliveries, sends them, writes what the CRM said. `timeout_s` is the gateway's for one event."""

    def __init__(
        self, deliveries: Deliveries, crm: CrmGateway, alerts: Alerts, means: Means, *, timeout_s: float
    ) -> None:
        self._deliveries = deliveries
        self._crm = crm
        self._alerts = alerts
        self._means = means
        self._counters = means.counters
        self._clock = means.clock
        self._timeout_s = timeout_s
        self._breaker = Breaker()
        self._turning = asyncio.Lock()
        self._said_out: bool | None = None  # None: what was said before this process started is not known
        self._stopped: str | None = None
        self._looked_at = float("-inf")

    async def claim(self, free: int) -> Sequence[DeliveryWork]:
        """Return what may go out now: nothing while stopped or paused, one event as a probe."""
        if await self._is_stopped():
            return ()
        match self._breaker.may_send(steady_ms(self._clock)):
            case "none":
                return ()
            case "one":
                return await self._deliveries.claim(limit=1)
            case "all":
                return await self._deliveries.claim(limit=free)

    async def handle(self, work: DeliveryWork) -> None:
        """Send one event and settle it. Raises StateUnavailableError once we stop: then its lease ends by itself."""
        await self._means.courtesy.turn()
        try:
            await self._send(work)
        except StateUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - the outermost frame of one delivery: the others go on
            await self._broke(work, error)

    async def _send(self, work: DeliveryWork) -> None:
        """Send, unless the destination went down since the claim, or the lease would end before the answer."""
        now_ms, by_breaker_ms = self._clock.now_ms(), steady_ms(self._clock)
        is_late = work.lease_until_ms - now_ms < WAITS * self._timeout_s * 1000
        if is_late or self._stopped is not None or self._breaker.may_send(by_breaker_ms) == "none":
            await self._means.written(lambda: self.release([work]))
            return
        self._breaker = self._breaker.sent(work.event_id, now_ms=by_breaker_ms)
        log.debug("delivery.started", event_id=work.event_id)
        answer = await self._crm.send(
            Outgoing(
                event_id=work.event_id,
                workspace_id=work.workspace_id,
                sequence=work.sequence,
                attempt=work.attempt,
                body=work.body,
                is_replay=work.is_replay,
            )
        )
        await self._answered(work, answer, started_ms=now_ms)

    async def release(self, works: Sequence[DeliveryWork]) -> None:
        """Give deliveries back unsent; no attempt is spent, none is recorded."""
        await self._deliveries.release(works)

    async def idle_s(self) -> float:
        """Return how long nothing may or will be sent."""
        if self._stopped is not None:
            return LOOK_S
        due_ms = await self._deliveries.next_due_ms()
        return self._means.idle_s(max(due_ms, self._open_at_ms()) if due_ms is not None else None)

    async def _broke(self, work: DeliveryWork, error: Exception) -> None:
        """Give a delivery back on which our own code broke; it climbs the ladder and is parked at its end."""
        log.error("job.failed", job="deliver", event_id=work.event_id, exc_info=error)
        now_ms = self._clock.now_ms()
        reason = f"our own fault ({type(error).__name__})"
        jitter = self._means.chance()
        later = settle(
            TryLater(reason=reason), attempt=work.attempt, now_ms=now_ms, jitter=jitter, outage=False
        )
        attempt = AttemptRecord(at_ms=now_ms, duration_ms=0, status=None, reason=reason)
        ours = await self._means.written(lambda: self._deliveries.settle(work, later, attempt))
        self._note(work, later, attempt, ours=ours)

    async def _answered(self, work: DeliveryWork, answer: Answer, *, started_ms: int) -> None:
        now_ms = self._clock.now_ms()
        log.debug("delivery.answered", event_id=work.event_id, status=answer.status)
        self._breaker = self._breaker.answered(work.event_id, answer, now_ms=steady_ms(self._clock))
        settlement = self._settlement(work, answer, now_ms)
        attempt = AttemptRecord(
            at_ms=started_ms,
            duration_ms=now_ms - started_ms,
            status=answer.status,
            reason=answer.reason if isinstance(answer, TryLater) else None,
        )
        ours = await self._means.written(lambda: self._deliveries.settle(work, settlement, attempt))
        self._note(work, settlement, attempt, ours=ours)
        if isinstance(settlement, StopDestination):
            await self._stop(settlement.reason)
        elif (
            # not as it was before settling: others settle meanwhile
            self._said_out != self._breaker.is_open
            and (self._breaker.is_open or isinstance(answer, Accepted | Rejected))
        ):
            await self._turned()

    def _settlement(self, work: DeliveryWork, answer: Answer, now_ms: int) -> Settlement:
        is_out = self._breaker.is_open
        settlement = settle(
            answer, attempt=work.attempt, now_ms=now_ms, jitter=self._means.chance(), outage=is_out
        )
        if is_out and isinstance(settlement, Retry):
            # the destination is out, not this event: it goes with the next probe, and its ladder stands still
            return Retry(due_at_ms=self._open_at_ms(), reason=settlement.reason, spends_attempt=False)
        return settlement

    def _open_at_ms(self) -> int:
        """Return when something may be sent, by the wall clock, by which rows wait."""
        return self._clock.now_ms() + self._breaker.wait_ms(steady_ms(self._clock))

    def _note(
        self, work: DeliveryWork, settlement: Settlement, attempt: AttemptRecord, *, ours: bool
    ) -> None:
        outcome = {
            Delivered: "delivered",
            Retry: "retried",
            Parked: "parked",
            StopDestination: "stopped",
        }[type(settlement)]
        if ours:  # else another worker has it, and counts it
            self._counters.delivery(outcome)
        if ours and outcome == "delivered" and work.accepted_at_ms is not None and not work.is_replay:
            self._counters.lead_delivered((attempt.at_ms + attempt.duration_ms - work.accepted_at_ms) / 1000)
        log.info(
            "delivery.attempted",
            event_id=work.event_id,
            workspace_id=work.workspace_id,
            sequence=work.sequence,
            attempt=work.attempt,
            status=attempt.status,
            outcome=outcome if ours else "lease_lost",
            duration_ms=attempt.duration_ms,
            reason=attempt.reason,
        )

    async def _is_stopped(self) -> bool:
        now = self._clock.monotonic()
        if now - self._looked_at >= LOOK_S or self._stopped is not None:
            self._looked_at = now
            self._stopped = await self._deliveries.stopped()
        return self._stopped is not None

    async def _stop(self, reason: str) -> None:
        self._stopped = reason
        await self._deliveries.stop(reason, CRM_STOPPED.alert())

    async def _turned(self) -> None:
        """Say once that the destination went down or came back; then let everything that waited go.

        What was said is noted once it is stored: after a failed write the next answer tries again.
        """
        async with self._turning:  # many answers come at once, and one of them says it
            was_out, is_out = self._said_out, self._breaker.is_open
            if was_out == is_out:
                return
            if is_out:
                await self._alerts.raise_once(CRM_OUTAGE.alert())
                log.warning("crm.outage_started")
            else:
                hastened = await self._deliveries.recovered(was_out=bool(was_out))
                if hastened is not None:  # an outage may have outlived a restart
                    log.info("crm.outage_ended", waiting=hastened)
            self._said_out = is_out
