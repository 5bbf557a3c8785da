"""Looking at a Facebook account: the token, what it grants, when it ends, and whether each Page delivers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from connector.domain.connection import Check, PageGrant, TokenFacts, UserToken
from connector.domain.errors import AuthLostError, BlockedError, ConnectorError, TransientError
from connector.domain.facebook_needs import permissions_check, withheld
from connector.domain.lead import PageId
from connector.domain.probing import GrantedPage, PageVerdict, ProbeWork, Verdict, earliest
from connector.domain.signals import Forecast, Outage, Probed, ScopeWithheld, Signal, TokenDied, signal_of
from connector.pipelines.page_checks import Looker, side_by_side
from connector.ports import Clock, FacebookConsent

RENEW_AHEAD = timedelta(days=30)
"""How long before its end a token is renewed: half its life, so that a month of failures costs nothing."""

SEALED = "The stored token does not open: put the key that sealed it back into state.encryption_keys."
NOT_OFFERED = "Facebook does not list this Page for the person any more."
CHOOSE = "Let a person with a role on the Page connect it, or connect again and choose the Page."

Listing = Mapping[PageId, PageGrant]

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """A token that is alive. `granted` None: the provider would not say."""

    value: UserToken
    facts: TokenFacts
    granted: Mapping[str, bool] | None
    renewed: UserToken | None = None


class FacebookProbe:
    """One look. Total over ConnectorError kinds: what could not be asked is unknown, and changes nothing."""

    def __init__(self, consent: FacebookConsent, clock: Clock) -> None:
        self._consent = consent
        self._clock = clock

    async def __call__(self, work: ProbeWork) -> Verdict:
        """Return what is found."""
        if work.token is None:
            return _away(SEALED, work)
        user = UserToken(value=work.token, expires_at=work.expires_at)
        try:
            found = await self._token(user)
        except ConnectorError as error:
            return self._refused(work, error)
        listing = await self._listing(found.value)
        looker = Looker(
            consent=self._consent,
            person_id=work.account_id,
            granted=None
            if found.granted is None
            else frozenset(s for s, yes in found.granted.items() if yes),
        )
        pages = await side_by_side(work.pages, lambda page: self._page(looker, page, listing))
        return self._verdict(found, pages)

    async def _token(self, user: UserToken) -> _Token:
        """Return what is known of a token that lives.

        Raises AuthLostError when it is dead, asked twice; TransientError when the answers differ.
        """
        facts = await self._consent.inspect(user.value)
        if not facts.is_valid:
            await self._consent.person(user)  # raises why; if it does not, one of the two answers is false
            raise TransientError("Facebook says that the token is dead, and takes it.", unknown=True)
        renewed, facts = await self._renewed(user, facts)
        try:
            granted: Mapping[str, bool] | None = await self._consent.permissions(renewed or user)
        except BlockedError:  # frozen, and not merely away
            raise
        except TransientError:
            granted = None
        except AuthLostError as error:
            raise TransientError(f"{error} Asked before, Facebook said that the token lives.") from error
        except ConnectorError:  # a system user's token has no permissions edge, but debug_token
            granted = dict.fromkeys(facts.scopes, True)
        return _Token(value=renewed or user, facts=facts, granted=granted, renewed=renewed)

    async def _renewed(self, user: UserToken, facts: TokenFacts) -> tuple[UserToken | None, TokenFacts]:
        """Return a token that lives longer, where one is to be had; not getting it costs nothing yet."""
        if facts.expires_at is None or facts.expires_at - self._clock.now() > RENEW_AHEAD:
            return None, facts
        try:
            fresh = await self._consent.renew(user)
            alive = await self._consent.inspect(fresh.value)
        except ConnectorError as error:
            log.warning("connection.token_not_renewed", reason=str(error))
            return None, facts
        if not alive.is_valid:
            return None, facts
        log.info("connection.token_renewed", provider="facebook")
        return fresh, alive

    async def _listing(self, user: UserToken) -> Listing | None:
        """Return the Pages as Facebook lists them now: tasks, and tokens to replace dead ones with."""
        try:
            return {page.page_id: page for page in await self._consent.pages(user)}
        except ConnectorError as error:
            log.warning("connection.pages_not_listed", reason=str(error))
            return None

    async def _page(self, looker: Looker, page: GrantedPage, listing: Listing | None) -> PageVerdict:
        listed = listing.get(page.page_id) if listing is not None else None
        tasks = listed.tasks if listed is not None else ()
        if page.token is None and listed is None:
            return PageVerdict(page_id=page.page_id, name=page.name, state=None, is_reached=False)
        token = page.token or (listed.token if listed is not None else "")
        grant = PageGrant(page_id=page.page_id, name=page.name, token=token, tasks=tasks)
        verdict = await looker.look(grant, page.waiting)
        if listed is not None and page.token is None:
            verdict = replace(verdict, fresh=listed)
        elif listed is not None and verdict.state == "auth_lost" and listed.token != page.token:
            again = await looker.look(listed, page.waiting)  # once: then another admin must connect
            verdict = replace(again, fresh=listed)
            log.info("page.token_derived", page_id=page.page_id, is_read=verdict.state == "ok")
        if verdict.subscribed_by_us:
            log.warning("page.resubscribed", page_id=page.page_id)
        return _unlisted(verdict) if listing is not None and listed is None else verdict

    def _verdict(self, found: _Token, pages: Sequence[PageVerdict]) -> Verdict:
        now, facts = self._clock.now(), found.facts
        missing = withheld(found.granted) if found.granted is not None else ()
        unknown = Check(name="permissions", outcome="unknown")
        permissions = permissions_check(missing) if found.granted is not None else unknown
        ends_at = earliest(facts.expires_at, facts.data_access_expires_at)
        checks = (_alive(ends_at), permissions)
        all_checks = (*checks, *(check for page in pages for check in page.checks))
        signals: list[Signal] = [Probed(checks=all_checks), Forecast(now=now, ends_at=ends_at)]
        if missing:
            signals.append(ScopeWithheld(scopes=missing))
        return Verdict(
            checks=checks,
            signals=tuple(signals),
            pages=tuple(pages),
            is_reached=found.granted is not None and all(page.is_reached for page in pages),
            is_told=True,
            scopes=facts.scopes,
            expires_at=facts.expires_at,
            data_access_expires_at=facts.data_access_expires_at,
            renewed=found.renewed,
        )

    def _refused(self, work: ProbeWork, error: ConnectorError) -> Verdict:
        """Judge why the token could not be looked at: dead, frozen, or nobody there."""
        signal = signal_of(error, at=self._clock.now())
        if isinstance(error, AuthLostError) and not isinstance(signal, TokenDied):
            signal = _died(
                error, at=self._clock.now()
            )  # about the person's own token nothing is about one Page
        if isinstance(signal, TokenDied):
            log.warning("connection.token_died", cause=signal.cause)
            dead = Check(name="token", outcome="failed", detail=signal.reason, remedy=signal.remedy)
            return Verdict(checks=(dead,), signals=(signal,))
        if isinstance(error, BlockedError):
            dead = Check(name="token", outcome="failed", detail=str(error))
            return Verdict(checks=(dead,), signals=(signal,))
        return _away(str(error), work)


def _died(error: AuthLostError, *, at: datetime) -> TokenDied:
    return TokenDied(at=at, reason=str(error), remedy=error.remedy, cause=error.cause)


def _away(reason: str, work: ProbeWork) -> Verdict:
    """Return the verdict of a look that came to nothing; a Page that is held meanwhile is told of."""
    held = tuple(
        PageVerdict(page_id=page.page_id, name=page.name, state=None)
        for page in work.pages
        if page.state == "auth_lost"
    )
    check = Check(name="token", outcome="unknown", detail=reason)
    return Verdict(checks=(check,), signals=(Outage(),), pages=held, is_reached=False)


def _alive(ends_at: datetime | None) -> Check:
    detail = f"Valid until {ends_at:%Y-%m-%d}." if ends_at is not None else "Valid."
    return Check(name="token", outcome="ok", detail=detail)


def _unlisted(verdict: PageVerdict) -> PageVerdict:
    """Return the verdict of a Page that the person's own list lacks: its token may outlive the role for a while."""
    task = Check(
        name="page_task",
        outcome="unknown" if verdict.state == "ok" else "failed",
        page_id=verdict.page_id,
        detail=NOT_OFFERED,
        remedy=CHOOSE,
    )
    checks = tuple(task if check.name == "page_task" else check for check in verdict.checks)
    return replace(verdict, checks=checks)
