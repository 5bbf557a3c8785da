"""People, their sessions and what they did, as the pipelines and pages see it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from connector.domain.audit import Actor, AuditEntry, AuditRecord
from connector.domain.lead import WorkspaceId
from connector.domain.people import (
    LinkFacts,
    Member,
    OpenSession,
    Person,
    PersonId,
    Role,
    SignedInBy,
    SignedInSession,
    UsedLink,
)
from connector.domain.throttling import Admission, Policy


class People(Protocol):
    """Who may sign in, with which role where. Every change leaves its line in the audit log."""

    async def by_email(self, email: str) -> Person | None:
        """Return whose address this is, removed people included; None when nobody's or no address."""

    async def by_id(self, person_id: PersonId) -> Person | None:
        """Return a person who was not removed."""

    async def members(self, workspace_id: WorkspaceId | None = None) -> Sequence[Member]:
        """Return who belongs to a workspace, or to any, by workspace and address."""

    async def put(
        self,
        email: str,
        workspace_id: WorkspaceId,
        role: Role,
        *,
        actor: Actor,
        name: str | None = None,
        password_hash: str | None = None,
        keep_owner: bool = False,
    ) -> tuple[PersonId, bool]:
        """Add somebody to a workspace, or change role, name or password of who is there.

        Returns the id, and whether they are new there. A changed password ends their sessions and links. Whoever
        has an account elsewhere must accept the place, and keeps their name, unless the operator adds them:
        until then it counts only in sessions that are confined to the workspace.
        Raises BadInputError: no address, or no such workspace; with `keep_owner` also when no owner were left.
        """

    async def remove(
        self,
        person_id: PersonId,
        workspace_id: WorkspaceId | None,
        *,
        actor: Actor,
        keep_owner: bool = False,
    ) -> int:
        """Take somebody out of a workspace, or of all; return of how many.

        Who belongs to none any more is signed out everywhere and cannot sign in. Raises BadInputError with
        `keep_owner` when the workspace were left without an owner.
        """

    async def set_password(self, person_id: PersonId, password_hash: str, *, actor: Actor) -> None:
        """Store a new password's hash; sessions and links of before end."""

    async def rehash(self, person_id: PersonId, *, before: str, after: str) -> None:
        """Replace the hash of the same password; nothing ends."""


class Sessions(Protocol):
    """Who is signed in. Tokens are random and stored as hashes only."""

    async def open(
        self,
        person_id: PersonId,
        *,
        by: SignedInBy,
        label: str,
        workspace_id: WorkspaceId | None = None,
        replaces: str | None = None,
        password_hash: str | None = None,
    ) -> str:
        """Sign a person in and return the token; `replaces` ends the session that the browser had.

        `password_hash` is the one that was proved. Raises NotPermittedError when it changed meanwhile, or the
        person was removed.
        """

    async def find(self, token: str) -> SignedInSession | None:
        """Return whose live session this is: neither too old, nor idle too long, nor of a removed person."""

    async def close(self, token: str) -> None:
        """End one."""

    async def of(self, person_id: PersonId) -> Sequence[OpenSession]:
        """Return a person's live sessions, the last used first."""

    async def end(self, person_id: PersonId, *, only: str | None = None, keep: str | None = None) -> int:
        """End a person's sessions by id: one, or all but one. Returns how many ended; the audit log tells."""


class KnownBrowsers(Protocol):
    """Browsers that somebody has signed in with by password, for half a year."""

    async def owner(self, token: str) -> PersonId | None:
        """Return whose browser this is."""

    async def remember(self, person_id: PersonId) -> str:
        """Return a fresh token for a browser of theirs."""


class SignInLinks(Protocol):
    """One-time links. Stored as hashes only."""

    async def make(
        self,
        person_id: PersonId,
        *,
        life_s: int,
        actor: Actor,
        workspace_id: WorkspaceId | None = None,
        return_to: str = "/",
    ) -> tuple[str, int]:
        """Return a token, and when it ends (ms). `workspace_id` confines the session that it opens."""

    async def look(self, token: str) -> LinkFacts | None:
        """Return what a link that still stands is for, without using it."""

    async def use(self, token: str, *, label: str, replaces: str | None = None) -> UsedLink | None:
        """Use a link up and open its session at once; None when it is unknown, used, too old, or nobody's now.

        `replaces`: the session that the browser had. Where that is the same person's own and not confined, a
        confined link opens none: the person joins the workspace instead, and the session stays.
        """


class Throttle(Protocol):
    """Counted failures of signing in."""

    async def admit(self, keys: Mapping[str, Policy]) -> Admission:
        """Count an attempt under every key, unless one of them is blocked."""

    async def clear(self, *, forgotten: Sequence[str], returned: Sequence[str] = ()) -> None:
        """Hold nothing against the first, and one attempt less against the others.

        After a success, or when the password was not looked at after all.
        """


class Passwords(Protocol):
    """Slow hashes, off the event loop, a bounded number at once."""

    async def hash(self, password: str) -> str:
        """Return the hash to store."""

    async def verify(self, password: str, stored: str | None, *, is_known: bool = False) -> bool:
        """Tell whether it is the password. None, for nobody's, takes as long.

        Raises TransientError when too many wait already; for a browser that `is_known` there are more places.
        """

    def is_outdated(self, stored: str) -> bool:
        """Tell whether a hash was made with weaker parameters than today's."""


class AuditLog(Protocol):
    """What was done, in order."""

    async def record(self, entry: AuditEntry) -> None:
        """Append a line."""

    async def newest(
        self, workspace_id: WorkspaceId, *, limit: int, before_id: int | None = None
    ) -> Sequence[AuditRecord]:
        """Return a workspace's lines, newest first, older than `before_id`."""
