"""What operators see of the daemon: gauges counted from state, and the readiness checks."""

import asyncio
import math
import os
from collections import Counter
from collections.abc import MutableMapping

from aiohttp import web

from connector.composition.rooms import Rooms
from connector.domain.errors import StateUnavailableError
from connector.domain.reconciling import DAY_MS
from connector.pipelines.proof import Books
from connector.ports import Clock
from connector.runtime.liveness import Liveness
from connector.runtime.metrics import Metrics, replace
from state.backup.retention import SqlBackupRetention
from state.copies.keeper import SqlStateRuns
from state.engine import CommitObserver, Engine
from state.probe import store_something
from state.reconcile.budgets import told_budgets
from state.reconcile.reconciling import SqlReconciling
from state.reconcile.rhythms import SqlRhythms

PROBE_EVERY_S = 5.0
PROBE_ANSWER_S = 4.0
"""Seconds: balancers that ask whether we are ready hang up after about five."""


def commit_observer(metrics: Metrics) -> CommitObserver:
    """Return what the engine tells of its commits to."""

    def observe(seconds: float, units: int) -> None:
        metrics.commit_seconds.observe(seconds)
        metrics.commit_batch_size.observe(units)

    return observe


async def count_queues(metrics: Metrics, rooms: Rooms, clock: Clock) -> None:
    """Set the gauges of what waits and since when."""
    queues = await rooms.records.queues()
    now_ms = clock.now_ms()
    depths: dict[tuple[str, ...], float] = {(stage,): depth for stage, (depth, _) in queues.items()}
    replace(metrics.queue_depth, depths)
    ages: dict[tuple[str, ...], float] = {
        (stage,): max(now_ms - since_ms, 0) / 1000
        for stage, (_, since_ms) in queues.items()
        if since_ms is not None
    }
    replace(metrics.queue_oldest_seconds, ages)


async def count_connections(metrics: Metrics, rooms: Rooms) -> None:
    """Set the gauge of connected accounts by state."""
    accounts = await rooms.records.accounts()
    replace(metrics.connections, {labels: float(count) for labels, count in accounts.items()})


async def count_pulled(metrics: Metrics, reconciling: SqlReconciling) -> None:
    """Set the gauge of leads of the last day that no webhook told of first."""
    metrics.reconcile_gap_leads.set(await reconciling.pulled())


async def count_budgets(
    metrics: Metrics, rooms: Rooms, heard: MutableMapping[str, tuple[float, int]], clock: Clock
) -> None:
    """Set the gauge of Pages' budgets: what was told last, here or to another machine, within Facebook's window."""
    now_ms = clock.now_ms()
    for page_id, told in (await rooms.engine.read(told_budgets)).items():
        if page_id not in heard or told[1] > heard[page_id][1]:
            heard[page_id] = told
    for page_id in [one for one, (_, told_ms) in heard.items() if now_ms - told_ms >= DAY_MS]:
        del heard[page_id]
    replace(metrics.graph_budget_ratio, {(page_id,): used for page_id, (used, _) in heard.items()})


async def count_hearings(metrics: Metrics, rhythms: SqlRhythms) -> None:
    """Set the gauge of Pages by what their silence means, as last judged."""
    replace(metrics.pages, {(hearing,): float(n) for hearing, n in (await rhythms.hearings()).items()})


async def count_alerts(metrics: Metrics, rooms: Rooms) -> None:
    """Set the gauge of the alerts that stand, by kind."""
    opened = Counter((row["key"].partition(":")[0], row["severity"]) for row in await rooms.alerts.open())
    replace(metrics.alerts_open, {labels: float(n) for labels, n in opened.items()})


async def count_late_loops(metrics: Metrics, live: Liveness) -> None:
    """Set the gauge of loops that do not turn: what also holds the heartbeat back."""
    metrics.loops_late.set(len(live.late()))


async def count_own_state(metrics: Metrics, runs: SqlStateRuns) -> None:
    """Set the gauges of when our own state was last copied, and when a copy last stood a drill."""
    good = await runs.last_good()
    metrics.state_copy_last_success.set(good.get("copy", 0) / 1000)
    metrics.state_drill_last_success.set(good.get("drill", 0) / 1000)


async def count_unaccounted(metrics: Metrics, books: Books) -> None:
    """Set the gauge of leads that are nowhere, as last counted."""
    metrics.leads_unaccounted.set(books.balance.get("lost", 0))


async def count_successes(metrics: Metrics, retention: SqlBackupRetention) -> None:
    """Set the gauges of each workspace's last good backup and drill, and of when each is stale: the most behind."""
    found = await retention.last_successes()
    for gauge, times in (
        (metrics.backup_last_success, {one.workspace_id: one.backup_ms for one in found}),
        (metrics.drill_last_success, {one.workspace_id: one.drill_ms for one in found}),
        (metrics.backup_stale_at, {one.workspace_id: one.stale_ms for one in found}),
        (metrics.drill_stale_at, {one.workspace_id: one.unproved_ms for one in found}),
    ):
        replace(gauge, {(where,): ms / 1000 for where, ms in times.items() if ms is not None})


class StateProbe:
    """The readiness check that really writes: at most once every `PROBE_EVERY_S`, whoever asks how often."""

    def __init__(self, engine: Engine, clock: Clock, *, answer_s: float = PROBE_ANSWER_S) -> None:
        self._engine = engine
        self._clock = clock
        self._answer_s = answer_s
        self._asking = asyncio.Lock()
        self._fresh_until_s = -math.inf
        self._reason: str | None = None

    async def __call__(self) -> str | None:
        """Return why nothing can be stored, or None."""
        async with self._asking:
            if self._clock.monotonic() >= self._fresh_until_s:
                self._reason = await self._ask()
                self._fresh_until_s = self._clock.monotonic() + PROBE_EVERY_S
            return self._reason

    async def _ask(self) -> str | None:
        try:
            async with asyncio.timeout(self._answer_s):
                await store_something(self._engine)
        except StateUnavailableError as error:
            return f"The state takes no writes. {error}"
        except TimeoutError:
            return f"The state takes no writes. It gave no answer within {self._answer_s:g} s"
        return None


async def not_stopping(stopping: asyncio.Event) -> str | None:
    """Return that we are stopping, or None."""
    return "stopping" if stopping.is_set() else None


async def has_room(door: web.AppRunner, most: int) -> str | None:
    """Return that no more callers fit through the door, or that no file can be opened, or None."""
    held = len(door.server.connections) if door.server is not None else 0
    if held >= most:
        return f"{held} connections are open, as many as fit: others are answered 503"
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return f"No file can be opened ({error.strerror}): raise LimitNOFILE"
    return None
