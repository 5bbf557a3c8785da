"""The gauges and counters that only the whole daemon feeds: calls to Facebook, budgets, connected accounts."""

import asyncio
from pathlib import Path

import aiohttp
from support.connecting import connect_facebook

from adapters.sandbox.objects import Usage
from adapters.sandbox.running import Sandbox
from connector.composition import Chance, opened_daemon
from connector.demo.stage import demo_settings
from connector.runtime.clock import SystemClock


async def test_calls_budgets_and_accounts_are_scraped(tmp_path: Path) -> None:
    clock, chance = SystemClock(), Chance.of_system()
    async with Sandbox(seed=8) as sandbox, aiohttp.ClientSession() as http:
        settings = demo_settings(sandbox, tmp_path, "http://127.0.0.1:8080")
        async with opened_daemon(settings, clock, chance, asyncio.Event()) as daemon:
            assert b"connector_connections{" not in await daemon.metrics.scrape()
            await connect_facebook(settings, clock, chance, http)
            page = next(iter(sandbox.world.pages.values()))
            page.usage = Usage(call_count=7, total_time=42, total_cputime=3)
            sandbox.sender.url = f"{daemon.public_url}/webhooks/facebook"
            forms = [form for form in sandbox.world.forms.values() if form.page_id == page.id]
            await sandbox.sender.announce(sandbox.submit(1, forms=forms))
            (batch,) = await daemon.flows.fetch.claim(1)
            await daemon.flows.fetch.handle(batch)
            text = (await daemon.metrics.scrape()).decode()
            assert 'connector_graph_requests_total{outcome="ok"} 2.0' in text  # the lead, its form
            assert f'connector_graph_budget_ratio{{page="{page.id}"}} 0.42' in text
            assert 'connector_connections{provider="facebook",state="healthy"} 1.0' in text
            await daemon.rooms.engine.write(
                lambda tx: tx.execute(
                    "UPDATE connections SET state = 'reconnect' WHERE provider = :provider",
                    {"provider": "facebook"},
                )
            )
            text = (await daemon.metrics.scrape()).decode()
            assert 'connector_connections{provider="facebook",state="reconnect"} 1.0' in text
            assert 'state="healthy"' not in text
