"""Events go to the CRM: in revision order a contact, contacts side by side, behind one circuit breaker."""

from collections.abc import Callable, Sequence

import structlog

from connector.domain.alert import Alert
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
from connector.domain.work import AttemptRecord, DeliveryWork
from connector.pipelines.courtesy import Courtesy
from connector.ports import Alerts, Clock, Counters, CrmGateway, Deliveries

STOPPED = "crm.stopped"
OUTAGE = "crm.outage"
LOOK_S = 5.0
"""How often a stop or a resume made elsewhere is noticed."""
IDLE_MAX_S = 5.0
"""Seconds after which we look again whatever we know: a command in another process may have put work in line."""

log = structlog.stdlib.get_logger()


class Deliver:
    """Claims due deliveries, sends them, writes what the CRM said."""

    def __init__(
        self,
        deliveries: Deliveries,
        crm: CrmGateway,
        alerts: Alerts,
        counters: Counters,
        clock: Clock,
        chance: Callable[[], float],
        courtesy: Courtesy,
    ) -> None:
        self._deliveries = deliveries
        self._crm = crm
        self._alerts = alerts
        self._counters = counters
        self._clock = clock
        self._chance = chance
        self._courtesy = courtesy
        self._breaker = Breaker()
        self._said_out: bool | None = None  # None: what was said before this process started is not known
        self._stopped: str | None = None
        self._looked_at = float("-inf")

    async def claim(self, free: int) -> Sequence[DeliveryWork]:
        """Return what may go out now: nothing while stopped or paused, one event as a probe."""
        if await self._is_stopped():
            return ()
        match self._breaker.may_send(self._clock.now_ms()):
            case "none":
                return ()
            case "one":
                return await self._deliveries.claim(limit=1)
            case "all":
                return await self._deliveries.claim(limit=free)

    async def handle(self, work: DeliveryWork) -> None:
        """Send one event and settle it. Between claim and now the destination may have gone down."""
        await self._courtesy.turn()
        now_ms = self._clock.now_ms()
        if self._stopped is not None or self._breaker.may_send(now_ms) == "none":
            await self.release([work])
            return
        self._breaker = self._breaker.sent(work.event_id, now_ms=now_ms)
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
        now_ms = self._clock.now_ms()
        if self._stopped is not None:
            return LOOK_S
        due_ms = await self._deliveries.next_due_ms()
        if due_ms is None:
            return IDLE_MAX_S
        return min(max((max(due_ms, self._breaker.next_at_ms) - now_ms) / 1000, 0.05), IDLE_MAX_S)

    async def _answered(self, work: DeliveryWork, answer: Answer, *, started_ms: int) -> None:
        now_ms = self._clock.now_ms()
        log.debug("delivery.answered", event_id=work.event_id, status=answer.status)
        self._breaker = self._breaker.answered(work.event_id, answer, now_ms=now_ms)
        settlement = self._settlement(work, answer, now_ms)
        attempt = AttemptRecord(
            at_ms=started_ms,
            duration_ms=now_ms - started_ms,
            status=answer.status,
            reason=answer.reason if isinstance(answer, TryLater) else None,
        )
        ours = await self._deliveries.settle(work, settlement, attempt)
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
        settlement = settle(answer, attempt=work.attempt, now_ms=now_ms, jitter=self._chance(), outage=is_out)
        if is_out and isinstance(settlement, Retry):
            # the destination is out, not this event: it goes with the next probe, and its ladder stands still
            due_at_ms = max(self._breaker.next_at_ms, now_ms)
            return Retry(due_at_ms=due_at_ms, reason=settlement.reason, spends_attempt=False)
        return settlement

    def _note(
        self, work: DeliveryWork, settlement: Settlement, attempt: AttemptRecord, *, ours: bool
    ) -> None:
        outcome = {
            Delivered: "delivered",
            Retry: "retried",
            Parked: "parked",
            StopDestination: "stopped",
        }[type(settlement)]
        self._counters.delivery(outcome)
        if outcome == "delivered" and work.accepted_at_ms is not None and not work.is_replay:
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
        await self._deliveries.stop(reason)
        await self._alerts.raise_once(
            Alert(
                key=STOPPED,
                severity="critical",
                title="The CRM answered 410: nothing is sent any more, everything is kept.",
                remedy="Check crm.url, then run `connector deliveries resume`.",
            )
        )

    async def _turned(self) -> None:
        """Say once that the destination went down or came back; then let everything that waited go."""
        was_out, self._said_out = self._said_out, self._breaker.is_open
        if self._said_out:
            log.warning("crm.outage_started")
            await self._alerts.raise_once(
                Alert(
                    key=OUTAGE,
                    severity="critical",
                    title="The CRM does not take events: everything is kept and waits.",
                    remedy="Bring the CRM back; sending resumes by itself.",
                )
            )
            return
        resolved = await self._alerts.resolve(OUTAGE)
        if resolved or was_out:  # an outage may have outlived a restart
            hastened = await self._deliveries.hasten()
            log.info("crm.outage_ended", waiting=hastened)
