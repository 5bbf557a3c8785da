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
from connector.config import Settings
from connector.demo.acts import ACTS
from connector.demo.arrivals import Arrivals
from connector.demo.screen import Screen
from connector.demo.stage import DRAIN_S, Plan, Stage, connect_facebook, demo_settings
from connector.demo.summary import Summary, summarise
from connector.runtime.clock import SystemClock
from connector.runtime.supervisor import Loop, stop_on_signals, supervise
from state.workspaces import MAIN

FRAME_S = 0.2
TELL_EVERY = 30
"""Leads after the burst between two lines."""

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
        screen.say(f"State is in {folder}; Graph API, login dialog and CRM are sandbox servers on loopback.")
        await _connect(settings, screen, http)
        stack.enter_context(stop_on_signals(stopping))
        daemon = await stack.enter_async_context(opened_daemon(settings, clock, chance, stopping, [door]))
        stage = Stage(
            plan=plan,
            sandbox=sandbox,
            daemon=daemon,
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


async def _connect(settings: Settings, screen: Screen, http: aiohttp.ClientSession) -> None:
    connected = await connect_facebook(settings, SystemClock(), Chance.of_system(), http)
    names = ", ".join(proof.name for proof in connected.proofs)
    problems = [f"{proof.name}: {proof.problem}" for proof in connected.proofs if proof.problem]
    screen.say(f"Connected a Facebook account through its consent dialog. Pages: {names}.")
    for problem in problems:
        screen.say(f"Problem with {problem}")


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
    if not stage.plan.once:
        await _go_on(stage)


async def _tell_addresses(stage: Stage) -> None:
    daemon, screen = stage.daemon, stage.screen
    _, token = await daemon.rooms.tokens.create("demo", MAIN)
    screen.say(f"The daemon runs. Public address {daemon.public_url}, sandbox CRM {stage.sandbox.crm.url}")
    screen.say(f"  metrics: curl {daemon.ops_url}/metrics   (also /livez, /readyz)")
    feed = f"{daemon.public_url}/api/v1/events?after=0"
    screen.say(f"  feed:    curl -H 'Authorization: Bearer {token}' '{feed}'")


async def _go_on(stage: Stage) -> None:
    """Let a lead come every few seconds, for as long as someone watches."""
    stage.screen.say(f"From now on a lead every {stage.plan.every_s:g} s. Ctrl-C ends the demo.")
    while not await stage.clock.wait(stage.stopping, stage.plan.every_s):
        await stage.announce(stage.sandbox.submit(1))
        if len(stage.announced) % TELL_EVERY == 0:
            waiting = len(stage.missing())
            stage.screen.say(f"{len(stage.announced)} leads so far, {waiting} on their way.")


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
