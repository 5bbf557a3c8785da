"""Opening what connecting an account takes, beside a running daemon or without one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.facebook.consent import FacebookConsent
from connector.composition.chance import Chance
from connector.composition.outside import opened_graph
from connector.composition.rooms import Rooms, opened_state
from connector.config import Settings
from connector.pipelines.connect import ConnectFacebook
from connector.ports import Clock
from state.connections import SqlConnections
from state.vault import Vault


@asynccontextmanager
async def opened_connect(
    settings: Settings, clock: Clock, chance: Chance
) -> AsyncIterator[tuple[ConnectFacebook, SqlConnections, Rooms]]:
    """Open what connecting an account from the command line takes."""
    settings.require("facebook.app_id", "facebook.app_secret", "state.encryption_keys", "server.public_url")
    async with opened_state(settings, clock, chance) as rooms, opened_graph(settings, clock, chance) as graph:
        connections = SqlConnections(rooms.engine, clock, Vault(settings.state.keys()), chance.new_id)
        consent = FacebookConsent(graph, clock)
        yield ConnectFacebook(consent, connections, chance.new_id), connections, rooms
