"""Opening durable state: the engine that the settings name, and a room per aggregate."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from connector.composition.chance import Chance
from connector.config import Settings
from connector.domain.delivery import lease_ms
from connector.ports import Clock
from state.alerts import SqlAlerts
from state.audit import SqlAuditLog
from state.calls.calls import SqlCalls
from state.calls.settings import SqlCallSettings
from state.engine import CommitObserver, Engine
from state.leads.deliveries import SqlDeliveries
from state.leads.feed import SqlFeed
from state.leads.records import SqlRecords
from state.mails import SqlMails
from state.people.api_tokens import SqlApiTokens
from state.people.people import SqlPeople
from state.people.sessions import SqlKnownBrowsers, SqlSessions
from state.people.sign_in_links import SqlSignInLinks
from state.people.throttle import SqlThrottle
from state.sqlite import SqliteEngine
from state.workspaces import MAIN, SqlWorkspaces


def open_engine(
    settings: Settings, *, running: bool = False, observe: CommitObserver | None = None
) -> Engine:
    """Open the database that `state.url` names. `running`: as the daemon, which owns its leases."""
    url = settings.state.url.get_secret_value()
    if url.startswith("sqlite:"):
        return SqliteEngine(Path(url.removeprefix("sqlite:///")), exclusive=running, observe=observe)
    from state.postgres import PostgresEngine  # noqa: PLC0415 - 9 MiB that a SQLite install never needs

    return PostgresEngine(url, listen=running, observe=observe)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """Durable state, aggregate by aggregate."""

    engine: Engine
    workspaces: SqlWorkspaces
    tokens: SqlApiTokens
    records: SqlRecords
    deliveries: SqlDeliveries
    alerts: SqlAlerts
    mails: SqlMails
    feed: SqlFeed
    people: SqlPeople
    sessions: SqlSessions
    browsers: SqlKnownBrowsers
    links: SqlSignInLinks
    throttle: SqlThrottle
    audit: SqlAuditLog
    calls: SqlCalls
    call_settings: SqlCallSettings


@asynccontextmanager
async def opened_state(
    settings: Settings,
    clock: Clock,
    chance: Chance,
    *,
    running: bool = False,
    observe: CommitObserver | None = None,
) -> AsyncIterator[Rooms]:
    """Open the state, with the workspace `main` in it."""
    async with AsyncExitStack() as stack:
        engine = open_engine(settings, running=running, observe=observe)
        stack.push_async_callback(engine.aclose)
        if running:
            await engine.release_leases(clock.now_ms())
        lease = lease_ms(settings.crm.timeout_seconds)
        deliveries = SqlDeliveries(engine, clock, chance.new_id, lease_ms=lease)
        stack.push_async_callback(deliveries.aclose)
        sessions = SqlSessions(
            engine,
            clock,
            chance.new_secret,
            life_s=settings.dashboard.session_hours * 3600,
            idle_s=settings.dashboard.idle_hours * 3600,
        )
        rooms = Rooms(
            engine=engine,
            workspaces=SqlWorkspaces(engine, clock),
            tokens=SqlApiTokens(engine, clock, chance.new_id, chance.new_secret),
            records=SqlRecords(engine, clock),
            deliveries=deliveries,
            alerts=SqlAlerts(engine, clock, chance.new_id),
            mails=SqlMails(engine, clock, chance.new_id),
            feed=SqlFeed(engine),
            people=SqlPeople(engine, clock, chance.new_id),
            sessions=sessions,
            browsers=SqlKnownBrowsers(engine, clock, chance.new_secret),
            links=SqlSignInLinks(engine, clock, chance.new_secret, sessions),
            throttle=SqlThrottle(engine, clock),
            audit=SqlAuditLog(engine, clock),
            calls=SqlCalls(engine, clock),
            call_settings=SqlCallSettings(engine),
        )
        await rooms.workspaces.add(MAIN)
        yield rooms
