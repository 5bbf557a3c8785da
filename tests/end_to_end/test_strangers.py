"""Callers that are slow or gone: they get their answer or lose their connection, the others notice nothing."""

import asyncio
import json

import pytest
from support.daemon import Config, Home
from support.traffic import Received, plain_forms, submit

pytestmark = [pytest.mark.process, pytest.mark.timeout(60)]

PATIENCE_S = 0.5
SLOW_CALLERS = 50


async def test_slow_callers_are_cut_off_and_hold_nobody_up(lite: Home) -> None:
    config = lite.configure(intake={"header_timeout_seconds": PATIENCE_S, "body_timeout_seconds": PATIENCE_S})
    form = plain_forms(lite.sandbox)[0]
    await lite.connect(config)
    daemon = await lite.start(config)
    received = Received(lite.sandbox.crm)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        heads = [
            group.create_task(said_to(config, b"POST /webhooks/facebook HTTP/1.1\r\nHost: x\r\nX-Slow: "))
            for _ in range(SLOW_CALLERS)
        ]
        bodies = [
            group.create_task(
                said_to(
                    config, b"POST /webhooks/facebook HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n{"
                )
            )
            for _ in range(SLOW_CALLERS)
        ]
        lead = submit(lite.sandbox, form, 1)
        (sent,) = await lite.sandbox.sender.announce([lead])
        assert sent.statuses == [200]  # at the first try, with a hundred callers hanging on
        await lite.sandbox.crm.wait_for(lambda: received.has([lead.id]))
    assert {answer.result().partition(b"\r\n")[0] for answer in heads} <= {
        b"",
        b"HTTP/1.1 408 Request Timeout",
    }
    assert {answer.result().partition(b"\r\n")[0] for answer in bodies} == {b"HTTP/1.1 408 Request Timeout"}
    daemon.terminate()
    assert await daemon.exit_code() == 0, daemon.log.tail()


async def test_what_is_authentic_and_no_lead_is_kept_and_shown(lite: Home) -> None:
    config = lite.configure()
    await lite.connect(config)
    daemon = await lite.start(config)
    sender = lite.sandbox.sender
    page = next(iter(lite.sandbox.world.pages))
    odd = (
        b"not JSON {",
        b"[" * 100_000,
        b'{"object":"page","entry":[{"id":"1","changes":[{"field":"leadgen","value":{"leadgen_id":"\\u0000"}}]}]}',
        b'{"object":"page","entry":[{"id":"1","changes":[{"field":"\\ud800","value":null}]}]}',
        b'{"object":"page","entry":[{"id":"1","changes":[{"field":"leadgen_update","value":{}}]}]}',
        b"\xff\xfe\x00",
        b"",
    )
    assert [await sender.send_raw(body) for body in odd] == [200] * len(odd)
    unknown_page = {"leadgen_id": 2**60, "page_id": 2**61, "form_id": 0, "created_time": 1}
    body = json.dumps(
        {"object": "page", "entry": [{"id": page, "changes": [{"field": "leadgen", "value": unknown_page}]}]}
    )
    assert await sender.send_raw(body.encode()) == 200
    assert lite.rows("SELECT lead_id FROM leads") == []
    kept = lite.rows("SELECT reason, lead_id FROM quarantine")
    assert len(kept) == len(odd) + 1
    assert [lead_id for reason, lead_id in kept if reason == "unknown_page"] == [str(2**60)]
    daemon.terminate()
    assert await daemon.exit_code() == 0, daemon.log.tail()


async def said_to(config: Config, beginning: bytes) -> bytes:
    """Send the beginning of a request, then nothing more; return what came until the connection ended."""
    reader, writer = await asyncio.open_connection("127.0.0.1", config.public_port)
    try:
        writer.write(beginning)
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
