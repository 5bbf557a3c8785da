"""The daemon looks after its accounts by itself: a dead Page token is replaced while nobody watches."""

import asyncio
from pathlib import Path

import aiohttp
from support.connecting import connect_facebook

from adapters.sandbox.running import Sandbox
from connector.composition import Chance, opened_daemon
from connector.demo.stage import demo_settings
from connector.runtime.clock import SystemClock

PATIENCE_S = 30.0


async def test_a_page_token_that_dies_is_replaced_and_the_lead_goes_on(tmp_path: Path) -> None:
    clock, chance, stopping = SystemClock(), Chance.of_system(), asyncio.Event()
    async with Sandbox(seed=8) as sandbox, aiohttp.ClientSession() as http:
        settings = demo_settings(sandbox, tmp_path, "http://127.0.0.1:8080")
        async with opened_daemon(settings, clock, chance, stopping) as daemon:
            await connect_facebook(settings, clock, chance, http)
            page = next(iter(sandbox.world.pages.values()))
            for token in sandbox.world.tokens.values():
                if token.page_id == page.id:
                    sandbox.world.invalidate_token(token.value, 467)
            sandbox.sender.url = f"{daemon.public_url}/webhooks/facebook"
            forms = [form for form in sandbox.world.forms.values() if form.page_id == page.id]
            loops = [asyncio.ensure_future(run()) for run in daemon.loops.values()]
            (lead,) = sandbox.submit(1, forms=forms)
            await sandbox.sender.announce([lead])
            await sandbox.crm.wait_for(lambda: bool(sandbox.crm.record.contacts), PATIENCE_S)
            assert await daemon.rooms.alerts.open() == []
            stopping.set()
            await asyncio.gather(*loops)
