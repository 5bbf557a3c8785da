"""Connecting a Facebook account: from the code the dialog gave to Pages that provably deliver leads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from connector.domain.connection import (
    Check,
    ConnectionId,
    FacebookConnection,
    PageGrant,
    TokenFacts,
    UserToken,
)
from connector.domain.errors import ConnectorError
from connector.domain.facebook_needs import LEAD_TASKS, NEEDED_SCOPES, permissions_check, withheld
from connector.domain.lead import PageId, WorkspaceId
from connector.domain.offer import Offer, offer_from_json, offer_to_json
from connector.domain.probing import PageVerdict, earliest
from connector.domain.signals import Forecast, Probed, ScopeWithheld, Signal
from connector.pipelines.page_checks import Looker, side_by_side
from connector.ports import Clock, Connections, FacebookConsent

__all__ = [
    "LEAD_TASKS",
    "NEEDED_SCOPES",
    "ConnectFacebook",
    "Connected",
    "Offer",
    "PageProof",
    "offer_from_json",
    "offer_to_json",
]

log = structlog.stdlib.get_logger()


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

    def __init__(
        self, consent: FacebookConsent, connections: Connections, clock: Clock, new_id: Callable[[], str]
    ) -> None:
        self._consent = consent
        self._connections = connections
        self._clock = clock
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
        return Offer(
            person=person,
            token=token,
            facts=facts,
            withheld_scopes=withheld(granted),
            pages=tuple(pages),
            granted=tuple(sorted(scope for scope, is_granted in granted.items() if is_granted)),
        )

    async def accept(
        self,
        workspace_id: WorkspaceId,
        offer: Offer,
        chosen: Sequence[PageId],
        *,
        connected_by: str | None = None,
    ) -> Connected:
        """Store the chosen Pages, then subscribe and prove them.

        In this order, so that the first webhook of a Page finds it. A Page that the account covered before is
        renewed whether chosen or not. One with a problem is stored and named: its leads wait until that is mended.
        """
        connection, pages = await self._stored(workspace_id, offer, chosen, connected_by)
        saved = await self._connections.save(connection, pages)
        looker = Looker(consent=self._consent, person_id=offer.person.id, granted=frozenset(offer.granted))
        verdicts = await side_by_side(pages, looker.look)
        checks = _checks(offer)
        signals = _signals(offer, [*checks, *_of_pages(verdicts)], connection, now=self._clock.now())
        freed = saved.freed + await self._connections.proved(saved, checks, verdicts, signals)
        proofs = tuple(_proof(verdict) for verdict in verdicts)
        log.info(
            "connection.saved",
            connection_id=saved.id,
            workspace_id=workspace_id,
            pages=len(pages),
            problems=sum(proof.problem is not None for proof in proofs),
            freed=freed,
        )
        return Connected(connection_id=saved.id, proofs=proofs, freed=freed)

    async def _stored(
        self, workspace_id: WorkspaceId, offer: Offer, chosen: Sequence[PageId], connected_by: str | None
    ) -> tuple[FacebookConnection, list[PageGrant]]:
        known = await self._connections.existing(workspace_id, offer.person.id)
        wanted = {*chosen, *(await self._connections.covered(known) if known is not None else ())}
        connection = FacebookConnection(
            id=known or ConnectionId(f"con_{self._new_id()}"),
            workspace_id=workspace_id,
            person=offer.person,
            token=UserToken(value=offer.token.value, expires_at=offer.facts.expires_at),
            scopes=offer.facts.scopes,
            data_access_expires_at=offer.facts.data_access_expires_at,
            connected_by=connected_by,
        )
        return connection, [page for page in offer.pages if page.page_id in wanted]

    async def _granted(self, token: UserToken, facts: TokenFacts) -> Mapping[str, bool]:
        """Ask which scopes were granted; a system user's token has no permissions edge, but debug_token."""
        try:
            return await self._consent.permissions(token)
        except ConnectorError:
            return dict.fromkeys(facts.scopes, True)


def _checks(offer: Offer) -> tuple[Check, ...]:
    ends = earliest(offer.facts.expires_at, offer.facts.data_access_expires_at)
    said = f"Valid until {ends:%Y-%m-%d}." if ends is not None else "Valid."
    return Check(name="token", outcome="ok", detail=said), permissions_check(offer.withheld_scopes)


def _signals(
    offer: Offer, checks: Sequence[Check], connection: FacebookConnection, *, now: datetime
) -> Sequence[Signal]:
    ends_at = earliest(connection.token.expires_at, connection.data_access_expires_at)
    signals: list[Signal] = [Probed(checks=tuple(checks)), Forecast(now=now, ends_at=ends_at)]
    return [*signals, ScopeWithheld(scopes=offer.withheld_scopes)] if offer.withheld_scopes else signals


def _of_pages(verdicts: Sequence[PageVerdict]) -> list[Check]:
    return [check for verdict in verdicts for check in verdict.checks]


def _proof(verdict: PageVerdict) -> PageProof:
    """Return the first thing that fails; what could not be asked is no proof either."""
    bad = [check for check in verdict.checks if check.outcome == "failed"]
    if verdict.state is None:
        bad += [check for check in verdict.checks if check.outcome == "unknown" and check.name != "page_task"]
    if not bad:
        return PageProof(page_id=verdict.page_id, name=verdict.name)
    first = bad[0]
    return PageProof(
        page_id=verdict.page_id,
        name=verdict.name,
        problem=first.detail,
        remedy=first.remedy or "Connect again; if it stays, see the runbook.",
    )
