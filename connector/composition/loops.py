"""The loops that run the pipelines, each by its name."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from adapters.heartbeat import HttpHeartbeat
from connector.composition.flows import Flows
from connector.composition.ground import Ground
from connector.composition.observing import StateProbe
from connector.config import Settings
from connector.pipelines.silence import LOOK_EVERY_S
from connector.ports import Clock, Wakeups
from connector.runtime.heartbeat import Heartbeat
from connector.runtime.lanes import Lanes
from connector.runtime.liveness import LATE_S, Liveness
from connector.runtime.worker import work

if TYPE_CHECKING:
    from connector.pipelines.backup.drill import DrillFlow
    from connector.pipelines.backup.restore_flow import RestoreFlow

HOURLY_S = 3600.0
PAUSE_S = 30.0
"""The longest that the other loops wait by themselves."""
QUEUED = 10
"""Calls that one may wait behind: the SDK's few threads are shared."""
BACKUP_LANES = 2
"""Runs at once: each is a thread's work and half of a line."""
MAIL_LANES = 2
"""Mails in flight at once: few, since mail servers limit how many connections one sender may have."""

Loop = Callable[[], Awaitable[None]]
Woken = Callable[[asyncio.Event, asyncio.Event], Awaitable[None]]
"""A loop that is handed what wakes it and what stops it."""


def silent_s(settings: Settings) -> float:
    """Return how long a piece of work may wait for one thing: a call with its time limits, behind others."""
    call_s = max(
        settings.crm.timeout_seconds,
        settings.facebook.connect_timeout_seconds + settings.facebook.read_timeout_seconds,
    )
    return max(LATE_S, QUEUED * call_s)


def loops_of(ground: Ground, flows: Flows, live: Liveness) -> Mapping[str, Loop]:
    """Return every loop by its name, which is also the topic that wakes it. `live` watches each."""
    settings, clock, accounts = ground.settings, ground.clock, flows.accounts

    def stepping(
        name: str, step: Callable[[], Awaitable[bool]], idle_s: Callable[[], Awaitable[float]] | float
    ) -> Woken:
        longest_s = idle_s if isinstance(idle_s, float) else PAUSE_S
        noted = live.watched(name, step, idle_s=longest_s)
        return lambda wake, stop: work(name, noted, wake, stop, clock, idle_s)

    # twice the connections: while one event is sent another one's outcome is on its way to disk
    woken: dict[str, Woken] = {
        "fetch": Lanes(
            "fetch", live.flow("fetch", flows.fetch), width=settings.facebook.fetchers, clock=clock
        ).run,
        "resolve": stepping("resolve", flows.resolve.step, flows.resolve.idle_s),
        "deliver": Lanes(
            "deliver", live.flow("deliver", flows.deliver), width=2 * settings.crm.concurrency, clock=clock
        ).run,
        "reconcile": Lanes(
            "reconcile",
            live.flow("reconcile", flows.reconcile),
            width=reconcile_lanes(settings.facebook.fetchers),
            clock=clock,
        ).run,
        "test_leads": stepping("test_leads", flows.test_leads.step, flows.test_leads.idle_s),
        "proof": stepping("proof", flows.proof.step, HOURLY_S),
        "books": stepping("books", flows.books.step, HOURLY_S),
        "silence": stepping("silence", flows.silence.step, LOOK_EVERY_S),
        "health": stepping("health", accounts.health.step, accounts.health.idle_s),
        "undo": stepping("undo", accounts.undo.step, accounts.undo.idle_s),
        "remap": stepping("remap", flows.remap.step, flows.remap.idle_s),
        "retention": stepping("retention", flows.retention.step, flows.retention.idle_s),
        "clock": stepping("clock", flows.clock_watch.step, flows.clock_watch.idle_s),
        "presence": stepping("presence", flows.presence.step, flows.presence.idle_s),
    }
    if (own := flows.own_state) is not None:
        # a copy may take longer than anything else does: whether this loop turns is told by the age of the copies
        woken["own_state"] = lambda wake, stop: work("own_state", own.step, wake, stop, clock, own.idle_s)
    if (backups := flows.backups) is not None:
        # a run may take hours: whether these turn is told by stale backups and drills
        woken["backup_clock"] = stepping("backup_clock", backups.clock.step, backups.clock.idle_s)
        woken["backup_spool"] = stepping("backup_spool", backups.sweep.step, HOURLY_S)
        woken["backups"] = Lanes("backups", backups.runs, width=BACKUP_LANES, clock=clock).run
        for name, flow in (("restores", backups.restores), ("drills", backups.drills)):
            woken[name] = partial(_stepped, name, flow, clock)
    if accounts.refresh is not None:
        woken["tokens"] = stepping("tokens", accounts.refresh.step, accounts.refresh.idle_s)
    if flows.mailing is not None:
        woken["mail"] = Lanes("mail", live.flow("mail", flows.mailing), width=MAIL_LANES, clock=clock).run
    if url := settings.alerts.heartbeat_url:
        probe = StateProbe(ground.rooms.engine, clock)
        every_s = settings.alerts.heartbeat_seconds
        beat = live.turning("heartbeat", Heartbeat(live, probe, HttpHeartbeat(url)).step, idle_s=every_s)
        woken["heartbeat"] = lambda wake, stop: work("heartbeat", beat, wake, stop, clock, every_s)
    return {
        name: partial(_listening, ground.wakeups, name, ground.stopping, run) for name, run in woken.items()
    }


async def _stepped(
    name: str, flow: "RestoreFlow | DrillFlow", clock: Clock, wake: asyncio.Event, stop: asyncio.Event
) -> None:
    await work(name, flow.step, wake, stop, clock, flow.idle_s)


def reconcile_lanes(fetchers: int) -> int:
    """Return how many lists are read at once: half the threads at most, for live leads need some at any moment."""
    return max(1, fetchers // 2)


async def _listening(wakeups: Wakeups, topic: str, stopping: asyncio.Event, run: Woken) -> None:
    with wakeups.listen(topic) as wake:
        await run(wake, stopping)
