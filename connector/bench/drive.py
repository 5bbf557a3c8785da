"""A workspace with a Drive of the sandbox: what measures of backups begin with."""

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from adapters.sandbox.google.server import SCOPES, GoogleSandbox
from adapters.sandbox.google.world import GoogleWorld
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
from state.accounts.google_connections import SqlGoogleConnections
from state.vault import Vault

MAIN = WorkspaceId("main")
BY = Actor(kind="cli", name="bench")


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveStand:
    """A workspace that takes calls and has a Google account; `config` is the daemon's settings."""

    desk: BackupDesk
    google: GoogleSandbox
    config: Path

    async def asked(self, *formats: str) -> RunId:
        """Make a schedule of these formats and ask for its run."""
        draft = await self.desk.schedules.draft(MAIN, {"name": "-".join(formats), "formats": list(formats)})
        await self.desk.schedules.save(draft, by=BY)
        return await self.desk.backups.runs.ask(MAIN, draft.id, by=BY)

    async def seen(self, run_id: RunId) -> RunView:
        """Return how far a run is. Raises RuntimeError when it came to no good end."""
        found = await self.desk.backups.runs.run(run_id)
        if found is None or found.state in {"failed", "canceled"} or found.hold is not None:
            raise RuntimeError(f"the backup under measurement ended: {found and found.reason}")
        return found


@asynccontextmanager
async def opened_drive(stand: Stand) -> AsyncIterator[DriveStand]:
    """Connect an account, on SQLite."""
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
            yield DriveStand(desk=desk, google=google, config=path)
