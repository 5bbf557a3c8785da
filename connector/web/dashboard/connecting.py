"""Connecting an account in the browser: what is asked and why, the way to the provider and back, which Pages."""

from collections.abc import Sequence
from urllib.parse import quote

from aiohttp import web

from connector.domain.connection import ConnectionId, PageGrant, Provider
from connector.domain.consenting import ConsentAttempt
from connector.domain.errors import BadInputError, ConnectorError, NotPermittedError, StateUnavailableError
from connector.domain.health import OVER
from connector.domain.lead import PageId, WorkspaceId
from connector.pipelines.connect import LEAD_TASKS, ConnectFacebook, Offer, offer_from_json
from connector.pipelines.connect_google import BoxNotTickedError, ConnectGoogle
from connector.pipelines.consent import ConsentDeclinedError, ConsentDesk
from connector.web.dashboard.addresses import consent_href, root_of, stopped_href
from connector.web.dashboard.cards import ACCOUNTS
from connector.web.dashboard.consent_words import (
    BLOCKING,
    NO_GOOGLE,
    NO_TASK,
    choices,
    stopped_view,
    withheld_of,
)
from connector.web.dashboard.forms import form_of
from connector.web.dashboard.frame import see_other, show, workspace_of
from connector.web.dashboard.guard import redirect, require, session_of, viewer_of
from connector.web.dashboard.lead_views import Row
from connector.web.dashboard.render import number
from connector.web.dashboard.views import ChoosePages, ConnectStart, Message, PageChoice
from connector.web.dashboard.views.words import PROVIDERS
from connector.web.problems import NotFound

DESK: web.AppKey[ConsentDesk] = web.AppKey("consent_desk")
FACEBOOK: web.AppKey[ConnectFacebook] = web.AppKey("connect_facebook")
GOOGLE: web.AppKey[ConnectGoogle | None] = web.AppKey("connect_google")


async def choose_provider(request: web.Request) -> web.StreamResponse:
    """Tell who asks for what and why, before anybody is sent to a provider."""
    workspace_id = workspace_of(request, "connect")
    google_is_set = request.config_dict[GOOGLE] is not None
    view = ConnectStart(choices=choices(workspace_id, google_is_set=google_is_set))
    return await show(request, view, workspace_id=workspace_id, section="connections")


async def start(request: web.Request) -> web.StreamResponse:
    """Send the browser to a provider's consent page."""
    provider = _provider(request)
    connection_id = request.query.get("connection")
    workspace_id = await _workspace(request, provider, connection_id)
    require(request, workspace_id, "connect")
    session = session_of(request)
    url = await request.config_dict[DESK].start(
        provider,
        workspace_id,
        session=session.id,
        person_id=session.viewer.person_id,
        connection_id=ConnectionId(connection_id) if connection_id else None,
        rerequest=request.query.get("rerequest") == "1",
    )
    return redirect(url)


async def callback(request: web.Request) -> web.StreamResponse:
    """Take a browser that comes back from a provider; the address with the code is left at once."""
    provider, desk = _provider(request), request.config_dict[DESK]
    try:
        attempt, code = await desk.take(provider, request.query, session=session_of(request).id)
    except ConsentDeclinedError as declined:
        return redirect(_stopped(declined.attempt, "declined"))
    require(request, attempt.workspace_id, "connect")
    try:
        offer = await desk.exchange(attempt, code)
        if provider == "google":
            return await _take_google(request, attempt, offer)
        return await _go_on_with_facebook(request, attempt, offer)
    except BoxNotTickedError as error:
        return redirect(_stopped(attempt, "box", scopes=" ".join(error.scopes)))
    except StateUnavailableError:
        raise
    except ConnectorError as error:
        return see_other(request, _stopped(attempt, "failed"), str(error), tone="bad")


async def stopped(request: web.Request) -> web.StreamResponse:
    """Say why a consent came to nothing; nothing is kept of it, so all that is said stands in the address."""
    workspace_id = workspace_of(request, "connect")
    provider = next((one for one in PROVIDERS if one == request.query.get("provider")), None)
    if provider is None:
        raise NotFound("There is no such provider.")
    again = consent_href(
        provider, workspace_id=workspace_id, connection_id=request.query.get("connection"), rerequest=True
    )
    view = stopped_view(
        provider, request.query.get("why", ""), request.query.get("scopes", "").split(), again=again
    )
    status = view.status if isinstance(view, Message) else 200
    return await show(request, view, workspace_id=workspace_id, section="connections", status=status)


async def choose_pages(request: web.Request) -> web.StreamResponse:
    """Show what the consent gives: Pages to choose from, and what was withheld."""
    workspace_id = workspace_of(request, "connect")
    attempt, offer = await _offer(request, workspace_id, request.query.get("attempt", ""))
    return await _choice_page(request, attempt, offer)


async def take_pages(request: web.Request) -> web.StreamResponse:
    """Connect the chosen Pages."""
    workspace_id = workspace_of(request, "connect")
    form = await form_of(request)
    attempt, offer = await _offer(request, workspace_id, form.get("attempt", ""))
    takable = [page.page_id for page in offer.pages if _may_read(page)]
    wanted = {str(value) for value in (await request.post()).getall("page", [])}
    chosen = takable if form.get("all") == "yes" else [page for page in takable if page in wanted]
    if BLOCKING & set(offer.withheld_scopes):
        return await _choice_page(request, attempt, offer, error="Allow what was withheld first.")
    if not chosen:
        return await _choice_page(request, attempt, offer, error="Choose at least one Page.")
    return await _take_facebook(request, attempt, offer, chosen)


def _provider(request: web.Request) -> Provider:
    name = request.match_info["provider"]
    if name == "facebook":
        return "facebook"
    if name == "google" and request.config_dict[GOOGLE] is not None:
        return "google"
    raise NotFound(NO_GOOGLE if name == "google" else "There is no such provider.")


async def _workspace(request: web.Request, provider: Provider, connection_id: str | None) -> WorkspaceId:
    """Return whose consent this is: that of the account to be mended, the one named, or the only one there is."""
    viewer = viewer_of(request)
    if connection_id is not None:
        found = None
        if connection_id.isprintable():
            accounts = request.config_dict[ACCOUNTS]
            found = await accounts.workspace_of(provider, ConnectionId(connection_id))
        if found is None or not viewer.may(found, "read"):
            raise NotFound("There is no such account, or it is not yours to mend.")
        return found
    named = request.query.get("workspace")
    if named is not None:
        return WorkspaceId(named)
    own = [workspace_id for workspace_id in viewer.roles if viewer.may(workspace_id, "connect")]
    if not own:
        raise NotPermittedError("Your role does not allow this: ask an owner of the workspace.")
    if len(own) != 1:
        raise BadInputError("Say for which workspace: open its page and choose `Connect an account`.")
    return own[0]


def _stopped(attempt: ConsentAttempt, why: str, *, scopes: str = "") -> str:
    return stopped_href(
        attempt.workspace_id, attempt.provider, why, connection_id=attempt.connection_id, scopes=scopes
    )


async def _take_google(request: web.Request, attempt: ConsentAttempt, offer: str) -> web.StreamResponse:
    google = request.config_dict[GOOGLE]
    if google is None:
        raise NotFound(NO_GOOGLE)
    connected = await google.accept(
        attempt.workspace_id, offer, connected_by=attempt.person_id, mends=attempt.connection_id
    )
    await request.config_dict[DESK].finish(attempt)
    problems = sum(check.outcome == "failed" for check in connected.checks)
    return _connected(request, attempt, connected.connection_id, problems=problems, freed=0)


async def _go_on_with_facebook(
    request: web.Request, attempt: ConsentAttempt, text: str
) -> web.StreamResponse:
    """Mend an account at once with the Pages it has; let a person choose everywhere else."""
    offer = offer_from_json(text)
    if attempt.connection_id is not None and not offer.withheld_scopes:
        rows = await request.config_dict[ACCOUNTS].all(attempt.workspace_id)
        mine = next((row for row in rows if row["id"] == attempt.connection_id), None)
        if mine is not None and mine["account_id"] == offer.person.id:
            known = {page["page_id"] for page in mine["pages"]}
            chosen = [page.page_id for page in offer.pages if page.page_id in known]
            if chosen and len(chosen) == len(known):
                return await _take_facebook(request, attempt, offer, chosen)
    return redirect(f"{root_of(attempt.workspace_id)}/connect/pages?attempt={attempt.id}")


async def _take_facebook(
    request: web.Request, attempt: ConsentAttempt, offer: Offer, chosen: list[PageId]
) -> web.StreamResponse:
    connected = await request.config_dict[FACEBOOK].accept(
        attempt.workspace_id, offer, chosen, connected_by=attempt.person_id
    )
    await request.config_dict[DESK].finish(attempt)
    problems = sum(proof.problem is not None for proof in connected.proofs)
    return _connected(request, attempt, connected.connection_id, problems=problems, freed=connected.freed)


def _connected(
    request: web.Request, attempt: ConsentAttempt, connection_id: ConnectionId, *, problems: int, freed: int
) -> web.StreamResponse:
    """Lead to the account; to its proofs when something lacks."""
    root = f"{root_of(attempt.workspace_id)}/connections"
    goes = "lead that waited goes on" if freed == 1 else "leads that waited go on"
    waited = f" {number(freed)} {goes}." if freed else ""
    if problems:
        text = f"Connected; what still lacks is named below.{waited}"
        return see_other(request, f"{root}/{quote(connection_id, safe='')}/proof", text, tone="warning")
    return see_other(request, f"{root}#connection-{connection_id}", f"Connected, and proved to work.{waited}")


async def _offer(
    request: web.Request, workspace_id: WorkspaceId, attempt_id: str
) -> tuple[ConsentAttempt, Offer]:
    if not attempt_id.isprintable():
        raise NotFound("There is no such consent: start connecting again.")
    attempt, text = await request.config_dict[DESK].offer(attempt_id, session=session_of(request).id)
    if attempt.workspace_id != workspace_id or attempt.provider != "facebook":
        raise NotPermittedError("This consent belongs to another workspace: start connecting again.")
    return attempt, offer_from_json(text)


async def _choice_page(
    request: web.Request, attempt: ConsentAttempt, offer: Offer, *, error: str | None = None
) -> web.StreamResponse:
    rows = await request.config_dict[ACCOUNTS].all(attempt.workspace_id)
    view = ChoosePages(
        account_name=offer.person.name or offer.person.id,
        attempt=attempt.id,
        pages=_page_choices(offer, [row for row in rows if row["state"] not in OVER]),
        withheld=withheld_of(offer.withheld_scopes),
        reconsent_href=consent_href(
            attempt.provider,
            workspace_id=attempt.workspace_id,
            connection_id=attempt.connection_id,
            rerequest=True,
        ),
        submit_href=f"{root_of(attempt.workspace_id)}/connect/pages",
        error=error,
    )
    status = 400 if error else 200
    return await show(request, view, workspace_id=attempt.workspace_id, section="connections", status=status)


def _page_choices(offer: Offer, accounts: Sequence[Row]) -> tuple[PageChoice, ...]:
    """Return the Pages by name; of an account that is known, those that it has are chosen already."""
    readers = {page["page_id"]: row for row in accounts for page in row["pages"] if not page["read_through"]}
    own = {
        page["page_id"] for row in accounts if row["account_id"] == offer.person.id for page in row["pages"]
    }
    return tuple(
        PageChoice(
            id=page.page_id,
            name=page.name,
            missing=None if _may_read(page) else NO_TASK,
            note=_note(readers.get(page.page_id), offer),
            is_chosen=_may_read(page) and (not own or page.page_id in own),
        )
        for page in sorted(offer.pages, key=lambda page: page.name.casefold())
    )


def _note(reader: Row | None, offer: Offer) -> str | None:
    """Say who reads a Page already."""
    if reader is None:
        return None
    if reader["account_id"] == offer.person.id:
        return "Connected by this account already."
    name = reader["account_name"] or reader["account_id"]
    return f"Connected by {name} already: this account would stand by."


def _may_read(page: PageGrant) -> bool:
    """Tell whether the person's tasks on a Page suffice; a listing without tasks does not say."""
    return not page.tasks or bool(LEAD_TASKS & set(page.tasks))
