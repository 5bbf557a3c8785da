"""A machine of its own: `python backing_process.py STATE_URL GOOGLE_SETTINGS SPOOL PREFIX`.

It loads everything, says `ready`, waits for a line on stdin, claims a run and does it, and prints what it claimed.
PREFIX keeps its ids apart from others'.
"""

import asyncio
import json
import random
import sys
from pathlib import Path

from adapters.google.backup_drive import GoogleBackupDrive
from adapters.google.client import GoogleHttp, google_session
from adapters.google.consent import GoogleConsent
from adapters.google.drive import GoogleDrive
from adapters.google.drive_client import DriveClient
from adapters.google.errors import HANDED_UP
from adapters.google.uploads import GRANULE
from adapters.retrying import Retrying
from adapters.sdk_threads import SdkThreads
from connector.domain.connection import ConnectionId
from connector.domain.security_event import token_prints
from connector.pipelines.refresh import Refresh
from connector.runtime.clock import SystemClock
from connector.runtime.wakeups import TopicWakeups
from state.accounts.google_connections import SqlGoogleConnections
from state.accounts.google_tokens import SqlGoogleTokens
from support.backing_up import DriveSide, machine_on
from support.counters import SeenCounters
from support.engines import open_engine
from support.google_accounts import client_of
from support.ids import numbered
from support.rooms import Rooms


async def nothing(_: ConnectionId) -> bool:
    """Look at no account."""
    return False


async def main(state_url: str, google: str, spool: str, prefix: str) -> None:
    """Do one run."""
    clock, engine, given = SystemClock(), open_engine(state_url), json.loads(google)
    rooms = Rooms.on(engine, clock, SeenCounters(), numbered(int(prefix)))
    state = (engine, clock, rooms.vault, rooms.new_id)
    retrying = Retrying(clock, random.Random(5), handed_up=HANDED_UP)  # noqa: S311 - jitter
    async with google_session() as session:
        consent = GoogleConsent(client_of(given), GoogleHttp(session), retrying, clock)
        store = SqlGoogleTokens(*state, token_prints)
        tokens = Refresh(
            store, consent, rooms.alerts, rooms.counters, TopicWakeups(), clock, chance=lambda: 0.0
        )
        client = DriveClient(given["drive_url"], SdkThreads("google", limit=2), retrying)
        side = DriveSide(
            home=GoogleDrive(client),
            backups=GoogleBackupDrive(client, chunk_bytes=GRANULE),
            tokens=tokens,
            connections=SqlGoogleConnections(*state),
            look=nothing,
            client_id=given["client_id"],
        )
        machine = machine_on(side, rooms, Path(spool))
        await machine.work.next_due_ms()  # connected, migrated
        print("ready", flush=True)  # noqa: T201 - what the test waits for
        await asyncio.to_thread(sys.stdin.readline)
        claimed = await machine.flow.claim(1)
        print(f"claimed {len(claimed)}", flush=True)  # noqa: T201 - as above
        for work in claimed:
            await machine.flow.handle(work)
        print("done", flush=True)  # noqa: T201 - as above
    await engine.aclose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
