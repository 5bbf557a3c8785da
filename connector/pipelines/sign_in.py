"""Signing in and out: by password, by one-time link; changing the password."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from connector.domain.audit import Actor, AuditEntry
from connector.domain.errors import NotPermittedError, TransientError
from connector.domain.people import (
    Person,
    PersonId,
    SignedInSession,
    email_key,
    password_problem,
)
from connector.domain.return_to import return_to
from connector.domain.throttling import (
    ADDRESS,
    EMAIL,
    KNOWN_BROWSER,
    OWN_PASSWORD,
    Policy,
    address_throttle,
    email_throttle,
)
from connector.ports import (
    AuditLog,
    KnownBrowsers,
    Passwords,
    People,
    Sessions,
    SignInLinks,
    Throttle,
)

log = structlog.stdlib.get_logger()

DOOR = Actor(kind="system", name="sign-in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """Where a request comes from. `session` and `known` are the tokens that its cookies hold, if any."""

    address: str
    label: str
    session: str | None = field(default=None, repr=False)
    known: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """It worked: `session` is the browser's new token; `known`, when given, marks the browser as theirs."""

    session: str = field(repr=False)
    known: str | None = field(default=None, repr=False)
    return_to: str = "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Not the address, not the password, not a link that stands: it is not told which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """Too many failures; nothing was looked at."""

    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Weak:
    """The new password is not taken; `problem` says why."""

    problem: str


class SignIn:
    """Whatever happens at the dashboard's door."""

    def __init__(
        self,
        people: People,
        sessions: Sessions,
        browsers: KnownBrowsers,
        links: SignInLinks,
        throttle: Throttle,
        passwords: Passwords,
        audit: AuditLog,
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._browsers = browsers
        self._links = links
        self._throttle = throttle
        self._passwords = passwords
        self._audit = audit

    async def by_password(
        self, email: str, password: str, browser: Browser, *, leads_to: str | None = None
    ) -> SignedIn | Refused | Blocked:
        """Sign in. An address that nobody has takes the same steps and the same time.

        Raises TransientError when too many passwords wait to be looked at, StateUnavailableError.
        """
        person = await self._people.by_email(email)
        is_known = await self._is_known(browser, person)
        mine, shared = _throttles(email, person if is_known else None, browser)
        admission = await self._throttle.admit({**mine, **shared})
        if admission.blocked_until_ms is not None:
            return Blocked(until_ms=admission.blocked_until_ms)
        stored = person.password_hash if person else None
        is_it = await self._verified(password, stored, charged=[*mine, *shared], is_known=is_known)
        if not is_it or person is None or stored is None:
            if admission.begins_block:
                await self._tell_of_block(person)
            return Refused()
        await self._throttle.clear(forgotten=list(mine), returned=list(shared))
        stored = await self._renewed(person.id, password, stored)
        session = await self._sessions.open(
            person.id, by="password", label=browser.label, replaces=browser.session, password_hash=stored
        )
        known = None if is_known else await self._browsers.remember(person.id)
        return SignedIn(session=session, known=known, return_to=return_to(leads_to))

    async def by_link(self, token: str, browser: Browser) -> SignedIn | Refused:
        """Use a one-time link up and sign its person in. Never throttled: 256 random bits are not guessed."""
        used = await self._links.use(token, label=browser.label, replaces=browser.session)
        if used is None:
            return Refused()
        return SignedIn(session=used.session, return_to=return_to(used.return_to))

    async def sign_out(self, session: str) -> None:
        """End the browser's session."""
        await self._sessions.close(session)

    async def change_password(
        self, session: SignedInSession, browser: Browser, *, current: str, new: str
    ) -> SignedIn | Refused | Blocked | Weak:
        """Set a new password: every session of the person ends, and this browser gets a fresh one.

        The current one is not asked for in a session that a link opened: that is how a forgotten one is replaced.
        Raises NotPermittedError in a session that is confined to a workspace: whoever made its link vouches for
        that one only, and may have opened it themselves.
        """
        if session.workspace_id is not None:
            raise NotPermittedError(
                "This link opened one workspace only: ask your operator for one of your own."
            )
        viewer = session.viewer
        problem = password_problem(new, email=viewer.email)
        if problem is not None:
            return Weak(problem=problem)
        if session.by == "password":
            refusal = await self._prove(viewer.person_id, current)
            if refusal is not None:
                return refusal
        stored = await self._passwords.hash(new)
        actor = Actor(kind="person", name=viewer.person_id)
        await self._people.set_password(viewer.person_id, stored, actor=actor)
        fresh = await self._sessions.open(
            viewer.person_id, by="password", label=browser.label, password_hash=stored
        )
        return SignedIn(session=fresh, known=await self._browsers.remember(viewer.person_id))

    async def _prove(self, person_id: PersonId, current: str) -> Refused | Blocked | None:
        key = f"password:{person_id}"
        admission = await self._throttle.admit({key: OWN_PASSWORD})
        if admission.blocked_until_ms is not None:
            return Blocked(until_ms=admission.blocked_until_ms)
        person = await self._people.by_id(person_id)
        stored = person.password_hash if person else None
        if not await self._verified(current, stored, charged=[key], is_known=True):
            return Refused()
        await self._throttle.clear(forgotten=[key])
        return None

    async def _verified(
        self, password: str, stored: str | None, *, charged: Sequence[str], is_known: bool
    ) -> bool:
        """Look at a password. What was not looked at is not held against anybody."""
        try:
            return await self._passwords.verify(password, stored, is_known=is_known)
        except TransientError:
            await self._throttle.clear(forgotten=[], returned=charged)
            raise

    async def _is_known(self, browser: Browser, person: Person | None) -> bool:
        owner = await self._browsers.owner(browser.known) if browser.known else None
        return person is not None and owner == person.id

    async def _renewed(self, person_id: PersonId, password: str, stored: str) -> str:
        """Return the stored hash, made anew when the parameters have grown since."""
        if not self._passwords.is_outdated(stored):
            return stored
        fresh = await self._passwords.hash(password)
        await self._people.rehash(person_id, before=stored, after=fresh)
        return fresh

    async def _tell_of_block(self, person: Person | None) -> None:
        log.warning("sign_in.blocked", is_of_somebody=person is not None)
        if person is None:
            return
        for member in await self._people.members():
            if member.person_id == person.id and member.is_accepted:
                entry = AuditEntry(
                    actor=DOOR,
                    action="sign_in.blocked",
                    workspace_id=member.workspace_id,
                    subject=person.id,
                )
                await self._audit.record(entry)


def _throttles(
    email: str, known: Person | None, browser: Browser
) -> tuple[dict[str, Policy], dict[str, Policy]]:
    """Return what an attempt is counted under: what a success forgets, and what it only gives back to."""
    if known is not None:
        return {f"known:{known.id}": KNOWN_BROWSER}, {}
    return {email_throttle(email_key(email)): EMAIL}, {address_throttle(browser.address): ADDRESS}
