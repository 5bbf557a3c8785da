"""A disk that hangs, as far as the door can tell: another program holds the file for longer than Meta waits."""

import asyncio
import sqlite3
import time
from contextlib import aclosing, closing
from pathlib import Path

import aiohttp
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.ids import numbered
from support.rooms import PAGE, Rooms

from adapters.facebook.webhook import FacebookWebhook
from connector.composition.observing import StateProbe
from connector.pipelines.courtesy import Courtesy
from connector.pipelines.intake import Intake, SignatureWatch
from connector.web.server import addresses, public_app, serve
from connector.web.webhooks import add_webhooks
from state.sqlite import SqliteEngine

from .conftest import SECRET
from .test_webhooks import body_of, signature

SLOW_S = 0.2
BOUND_S = 2.0
"""Far below SQLite's own patience of 5 s, which would also end in 503."""


async def test_a_state_that_is_slow_is_answered_for_in_time_and_stores_once(
    tmp_path: Path, clock: FakeClock, counters: SeenCounters
) -> None:
    path = tmp_path / "state.db"
    async with aclosing(SqliteEngine(path, busy_timeout_ms=60_000)) as engine:
        rooms = Rooms.on(engine, clock, counters, numbered(1))
        await rooms.connect(PAGE)
        watch = SignatureWatch(rooms.alerts, clock, per_minute=100)
        intake = Intake(FacebookWebhook([SECRET], "verify"), rooms.inbox, watch, counters, Courtesy(clock))
        app = public_app()
        add_webhooks(app, intake, counters, body_timeout_s=5, answer_timeout_s=SLOW_S)
        runner = await serve(app, "127.0.0.1:0", header_timeout_s=5, drain_s=0.1)
        url = f"{addresses(runner)[0]}/webhooks/facebook"

        async def announce(lead_id: str) -> tuple[int, str]:
            body = body_of(lead_id)
            headers = {"X-Hub-Signature-256": signature(body)}
            async with http.post(url, data=body, headers=headers) as answer:
                return answer.status, answer.headers.get("Retry-After", "")

        async with aiohttp.ClientSession() as http:
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                began_s = time.monotonic()
                answers = await asyncio.gather(*(announce(f"{n}") for n in range(1, 5)))
                assert set(answers) == {(503, "30")}
                assert "no answer within" in str(await StateProbe(engine, clock, answer_s=SLOW_S)())
                assert time.monotonic() - began_s < BOUND_S
            for n in range(1, 5):  # as Meta does
                assert await announce(f"{n}") == (200, "")
        found = await rooms.rows("SELECT lead_id FROM leads ORDER BY lead_id")
        assert [row["lead_id"] for row in found] == ["1", "2", "3", "4"]
        assert counters.seen["webhook", "unavailable"] == 4
        await runner.cleanup()
        await rooms.aclose()
