"""Connecting a Facebook account: from the code the dialog gave to Pages that provably deliver leads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from connector.domain.connection import (
    ConnectionId,
    FacebookConnection,
    PageAccess,
    PageGrant,
    Person,
    TokenFacts,
    UserToken,
)
from connector.domain.errors import ConnectorError
from connector.domain.lead import PageId, WorkspaceId
from connector.ports import Connections, FacebookConsent

NEEDED_SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_metadata",
    "pages_manage_ads",
    "leads_retrieval",
    "ads_management",
)
"""What reading leads takes; business_management is asked for too, but only some Pages need it."""
LEAD_TASKS = frozenset(
    {
        "ADVERTISE",
        "MANAGE_LEADS",
        "PROFILE_PLUS_ADVERTISE",
        "PROFILE_PLUS_MANAGE_LEADS",
        "PROFILE_PLUS_FULL_CONTROL",
    }
)

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a person's consent gives us, before anything is stored."""

    person: Person
    token: UserToken
    facts: TokenFacts
    withheld_scopes: tuple[str, ...]
    pages: tuple[PageGrant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageProof:
    """Whether one Page really delivers: `problem` names what fails, `remedy` how to mend it."""

    page_id: PageId
    name: str
    problem: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """What connecting did. `freed` leads had waited for it."""

    connection_id: ConnectionId
    proofs: tuple[PageProof, ...]
    freed: int


class ConnectFacebook:
    """The one pipeline behind every way to connect."""

    def __init__(self, consent: FacebookConsent, connections: Connections, new_id: Callable[[], str]) -> None:
        self._consent = consent
        self._connections = connections
        self._new_id = new_id

    def dialog_url(self, *, state: str, redirect_uri: str, rerequest: bool = False) -> str:
        """Return where the person consents."""
        return self._consent.dialog_url(state=state, redirect_uri=redirect_uri, rerequest=rerequest)

    async def offer(self, code: str, *, redirect_uri: str) -> Offer:
        """Exchange the code and look at what it gives. Raises ConnectorError kinds; stores nothing."""
        token = await self._consent.exchange(code, redirect_uri=redirect_uri)
        facts = await self._consent.inspect(token.value)
        person = await self._consent.person(token)
        granted = await self._granted(token, facts)
        pages = await self._consent.pages(token)
        withheld = tuple(scope for scope in NEEDED_SCOPES if not granted.get(scope, False))
        return Offer(person=person, token=token, facts=facts, withheld_scopes=withheld, pages=tuple(pages))

    async def accept(self, workspace_id: WorkspaceId, offer: Offer, chosen: Sequence[PageId]) -> Connected:
        """Subscribe and prove the chosen Pages, then store them all.

        A Page with a problem is stored and named: its leads wait until the problem is mended, and none is lost.
        """
        pages = [page for page in offer.pages if page.page_id in set(chosen)]
        proofs = [await self._prove(page, offer.person.id) for page in pages]
        known = await self._connections.existing(workspace_id, offer.person.id)
        connection = FacebookConnection(
            id=known or ConnectionId(f"con_{self._new_id()}"),
            workspace_id=workspace_id,
            person=offer.person,
            token=UserToken(value=offer.token.value, expires_at=offer.facts.expires_at),
            scopes=offer.facts.scopes,
            data_access_expires_at=offer.facts.data_access_expires_at,
        )
        freed = await self._connections.save(connection, pages)
        log.info(
            "connection.saved",
            connection_id=connection.id,
            workspace_id=workspace_id,
            pages=len(pages),
            problems=sum(proof.problem is not None for proof in proofs),
            freed=freed,
        )
        return Connected(connection_id=connection.id, proofs=tuple(proofs), freed=freed)

    async def _granted(self, token: UserToken, facts: TokenFacts) -> Mapping[str, bool]:
        """Ask which scopes were granted; a system user's token has no permissions edge, but debug_token."""
        try:
            return await self._consent.permissions(token)
        except ConnectorError:
            return dict.fromkeys(facts.scopes, True)

    async def _prove(self, page: PageGrant, person_id: str) -> PageProof:
        access = PageAccess(page_id=page.page_id, token=page.token)
        if page.tasks and not LEAD_TASKS & set(page.tasks):
            return PageProof(
                page_id=page.page_id,
                name=page.name,
                problem="You may not manage ads or leads of this Page.",
                remedy="Ask a Page admin for the ADVERTISE task, then connect again.",
            )
        try:
            await self._consent.subscribe(access)
            verdict = await self._consent.lead_access(access, person_id)
            await self._consent.prove(access)
        except ConnectorError as error:
            remedy = getattr(error, "remedy", "Connect again; if it stays, see the runbook.")
            return PageProof(page_id=page.page_id, name=page.name, problem=str(error), remedy=remedy)
        if verdict.can_read is False:
            return PageProof(
                page_id=page.page_id,
                name=page.name,
                problem=verdict.reason or "Leads access is missing.",
                remedy=verdict.resolution or "Grant this app access in Leads Access Manager.",
            )
        return PageProof(page_id=page.page_id, name=page.name)
