"""What stands before every page: who looks, whether the form is ours, what may be done, what errors show.

Pages are mounted on the public application one by one, `app.router.add_get(path, guard.page(handler))`, so that
webhooks, the API and their errors never pass through here. A page is for people who are signed in unless it says
`is_open=True`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import quote

import structlog
from aiohttp import web

from connector.domain.errors import (
    BadInputError,
    ConnectorError,
    NotPermittedError,
    StateUnavailableError,
    TransientError,
)
from connector.domain.lead import WorkspaceId
from connector.domain.people import Action, SignedInSession, Viewer
from connector.domain.return_to import HOME, return_to
from connector.ports import Sessions
from connector.web.dashboard.cookies import Cookies, form_token, is_form_token
from connector.web.dashboard.forms import ForeignForm, check_origin, form_of
from connector.web.dashboard.headers import SecurityHeaders
from connector.web.problems import NotFound

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SIGN_IN = "/sign-in"
CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF-Token"
ELSEWHERE = "/{elsewhere:(?!webhooks/|api/).*}"
_READS = frozenset({"GET", "HEAD"})

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What an error page says. `reference` is what the log knows it by; `retry_after_s` when waiting helps."""

    status: int
    title: str
    text: str
    reference: str | None = None
    retry_after_s: int | None = None


ErrorPage = Callable[[web.Request, Trouble], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What the guard found out about a request. `secret` is the cookie that forms of the page are bound to."""

    session: SignedInSession | None
    secret: str = field(repr=False)


VISIT: web.RequestKey[Visit] = web.RequestKey("visit", Visit)
HEADERS: web.RequestKey[SecurityHeaders] = web.RequestKey("headers", SecurityHeaders)

_TITLES: tuple[tuple[type[ConnectorError], int, str], ...] = (
    (ForeignForm, 403, "This form is out of date"),
    (NotPermittedError, 403, "You may not do this"),
    (NotFound, 404, "There is no such page"),
    (BadInputError, 400, "That cannot be used"),
    (StateUnavailableError, 503, "Try again in a moment"),
    (TransientError, 503, "Try again in a moment"),
    (ConnectorError, 502, "An outside service failed"),
)
_RETRY_S = 5
BUG = "Something went wrong"
BUG_TEXT = "The fault is ours and was logged. Try again; if it stays, tell your operator the number below."


class Guard:
    """Wraps handlers. `error_page` shows what went wrong; when that fails too, plain text does."""

    def __init__(
        self,
        sessions: Sessions,
        cookies: Cookies,
        headers: SecurityHeaders,
        error_page: ErrorPage,
        *,
        public_url: str,
        new_id: Callable[[], str],
    ) -> None:
        self._sessions = sessions
        self.cookies = cookies
        self._headers = headers
        self._error_page = error_page
        self._public_url = public_url
        self._new_id = new_id

    def page(self, handler: Handler, *, is_open: bool = False, shut_out: Trouble | None = None) -> Handler:
        """Return the handler behind the guard.

        `shut_out` is shown instead of leading to the door and back: for addresses that hold a secret, which must
        not become a part of another one.
        """

        async def guarded(request: web.Request) -> web.StreamResponse:
            response = await self._answer(request, handler, is_open=is_open, shut_out=shut_out)
            if not response.prepared:  # a stream of events has sent its head already
                self._headers.put(response)
                if request[VISIT].session is None and self.cookies.visit(request) is None:
                    self.cookies.set_visit(response, request[VISIT].secret)
            return response

        return guarded

    def asset(self, handler: Handler) -> Handler:
        """Return the handler of something that is the same for everybody: only the headers are put on."""

        async def dressed(request: web.Request) -> web.StreamResponse:
            response = await handler(request)
            self._headers.put(response)
            return response

        return dressed

    def add_elsewhere(self, app: web.Application) -> None:
        """Show a page of ours for addresses that lead nowhere, apart from those of machines."""
        app.router.add_get(ELSEWHERE, self.page(_nowhere, is_open=True))

    async def _answer(
        self, request: web.Request, handler: Handler, *, is_open: bool, shut_out: Trouble | None
    ) -> web.StreamResponse:
        request[HEADERS] = self._headers
        request[VISIT] = Visit(session=None, secret=self.cookies.visit(request) or self.cookies.new_visit())
        try:
            await self._recognise(request)
            if request[VISIT].session is None and not is_open:
                return await self._show(request, shut_out) if shut_out else self._to_sign_in(request)
            if request.method not in _READS:
                await self._check_form(request, is_open=is_open)
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:  # noqa: PLR2004 - a redirect
                return redirect(error.headers["Location"])
            return await self._show(request, Trouble(status=error.status, title=error.reason, text=""))
        except ConnectorError as error:
            status, title = next(
                (status, title) for kind, status, title in _TITLES if isinstance(error, kind)
            )
            retry_s = _RETRY_S if status == 503 else None  # noqa: PLR2004 - HTTP's number
            return await self._show(
                request, Trouble(status=status, title=title, text=str(error), retry_after_s=retry_s)
            )
        except Exception:
            # by the page's pattern: its address may hold a link's token
            reference, page = self._new_id()[:12], _pattern(request)
            log.exception("dashboard.failed", page=page, reference=reference)
            return await self._show(
                request, Trouble(status=500, title=BUG, text=BUG_TEXT, reference=reference)
            )

    async def _recognise(self, request: web.Request) -> None:
        token = self.cookies.session(request)
        session = await self._sessions.find(token) if token else None
        if session is not None and token is not None:
            request[VISIT] = Visit(session=session, secret=token)

    def _to_sign_in(self, request: web.Request) -> web.StreamResponse:
        """Lead a person to the door and back; tell a script that nobody is signed in."""
        if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
            return web.Response(status=401, text="Sign in first.")
        back = return_to(request.raw_path) if request.method in _READS else HOME
        return redirect(SIGN_IN if back == HOME else f"{SIGN_IN}?return_to={quote(back, safe='')}")

    async def _check_form(self, request: web.Request, *, is_open: bool) -> None:
        """Raise ForeignForm unless the request comes from our origin with the token of its cookie."""
        check_origin(request, public_url=self._public_url)
        given = request.headers.get(CSRF_HEADER) or (await form_of(request)).get(CSRF_FIELD, "")
        visit = self.cookies.visit(request) if is_open else None
        secrets = [request[VISIT].secret, *([visit] if visit else [])]
        if not any(is_form_token(given, secret) for secret in secrets):
            raise ForeignForm("Open the page again and send the form once more. Nothing was done.")

    async def _show(self, request: web.Request, trouble: Trouble) -> web.StreamResponse:
        try:
            response = await self._error_page(request, trouble)
        except Exception:
            log.exception("dashboard.failed", page="error", reference=trouble.reference)
            response = web.Response(text=f"{trouble.title}\n{trouble.text}".strip())
        response.set_status(trouble.status)
        if trouble.retry_after_s is not None:
            response.headers["Retry-After"] = str(trouble.retry_after_s)
        return response


async def _nowhere(_request: web.Request) -> web.StreamResponse:
    raise NotFound("The address leads nowhere: it was mistyped, or what it showed is gone.")


def session_of(request: web.Request) -> SignedInSession:
    """Return the session behind a page that is not open."""
    session = request[VISIT].session
    if session is None:
        raise NotPermittedError("Sign in first.")
    return session


def viewer_of(request: web.Request) -> Viewer:
    """Return who looks at a page that is not open."""
    return session_of(request).viewer


def csrf_token(request: web.Request) -> str:
    """Return the token that this page's forms carry in the field `csrf`."""
    return form_token(request[VISIT].secret)


def require(request: web.Request, workspace_id: WorkspaceId, action: Action) -> Viewer:
    """Return who looks, when they may do this there. Raises NotFound, or NotPermittedError: the 403 page."""
    viewer = viewer_of(request)
    if not viewer.may(workspace_id, "read"):
        raise NotFound("There is no such workspace, or it is not yours to see.")
    if not viewer.may(workspace_id, action):
        raise NotPermittedError("Your role does not allow this: ask an owner of the workspace.")
    return viewer


def dress(request: web.Request, response: web.StreamResponse) -> None:
    """Put the headers on a response that streams: call it before its `prepare`."""
    request[HEADERS].put(response)


def redirect(location: str) -> web.Response:
    """Return a 303: what follows a form, and what leads to the door."""
    return web.Response(status=303, headers={"Location": location})


def _pattern(request: web.Request) -> str | None:
    resource = request.match_info.route.resource
    return resource.canonical if resource else None
