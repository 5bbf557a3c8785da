"""Opening what a proof on demand takes, beside a running daemon or without one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.facebook.form_leads import FacebookForms
from connector.composition.chance import Chance
from connector.composition.outside import opened_graph
from connector.composition.rooms import opened_state
from connector.config import Settings
from connector.pipelines.courtesy import Courtesy
from connector.pipelines.means import Means
from connector.pipelines.proof import Proof
from connector.ports import Clock
from connector.runtime.counters import MetricCounters
from connector.runtime.metrics import Metrics
from state.reconcile.proving import SqlProving
from state.vault import Vault


@asynccontextmanager
async def opened_proof(settings: Settings, clock: Clock, chance: Chance) -> AsyncIterator[Proof]:
    """Open it."""
    settings.require("facebook.app_id", "facebook.app_secret", "state.encryption_keys")
    async with opened_state(settings, clock, chance) as rooms, opened_graph(settings, clock, chance) as graph:
        means = Means(
            counters=MetricCounters(Metrics(), clock),
            clock=clock,
            chance=chance.random.random,
            courtesy=Courtesy(clock),
        )
        proving = SqlProving(rooms.engine, clock, Vault(settings.state.keys()))
        yield Proof(proving, FacebookForms(graph), means)
