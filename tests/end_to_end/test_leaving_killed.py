"""`kill -9` between the commit and the answer of a callback, and in the middle of disconnecting: nothing is lost."""

import json
from random import Random

import aiohttp
import pytest
from support.daemon import Config, Home

from connector.composition import Chance, opened_disconnect
from connector.domain.audit import Actor
from connector.runtime.clock import SystemClock

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]


async def ask_for_deletion(home: Home, config: Config, signed_request: str) -> str | None:
    """Post the callback as Facebook does; return the code, or None when the daemon died over it."""
    home.leaks.secret(signed_request)
    url = f"http://127.0.0.1:{config.public_port}/webhooks/facebook/data-deletion"
    async with aiohttp.ClientSession() as http:
        try:
            async with http.post(url, data={"signed_request": signed_request}) as answer:
                assert answer.status == 200
                code: str = json.loads(await answer.read())["confirmation_code"]
                return code
        except aiohttp.ClientError:
            return None


async def test_a_deletion_that_was_stored_and_not_answered_is_the_same_when_asked_again(home: Home) -> None:
    config = home.configure()
    await home.connect(config)
    (admin,) = home.sandbox.world.people.values()
    asked = home.sandbox.sender.signed_request({"user_id": admin.id})
    dying = await home.start(config, die_at="privacy.deletion_requested:1")
    assert await ask_for_deletion(home, config, asked) is None
    assert await dying.exit_code() == -9
    ((stored,),) = home.rows("SELECT code FROM privacy_requests")
    assert home.rows("SELECT account_name, sealed_token, state FROM connections") == [
        (None, None, "reconnect")
    ]
    await home.start(config)
    assert await ask_for_deletion(home, config, asked) == stored


async def test_disconnecting_is_finished_after_a_death_in_the_middle(home: Home) -> None:
    config = home.configure()
    connected = await home.connect(config)
    (admin,) = home.sandbox.world.people.values()
    dying = await home.start(config, die_at="undoing.attempted:2")
    chance = Chance(random=Random(1))  # noqa: S311 - repeatable
    async with opened_disconnect(config.settings(), SystemClock(), chance) as accounts:
        done = await accounts.disconnect(connected.connection_id, Actor(kind="cli", name="tester"))
    assert await dying.exit_code() == -9
    assert admin.authorised
    if home.state_url.startswith("postgresql"):
        home.end_leases()
    alive = await home.start(config)
    await alive.log.wait_for_event("undoing.attempted", timeout_s=30.0)
    await home.sandbox.graph.wait_for(lambda: not admin.authorised, 30.0)
    assert len(done.undoings) == len(home.sandbox.world.pages) + 1
    assert not any(page.subscribed for page in home.sandbox.world.pages.values())
    alive.terminate()
    assert await alive.exit_code() == 0
    assert home.rows("SELECT state FROM connections") == [("disconnected",)]
    assert home.rows("SELECT id FROM undoings WHERE sealed_token IS NOT NULL") == []
