"""The daemon answers at every socket that systemd passed."""

import asyncio
import socket
from pathlib import Path
from random import Random

import aiohttp
from fake_clock import FakeClock
from pydantic import SecretStr

from connector.composition import Chance, opened_daemon
from connector.config_models import Crm, Facebook, Server, Settings, State


async def test_every_socket_that_systemd_passed_is_served(tmp_path: Path, clock: FakeClock) -> None:
    settings = Settings(
        server=Server(public_url="http://127.0.0.1:8080", ops_listen="127.0.0.1:0"),
        state=State(
            url=SecretStr(f"sqlite:///{tmp_path / 'state.db'}"), encryption_keys=(SecretStr("11" * 32),)
        ),
        facebook=Facebook(app_id="1", app_secret=SecretStr("s"), verify_token=SecretStr("v")),
        crm=Crm(url="http://127.0.0.1:9/", signing_secret=SecretStr("whsec_c2VjcmV0IG9mIGEgdGVzdA==")),
    )
    chance = Chance(random=Random(1))  # noqa: S311 - repeatable
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        passed = [one.dup(), other.dup()]
        async with (
            opened_daemon(settings, clock, chance, asyncio.Event(), passed),
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http,
        ):
            for listener in (one, other):
                host, port = listener.getsockname()
                async with http.get(f"http://{host}:{port}/webhooks/facebook") as answer:
                    assert answer.status == 403
