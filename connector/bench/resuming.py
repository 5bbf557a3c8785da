"""An upload cut by a kill: how much is sent in all, over what there was to send."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

from adapters.sandbox.google.server import SCOPES, GoogleSandbox
from adapters.sandbox.google.world import GoogleWorld
from connector.bench.child import child
from connector.bench.figures import Figure, Size
from connector.bench.format_child import calls_of
from connector.bench.stand import Stand
from connector.composition import Chance
from connector.composition.backing_up import BackupDesk, opened_desk
from connector.config import load
from connector.domain.audit import Actor
from connector.domain.backup.runs import RunId
from connector.domain.backup.views import RunView
from connector.domain.connection import AccessToken, ConnectionId, GoogleAccount, GoogleConnection
from connector.domain.lead import WorkspaceId
from connector.domain.security_event import token_prints
from connector.runtime.clock import SystemClock
from state.google_connections import SqlGoogleConnections
from state.vault import Vault

MAIN = WorkspaceId("main")
NOTE_CHARS = 40_000
"""Few calls make a large file."""
CUT_AT = 0.6
MIDDLE_BYTES = 2**20
LOOK_S = 0.005
PATIENCE_S = 180.0
FULL_CALLS = 100_000
CHUNK = 100
BY = Actor(kind="cli", name="bench")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A run that waits for a daemon."""

    desk: BackupDesk
    google: GoogleSandbox
    run_id: RunId

    async def seen(self) -> RunView:
        """Return how far it is."""
        found = await self.desk.backups.runs.run(self.run_id)
        if found is None or found.state in {"failed", "canceled"} or found.hold is not None:
            raise RuntimeError(f"the backup under measurement ended: {found and found.reason}")
        return found

    def arrived_bytes(self) -> int:
        """Return what Drive has of files that are under way and done."""
        return sum(one.content.size for one in self.google.world.uploads.values())

    def sent_bytes(self) -> int:
        """Return what came to Drive as parts of files, kept or not."""
        return sum(one.body_bytes for one in self.google.seen if one.route == "session")


async def resuming(stand: Stand, size: Size) -> Sequence[Figure]:
    """Kill the daemon when Drive has 60 % of a backup, start another, count what was sent."""
    megabytes = 128 if size.calls >= FULL_CALLS else 48
    async with _prepared(stand, megabytes * 1_000_000 // NOTE_CHARS) as (prepared, path):
        async with asyncio.timeout(PATIENCE_S), child("connector", "--config", str(path), "run") as first:
            run = await prepared.seen()
            while not (run.bytes_total and _is_in_the_middle(run, prepared.arrived_bytes())):
                await asyncio.sleep(LOOK_S)
                run = await prepared.seen()
            first.kill()
            await first.process.wait()
        cut = prepared.arrived_bytes() / run.bytes_total
        async with asyncio.timeout(PATIENCE_S), child("connector", "--config", str(path), "run"):
            while run.state != "good":
                await asyncio.sleep(LOOK_S)
                run = await prepared.seen()
        ratio = prepared.sent_bytes() / run.bytes_total
    note = f"{run.bytes_total / 1e6:.0f} MB, killed at {cut:.0%}"
    return [
        Figure(name="sent ÷ file, upload cut by a kill", value=ratio, unit="ratio", goal="≤ 1.1", note=note)
    ]


def _is_in_the_middle(run: RunView, arrived_bytes: int) -> bool:
    """Tell whether 60 % are acknowledged and the next chunk is on its way."""
    if run.state == "good":
        raise RuntimeError("the backup was over before it could be cut")
    return run.bytes_sent >= CUT_AT * run.bytes_total and arrived_bytes >= run.bytes_sent + MIDDLE_BYTES


@asynccontextmanager
async def _prepared(stand: Stand, calls: int) -> AsyncIterator[tuple[Prepared, Path]]:
    """Yield a waiting run with one file of JSON Lines, and the settings of the daemon that is to do it."""
    clock, chance = SystemClock(), Chance.of_system()
    world = GoogleWorld.invented(random.Random(1))  # noqa: S311 - repeatable
    account = world.add_account("bench@example.com")
    async with GoogleSandbox(world) as google, stand.config("sqlite") as path:
        lines = (f"{name} = {json.dumps(value)}" for name, value in google.settings().items())
        with path.open("a", encoding="utf-8") as file:
            file.write("\n".join(("\n[google]", *lines, "")))
        settings = load(path, {})
        connection = GoogleConnection(
            id=ConnectionId("con_bench"),
            workspace_id=MAIN,
            account=GoogleAccount(sub=account.sub, email=account.email),
            access=AccessToken(
                value=google.access_token(account), expires_at=clock.now() + timedelta(minutes=55)
            ),
            refresh_token=google.connected(account).value,
            scopes=SCOPES,
        )
        async with opened_desk(settings, clock, chance) as desk:
            vault = Vault(settings.state.keys())
            stored = SqlGoogleConnections(desk.rooms.engine, clock, vault, chance.new_id)
            await stored.save_google(
                connection,
                prints=token_prints(connection.refresh_token or ""),
                folder_id=None,
                checks=(),
                trouble=None,
                connected_by=None,
            )
            await desk.rooms.workspaces.change(MAIN, {"call_tracking": 1})
            log = iter(calls_of(calls))
            while some := [replace(call, note="n" * NOTE_CHARS) for call in islice(log, CHUNK)]:
                await desk.rooms.calls.add(MAIN, some, import_id="bench")
            draft = await desk.schedules.draft(MAIN, {"name": "bench", "formats": ["jsonl"]})
            await desk.schedules.save(draft, by=BY)
            run_id = await desk.backups.runs.ask(MAIN, draft.id, by=BY)
            yield Prepared(desk=desk, google=google, run_id=run_id), path
