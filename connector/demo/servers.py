"""The sandbox servers alone, for engineers of a CRM and for a daemon that runs elsewhere."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp

from adapters.sandbox.running import Sandbox
from connector.demo.stage import CALLBACKS, WEBHOOK
from connector.runtime.clock import SystemClock
from connector.runtime.supervisor import stop_on_signals


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where to listen; 0 takes any free port."""

    graph: int = 0
    google: int = 0
    crm: int = 0


async def run_sandbox(
    ports: Ports,
    *,
    leads_per_minute: float,
    deliver_to: str,
    say: Callable[[str], None],
    asks: bool = False,
) -> None:
    """Serve until SIGINT or SIGTERM. Raises OSError when a port is taken.

    With `deliver_to` leads are announced there whether or not anyone has subscribed a Page; if it is a daemon's
    webhook, Meta's and Google's other calls go to that daemon too. With `asks` the dialogs wait for a person.
    """
    sandbox, stopping = Sandbox(seed=1), asyncio.Event()  # the same seed: pasted settings stay right
    async with AsyncExitStack() as stack:
        stack.enter_context(stop_on_signals(stopping))
        await stack.enter_async_context(sandbox.sender)
        await sandbox.graph.start(port=ports.graph)
        stack.push_async_callback(sandbox.graph.stop)
        await sandbox.google.start(port=ports.google)
        stack.push_async_callback(sandbox.google.stop)
        await sandbox.crm.start(port=ports.crm)
        stack.push_async_callback(sandbox.crm.stop)
        sandbox.world.interactive = sandbox.google.world.interactive = asks
        if deliver_to:
            point_at(sandbox, deliver_to)
        say(settings_to_paste(sandbox))
        if leads_per_minute > 0:
            await _send_regularly(sandbox, stopping, 60 / leads_per_minute, say)
        else:
            await stopping.wait()


def point_at(sandbox: Sandbox, deliver_to: str) -> None:
    """Send all that Meta and Google call to a daemon; to any other address only the leads.

    A daemon's webhook ends with its own path, and its other public endpoints lie beside that.
    """
    for page in sandbox.world.pages.values():
        page.subscribed[sandbox.world.app_id] = ["leadgen"]
    if deliver_to.endswith(WEBHOOK):
        sandbox.webhooks_go_to(deliver_to.removesuffix(WEBHOOK), webhook=WEBHOOK, **CALLBACKS)
    else:
        sandbox.sender.url = deliver_to


def settings_to_paste(sandbox: Sandbox) -> str:
    """Return the TOML that points a daemon here."""
    sections = sandbox.settings()
    lines = ["# The sandbox listens. Settings of a daemon that uses it:"]
    for name, values in sections.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    lines.append('allowed_networks = ["127.0.0.0/8"]  # the sandbox CRM is on loopback')
    return "\n".join(lines)


async def _send_regularly(
    sandbox: Sandbox, stopping: asyncio.Event, every_s: float, say: Callable[[str], None]
) -> None:
    clock = SystemClock()
    while not await clock.wait(stopping, every_s):
        lead = sandbox.submit(1)[0]
        if not sandbox.sender.url and sandbox.world.app_subscription is None:
            say("# No webhook is subscribed yet: this lead was told to nobody. Use --deliver-to URL.")
            continue
        for body in sandbox.sender.bodies([lead]):
            say(f"# lead {lead.id}: {await _post_once(sandbox, body)}")


async def _post_once(sandbox: Sandbox, body: bytes) -> str:
    """Send once, without Meta's day of repeats, and say what came back."""
    try:
        return f"HTTP {await sandbox.sender.send_raw(body)}"
    except (aiohttp.ClientError, TimeoutError) as error:
        return f"no answer ({type(error).__name__})"
