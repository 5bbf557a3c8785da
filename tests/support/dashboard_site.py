"""The whole daemon with its dashboard, browsers without a screen, and everything that they were shown."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from fake_clock import FakeClock
from yarl import URL

from adapters.sandbox.running import Sandbox
from adapters.sandbox.world import Form
from connector.domain.audit import Actor
from connector.domain.lead import WorkspaceId
from connector.domain.people import PersonId, Role
from connector.web.dashboard.cookies import form_token
from connector.web.dashboard.guard import CSRF_FIELD
from support.daemon import Home, Inside, running_inside
from support.leaks import Leaks
from support.time_flow import TimeFlow
from support.traffic import Received, plain_forms, submit

MAIN = WorkspaceId("main")
OTHER = WorkspaceId("other")
OPERATOR = Actor(kind="cli", name="root")
SESSION_COOKIE = "connector_session"
NOBODY = PersonId("")
_TAGS = re.compile(r"<[^>]*>")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    text: str = field(repr=False)

    @property
    def location(self) -> str:
        return self.headers["Location"]

    @property
    def said(self) -> str:
        """Return what a person reads: no tags, one space between words."""
        return " ".join(unescape(_TAGS.sub(" ", self.text)).split())

    def links(self, start: str) -> list[str]:
        """Return the addresses on the page that begin like this."""
        return [
            href
            for one in re.findall(r'(?:href|action)="([^"]*)"', self.text)
            if (href := unescape(one)).startswith(start)
        ]


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """One browser; `token` is its session, empty for nobody's."""

    url: str
    http: aiohttp.ClientSession
    token: str = field(default="", repr=False)
    person_id: PersonId = NOBODY
    shown: list[str] = field(default_factory=list, repr=False)

    async def get(self, path: str, **headers: str) -> Shown:
        """Open a page, of this site or another."""
        return await self._ask("GET", path, headers, None)

    async def post(
        self,
        path: str,
        fields: Mapping[str, str] | list[tuple[str, str]] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        csrf: str | None = None,
    ) -> Shown:
        """Send a form as a browser does: from our origin, with the token of the session."""
        given = list(fields.items() if isinstance(fields, Mapping) else fields or [])
        given.append((CSRF_FIELD, form_token(self.token) if csrf is None else csrf))
        return await self._ask("POST", path, {"Origin": self.url} if headers is None else headers, given)

    async def land(self, answer: Shown) -> Shown:
        """Follow a redirect of ours."""
        assert answer.status == 303, answer.text
        assert answer.location.startswith("/"), answer.location
        return await self.get(answer.location)

    async def consent(self, start: str) -> Shown:
        """Go to the provider and come back; return what the way back answers."""
        return await self.get(await self.way_back(start))

    async def way_back(self, start: str) -> str:
        """Go to the provider; return the path that it leads back to."""
        begun = await self.get(start)
        assert begun.status == 303, (begun.status, begun.said)
        decided = await self.get(begun.location)
        assert decided.status == 302, decided.text
        parts = urlsplit(decided.location)
        return f"{parts.path}?{parts.query}"

    async def _ask(
        self, method: str, path: str, headers: Mapping[str, str], data: list[tuple[str, str]] | None
    ) -> Shown:
        address = path if path.startswith("http") else f"{self.url}{path}"
        async with self.http.request(
            method, address, headers=headers, data=data, allow_redirects=False
        ) as answer:
            text = await answer.text()
            if address.startswith(self.url):
                self.shown.append(f"{answer.headers.get('Location', '').partition('?')[0]}\n{text}")
            return Shown(status=answer.status, headers=answer.headers, text=text)


@dataclass(frozen=True, kw_only=True)
class DashboardSite:
    """The daemon, its clock and sandbox, and browsers on demand. `shown` is all that was ever served."""

    home: Home
    inside: Inside
    clock: FakeClock
    flow: TimeFlow
    stack: AsyncExitStack
    forms: list[Form] = field(default_factory=list)
    shown: list[str] = field(default_factory=list, repr=False)

    @property
    def url(self) -> str:
        return self.inside.daemon.public_url

    @property
    def sandbox(self) -> Sandbox:
        return self.home.sandbox

    async def stranger(self) -> Visitor:
        """Open a browser that nobody is signed in with."""
        return Visitor(url=self.url, http=await self._http(), shown=self.shown)

    async def visitor(self, name: str = "olga", **roles: Role) -> Visitor:
        """Open a browser of somebody with these roles by workspace (owner of `main` unless said)."""
        rooms = self.inside.daemon.rooms
        person_id = NOBODY
        for workspace, role in (roles or {"main": "owner"}).items():
            await rooms.workspaces.add(workspace)
            person_id, _ = await rooms.people.put(
                f"{name}@example.com", WorkspaceId(workspace), role, actor=OPERATOR, name=name.title()
            )
        return await self.browser_of(person_id)

    async def browser_of(self, person_id: PersonId) -> Visitor:
        """Open a browser of somebody who is known."""
        token = await self.inside.daemon.rooms.sessions.open(person_id, by="link", label="Firefox on Linux")
        self.home.leaks.secret(token)
        http = await self._http()
        http.cookie_jar.update_cookies({SESSION_COOKIE: token}, URL(self.url))
        return Visitor(url=self.url, http=http, token=token, person_id=person_id, shown=self.shown)

    async def connect_facebook(self, visitor: Visitor, workspace: str = "main") -> Shown:
        """Consent and connect every Page; return the page that one ends on."""
        back = await visitor.consent(f"/connect/facebook/start?workspace={workspace}")
        attempt = back.location.rpartition("=")[2]
        taken = await visitor.post(f"/w/{workspace}/connect/pages", {"attempt": attempt, "all": "yes"})
        return await visitor.land(taken)

    async def connect_google(self, visitor: Visitor, workspace: str = "main") -> Shown:
        """Consent at Google; return the page that one ends on."""
        return await visitor.land(await visitor.consent(f"/connect/google/start?workspace={workspace}"))

    async def leads_come(self, count: int, *, wait: bool = True) -> list[str]:
        """Let people fill a form in and Facebook tell of it; return their leads once they are at the CRM."""
        forms = self.forms or self.forms_of_pages()
        first = len(self.sandbox.world.leads)
        leads = [submit(self.sandbox, forms[n % len(forms)], first + n) for n in range(count)]
        for sent in await self.sandbox.sender.announce(leads):
            assert sent.statuses == [200]
        await self.flow.settle()
        if wait:
            received = Received(self.sandbox.crm)
            ids = {lead.id for lead in leads}
            await self.flow.pass_by(60.0, step_s=1.0, until=lambda: received.has(ids))
            assert received.has(ids)
        return [lead.id for lead in leads]

    def forms_of_pages(self) -> list[Form]:
        """Publish one plain form a Page, once."""
        self.forms.extend(plain_forms(self.sandbox))
        return self.forms

    def ids(self, sql: str) -> list[str]:
        """Return the first column of a query past the product."""
        return [str(row[0]) for row in self.home.rows(sql)]

    async def _http(self) -> aiohttp.ClientSession:
        jar = aiohttp.CookieJar(unsafe=True)  # cookies of a host that is a number
        return await self.stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))


@asynccontextmanager
async def opened_dashboard(
    folder: Path, state_url: str, clock: FakeClock, leaks: Leaks, mail: Mapping[str, str] | None = None
) -> AsyncIterator[DashboardSite]:
    """Run the daemon with both providers set."""
    fake = clock
    sandbox = Sandbox(
        now=lambda: fake.now().timestamp(), sleep=fake.sleep, crm_now=lambda: fake.now().timestamp()
    )
    async with sandbox, AsyncExitStack() as stack:
        leaks.watch(sandbox)
        home = Home(folder=folder, state_url=state_url, sandbox=sandbox, leaks=leaks)
        config = home.configure(google=sandbox.settings()["google"], mail=mail or {})
        inside = await stack.enter_async_context(running_inside(home, config, clock))
        yield DashboardSite(home=home, inside=inside, clock=clock, flow=TimeFlow(inside, clock), stack=stack)
