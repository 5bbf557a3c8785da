"""The demo from the first socket to the last count."""

import asyncio
import socket
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory

import aiohttp
import structlog

from adapters.sandbox.running import Sandbox
from connector.composition import Chance, opened_daemon
from connector.composition.signing_in import invite_pipeline
from connector.demo.acts import ACTS
from connector.demo.afterwards import go_on
from connector.demo.arrivals import Arrivals
from connector.demo.browser import Browser, LostWayError
from connector.demo.screen import Screen
from connector.demo.stage import DRAIN_S, Plan, Stage, demo_settings
from connector.demo.summary import Summary, summarise
from connector.runtime.clock import SystemClock
from connector.runtime.supervisor import Loop, stop_on_signals, supervise
from state.workspaces import MAIN

FRAME_S = 0.2

log = structlog.get_logger(__name__)


async def run_demo(plan: Plan, screen: Screen) -> Summary:
    """Play all acts, go on until a signal unless `plan.once`, and return the balance."""
    clock, chance, stopping = SystemClock(), Chance.of_system(), asyncio.Event()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="connector-demo-"))
        sandbox = await stack.enter_async_context(Sandbox(seed=SystemRandom().getrandbits(64)))
        plan.prepare(sandbox)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        door = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        settings = demo_settings(sandbox, Path(folder), f"http://127.0.0.1:{door.getsockname()[1]}")
        screen.say(f"State is in {folder}; Facebook, Google and the CRM are sandbox servers on loopback.")
        stack.enter_context(stop_on_signals(stopping))
        daemon = await stack.enter_async_context(opened_daemon(settings, clock, chance, stopping, [door]))
        stage = Stage(
            plan=plan,
            sandbox=sandbox,
            daemon=daemon,
            invite=invite_pipeline(settings, daemon.rooms),
            browser=await stack.enter_async_context(Browser(daemon.public_url)),
            http=http,
            screen=screen,
            clock=clock,
            stopping=stopping,
            arrivals=Arrivals(sandbox.crm.record),
        )
        loops: dict[str, Loop] = {
            **daemon.loops,
            "acts": partial(_acts, stage),
            "display": partial(_display, stage),
        }
        await supervise(loops, stopping, DRAIN_S, clock, log)
        return await summarise(stage)


async def _acts(stage: Stage) -> None:
    """Play until the end or a signal, whichever comes first; then everything stops."""
    await _until(stage.stopping, _play(stage))
    stage.stopping.set()


async def _play(stage: Stage) -> None:
    await _tell_addresses(stage)
    try:
        async with asyncio.timeout(stage.plan.patience_s):
            for act in ACTS:
                await act(stage)
    except TimeoutError:
        stage.problems.append(f"not everything had arrived after {stage.plan.patience_s:.0f} s")
    except LostWayError as error:
        stage.problems.append(f"the browser did not get through: {error}")
    if not stage.plan.once:
        await go_on(stage)


async def _tell_addresses(stage: Stage) -> None:
    daemon, screen = stage.daemon, stage.screen
    _, token = await daemon.rooms.tokens.create("demo", MAIN)
    stage.api_token = token
    screen.say(f"The daemon runs. Public address {daemon.public_url}, sandbox CRM {stage.sandbox.crm.url}")
    screen.say(f"  metrics: curl {daemon.ops_url}/metrics   (also /livez, /readyz)")
    feed = f"{daemon.public_url}/api/v1/events?after=0"
    screen.say(f"  feed:    curl -H 'Authorization: Bearer {token}' '{feed}'")


async def _display(stage: Stage) -> None:
    """Move the bars until the end."""
    while not await stage.clock.wait(stage.stopping, FRAME_S):
        stage.arrivals.look()
        balance = await stage.daemon.rooms.records.balance()
        resolved = sum(balance.get(name, 0) for name in ("contact", "parked"))
        announced = len(stage.announced)
        total = max(announced, stage.plan.leads)
        stage.screen.counts(announced, resolved, len(stage.arrivals.lead_ids), total=total)


async def _until(stopping: asyncio.Event, work: Awaitable[None]) -> None:
    """Await `work`, but no longer than until `stopping`. Raises what it raised."""
    working = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        working.cancel()
        await asyncio.gather(working, waiting, return_exceptions=True)
    if not working.cancelled():
        working.result()
