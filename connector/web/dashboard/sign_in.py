"""The door: signing in by password or one-time link, and out."""

from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network
from math import ceil

from aiohttp import web

from connector.domain.privacy import PrivacyRequest
from connector.domain.return_to import return_to
from connector.pipelines.invite import LINK_PATH
from connector.pipelines.sign_in import Blocked, Browser, Refused, SignedIn, SignIn
from connector.ports import Clock, SignInLinks
from connector.web.dashboard import views
from connector.web.dashboard.forms import form_of
from connector.web.dashboard.frame import theme_of
from connector.web.dashboard.guard import SIGN_IN, VISIT, Guard, Trouble, csrf_token, redirect
from connector.web.dashboard.lead_views import at, instant
from connector.web.dashboard.render import Renderer
from connector.web.dashboard.visitor import address_of, browser_label

SIGN_OUT = "/sign-out"
WRONG = "The e-mail address or the password is not right."


class SinglePages:
    """Pages that stand alone, without a workspace around them: the door, errors, plain messages."""

    def __init__(self, renderer: Renderer, clock: Clock) -> None:
        self._renderer = renderer
        self._clock = clock

    def show(
        self, request: web.Request, view: views.View, *, status: int = 200, path: str = "/"
    ) -> web.Response:
        """Answer with a page. `path`: where the theme's form leads back to; never one that holds a token."""
        shell = views.Shell(csrf_token=csrf_token(request), path=path, theme=theme_of(request))
        text = self._renderer.render(shell, view, now=self._clock.now())
        return web.Response(text=text, content_type="text/html", status=status)

    def privacy_request(self, asked: PrivacyRequest | None) -> str:
        """Return the page on a deletion request; it has no form, so that it needs no cookie. None: no such one."""
        view: views.View = views.Message(
            status=404, title="There is no such request", text="Check the address: its last part is the code."
        )
        if asked is not None:
            view = views.PrivacyRequest(
                code=asked.code,
                state=asked.state,
                received_at=instant(asked.received_at_ms),
                settled_at=at(asked.settled_at_ms),
                outcome=asked.outcome,
            )
        return self._renderer.render(views.Shell(csrf_token=""), view, now=self._clock.now())

    async def error(self, request: web.Request, trouble: Trouble) -> web.StreamResponse:
        """Show what went wrong: the guard's `ErrorPage`."""
        view = views.Message(
            status=trouble.status,
            title=trouble.title,
            text=trouble.text,
            next_label="To the first page",
            next_href="/",
            reference=trouble.reference,
        )
        return self.show(request, view, status=trouble.status)


class Door:
    """The handlers. `trusted`: proxies whose word on the visitor's address is taken."""

    def __init__(
        self,
        sign_in: SignIn,
        links: SignInLinks,
        guard: Guard,
        pages: SinglePages,
        clock: Clock,
        *,
        trusted: Sequence[IPv4Network | IPv6Network],
    ) -> None:
        self._sign_in = sign_in
        self._links = links
        self._guard = guard
        self._pages = pages
        self._clock = clock
        self._trusted = trusted

    def add_to(self, app: web.Application) -> None:
        """Mount the door."""
        router, page = app.router, self._guard.page
        router.add_get(SIGN_IN, page(self._form, is_open=True))
        router.add_post(SIGN_IN, page(self._by_password, is_open=True))
        router.add_get(LINK_PATH + r"{token:[\w-]+}", page(self._link, is_open=True))
        router.add_post(LINK_PATH.rstrip("/"), page(self._by_link, is_open=True))
        router.add_post(SIGN_OUT, page(self._out, is_open=True))

    def browser(self, request: web.Request) -> Browser:
        """Return where a request comes from."""
        cookies = self._guard.cookies
        return Browser(
            address=address_of(request, self._trusted),
            label=browser_label(request.headers.get("User-Agent", "")),
            session=cookies.session(request),
            known=cookies.known(request),
        )

    def signed_in(self, outcome: SignedIn, location: str) -> web.Response:
        """Hand the browser its new session and lead it on."""
        response = redirect(location)
        self._guard.cookies.sign_in(response, outcome.session, outcome.known)
        return response

    async def _form(self, request: web.Request) -> web.StreamResponse:
        leads_to = return_to(request.query.get("return_to"))
        if request[VISIT].session is not None:
            return redirect(leads_to)
        return self._pages.show(request, views.SignIn(return_to=leads_to))

    async def _by_password(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        email, leads_to = form.get("email", ""), return_to(form.get("return_to"))
        outcome = await self._sign_in.by_password(
            email, form.get("password", ""), self.browser(request), leads_to=leads_to
        )
        match outcome:
            case SignedIn():
                return self.signed_in(outcome, outcome.return_to)
            case Blocked(until_ms=until_ms):
                return self._blocked(request, until_ms, email=email, leads_to=leads_to)
            case Refused():
                view = views.SignIn(email=email, return_to=leads_to, error=WRONG)
                return self._pages.show(request, view, status=403)

    def _blocked(
        self, request: web.Request, until_ms: int, *, email: str, leads_to: str
    ) -> web.StreamResponse:
        until = datetime.fromtimestamp(until_ms / 1000, UTC)
        view = views.SignIn(email=email, return_to=leads_to, blocked_until=until)
        response = self._pages.show(request, view, status=429)
        wait_s = ceil((until_ms - self._clock.now_ms()) / 1000)
        response.headers["Retry-After"] = str(max(1, wait_s))
        return response

    async def _link(self, request: web.Request) -> web.StreamResponse:
        """Show a button: mail scanners and previews open links, and must not use them up."""
        token = request.match_info["token"]
        facts = await self._links.look(token)
        if facts is None:
            return self._ended(request)
        session = request[VISIT].session
        view = views.LinkSignIn(
            token=token,
            workspace=facts.workspace_id,
            is_joining=facts.workspace_id is not None
            and session is not None
            and session.workspace_id is None,
            name=facts.name,
            expires_at=datetime.fromtimestamp(facts.expires_at_ms / 1000, UTC),
            return_to=facts.return_to,
        )
        return self._pages.show(request, view, path=SIGN_IN)

    async def _by_link(self, request: web.Request) -> web.StreamResponse:
        token = (await form_of(request)).get("token", "")
        outcome = await self._sign_in.by_link(token, self.browser(request))
        if isinstance(outcome, Refused):
            return self._ended(request)
        return self.signed_in(outcome, outcome.return_to)

    def _ended(self, request: web.Request) -> web.StreamResponse:
        view = views.Message(
            status=410,
            title="This link has ended",
            text="It works once, and for a short time only. Ask for a new one, or sign in with your password.",
            next_label="Sign in",
            next_href=SIGN_IN,
        )
        return self._pages.show(request, view, status=410, path=SIGN_IN)

    async def _out(self, request: web.Request) -> web.StreamResponse:
        session = self._guard.cookies.session(request)
        if session is not None:
            await self._sign_in.sign_out(session)
        response = redirect(SIGN_IN)
        self._guard.cookies.sign_out(response)
        return response
