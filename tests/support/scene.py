"""The whole way from a notice to the CRM: the real pipelines and adapters between sandbox servers and real state."""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network

from fake_clock import FakeClock

from adapters.crm.gateway import HttpCrm, crm_session
from adapters.facebook.client import FacebookApp, GraphClient
from adapters.facebook.consent import FacebookConsent
from adapters.facebook.errors import SCOPES, TooMuchDataError
from adapters.facebook.leads import FacebookLeads
from adapters.retrying import Retrying
from adapters.sandbox.crm import CrmSandbox
from adapters.sandbox.graph.tokens import issue_user_token, page_token
from adapters.sandbox.graph_api import GraphSandbox
from adapters.sandbox.objects import Form, Page, Person
from adapters.sandbox.world import World
from adapters.sdk_threads import SdkThreads
from connector.domain.connection import ConnectionId, FacebookConnection, PageGrant, UserToken
from connector.domain.connection import Person as Consenter
from connector.domain.lead import PageId
from connector.pipelines.connect import ConnectFacebook
from connector.pipelines.courtesy import Courtesy
from connector.pipelines.deliver import Deliver
from connector.pipelines.fetch import Fetch
from connector.pipelines.forms import FormBook
from connector.pipelines.health import Health
from connector.pipelines.means import Means
from connector.pipelines.probe_facebook import FacebookProbe
from connector.pipelines.resolve import Resolve
from connector.runtime.lanes import Lanes
from state.engine import Engine
from support.counters import SeenCounters
from support.rooms import MAIN, Rooms

SIGNING_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CRM_TIMEOUT_S = 5.0
ANSWERS = {"full_name": "Zoë O'Neill", "email": "zoe@example.com", "phone_number": "+14155552671"}


@dataclass(kw_only=True)
class Scene:
    """One admin with Pages (a form each) in the sandbox, and our pipelines in front of it."""

    clock: FakeClock
    counters: SeenCounters
    rooms: Rooms
    world: World
    graph: GraphSandbox
    crm: CrmSandbox
    admin: Person
    pages: list[Page]
    forms: list[Form]
    fetch: Fetch
    resolve: Resolve
    deliver: Deliver
    gateway: HttpCrm
    client: GraphClient
    consents: FacebookConsent
    means: Means
    source: FacebookLeads
    connect: ConnectFacebook
    health: Health

    async def consent(self, person: Person | None = None, pages: Sequence[Page] | None = None) -> int:
        """Store the person's consent to Pages as connecting would; return how many leads that freed."""
        person = person or self.admin
        user = issue_user_token(self.world, person, long_lived=True)
        grants = [
            PageGrant(page_id=PageId(page.id), name=page.name, token=page_token(self.world, user, page).value)
            for page in (self.pages if pages is None else pages)
        ]
        known = await self.rooms.connections.existing(MAIN, person.id)
        connection = FacebookConnection(
            id=known or ConnectionId(f"con_{self.rooms.new_id()}"),
            workspace_id=MAIN,
            person=Consenter(id=person.id, name=person.name),
            token=UserToken(value=user.value),
            scopes=SCOPES,
        )
        return (await self.rooms.connections.save(connection, grants)).freed

    async def submit(self, count: int = 1, *, page: int = 0, **answers: str) -> list[str]:
        """Let people fill in the Page's form, and take the notice of it in."""
        given = {**ANSWERS, "email": "", **answers}
        ids = [
            self.world.add_lead(
                self.forms[page],
                answers={**given, "email": answers.get("email") or f"p{len(self.world.leads)}@example.com"},
                ad_id="1",
                ad_name="Ad",
                campaign_name="Campaign",
            )
            for _ in range(count)
        ]
        await self.rooms.receive(*ids, page=self.pages[page].id)
        return ids

    async def read(self) -> int:
        """Fetch everything that is due; return how many batches that were."""
        return await Lanes("fetch", self.fetch, width=4, clock=self.clock).drain()

    async def look(self) -> int:
        """Look at every account that is due; return how many that were."""
        looks = 0
        while await self.health.step():
            looks += 1
        return looks

    async def make_contacts(self) -> None:
        """Resolve everything that is due."""
        while await self.resolve.step():
            pass

    async def send(self) -> int:
        """Deliver everything that is due and may go; return how many tries that were."""
        return await Lanes("deliver", self.deliver, width=8, clock=self.clock).drain()

    async def stages(self) -> dict[str, str]:
        """Return lead id → stage."""
        rows = await self.rooms.rows("SELECT lead_id, stage FROM leads")
        return {row["lead_id"]: row["stage"] for row in rows}

    def restart_sender(self) -> None:
        """Forget what the sender knew, as a restarted process does."""
        rooms = self.rooms
        self.deliver = Deliver(
            rooms.deliveries, self.gateway, rooms.alerts, self.means, timeout_s=CRM_TIMEOUT_S
        )

    def calls(self, route: str) -> int:
        """Return how many calls of this kind the Graph API saw."""
        return sum(seen.route == route for seen in self.graph.seen)


@asynccontextmanager
async def opened_scene(
    engine: Engine, clock: FakeClock, counters: SeenCounters, new_id: Callable[[], str], *, pages: int = 1
) -> AsyncIterator[Scene]:
    """Open everything; the Pages are not connected yet."""
    chance = random.Random(7)  # noqa: S311 - repeatable
    world = World.invented(random.Random(1), now=lambda: clock.now().timestamp())  # noqa: S311 - repeatable
    admin = world.add_person(scopes=SCOPES)
    opened_pages = [world.add_page(f"Bakery {n}", admins=[admin]) for n in range(pages)]
    forms = [world.add_form(page) for page in opened_pages]
    rooms = Rooms.on(engine, clock, counters, new_id)
    await rooms.workspaces.add(MAIN)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(rooms.aclose)
        graph = await stack.enter_async_context(GraphSandbox(world, sleep=clock.sleep))
        crm = CrmSandbox([SIGNING_SECRET], now=lambda: clock.now().timestamp())
        await stack.enter_async_context(crm)
        app = FacebookApp(id=world.app_id, secret=world.app_secret, graph_url=graph.url, dialog_url=graph.url)
        threads = await stack.enter_async_context(aclosing(SdkThreads("facebook", limit=4)))
        retrying = Retrying(clock, chance, handed_up=(TooMuchDataError,))
        client = await stack.enter_async_context(
            aclosing(GraphClient(app, threads, retrying, read_timeout_s=5.0))
        )
        session = await stack.enter_async_context(
            crm_session(allowed_networks=[ip_network("127.0.0.0/8")], concurrency=8)
        )
        source = FacebookLeads(client)
        gateway = HttpCrm(
            session, url=crm.url, secrets=[SIGNING_SECRET], timeout_s=CRM_TIMEOUT_S, clock=clock
        )
        consent = FacebookConsent(client, clock)
        means = Means(counters=counters, clock=clock, chance=chance.random, courtesy=Courtesy(clock))
        forms_book = FormBook(rooms.forms, source, means)
        yield Scene(
            clock=clock,
            counters=counters,
            rooms=rooms,
            world=world,
            graph=graph,
            crm=crm,
            admin=admin,
            pages=opened_pages,
            forms=forms,
            fetch=Fetch(rooms.queue, source, forms_book, means),
            resolve=Resolve(rooms.resolver, means),
            deliver=Deliver(rooms.deliveries, gateway, rooms.alerts, means, timeout_s=CRM_TIMEOUT_S),
            gateway=gateway,
            client=client,
            consents=consent,
            means=means,
            source=source,
            connect=ConnectFacebook(consent, rooms.connections, clock, new_id),
            health=Health(rooms.probing, {"facebook": FacebookProbe(consent, clock)}, clock, chance.random),
        )
