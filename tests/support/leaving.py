"""Accounts of several workspaces connected in the sandbox, and the pipelines that disconnect them."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field

from adapters.facebook.client import FacebookApp, GraphClient
from adapters.facebook.consent import FacebookConsent
from adapters.google.client import GoogleHttp, google_session
from adapters.google.consent import GoogleClient, GoogleConsent
from adapters.google.errors import HANDED_UP
from adapters.google.published_keys import PublishedKeys, SecurityEvents
from adapters.retrying import Retrying
from adapters.sandbox.google.objects import Account
from adapters.sandbox.google.server import GoogleSandbox
from adapters.sandbox.google.world import GoogleWorld
from adapters.sandbox.graph.tokens import issue_user_token, page_token
from adapters.sandbox.objects import SCOPES, Page, Person
from adapters.sdk_threads import SdkThreads
from connector.domain.audit import Actor
from connector.domain.connection import (
    ConnectionId,
    FacebookConnection,
    PageAccess,
    PageGrant,
    UserToken,
)
from connector.domain.connection import Person as Consenter
from connector.domain.disconnecting import Preview
from connector.domain.lead import PageId, WorkspaceId
from connector.domain.security_event import token_prints
from connector.pipelines.disconnect import Disconnect, Undo
from state.accounts.disconnecting import SqlDisconnecting
from state.accounts.google_tokens import access_binding, token_binding
from state.accounts.page_grants import note_subscribed
from state.accounts.undoings import SqlUndoings
from support.rooms import MAIN
from support.scene import Scene

ADMIN = Actor(kind="cli", name="tester")
ADD_GOOGLE = """
    INSERT INTO connections (id, workspace_id, provider, account_id, account_name, state, state_since_ms,
                             sealed_token, token_version, sealed_access, access_expires_at_ms, scopes,
                             token_print_prefix, token_print_hash, refresh_due_at_ms, refresh_failures,
                             consented_at_ms, created_at_ms, updated_at_ms)
    VALUES (:id, :workspace_id, 'google', :sub, :email, 'healthy', :now_ms, :sealed_token, 1, :sealed_access,
            :expires_at_ms, '[]', :prefix, :double_hash, :expires_at_ms, 0, :now_ms, :now_ms, :now_ms)"""


@dataclass(kw_only=True)
class Leaving:
    """The scene with a Google beside it, and disconnecting in front of both."""

    scene: Scene
    google: GoogleSandbox
    facebook: FacebookConsent
    google_consent: GoogleConsent
    security_events: SecurityEvents
    disconnects: Disconnect
    undo: Undo
    user_tokens: dict[ConnectionId, str] = field(default_factory=dict)

    async def facebook_account(
        self, person: Person | None = None, pages: Sequence[Page] | None = None, workspace: str = MAIN
    ) -> ConnectionId:
        """Connect a person's Pages as the consent does: stored, then subscribed where they are not yet."""
        scene, rooms = self.scene, self.scene.rooms
        person, pages = person or scene.admin, scene.pages if pages is None else pages
        await rooms.workspaces.add(workspace)
        person.authorised, person.granted = True, set(SCOPES)
        user = issue_user_token(scene.world, person, long_lived=True)
        known = await rooms.connections.existing(WorkspaceId(workspace), person.id)
        connection_id = known or ConnectionId(f"con_{rooms.new_id()}")
        connection = FacebookConnection(
            id=connection_id,
            workspace_id=WorkspaceId(workspace),
            person=Consenter(id=person.id, name=person.name),
            token=UserToken(value=user.value),
            scopes=tuple(sorted(person.granted)),
        )
        grants = [
            PageGrant(page_id=PageId(one.id), name=one.name, token=page_token(scene.world, user, one).value)
            for one in pages
        ]
        await rooms.connections.save(connection, grants)
        for grant in grants:
            if not scene.world.pages[grant.page_id].subscribed.get(scene.world.app_id):
                await self.facebook.subscribe(PageAccess(page_id=grant.page_id, token=grant.token))
                await rooms.engine.write(
                    lambda tx, page_id=grant.page_id: note_subscribed(tx, connection_id, page_id)  # type: ignore[misc] # a lambda's default has no type
                )
        self.user_tokens[connection_id] = user.value
        return connection_id

    async def google_account(self, account: Account, workspace: str = MAIN) -> ConnectionId:
        """Connect a Google account."""
        rooms = self.scene.rooms
        await rooms.workspaces.add(workspace)
        connection_id = ConnectionId(f"con_{rooms.new_id()}")
        refresh = self.google.connected(account)
        prints = token_prints(refresh.value)
        row = {
            "id": connection_id,
            "workspace_id": workspace,
            "sub": account.sub,
            "email": account.email,
            "sealed_token": rooms.vault.seal(refresh.value, bound_to=token_binding(connection_id)),
            "sealed_access": rooms.vault.seal("ya29.access", bound_to=access_binding(connection_id)),
            "prefix": prints.prefix,
            "double_hash": prints.double_hash,
            "now_ms": rooms.clock.now_ms(),
            "expires_at_ms": rooms.clock.now_ms() + 3_600_000,
        }
        await rooms.engine.write(lambda tx: tx.execute(ADD_GOOGLE, row))
        self.user_tokens[connection_id] = refresh.value
        return connection_id

    async def leave(self, connection_id: ConnectionId) -> Preview:
        """Disconnect, and let the worker do all that is due."""
        done = await self.disconnects.disconnect(connection_id, ADMIN)
        await self.work()
        return done

    async def work(self) -> None:
        """Take back all that is due."""
        while await self.undo.step():
            pass

    async def state(self, connection_id: ConnectionId) -> object:
        """Return a connection's health."""
        return await self.scene.rooms.value("SELECT state FROM connections WHERE id = :id", id=connection_id)

    def unsubscribed(self) -> list[str]:
        """Return the Pages that our app was asked to be taken off, in order."""
        seen = [
            one for one in self.scene.graph.seen if (one.method, one.route) == ("DELETE", "subscribed_apps")
        ]
        return [one.path.split("/")[-2] for one in seen]

    def revoked(self) -> int:
        """Return how often a grant was asked to be taken back, at both providers."""
        at_facebook = sum(
            (one.method, one.route) == ("DELETE", "permissions") for one in self.scene.graph.seen
        )
        return at_facebook + sum(one.route == "revoke" for one in self.google.seen)


@asynccontextmanager
async def opened_leaving(scene: Scene) -> AsyncIterator[Leaving]:
    """Open it over a scene."""
    rooms, clock = scene.rooms, scene.clock
    rng = random.Random(3)  # noqa: S311 - repeatable
    async with AsyncExitStack() as stack:
        google = await stack.enter_async_context(
            GoogleSandbox(GoogleWorld.invented(rng, now=lambda: clock.now().timestamp()), sleep=clock.sleep)
        )
        app = FacebookApp(
            id=scene.world.app_id,
            secret=scene.world.app_secret,
            graph_url=scene.graph.url,
            dialog_url=scene.graph.url,
        )
        threads = await stack.enter_async_context(aclosing(SdkThreads("leaving", limit=2)))
        client = await stack.enter_async_context(
            aclosing(GraphClient(app, threads, Retrying(clock, rng), read_timeout_s=5.0))
        )
        http = GoogleHttp(await stack.enter_async_context(google_session()))
        given = google.settings()
        consent = GoogleConsent(
            GoogleClient(
                id=given["client_id"],
                secret=given["client_secret"],
                auth_url=given["auth_url"],
                token_url=given["token_url"],
                revoke_url=given["revoke_url"],
                userinfo_url=given["userinfo_url"],
            ),
            http,
            Retrying(clock, rng, handed_up=HANDED_UP),
            clock,
        )
        facebook = FacebookConsent(client, clock)
        keys = PublishedKeys(http, Retrying(clock, rng), clock, config_url=given["risc_config_url"])
        undoings = SqlUndoings(rooms.engine, clock, rooms.vault, rooms.new_id)
        yield Leaving(
            scene=scene,
            google=google,
            facebook=facebook,
            google_consent=consent,
            security_events=SecurityEvents(keys, clock, client_ids=(given["client_id"],)),
            disconnects=Disconnect(SqlDisconnecting(rooms.engine, clock, rooms.vault, rooms.new_id)),
            undo=Undo(undoings, facebook, consent, clock, lambda: 0.0),
        )
