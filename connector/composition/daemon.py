"""The daemon's composition root: opens everything in order, closes in reverse, even after a failed start.

Read `opened_daemon` to see what talks to what.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from adapters.facebook.leads import FacebookLeads
from connector.composition.chance import Chance
from connector.composition.observing import (
    commit_observer,
    count_connections,
    count_queues,
    not_stopping,
    state_works,
)
from connector.composition.outside import opened_crm, opened_graph, webhook_door
from connector.composition.rooms import Rooms, opened_state
from connector.config import RUN_NEEDS, Settings
from connector.pipelines.courtesy import Courtesy
from connector.pipelines.deliver import Deliver
from connector.pipelines.fetch import Fetch
from connector.pipelines.forms import FormBook
from connector.pipelines.intake import Intake, SignatureWatch
from connector.pipelines.resolve import Resolve
from connector.ports import Clock
from connector.runtime.counters import MetricCounters
from connector.runtime.lanes import Lanes
from connector.runtime.metrics import Metrics
from connector.runtime.wakeups import TopicWakeups
from connector.runtime.worker import work
from connector.web.api import add_api
from connector.web.health import ops_app
from connector.web.server import addresses, public_app, serve
from connector.web.webhooks import add_webhooks
from state.contacts import SqlResolver
from state.forms import SqlForms
from state.inbox import SqlInbox
from state.leads import SqlLeadQueue
from state.vault import Vault

SERVER_DRAIN_S = 5.0
"""Seconds that requests under way get once the loops have drained: a webhook takes milliseconds."""

Loop = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """The pipelines that work off rows."""

    fetch: Fetch
    resolve: Resolve
    deliver: Deliver


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """Everything open and listening; `loops` are what the supervisor runs."""

    public_url: str
    ops_url: str
    loops: Mapping[str, Loop]
    flows: Flows
    rooms: Rooms
    metrics: Metrics


@asynccontextmanager
async def opened_daemon(
    settings: Settings,
    clock: Clock,
    chance: Chance,
    stopping: asyncio.Event,
    sockets: Sequence[socket.socket] = (),
) -> AsyncIterator[Daemon]:
    """Open the daemon: state, adapters, pipelines, servers. Nothing is claimed until its loops run."""
    settings.require(*RUN_NEEDS)
    metrics = Metrics()
    counters = MetricCounters(metrics)
    wakeups = TopicWakeups()
    async with AsyncExitStack() as stack:
        rooms = await stack.enter_async_context(
            opened_state(settings, clock, chance, running=True, observe=commit_observer(metrics))
        )
        rooms.engine.on_wake(wakeups.announce)
        metrics.refreshers.append(partial(count_queues, metrics, rooms, clock))
        metrics.refreshers.append(partial(count_connections, metrics, rooms))
        courtesy = Courtesy(clock)
        flows = await _flows(stack, settings, rooms, counters, clock, chance, courtesy)
        inbox = SqlInbox(rooms.engine, clock, counters)
        stack.push_async_callback(inbox.aclose)
        watch = SignatureWatch(rooms.alerts, clock, per_minute=settings.intake.bad_signatures_per_minute)
        intake = Intake(webhook_door(settings), inbox, watch, counters, courtesy)

        app = public_app()
        add_webhooks(app, intake, counters, body_timeout_s=settings.intake.body_timeout_seconds)
        add_api(app, rooms.tokens, rooms.feed, clock, wakeups, stopping)
        public = await _listening(stack, settings, app, sockets[0] if sockets else settings.server.listen)
        checks = [partial(state_works, rooms), partial(not_stopping, stopping)]
        ops = await _listening(stack, settings, ops_app(checks, metrics.scrape), settings.server.ops_listen)
        yield Daemon(
            public_url=addresses(public)[0],
            ops_url=addresses(ops)[0],
            loops=_loops(settings, flows, wakeups, stopping, clock),
            flows=flows,
            rooms=rooms,
            metrics=metrics,
        )


async def _flows(
    stack: AsyncExitStack,
    settings: Settings,
    rooms: Rooms,
    counters: MetricCounters,
    clock: Clock,
    chance: Chance,
    courtesy: Courtesy,
) -> Flows:
    """Join the pipelines with state and the adapters."""
    engine, roll = rooms.engine, chance.random.random
    graph = await stack.enter_async_context(
        opened_graph(settings, clock, chance, observe=counters.graph_request)
    )
    crm = await stack.enter_async_context(opened_crm(settings, clock))
    source = FacebookLeads(graph, counters.graph_budget)
    queue = SqlLeadQueue(engine, clock, Vault(settings.state.keys()), chance.new_id)
    forms = FormBook(SqlForms(engine, clock), source, clock)
    resolver = SqlResolver(engine, clock, chance.new_id)
    return Flows(
        fetch=Fetch(queue, source, forms, rooms.alerts, counters, clock, roll, courtesy),
        resolve=Resolve(resolver, rooms.alerts, counters, clock, roll, courtesy),
        deliver=Deliver(rooms.deliveries, crm, rooms.alerts, counters, clock, roll, courtesy),
    )


def _loops(
    settings: Settings, flows: Flows, wakeups: TopicWakeups, stopping: asyncio.Event, clock: Clock
) -> Mapping[str, Loop]:
    # twice the connections: while one event is sent another one's outcome is on its way to disk
    fetch = Lanes("fetch", flows.fetch, width=settings.facebook.fetchers, clock=clock)
    deliver = Lanes("deliver", flows.deliver, width=2 * settings.crm.concurrency, clock=clock)

    async def resolve(wake: asyncio.Event, stop: asyncio.Event) -> None:
        await work("resolve", flows.resolve.step, wake, stop, clock, flows.resolve.idle_s)

    return {
        "fetch": partial(_listening_loop, wakeups, "fetch", stopping, fetch.run),
        "resolve": partial(_listening_loop, wakeups, "resolve", stopping, resolve),
        "deliver": partial(_listening_loop, wakeups, "deliver", stopping, deliver.run),
    }


async def _listening_loop(
    wakeups: TopicWakeups,
    topic: str,
    stopping: asyncio.Event,
    run: Callable[[asyncio.Event, asyncio.Event], Awaitable[None]],
) -> None:
    with wakeups.listen(topic) as wake:
        await run(wake, stopping)


async def _listening(
    stack: AsyncExitStack, settings: Settings, app: web.Application, address: str | socket.socket
) -> web.AppRunner:
    runner = await serve(
        app,
        address,
        header_timeout_s=settings.intake.header_timeout_seconds,
        drain_s=SERVER_DRAIN_S,
    )
    stack.push_async_callback(runner.cleanup)
    return runner
