"""A process that wants an access token: `python refreshing.py STATE_URL GOOGLE_SETTINGS CONNECTION_ID PREFIX`.

It loads everything, says `ready`, waits for a line on stdin, asks once, and prints what it got: a hash of the
token, or the name of the error. PREFIX keeps its ids apart from others'.
"""

import asyncio
import hashlib
import json
import random
import sys

from adapters.google.client import GoogleHttp, google_session
from adapters.google.consent import GoogleConsent
from adapters.retrying import Retrying
from connector.domain.connection import ConnectionId
from connector.domain.errors import ConnectorError
from connector.domain.security_event import token_prints
from connector.pipelines.refresh import Refresh
from connector.runtime.clock import SystemClock
from connector.runtime.wakeups import TopicWakeups
from state.accounts.google_tokens import SqlGoogleTokens
from state.alerts import SqlAlerts
from state.vault import Vault
from support.counters import SeenCounters
from support.engines import open_engine
from support.google_accounts import client_of
from support.ids import numbered
from support.rooms import KEY


async def main(state_url: str, google: str, connection_id: str, prefix: str) -> None:
    """Ask once."""
    clock, engine, new_id = SystemClock(), open_engine(state_url), numbered(int(prefix))
    wakeups = TopicWakeups()
    engine.on_wake(wakeups.announce)
    async with google_session() as session:
        retrying = Retrying(clock, random.Random(5))  # noqa: S311 - jitter
        consent = GoogleConsent(client_of(json.loads(google)), GoogleHttp(session), retrying, clock)
        store = SqlGoogleTokens(engine, clock, Vault([KEY]), new_id, token_prints)
        alerts = SqlAlerts(engine, clock, new_id)
        refresh = Refresh(store, consent, alerts, SeenCounters(), wakeups, clock, lambda: 0.0)
        await store.next_due_ms()  # connected, migrated
        print("ready", flush=True)  # noqa: T201 - what the test waits for
        await asyncio.to_thread(sys.stdin.readline)
        try:
            outcome = hashlib.sha256((await refresh.access(ConnectionId(connection_id))).encode()).hexdigest()
        except ConnectorError as error:
            outcome = type(error).__name__
        print(f"outcome {outcome}", flush=True)  # noqa: T201 - as above
    await engine.aclose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
