"""SIGTERM under load: the daemon finishes what it has, in time, and goes; a second daemon on a file is refused."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from functools import partial

import aiohttp
import pytest
from support.daemon import Home
from support.traffic import Received, Stream, assert_kept_promises, left_in_line, plain_forms

from adapters.sandbox.crm import CrmAnswer
from connector.web.server import LEAVING_S

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]

DRAIN_S = 5
STOPS = int(os.environ.get("CONNECTOR_TEST_STOPS", "10"))
"""Ten in each run; a hundred by hand, whose outcome docs/architecture.md tells."""


def has_so_many(received: Received, leads: int) -> bool:
    return len(received.look()) >= leads


@contextlib.asynccontextmanager
async def streaming(stream: Stream) -> AsyncIterator[None]:
    """Send while inside; every stubborn lead is through at the end."""
    sending = asyncio.create_task(stream.run())
    try:
        yield
        await sending
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


@pytest.mark.timeout(180 + 15 * STOPS)
async def test_sigterm_under_load_drains_and_exits_0(home: Home) -> None:
    config = home.configure(server={"drain_seconds": DRAIN_S})
    forms = plain_forms(home.sandbox)
    await home.connect(config)
    received = Received(home.sandbox.crm)
    stream = Stream(home.sandbox, forms, [config.webhook_url], received)
    left: list[set[int]] = []
    async with streaming(stream):
        standby = await home.spawn(config, gated=True)
        for number in range(STOPS):
            daemon = standby
            await daemon.open_gate()
            standby = await home.spawn(config, gated=True)
            await daemon.started()
            goal = len(received.look()) + 5 + 3 * (number % 10)
            await home.sandbox.crm.wait_for(partial(has_so_many, received, goal), 30.0)
            asked_at = time.monotonic()
            daemon.terminate()
            if number % 2:
                daemon.terminate()  # an impatient operator changes nothing
            assert await daemon.exit_code(DRAIN_S + 10) == 0, daemon.log.tail()
            assert (
                time.monotonic() - asked_at < DRAIN_S + LEAVING_S + 2
            )  # with what a busy machine needs to go
            assert not daemon.log.seen["loop.cut_off"]
            left.append(left_in_line(home, received))
            assert not left[-1] & received.sequences.keys()  # nothing that was sent is sent again
        await standby.open_gate()
        last = await standby.started()
        stream.end()
    assert any(left)  # else no start had to go on where a stop had left off
    await home.sandbox.crm.wait_for(lambda: received.has(stream.acknowledged), 60.0)
    last.terminate()
    assert await last.exit_code() == 0
    assert stream.announced <= stream.acknowledged <= received.look()
    assert home.sandbox.crm.record.duplicates == 0
    # leads whose senders gave up are found by reading, at any time: this stop too may come in the middle of them
    assert_kept_promises(home.sandbox.crm, received, left=left_in_line(home, received))


async def test_a_crm_that_hangs_cannot_hold_the_stop_up(lite: Home) -> None:
    config = lite.configure(server={"drain_seconds": 1})
    forms = plain_forms(lite.sandbox)
    await lite.connect(config)
    received = Received(lite.sandbox.crm)
    stream = Stream(lite.sandbox, forms, [config.webhook_url], received, stubborn=2, fickle=0, ahead=4)
    lite.sandbox.crm.fail(CrmAnswer(fate="hang"))
    async with streaming(stream):
        daemon = await lite.start(config)
        await lite.sandbox.crm.wait_for(lambda: lite.sandbox.crm.record.requests >= 2, 30.0)
        asked_at = time.monotonic()
        daemon.terminate()
        assert await daemon.exit_code(15) == 0, daemon.log.tail()
        assert time.monotonic() - asked_at < 1 + 4
        lite.sandbox.crm.heal()
        last = await lite.start(config)
        stream.end()
    await lite.sandbox.crm.wait_for(lambda: received.is_whole(stream.acknowledged), 60.0)
    assert_kept_promises(lite.sandbox.crm, received)
    last.terminate()
    assert await last.exit_code() == 0


async def test_a_second_daemon_on_the_same_file_is_refused(lite: Home) -> None:
    first_config = lite.configure("first")
    second_config = lite.configure("second")
    first = await lite.start(first_config)
    second = await lite.spawn(second_config)
    assert await second.exit_code() == 65
    said = second.log.path.read_text(encoding="utf-8")
    assert f"another connector runs on {lite.state_url.removeprefix('sqlite:///')}" in said
    assert "Traceback" not in said
    async with aiohttp.ClientSession() as http, http.get(f"{first_config.ops_url}/readyz") as answer:
        assert answer.status == 200  # the first one did not notice
    first.terminate()
    assert await first.exit_code() == 0
    third = await lite.start(second_config)  # and the file is free again
    third.terminate()
    assert await third.exit_code() == 0
