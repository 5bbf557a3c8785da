"""The daemon's composition root: opens everything in order, closes in reverse, even after a failed start.

Read `opened_daemon` to see what talks to what.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from connector.composition.call_log import call_log_part
from connector.composition.chance import Chance
from connector.composition.dashboard import add_dashboard
from connector.composition.flows import Flows, opened_flows
from connector.composition.ground import Ground
from connector.composition.loops import Loop, loops_of, silent_s
from connector.composition.observing import (
    StateProbe,
    commit_observer,
    count_alerts,
    count_budgets,
    count_connections,
    count_hearings,
    count_late_loops,
    count_own_state,
    count_pulled,
    count_queues,
    count_successes,
    count_unaccounted,
    has_room,
    not_stopping,
)
from connector.composition.outside import webhook_door
from connector.composition.reloading import Follower
from connector.composition.rooms import Rooms, opened_state
from connector.composition.signing_in import invite_pipeline
from connector.config import RUN_NEEDS, Settings
from connector.domain.connection import Provider
from connector.pipelines.courtesy import Courtesy
from connector.pipelines.intake import Intake, SignatureWatch
from connector.ports import Clock
from connector.runtime.counters import MetricCounters
from connector.runtime.liveness import Liveness
from connector.runtime.metrics import Metrics
from connector.runtime.wakeups import TopicWakeups
from connector.web.api import Part, add_api
from connector.web.api_connections import ConnectionsPart
from connector.web.api_forms import FormsPart
from connector.web.callbacks import add_callbacks
from connector.web.health import Check, ops_app
from connector.web.room import TurnedAway, connections_max, nobody
from connector.web.server import LastCalls, addresses, public_app, serve
from connector.web.webhooks import add_webhooks
from state.accounts.cards import SqlAccountCards
from state.backup.retention import SqlBackupRetention
from state.copies.keeper import SqlStateRuns
from state.intake.inbox import SqlInbox
from state.reconcile.reconciling import SqlReconciling
from state.vault import Vault

SERVER_DRAIN_S = 5.0
"""Seconds that requests under way get once the loops have drained: a webhook takes milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """Everything open and listening; `loops` are what the supervisor runs."""

    public_url: str
    ops_url: str
    loops: Mapping[str, Loop]
    liveness: Liveness
    followers: Sequence[Follower]
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
    metrics, wakeups = Metrics(), TopicWakeups()
    async with AsyncExitStack() as stack:
        rooms = await stack.enter_async_context(
            opened_state(settings, clock, chance, running=True, observe=commit_observer(metrics))
        )
        rooms.engine.on_wake(wakeups.announce)
        metrics.refreshers.append(partial(count_queues, metrics, rooms, clock))
        metrics.refreshers.append(partial(count_connections, metrics, rooms))
        vault = Vault(settings.state.keys())
        reconciling = SqlReconciling(rooms.engine, clock, vault, chance.new_id)
        metrics.refreshers.append(partial(count_pulled, metrics, reconciling))
        metrics.refreshers.append(partial(count_own_state, metrics, SqlStateRuns(rooms.engine, clock)))
        counters = MetricCounters(metrics, clock)
        metrics.refreshers.append(partial(count_budgets, metrics, rooms, counters.budgets, clock))
        ground = Ground(
            settings=settings,
            rooms=rooms,
            vault=vault,
            counters=counters,
            wakeups=wakeups,
            clock=clock,
            chance=chance,
            stopping=stopping,
        )
        courtesy, live = Courtesy(clock), Liveness(clock, silent_s=silent_s(settings))
        flows = await stack.enter_async_context(opened_flows(ground, courtesy))
        metrics.refreshers.append(partial(count_unaccounted, metrics, flows.books))
        metrics.refreshers.append(partial(count_hearings, metrics, flows.rhythms))
        metrics.refreshers.append(partial(count_alerts, metrics, rooms))
        metrics.refreshers.append(partial(count_late_loops, metrics, live))
        metrics.refreshers.append(
            partial(count_successes, metrics, SqlBackupRetention(rooms.engine, clock, chance.new_id))
        )
        app = _public_app(stack, ground, flows, courtesy)
        calls = LastCalls(app, stopping)
        listen = sockets or (settings.server.listen,)
        public = await _listening(settings, app, *listen, turned_away=counters.turned_away)
        stack.push_async_callback(calls.leave, public)
        checks: list[Check] = [
            StateProbe(rooms.engine, clock),
            partial(not_stopping, stopping),
            partial(has_room, public, connections_max()),
        ]
        ops = await _listening(settings, ops_app(checks, metrics.scrape), settings.server.ops_listen)
        stack.push_async_callback(ops.cleanup)
        yield Daemon(
            public_url=addresses(public)[0],
            ops_url=addresses(ops)[0],
            loops=loops_of(ground, flows, live),
            liveness=live,
            followers=ground.followers,
            flows=flows,
            rooms=rooms,
            metrics=metrics,
        )


def _public_app(stack: AsyncExitStack, ground: Ground, flows: Flows, courtesy: Courtesy) -> web.Application:
    """Return everything behind `public_url`: webhooks first, since they are looked up in this order."""
    settings, rooms, clock = ground.settings, ground.rooms, ground.clock
    inbox = SqlInbox(rooms.engine, clock, ground.counters)
    stack.push_async_callback(inbox.aclose)
    watch = SignatureWatch(rooms.alerts, clock, per_minute=settings.intake.bad_signatures_per_minute)
    intake = Intake(webhook_door(ground), inbox, watch, ground.counters, courtesy)
    app = public_app(ground.counters.turned_away)
    add_webhooks(app, intake, ground.counters, body_timeout_s=settings.intake.body_timeout_seconds)
    invite = invite_pipeline(settings, rooms)
    accounts = flows.accounts
    providers: list[Provider] = ["facebook", "google"] if accounts.google else ["facebook"]
    part = ConnectionsPart(SqlAccountCards(rooms.engine), accounts.disconnect, invite, providers)
    add_api(
        app,
        rooms.tokens,
        rooms.feed,
        clock,
        ground.wakeups,
        ground.stopping,
        invite,
        parts=[
            part,
            call_log_part(rooms, clock, ground.chance),
            FormsPart(flows.mappings),
            *_backups_parts(ground, flows),
        ],
    )
    singles = add_dashboard(stack, app, ground, accounts, flows.mappings)
    add_callbacks(
        app,
        accounts.callbacks,
        public_url=settings.server.public_url,
        page=singles.privacy_request,
        body_timeout_s=settings.intake.body_timeout_seconds,
    )
    return app


def _backups_parts(ground: Ground, flows: Flows) -> Sequence[Part]:
    """Return the API's `/backups`; nothing where no Google client is set."""
    if flows.backups is None:
        return ()
    from connector.composition.backing_up import backups_part  # noqa: PLC0415 - age, which few need

    return (backups_part(ground.rooms, ground.clock, ground.chance),)


async def _listening(
    settings: Settings,
    app: web.Application,
    *where: str | socket.socket,
    turned_away: TurnedAway = nobody,
) -> web.AppRunner:
    return await serve(
        app,
        *where,
        header_timeout_s=settings.intake.header_timeout_seconds,
        drain_s=SERVER_DRAIN_S,
        turned_away=turned_away,
    )
