"""Making one-time sign-in links.

An operator's link opens all that is a person's. One that an owner or a CRM makes is confined to their workspace:
whoever makes a link could use it, and must not get in anywhere else by it.
"""

from dataclasses import dataclass, field

from connector.domain.audit import Actor
from connector.domain.errors import BadInputError, NotPermittedError
from connector.domain.lead import WorkspaceId
from connector.domain.people import PersonId, Role
from connector.domain.return_to import return_to
from connector.ports import People, SignInLinks

LINK_PATH = "/sign-in/link/"
LINK_LIFE_S = 15 * 60
LINK_LIFE_MAX_S = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A link to hand to its person and to nobody else."""

    url: str = field(repr=False)
    expires_at_ms: int


class Invite:
    """Makes links under the public address."""

    def __init__(self, people: People, links: SignInLinks, *, public_url: str) -> None:
        self._people = people
        self._links = links
        self._public_url = public_url

    async def link(
        self, email: str, *, actor: Actor, life_s: int = LINK_LIFE_S, leads_to: str | None = None
    ) -> Invitation:
        """Return an operator's link for somebody who may sign in, who may then set a password.

        It works for `life_s` seconds, a day at most. Raises BadInputError.
        """
        person = await self._people.by_email(email)
        if person is None or person.is_removed:
            raise BadInputError("nobody with this e-mail address may sign in: see `connector admin list`")
        token, expires_at_ms = await self._links.make(
            person.id, life_s=min(life_s, LINK_LIFE_MAX_S), actor=actor, return_to=return_to(leads_to)
        )
        return Invitation(url=self._address(token), expires_at_ms=expires_at_ms)

    async def into(
        self,
        workspace_id: WorkspaceId,
        email: str,
        *,
        role: Role,
        actor: Actor,
        name: str | None = None,
        leads_to: str | None = None,
    ) -> Invitation:
        """Return a link into one workspace and no other; somebody new there gets `role`, others keep theirs.

        What it opens is an admin's session at most, whatever the person's role. Raises BadInputError (no
        address), NotPermittedError (an owner by this way; somebody whom the operator removed).
        """
        if role == "owner":
            raise NotPermittedError("The role may be `viewer` or `admin`: owners are made on the server.")
        person = await self._people.by_email(email)
        if person is not None and person.is_removed:
            raise NotPermittedError("This person was removed; `connector admin add` lets them in again.")
        members = await self._people.members(workspace_id)
        known = next((one.person_id for one in members if person and one.person_id == person.id), None)
        if known is None:
            known, _ = await self._people.put(email, workspace_id, role, actor=actor, name=name)
        return await self.member(workspace_id, known, actor=actor, leads_to=leads_to)

    async def member(
        self, workspace_id: WorkspaceId, person_id: PersonId, *, actor: Actor, leads_to: str | None = None
    ) -> Invitation:
        """Return a link into one workspace and no other, for somebody who belongs to it."""
        token, expires_at_ms = await self._links.make(
            person_id,
            life_s=LINK_LIFE_S,
            actor=actor,
            workspace_id=workspace_id,
            return_to=return_to(leads_to),
        )
        return Invitation(url=self._address(token), expires_at_ms=expires_at_ms)

    def _address(self, token: str) -> str:
        return f"{self._public_url.rstrip('/')}{LINK_PATH}{token}"
