"""A server with the dashboard's door and account, and a few pages of its own behind the guard."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network

import aiohttp
from aiohttp import web

from connector.domain.errors import StateUnavailableError
from connector.domain.lead import WorkspaceId
from connector.ports import Clock
from connector.web.dashboard.account import Account
from connector.web.dashboard.assets import Assets
from connector.web.dashboard.cookies import Cookies
from connector.web.dashboard.frame import CLOCK, GLANCE, RENDERER
from connector.web.dashboard.guard import CSRF_FIELD, Guard, csrf_token, dress, require, viewer_of
from connector.web.dashboard.headers import SecurityHeaders
from connector.web.dashboard.render import Renderer
from connector.web.dashboard.sign_in import Door, SinglePages
from connector.web.server import addresses, public_app, serve
from state.glance import SqlGlance
from support.doors import ADA, LIFE_S, MAIN, PASSWORD, Doors

DIALOG = "https://www.facebook.com"
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass(frozen=True, kw_only=True)
class Page:
    """An answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    text: str

    @property
    def location(self) -> str:
        return self.headers["Location"]

    @property
    def csrf(self) -> str:
        """Return the token that the page's forms carry."""
        found = _CSRF.search(self.text)
        assert found is not None, self.text
        return found[1]


@dataclass(frozen=True, kw_only=True)
class DoorSite:
    """The server and one browser, which keeps its cookies."""

    url: str
    doors: Doors
    http: aiohttp.ClientSession

    async def get(self, path: str, **headers: str) -> Page:
        """Open a page."""
        return await self._ask("GET", path, headers)

    async def post(
        self,
        path: str,
        fields: Mapping[str, str] | None = None,
        *,
        csrf: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """Send a form as a browser does: from our origin, with the token of the page it was on."""
        data = {**(fields or {}), **({CSRF_FIELD: csrf} if csrf is not None else {})}
        return await self._ask("POST", path, {"Origin": self.url} if headers is None else headers, data)

    async def sign_in(self, email: str = ADA, password: str = PASSWORD, **fields: str) -> Page:
        """Fill the sign-in page in and send it."""
        csrf = (await self.get("/sign-in")).csrf
        return await self.post("/sign-in", {"email": email, "password": password, **fields}, csrf=csrf)

    async def _ask(
        self, method: str, path: str, headers: Mapping[str, str], data: Mapping[str, str] | None = None
    ) -> Page:
        async with self.http.request(
            method, f"{self.url}{path}", headers=headers, data=data, allow_redirects=False
        ) as answer:
            cookies = {name: morsel.OutputString() for name, morsel in answer.cookies.items()}
            return Page(
                status=answer.status, headers=answer.headers, cookies=cookies, text=await answer.text()
            )


@asynccontextmanager
async def opened_site(
    doors: Doors,
    clock: Clock,
    *,
    public_url: str = "http://127.0.0.1:8080",
    trusted: Sequence[IPv4Network] = (),
) -> AsyncIterator[DoorSite]:
    """Serve the door on a free port."""
    is_secure = public_url.startswith("https://")
    pages = SinglePages(renderer := Renderer(Assets.packaged().href), clock)
    guard = Guard(
        doors.sessions,
        Cookies(is_secure=is_secure, session_s=LIFE_S),
        SecurityHeaders(public_url=public_url, consent_urls=[DIALOG]),
        pages.error,
        public_url=public_url,
        new_id=lambda: "f00d" * 8,
    )
    app = public_app()
    app[RENDERER], app[GLANCE], app[CLOCK] = renderer, SqlGlance(doors.engine), clock
    door = Door(doors.sign_in, doors.links, guard, pages, clock, trusted=trusted)
    door.add_to(app)
    Account(doors.sign_in, doors.sessions, guard, door).add_to(app)
    _add_own(app, guard)
    runner = await serve(app, "127.0.0.1:0", header_timeout_s=5, drain_s=0.2)
    jar = aiohttp.CookieJar(unsafe=True)  # cookies of a host that is a number
    try:
        async with aiohttp.ClientSession(cookie_jar=jar) as http:
            yield DoorSite(url=addresses(runner)[0], doors=doors, http=http)
    finally:
        await runner.cleanup()


def _add_own(app: web.Application, guard: Guard) -> None:
    async def thing(request: web.Request) -> web.StreamResponse:
        viewer = require(request, WorkspaceId(request.match_info["workspace"]), "read")
        return web.Response(
            text=f'{viewer.name} <input name="csrf" value="{csrf_token(request)}">', content_type="text/html"
        )

    async def change(request: web.Request) -> web.StreamResponse:
        require(request, WorkspaceId(request.match_info["workspace"]), "connect")
        return web.Response(text="changed")

    async def broken(_request: web.Request) -> web.StreamResponse:
        raise RuntimeError("token=EAAsecret of ada@example.com")

    async def away(_request: web.Request) -> web.StreamResponse:
        raise StateUnavailableError("The database is away.")

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        dress(request, response)
        await response.prepare(request)
        await response.write(b"data: x\n\n")
        return response

    async def hook(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="EVENT_RECEIVED")

    app.router.add_get("/", guard.page(_whose))
    app.router.add_get("/w/{workspace}/thing", guard.page(thing))
    app.router.add_post("/w/{workspace}/thing", guard.page(change))
    app.router.add_get("/broken/{token}", guard.page(broken, is_open=True))
    app.router.add_get("/away", guard.page(away, is_open=True))
    app.router.add_get("/stream", guard.page(stream))
    app.router.add_post("/webhooks/facebook", hook)
    guard.add_elsewhere(app)


async def _whose(request: web.Request) -> web.StreamResponse:
    return web.Response(text=viewer_of(request).email)


THING = f"/w/{MAIN}/thing"
