"""Google accounts in front of the sandbox's Google: consent, refresh and probe, over real state and sockets."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from fake_clock import FakeClock

from adapters.google.client import GoogleHttp, google_session
from adapters.google.consent import GoogleClient, GoogleConsent
from adapters.google.drive import GoogleDrive
from adapters.google.drive_client import DriveClient
from adapters.google.errors import HANDED_UP
from adapters.retrying import Retrying
from adapters.sandbox.faults import Fault
from adapters.sandbox.google.objects import Account
from adapters.sandbox.google.objects import GoogleConsent as Decision
from adapters.sandbox.google.server import GoogleSandbox
from adapters.sandbox.google.world import GoogleWorld
from adapters.sdk_threads import SdkThreads
from connector.domain.connection import ConnectionId
from connector.domain.lead import WorkspaceId
from connector.domain.probing import AGAIN_S
from connector.domain.security_event import token_prints
from connector.pipelines.connect_google import ConnectGoogle, GoogleConnected
from connector.pipelines.consent import ConsentDesk
from connector.pipelines.health import Health
from connector.pipelines.probe_google import ProbeGoogle
from connector.pipelines.refresh import Refresh
from connector.runtime.wakeups import TopicWakeups
from state.accounts.consents import SqlConsents
from state.accounts.google_connections import SqlGoogleConnections
from state.accounts.google_tokens import SqlGoogleTokens
from support.rooms import MAIN, Rooms

PUBLIC_URL = "https://connector.example"
SESSION = "a session of somebody"


@dataclass
class Gate:
    """Where refreshes are held: `reached` is set when one arrives, they go on when `open` is."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, _: float) -> None:
        """Wait, in place of the sandbox's sleep."""
        self.reached.set()
        await self.open.wait()


@dataclass(kw_only=True)
class GoogleStand:
    """One Google, one state, and the pipelines of one process between them."""

    rooms: Rooms
    clock: FakeClock
    google: GoogleSandbox
    browser: aiohttp.ClientSession
    consent: GoogleConsent
    drive: GoogleDrive
    drive_client: DriveClient
    store: SqlGoogleTokens
    connections: SqlGoogleConnections
    connect: ConnectGoogle
    desk: ConsentDesk
    refresh: Refresh
    health: Health
    gate: Gate

    @property
    def world(self) -> GoogleWorld:
        """What Google knows."""
        return self.google.world

    async def begin(self, *, workspace: str = MAIN, mends: ConnectionId | None = None) -> dict[str, str]:
        """Send somebody to the consent page; return what their browser comes back with."""
        await self.rooms.workspaces.add(workspace)
        url = await self.desk.start(
            "google", WorkspaceId(workspace), session=SESSION, person_id="per_1", connection_id=mends
        )
        return await self.visit(url)

    async def visit(self, url: str) -> dict[str, str]:
        """Open the consent page; return the query of the way back."""
        async with self.browser.get(url, allow_redirects=False) as answer:
            return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    async def connected(
        self,
        account: Account | None = None,
        *,
        workspace: str = MAIN,
        mends: ConnectionId | None = None,
        unticked: frozenset[str] = frozenset(),
    ) -> GoogleConnected:
        """Go the whole way through the browser, as `account` or whoever is in front of it."""
        if account is not None:
            self.world.next_consent = Decision(account=account, unticked=unticked)
        attempt, code = await self.desk.take(
            "google", await self.begin(workspace=workspace, mends=mends), session=SESSION
        )
        offer = await self.desk.exchange(attempt, code)
        done = await self.connect.accept(
            attempt.workspace_id, offer, connected_by=attempt.person_id, mends=attempt.connection_id
        )
        await self.desk.finish(attempt)
        return done

    async def row(self, connection_id: ConnectionId) -> dict[str, object]:
        """Return a connection as it is stored."""
        (row,) = await self.rooms.rows("SELECT * FROM connections WHERE id = :id", id=connection_id)
        return dict(row)

    async def checks(self, connection_id: ConnectionId) -> dict[str, str]:
        """Return the outcomes of its checks."""
        rows = await self.rooms.rows(
            "SELECT name, outcome FROM connection_checks WHERE connection_id = :id", id=connection_id
        )
        return {row["name"]: row["outcome"] for row in rows}

    async def alerts(self) -> set[str]:
        """Return the keys of the open alerts."""
        return {row["key"] for row in await self.rooms.alerts.open()}

    async def look(self, connection_id: ConnectionId) -> dict[str, object]:
        """Let half a minute go by and probe; return the row after it."""
        await self.clock.advance(AGAIN_S)  # nobody is looked at twice within it
        await self.health.probe_now(connection_id)
        return await self.row(connection_id)

    def refreshes(self) -> int:
        """Return how many refreshes Google was asked for."""
        return sum(seen.form.get("grant_type") == "refresh_token" for seen in self.google.seen)

    def hold_refreshes(self) -> Gate:
        """Hold the next call to the token endpoint until the gate opens."""
        self.google.faults.add("token", Fault.latency(1))
        return self.gate

    def revokes(self) -> int:
        """Return how often a grant was asked to be taken back."""
        return sum(seen.route == "revoke" for seen in self.google.seen)

    def another(self, rooms: Rooms | None = None) -> Refresh:
        """Return the refresh of another process."""
        rooms = rooms or self.rooms
        store = SqlGoogleTokens(rooms.engine, rooms.clock, rooms.vault, rooms.new_id, token_prints)
        wakeups = TopicWakeups()
        rooms.engine.on_wake(wakeups.announce)
        return Refresh(
            store, self.consent, rooms.alerts, rooms.counters, wakeups, rooms.clock, chance=lambda: 0.0
        )


@asynccontextmanager
async def opened_stand(rooms: Rooms, world: GoogleWorld) -> AsyncIterator[GoogleStand]:
    """Open a Google over `world` and our side of it. Nobody is connected yet."""
    clock, rng = rooms.clock, random.Random(5)  # noqa: S311 - repeatable
    assert isinstance(clock, FakeClock)
    async with AsyncExitStack() as stack:
        gate = Gate()
        google = await stack.enter_async_context(GoogleSandbox(world, sleep=gate))
        session = await stack.enter_async_context(google_session())
        retrying = Retrying(clock, rng, handed_up=HANDED_UP)
        consent = GoogleConsent(client_of(google.settings()), GoogleHttp(session), retrying, clock)
        threads = SdkThreads("google", limit=2)
        drive = await stack.enter_async_context(aclosing(DriveClient(google.url, threads, retrying)))
        await stack.enter_async_context(aclosing(threads))
        state = (rooms.engine, clock, rooms.vault, rooms.new_id)
        store = SqlGoogleTokens(*state, token_prints)
        connections = SqlGoogleConnections(*state)
        home = GoogleDrive(drive)
        connect = ConnectGoogle(consent, home, connections, rooms.new_id, token_prints)
        wakeups = TopicWakeups()
        rooms.engine.on_wake(wakeups.announce)
        refresh = await stack.enter_async_context(
            aclosing(
                Refresh(store, consent, rooms.alerts, rooms.counters, wakeups, clock, chance=lambda: 0.0)
            )
        )
        consents = SqlConsents(rooms.engine, clock, rooms.vault)
        probe = ProbeGoogle(refresh, home, connections, clock)
        yield GoogleStand(
            rooms=rooms,
            clock=clock,
            google=google,
            browser=await stack.enter_async_context(aiohttp.ClientSession()),
            consent=consent,
            drive=home,
            drive_client=drive,
            store=store,
            connections=connections,
            connect=connect,
            desk=ConsentDesk({"google": connect}, consents, secret_of(rooms.new_id), PUBLIC_URL),
            refresh=refresh,
            gate=gate,
            health=Health(rooms.probing, {"google": probe}, clock, lambda: 0.5),
        )


def client_of(given: dict[str, str]) -> GoogleClient:
    """Return our OAuth client by a [google] section."""
    return GoogleClient(
        id=given["client_id"],
        secret=given["client_secret"],
        auth_url=given["auth_url"],
        token_url=given["token_url"],
        revoke_url=given["revoke_url"],
        userinfo_url=given["userinfo_url"],
    )


def secret_of(new_id: Callable[[], str]) -> Callable[[int], str]:
    """Return a maker of texts as long as a PKCE verifier has to be."""
    return lambda _: new_id()[::-1] * 2
