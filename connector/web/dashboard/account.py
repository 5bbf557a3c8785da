"""The viewer's own account: password, and the browsers they are signed in with."""

from collections.abc import Mapping
from datetime import UTC, datetime

from aiohttp import web

from connector.domain.errors import NotPermittedError
from connector.domain.people import PASSWORD_CHARS_MIN, OpenSession, SignedInSession
from connector.pipelines.sign_in import Blocked, Refused, SignedIn, SignIn, Weak
from connector.ports import Sessions
from connector.web.dashboard import views
from connector.web.dashboard.addresses import root_of
from connector.web.dashboard.forms import form_of
from connector.web.dashboard.frame import see_other, show, workspace_of
from connector.web.dashboard.guard import Guard, session_of
from connector.web.dashboard.sign_in import Door

OTHERS = "others"
PAGE = "/w/{workspace}/settings"


class Account:
    """The handlers of `/w/<workspace>/settings`."""

    def __init__(self, sign_in: SignIn, sessions: Sessions, guard: Guard, door: Door) -> None:
        self._sign_in = sign_in
        self._sessions = sessions
        self._guard = guard
        self._door = door

    def add_to(self, app: web.Application) -> None:
        """Mount the pages."""
        router, page = app.router, self._guard.page
        router.add_get(PAGE, page(self._show))
        router.add_post(f"{PAGE}/password", page(self._change_password))
        router.add_post(f"{PAGE}/sessions", page(self._end_sessions))

    async def _show(self, request: web.Request) -> web.StreamResponse:
        return await self._page(request, {})

    async def _page(
        self, request: web.Request, errors: Mapping[str, str], *, status: int = 200
    ) -> web.StreamResponse:
        workspace_id = workspace_of(request)
        session = session_of(request)
        is_own = session.workspace_id is None  # else one sees nothing of the rest of the account
        found = await self._sessions.of(session.viewer.person_id) if is_own else ()
        view = views.Settings(
            name=session.viewer.name,
            email=session.viewer.email,
            has_password=session.has_password and session.by == "password",
            is_confined=not is_own,
            min_length=PASSWORD_CHARS_MIN,
            errors=errors,
            sessions=tuple(_line(one, session) for one in found),
        )
        return await show(request, view, workspace_id=workspace_id, section="settings", status=status)

    async def _change_password(self, request: web.Request) -> web.StreamResponse:
        workspace_id = workspace_of(request)
        form = await form_of(request)
        new = form.get("password", "")
        if new != form.get("again", ""):
            return await self._page(request, {"again": "The two are not the same."}, status=422)
        outcome = await self._sign_in.change_password(
            session_of(request), self._door.browser(request), current=form.get("current", ""), new=new
        )
        match outcome:
            case SignedIn():
                response = see_other(
                    request, f"{root_of(workspace_id)}/settings", "Your password was changed."
                )
                self._guard.cookies.sign_in(response, outcome.session, outcome.known)
                return response
            case Weak(problem=problem):
                return await self._page(request, {"password": problem}, status=422)
            case Refused():
                return await self._page(
                    request, {"current": "That is not your current password."}, status=403
                )
            case Blocked():
                error = "Too many attempts: try again in some minutes."
                return await self._page(request, {"current": error}, status=429)

    async def _end_sessions(self, request: web.Request) -> web.StreamResponse:
        workspace_id = workspace_of(request)
        session = session_of(request)
        if session.workspace_id is not None:
            raise NotPermittedError("Signed in to one workspace only, you see and end no other sessions.")
        named = (await form_of(request)).get("session", "")
        person_id = session.viewer.person_id
        if named == OTHERS:
            await self._sessions.end(person_id, keep=session.id)
        else:
            await self._sessions.end(person_id, only=named)
        return see_other(request, f"{root_of(workspace_id)}/settings", "Signed out there.")


def _line(one: OpenSession, current: SignedInSession) -> views.SessionLine:
    return views.SessionLine(
        id=one.id,
        label=one.label,
        created_at=datetime.fromtimestamp(one.created_at_ms / 1000, UTC),
        seen_at=datetime.fromtimestamp(one.seen_at_ms / 1000, UTC),
        is_current=one.id == current.id,
    )
