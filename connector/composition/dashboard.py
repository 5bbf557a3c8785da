"""Mounting the dashboard: its door, its pages, its files."""

from contextlib import AsyncExitStack

from aiohttp import web

from adapters.passwords import Argon2Passwords
from connector.composition.accounts import Accounts
from connector.composition.backing_up import schedule_desk
from connector.composition.backups import backup_rooms
from connector.composition.call_log import take_calls
from connector.composition.ground import Ground
from connector.composition.signing_in import invite_pipeline, sign_in_pipeline
from connector.pipelines.mapping import FormMappings
from connector.web.dashboard import (
    backups,
    calls,
    cards,
    connecting,
    connections,
    deliveries,
    frame,
    lead_forms,
    leads,
    live,
    members,
    proof,
    reading,
    repairs,
    trial,
)
from connector.web.dashboard.account import Account
from connector.web.dashboard.assets import Assets, add_assets
from connector.web.dashboard.cookies import Cookies
from connector.web.dashboard.guard import Guard
from connector.web.dashboard.headers import SecurityHeaders
from connector.web.dashboard.overview import READINGS
from connector.web.dashboard.render import Renderer
from connector.web.dashboard.sign_in import Door, SinglePages
from connector.web.dashboard.site import add_pages
from state.accounts.cards import SqlAccountCards
from state.glance import SqlGlance
from state.leads.readings import SqlReadings
from state.leads.repairs import SqlRepairs
from state.leads.trials import SqlTrials
from state.reconcile.desk import SqlReadingDesk
from state.reconcile.proving import SqlProving


def add_dashboard(
    stack: AsyncExitStack,
    app: web.Application,
    ground: Ground,
    accounts: Accounts,
    mappings: FormMappings,
) -> SinglePages:
    """Mount everything that people look at; return what makes pages that stand alone."""
    settings, rooms, clock = ground.settings, ground.rooms, ground.clock
    assets = Assets.packaged()
    renderer = Renderer(assets.href)
    singles = SinglePages(renderer, clock)
    guard = _guard(ground, singles)
    passwords = Argon2Passwords()
    stack.push_async_callback(passwords.aclose)
    sign_in = sign_in_pipeline(rooms, passwords)
    door = Door(sign_in, rooms.links, guard, singles, clock, trusted=settings.dashboard.trusted_proxies)

    app[frame.RENDERER] = renderer
    app[frame.CLOCK] = clock
    app[frame.GLANCE] = SqlGlance(rooms.engine)
    app[READINGS] = SqlReadings(rooms.engine)
    app[cards.ACCOUNTS] = SqlAccountCards(rooms.engine)
    app[leads.REPLAYS] = rooms.records
    app[leads.AUDIT] = rooms.audit
    app[lead_forms.MAPPINGS] = mappings
    app[repairs.REPAIRS] = SqlRepairs(rooms.engine, clock, ground.chance.new_id)
    app[trial.TRIALS] = SqlTrials(rooms.engine, clock, ground.vault, ground.chance.new_id)
    app[reading.READING] = SqlReadingDesk(rooms.engine, clock, ground.chance.new_id)
    app[reading.EVERY_S] = settings.facebook.reconcile_minutes * 60
    backed_up = backup_rooms(rooms, clock, ground.chance)
    app[backups.DESK] = schedule_desk(rooms, clock, ground.chance)
    app[backups.RUNS] = backed_up.runs
    app[backups.DRILLS] = backed_up.drills
    app[backups.RESTORES] = backed_up.restores
    app[calls.CALLS] = rooms.calls
    app[calls.TAKE] = take_calls(rooms, ground.chance)
    app[proof.PROVING] = SqlProving(rooms.engine, clock, ground.vault)
    app[deliveries.SENDING] = rooms.deliveries
    app[deliveries.CRM_URL] = settings.crm.url
    app[connecting.DESK] = accounts.desk
    app[connecting.FACEBOOK] = accounts.facebook
    app[connecting.GOOGLE] = accounts.google
    app[connections.DISCONNECT] = accounts.disconnect
    app[connections.HEALTH] = accounts.health
    app[members.PERSONS] = rooms.people
    app[members.INVITE] = invite_pipeline(settings, rooms)
    app[live.WAKEUPS] = ground.wakeups
    app[live.STOPPING] = ground.stopping

    add_assets(app, assets)
    door.add_to(app)
    Account(sign_in, rooms.sessions, guard, door).add_to(app)
    add_pages(app, guard)
    return singles


def _guard(ground: Ground, singles: SinglePages) -> Guard:
    settings, public_url = ground.settings, ground.settings.server.public_url
    cookies = Cookies(
        is_secure=public_url.startswith("https://"), session_s=settings.dashboard.session_hours * 3600
    )
    headers = SecurityHeaders(
        public_url=public_url, consent_urls=(settings.facebook.dialog_url, settings.google.auth_url)
    )
    return Guard(
        ground.rooms.sessions,
        cookies,
        headers,
        singles.error,
        public_url=public_url,
        new_id=ground.chance.new_id,
    )
