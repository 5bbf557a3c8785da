"""Opening what connecting an account and looking after it takes, beside a running daemon or without one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.facebook.client import GraphClient
from adapters.facebook.consent import FacebookConsent
from connector.composition.chance import Chance
from connector.composition.outside import opened_graph
from connector.composition.rooms import Rooms, opened_state
from connector.config import Settings
from connector.domain.connection import Provider
from connector.pipelines.connect import ConnectFacebook
from connector.pipelines.health import Health, Probe
from connector.pipelines.probe_facebook import FacebookProbe
from connector.ports import Clock
from state.accounts.connections import SqlConnections
from state.accounts.probing import SqlProbing
from state.engine import Engine
from state.vault import Vault


@asynccontextmanager
async def opened_connect(
    settings: Settings, clock: Clock, chance: Chance
) -> AsyncIterator[tuple[ConnectFacebook, SqlConnections, Rooms]]:
    """Open what connecting an account from the command line takes."""
    settings.require("facebook.app_id", "facebook.app_secret", "state.encryption_keys", "server.public_url")
    async with opened_state(settings, clock, chance) as rooms, opened_graph(settings, clock, chance) as graph:
        connections = SqlConnections(rooms.engine, clock, Vault(settings.state.keys()), chance.new_id)
        yield facebook_connecting(connections, graph, clock, chance), connections, rooms


def facebook_connecting(
    connections: SqlConnections, graph: GraphClient, clock: Clock, chance: Chance
) -> ConnectFacebook:
    """Return the pipeline behind every way to connect a Facebook account."""
    return ConnectFacebook(FacebookConsent(graph, clock), connections, clock, chance.new_id)


def health_pipeline(
    settings: Settings, engine: Engine, graph: GraphClient, clock: Clock, chance: Chance
) -> Health:
    """Return the pipeline that looks after connected accounts, with a probe for each provider."""
    probing = SqlProbing(engine, clock, Vault(settings.state.keys()), chance.new_id)
    probes: dict[Provider, Probe] = {"facebook": FacebookProbe(FacebookConsent(graph, clock), clock)}
    return Health(probing, probes, clock, chance.random.random)
