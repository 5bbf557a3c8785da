"""Joining what keeps accounts connected: consents, health, refresh, disconnecting, the providers' callbacks."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.facebook.client import GraphClient
from adapters.facebook.consent import FacebookConsent
from adapters.facebook.signed_request import SignedRequests
from connector.composition.ground import Ground
from connector.composition.outside import app_secrets
from connector.domain.connection import Provider
from connector.domain.security_event import token_prints
from connector.pipelines.callbacks import Callbacks
from connector.pipelines.connect import ConnectFacebook
from connector.pipelines.connect_google import ConnectGoogle
from connector.pipelines.consent import ConsentDesk, ConsentProvider
from connector.pipelines.consent_facebook import FacebookDialog
from connector.pipelines.disconnect import Disconnect, Undo
from connector.pipelines.health import Health, Probe
from connector.pipelines.probe_facebook import FacebookProbe
from connector.pipelines.probe_google import ProbeGoogle
from connector.pipelines.refresh import Refresh
from state.accounts.connections import SqlConnections
from state.accounts.consents import SqlConsents
from state.accounts.disconnecting import SqlDisconnecting
from state.accounts.google_connections import SqlGoogleConnections
from state.accounts.google_tokens import SqlGoogleTokens
from state.accounts.probing import SqlProbing
from state.accounts.removals import SqlRemovals
from state.accounts.security_events import SqlSecurityEvents
from state.accounts.undoings import SqlUndoings

if TYPE_CHECKING:
    from connector.composition.google import GoogleSide


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The flows around connected accounts. `google…` and `refresh` are None where no Google client is set."""

    facebook: ConnectFacebook
    google: ConnectGoogle | None
    google_side: "GoogleSide | None"
    desk: ConsentDesk
    health: Health
    refresh: Refresh | None
    disconnect: Disconnect
    undo: Undo
    callbacks: Callbacks


@asynccontextmanager
async def opened_accounts(ground: Ground, graph: GraphClient) -> AsyncIterator[Accounts]:
    """Open the flows; nothing is asked of a provider yet."""
    async with AsyncExitStack() as stack:
        side: GoogleSide | None = None
        if ground.settings.google.client_id:
            from connector.composition.google import opened_google  # noqa: PLC0415 - 3 MiB that few need at first

            opened = opened_google(ground.settings, ground.clock, ground.chance)
            side = await stack.enter_async_context(opened)
        accounts = _joined(ground, graph, side)
        if accounts.refresh is not None:
            stack.push_async_callback(accounts.refresh.aclose)
        yield accounts


def _joined(ground: Ground, graph: GraphClient, side: "GoogleSide | None") -> Accounts:
    clock, new_id, roll = ground.clock, ground.chance.new_id, ground.chance.random.random
    state = (ground.rooms.engine, clock, ground.vault, new_id)
    consent = FacebookConsent(graph, clock)
    facebook = ConnectFacebook(consent, SqlConnections(*state), clock, new_id)
    providers: dict[Provider, ConsentProvider] = {"facebook": FacebookDialog(facebook)}
    probes: dict[Provider, Probe] = {"facebook": FacebookProbe(consent, clock)}
    google = refresh = None
    if side is not None:
        stored = SqlGoogleConnections(*state)
        google = ConnectGoogle(side.consent, side.drive, stored, new_id, token_prints)
        refresh = _refresh(ground, side)
        providers["google"] = google
        probes["google"] = ProbeGoogle(refresh, side.drive, stored, clock)
    consents = SqlConsents(ground.rooms.engine, clock, ground.vault)
    public_url = ground.settings.server.public_url
    return Accounts(
        facebook=facebook,
        google=google,
        google_side=side,
        desk=ConsentDesk(providers, consents, ground.chance.new_secret, public_url),
        health=Health(SqlProbing(*state), probes, clock, roll),
        refresh=refresh,
        disconnect=Disconnect(SqlDisconnecting(*state)),
        undo=Undo(SqlUndoings(*state), consent, side.consent if side else None, clock, roll),
        callbacks=_callbacks(ground, side),
    )


def _refresh(ground: Ground, side: "GoogleSide") -> Refresh:
    store = SqlGoogleTokens(
        ground.rooms.engine, ground.clock, ground.vault, ground.chance.new_id, token_prints
    )
    return Refresh(
        store,
        side.consent,
        ground.rooms.alerts,
        ground.counters,
        ground.wakeups,
        ground.clock,
        ground.chance.random.random,
    )


def _callbacks(ground: Ground, side: "GoogleSide | None") -> Callbacks:
    state = (ground.rooms.engine, ground.clock, ground.vault, ground.chance.new_id)
    requests = SignedRequests(app_secrets(ground.settings))
    ground.followers.append(lambda settings: requests.change(app_secrets(settings)))
    return Callbacks(
        requests,
        SqlRemovals(*state),
        side.events if side else None,
        SqlSecurityEvents(*state),
        new_secret=ground.chance.new_secret,
    )
