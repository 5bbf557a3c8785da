"""Opening what disconnecting from the command line takes: the state alone, for the daemon tells the providers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connector.composition.chance import Chance
from connector.composition.rooms import opened_state
from connector.config import Settings
from connector.pipelines.disconnect import Disconnect
from connector.ports import Clock
from state.accounts.disconnecting import SqlDisconnecting
from state.vault import Vault


@asynccontextmanager
async def opened_disconnect(settings: Settings, clock: Clock, chance: Chance) -> AsyncIterator[Disconnect]:
    """Open it beside a running daemon or without one."""
    settings.require("state.encryption_keys")
    async with opened_state(settings, clock, chance) as rooms:
        vault = Vault(settings.state.keys())
        yield Disconnect(SqlDisconnecting(rooms.engine, clock, vault, chance.new_id))
