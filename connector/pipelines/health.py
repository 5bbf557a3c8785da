"""Every account is looked at daily, without any traffic: claimed by due time, on one machine at a time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from connector.domain.connection import ConnectionId, Provider
from connector.domain.probing import ProbeWork, Verdict
from connector.ports import Clock, Probing

IDLE_MAX_S = 60.0
"""Seconds after which we look again whatever we know: a command in another process may have asked for a look."""

Probe = Callable[[ProbeWork], Awaitable[Verdict]]
"""One look at an account of one provider. Total over ConnectorError kinds."""

log = structlog.stdlib.get_logger()


class Health:
    """Claims accounts that are due, looks at them, writes what follows. `chance` spreads the looks over the day."""

    def __init__(
        self,
        probing: Probing,
        probes: Mapping[Provider, Probe],
        clock: Clock,
        chance: Callable[[], float],
    ) -> None:
        self._probing = probing
        self._probes = probes
        self._clock = clock
        self._chance = chance

    async def step(self) -> bool:
        """Look at the account that is due first; False when none is."""
        work = await self._probing.claim()
        if work is None:
            return False
        await self._look(work)
        return True

    async def probe_now(self, connection_id: ConnectionId) -> bool:
        """Look at one account whether due or not; False when there is none that could be looked at."""
        work = await self._probing.claim(connection_id)
        return work is not None and await self._look(work)

    async def idle_s(self) -> float:
        """Return how long nothing will be due, at most a minute."""
        due = await self._probing.next_due_ms()
        return IDLE_MAX_S if due is None else min(max((due - self._clock.now_ms()) / 1000, 0.05), IDLE_MAX_S)

    async def _look(self, work: ProbeWork) -> bool:
        with structlog.contextvars.bound_contextvars(
            connection_id=work.connection_id, workspace_id=work.workspace_id
        ):
            probe = self._probes.get(work.provider)
            verdict = await probe(work) if probe is not None else Verdict(is_reached=False)
            is_ours = await self._probing.settle(work, verdict, chance=self._chance())
            log.info(
                "connection.probed",
                provider=work.provider,
                pages=len(verdict.pages),
                failed=_count(verdict, "failed"),
                unknown=_count(verdict, "unknown"),
                is_reached=verdict.is_reached,
                is_ours=is_ours,
            )
            return is_ours


def _count(verdict: Verdict, outcome: str) -> int:
    checks: Sequence[object] = [
        check.outcome for check in (*verdict.checks, *(c for page in verdict.pages for c in page.checks))
    ]
    return checks.count(outcome)
