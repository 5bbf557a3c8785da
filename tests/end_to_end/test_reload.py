"""SIGHUP under load: secrets change on both sides, and nothing is refused, lost or sent twice."""

import asyncio
import base64
from functools import partial

import aiohttp
import pytest
from support.daemon import Config, DaemonProcess, Home
from support.traffic import Received, Stream, assert_kept_promises, plain_forms

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

APP_SECRET = "c0ffee" * 5
VERIFY_TOKEN = "another-word-of-ours"
SIGNING_SECRET = f"whsec_{base64.b64encode(b'another secret of the CRM').decode()}"


def arrived(received: Received, leads: int) -> bool:
    return len(received.look()) >= leads


async def reload(daemon: DaemonProcess, config: Config, before: str, after: str) -> None:
    """Change the settings file, send the signal, wait for the daemon's word."""
    text = config.path.read_text(encoding="utf-8")
    assert before in text
    config.path.write_text(text.replace(before, after), encoding="utf-8")
    seen = daemon.log.seen["settings.reloaded"]
    daemon.reload()
    await daemon.log.wait_for(lambda: daemon.log.seen["settings.reloaded"] > seen)


async def challenged(config: Config, verify_token: str) -> int:
    """Ask as Meta does when the webhook is set up; return the status."""
    query = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": "1158201444"}
    async with aiohttp.ClientSession() as http, http.get(config.webhook_url, params=query) as answer:
        assert answer.status != 200 or await answer.text() == "1158201444"
        return answer.status


async def test_secrets_change_under_load_and_nothing_is_refused(lite: Home) -> None:
    config = lite.configure()
    sandbox, world = lite.sandbox, lite.sandbox.world
    lite.leaks.secret(APP_SECRET, SIGNING_SECRET, VERIFY_TOKEN)
    forms = plain_forms(sandbox)
    await lite.connect(config)
    received = Received(sandbox.crm)
    daemon = await lite.start(config)
    stream = Stream(sandbox, forms, [config.webhook_url], received, fickle=0)
    sending = asyncio.create_task(stream.run())
    old = {
        "app": world.app_secret,
        "signing": sandbox.signing_secret,
        "verify": world.verify_token,
    }

    async def more(leads: int = 40) -> None:
        await sandbox.crm.wait_for(partial(arrived, received, len(received.look()) + leads), 30.0)

    try:
        await more()
        await reload(
            daemon,
            config,
            f'app_secret = "{old["app"]}"',
            f'app_secret = "{APP_SECRET}"\nprevious_app_secrets = ["{old["app"]}"]',
        )
        await more()  # Meta still has the old one
        world.app_secret = APP_SECRET
        await more()
        await reload(daemon, config, f'\nprevious_app_secrets = ["{old["app"]}"]', "")
        await more()
        assert await challenged(config, old["verify"]) == 200
        await reload(daemon, config, f'verify_token = "{old["verify"]}"', f'verify_token = "{VERIFY_TOKEN}"')
        assert await challenged(config, VERIFY_TOKEN) == 200
        assert await challenged(config, old["verify"]) == 403
        await more()
        await reload(
            daemon,
            config,
            f'signing_secret = "{old["signing"]}"',
            f'signing_secret = "{SIGNING_SECRET}"\nprevious_signing_secrets = ["{old["signing"]}"]',
        )
        await more()  # what was under way was signed with the old one alone
        sandbox.crm.trust(SIGNING_SECRET)
        await more()
        stream.end()
        await sending
        await sandbox.crm.wait_for(lambda: received.is_whole(stream.acknowledged), 30.0)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    assert stream.refused == 0
    assert stream.announced == stream.acknowledged == received.leads
    assert sandbox.crm.record.duplicates == 0
    assert_kept_promises(sandbox.crm, received)
    assert not daemon.log.seen["page.stopped"]
    assert lite.rows("SELECT key FROM alerts") == []
    daemon.terminate()
    assert await daemon.exit_code() == 0
