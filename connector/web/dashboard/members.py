"""Who may do what in a workspace: owners add, change and remove people, and make sign-in links."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

from aiohttp import web

from connector.domain.audit import Actor
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.domain.people import Member, PersonId, Role, email_key
from connector.pipelines.invite import Invite
from connector.ports import People as Persons
from connector.web.dashboard.addresses import root_of
from connector.web.dashboard.forms import form_of
from connector.web.dashboard.frame import see_other, show, workspace_of
from connector.web.dashboard.guard import viewer_of
from connector.web.dashboard.lead_views import at, instant
from connector.web.dashboard.views import NewLink, People, PersonRow
from connector.web.problems import NotFound

PERSONS: web.AppKey[Persons] = web.AppKey("persons")
INVITE: web.AppKey[Invite] = web.AppKey("invite")

ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """A form as it was sent, to be shown again beside what was wrong with it."""

    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    role: Role = "admin"
    error: str | None = None


async def people(request: web.Request) -> web.StreamResponse:
    """Show who belongs to the workspace."""
    return await _page(request, workspace_of(request, "people"), _Given())


async def add_person(request: web.Request) -> web.StreamResponse:
    """Let somebody in, and show their first link once."""
    workspace_id = workspace_of(request, "people")
    form = await form_of(request)
    name, email, role = form.get("name", ""), form.get("email", ""), _role(form.get("role"))
    persons = request.config_dict[PERSONS]
    error = _refusal(email, await persons.members(workspace_id))
    if error is not None:
        return await _page(request, workspace_id, _Given(name=name, email=email, role=role, error=error))
    person_id, _ = await persons.put(email, workspace_id, role, actor=_actor(request), name=name or None)
    link = await _link(request, workspace_id, person_id, name or email)
    return await _page(request, workspace_id, _Given(), new_link=link)


async def change_role(request: web.Request) -> web.StreamResponse:
    """Give somebody another role."""
    workspace_id = workspace_of(request, "people")
    role = _role((await form_of(request)).get("role"))
    member = await _member(request, workspace_id)
    await request.config_dict[PERSONS].put(
        member.email, workspace_id, role, actor=_actor(request), keep_owner=True
    )
    return see_other(request, f"{root_of(workspace_id)}/people", "The role is changed.")


async def remove_person(request: web.Request) -> web.StreamResponse:
    """Take somebody out of the workspace."""
    workspace_id = workspace_of(request, "people")
    member = await _member(request, workspace_id)
    await request.config_dict[PERSONS].remove(
        member.person_id, workspace_id, actor=_actor(request), keep_owner=True
    )
    return see_other(request, f"{root_of(workspace_id)}/people", "They are removed and signed out of it.")


async def make_link(request: web.Request) -> web.StreamResponse:
    """Make a one-time sign-in link and show it once."""
    workspace_id = workspace_of(request, "people")
    member = await _member(request, workspace_id)
    link = await _link(request, workspace_id, member.person_id, member.name or member.email)
    return await _page(request, workspace_id, _Given(), new_link=link)


async def _page(
    request: web.Request, workspace_id: WorkspaceId, given: _Given, *, new_link: NewLink | None = None
) -> web.StreamResponse:
    own_id = viewer_of(request).person_id
    members = await request.config_dict[PERSONS].members(workspace_id)
    view = People(
        rows=tuple(
            PersonRow(
                id=member.person_id,
                name=member.name or member.email,
                email=member.email,
                role=member.role,
                seen_at=at(member.seen_at_ms),
                is_viewer=member.person_id == own_id,
                has_joined=member.is_accepted,
            )
            for member in members
        ),
        new_link=new_link,
        error=given.error,
        given_name=given.name,
        given_email=given.email,
        given_role=given.role,
    )
    status = 400 if given.error else 200
    return await show(request, view, workspace_id=workspace_id, section="people", status=status)


async def _link(request: web.Request, workspace_id: WorkspaceId, person_id: PersonId, name: str) -> NewLink:
    made = await request.config_dict[INVITE].member(workspace_id, person_id, actor=_actor(request))
    return NewLink(name=name, address=made.url, expires_at=instant(made.expires_at_ms))


def _refusal(email: str, members: Sequence[Member]) -> str | None:
    """Return why this person cannot be added, if so."""
    key = email_key(email)
    if key is None:
        return "That is no e-mail address."
    if any(email_key(one.email) == key for one in members):
        return "They belong to this workspace already: change the role in the list."
    return None


async def _member(request: web.Request, workspace_id: WorkspaceId) -> Member:
    """Return the member of the address. Raises NotFound."""
    members = await request.config_dict[PERSONS].members(workspace_id)
    person_id = PersonId(request.match_info["person"])
    member = next((one for one in members if one.person_id == person_id), None)
    if member is None:
        raise NotFound("There is no such person in this workspace.")
    return member


def _role(text: str | None) -> Role:
    """Return the role that a form names. Raises BadInputError."""
    role = next((role for role in ROLES if role == text), None)
    if role is None:
        raise BadInputError("Choose one of the roles.")
    return role


def _actor(request: web.Request) -> Actor:
    return Actor(kind="person", name=viewer_of(request).person_id)
