"""People and their sessions on one engine, with passwords that are hashed fast."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adapters.passwords import Argon2Passwords
from connector.domain.audit import Actor, AuditRecord
from connector.domain.lead import WorkspaceId
from connector.domain.people import PersonId, Role
from connector.pipelines.invite import Invite
from connector.pipelines.sign_in import Browser, SignedIn, SignIn
from connector.ports import Clock
from state.audit import SqlAuditLog
from state.engine import Engine
from state.people.people import SqlPeople
from state.people.sessions import SqlKnownBrowsers, SqlSessions
from state.people.sign_in_links import SqlSignInLinks
from state.people.throttle import SqlThrottle
from state.workspaces import SqlWorkspaces

MAIN = WorkspaceId("main")
OTHER = WorkspaceId("other")
ADA = "ada@example.com"
PASSWORD = "correct horse battery"
OPERATOR = Actor(kind="cli", name="root")
LIFE_S = 48 * 3600.0
IDLE_S = 12 * 3600.0
PUBLIC_URL = "https://connect.example.com"
HERE = Browser(address="192.0.2.1", label="Firefox on Linux")


@dataclass(frozen=True, kw_only=True)
class Doors:
    """What signing in is made of."""

    engine: Engine
    workspaces: SqlWorkspaces
    people: SqlPeople
    sessions: SqlSessions
    browsers: SqlKnownBrowsers
    links: SqlSignInLinks
    throttle: SqlThrottle
    audit: SqlAuditLog
    passwords: Argon2Passwords
    sign_in: SignIn
    invite: Invite

    @classmethod
    def on(cls, engine: Engine, clock: Clock, new_id: Callable[[], str]) -> "Doors":
        """Furnish an engine."""
        people, audit = SqlPeople(engine, clock, new_id), SqlAuditLog(engine, clock)
        numbers = itertools.count(1)

        def new_secret(size: int) -> str:
            return f"secret-{next(numbers):030d}-{size}"

        sessions = SqlSessions(engine, clock, new_secret, life_s=LIFE_S, idle_s=IDLE_S)
        browsers, links = (
            SqlKnownBrowsers(engine, clock, new_secret),
            SqlSignInLinks(engine, clock, new_secret, sessions),
        )
        throttle, passwords = SqlThrottle(engine, clock), Argon2Passwords(time_cost=1, memory_kib=8)
        return cls(
            engine=engine,
            workspaces=SqlWorkspaces(engine, clock),
            people=people,
            sessions=sessions,
            browsers=browsers,
            links=links,
            throttle=throttle,
            audit=audit,
            passwords=passwords,
            sign_in=SignIn(people, sessions, browsers, links, throttle, passwords, audit),
            invite=Invite(people, links, public_url=PUBLIC_URL),
        )

    async def add(
        self,
        email: str = ADA,
        role: Role = "owner",
        *,
        workspace: str = MAIN,
        password: str | None = PASSWORD,
    ) -> PersonId:
        """Add somebody to a workspace, which is added too."""
        await self.workspaces.add(workspace)
        stored = await self.passwords.hash(password) if password is not None else None
        person_id, _ = await self.people.put(
            email, WorkspaceId(workspace), role, actor=OPERATOR, password_hash=stored
        )
        return person_id

    async def enter(self, email: str = ADA, password: str = PASSWORD, *, browser: Browser = HERE) -> SignedIn:
        """Sign in, which must work."""
        outcome = await self.sign_in.by_password(email, password, browser)
        assert isinstance(outcome, SignedIn)
        return outcome

    async def deeds(self, workspace: str = MAIN) -> Sequence[AuditRecord]:
        """Return the audit log, oldest first."""
        return (await self.audit.newest(WorkspaceId(workspace), limit=1000))[::-1]

    async def actions(self, workspace: str = MAIN) -> list[str]:
        """Return what the audit log says was done."""
        return [one.action for one in await self.deeds(workspace)]
