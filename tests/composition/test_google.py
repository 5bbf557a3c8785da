"""Google's adapters as the composition opens them, from settings alone."""

import random

import pytest
from fake_clock import FakeClock
from pydantic import SecretStr

from adapters.sandbox.running import Sandbox
from connector.composition.chance import Chance
from connector.composition.google import opened_google
from connector.config import Settings
from connector.config_models import Google
from connector.domain.errors import StaleTokenError


async def test_every_address_comes_from_the_settings(clock: FakeClock) -> None:
    async with Sandbox(seed=5, now=lambda: clock.now().timestamp()) as sandbox:
        given = sandbox.settings()["google"]
        secret = SecretStr(given.pop("client_secret"))
        settings = Settings(google=Google(**given, client_secret=secret))
        account = next(iter(sandbox.google.world.accounts.values()))
        token = sandbox.google.connected(account).value
        chance = Chance(random=random.Random(1))  # noqa: S311 - repeatable
        async with opened_google(settings, clock, chance) as google:
            fresh = await google.consent.refresh(token)
            assert (await google.consent.account(fresh.value)).sub == account.sub
            folder_id = await google.drive.folder(fresh.value, "main")
            assert folder_id in sandbox.google.world.files
            told = await google.events.read(sandbox.google.events.about("tokens-revoked", account).encode())
            assert told.sub == account.sub
            await google.consent.revoke(token)
            with pytest.raises(StaleTokenError):  # not asked again here: only a fresh token would help
                await google.drive.space(fresh.value)
        routes = [seen.route for seen in sandbox.google.seen]
        assert set(routes) == {"token", "userinfo", "drive", "risc_config", "certs", "revoke"}
        assert [seen.status for seen in sandbox.google.seen].count(401) == 1
