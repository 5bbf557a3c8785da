"""Running the checks of `connector doctor`: each opens what it needs and returns findings, never raises."""

import resource
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import AsyncExitStack
from email.utils import format_datetime
from pathlib import Path

import aiohttp
import psycopg

from adapters.crm.addresses import AddressNotAllowedError
from adapters.crm.gateway import crm_session
from adapters.facebook.client import GraphClient
from adapters.facebook.consent import FacebookConsent
from adapters.facebook.subscriptions import AppSubscriptions
from adapters.public_address import look
from connector.cli.subscribe import webhook_url
from connector.composition import Chance, Rooms, mailer, opened_graph, opened_state
from connector.composition.own_state import copies_of, keeper_of
from connector.config import RUN_NEEDS, Settings
from connector.domain.alerts_catalogue import MAIL_FAILING
from connector.domain.errors import ConnectorError, TransientError
from connector.domain.mail import PutOff, Refused, Taken
from connector.pipelines.doctor import (
    Check,
    away,
    check_account,
    check_alerts,
    check_clock,
    check_commits,
    check_copies,
    check_disk,
    check_keys,
    check_open_files,
    check_page,
    check_rotation,
    check_schema,
    check_trouble,
    check_webhook,
    failed,
    fine,
)
from connector.pipelines.doctor_public import check_public
from connector.ports import Clock
from connector.runtime.clock import SystemClock
from state.inspection import (
    InspectedPage,
    applied_steps,
    commit_seconds,
    database_time,
    google_accounts,
    inspected_pages,
    known_steps,
)
from state.keys.resealing import SqlResealing, opened_counts
from state.vault import Vault

REACH_S = 10.0
UNOPENED = "Check state.url, the folder's owner and rights, and that the server runs."
ALLOW_NETWORK = (
    "The CRM's address is not public: name its network in crm.allowed_networks, or mend crm.url or its DNS."
)


async def examine(settings: Settings) -> Sequence[Check]:
    """Return every finding. Raises BadSettingsError when the daemon could not even start."""
    settings.require(*RUN_NEEDS)
    clock = SystemClock()
    checks = [fine("settings", "complete")]
    async with AsyncExitStack() as stack:
        found, rooms = await _database(settings, clock, stack)
        checks += found
        pages: Sequence[InspectedPage] = ()
        if rooms is not None:
            found, pages = await _sealed(settings, rooms)
            checks += [*found, *await _own_state(settings, rooms, clock)]
            checks += check_alerts(await rooms.alerts.open())
            checks += await _google(settings, rooms, clock)
        graph = await stack.enter_async_context(opened_graph(settings, clock, Chance.of_system()))
        checks += await _facebook(graph, clock, pages, webhook_url(settings))
        checks += await _crm(settings, clock)
    checks += await _mail(settings)
    checks += await _public(settings, clock)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return [*checks, *_disk(settings), check_open_files(soft)]


async def _database(
    settings: Settings, clock: Clock, stack: AsyncExitStack
) -> tuple[list[Check], Rooms | None]:
    """Open the database unless that would change its schema, and time a durable write."""
    try:
        schema = check_schema(applied_steps(settings.state.url.get_secret_value()), known_steps())
        if schema.state != "ok":
            return [schema], None
        rooms = await stack.enter_async_context(opened_state(settings, clock, Chance.of_system()))
        return [schema, check_commits(await commit_seconds(rooms.engine))], rooms
    except (sqlite3.Error, OSError, ConnectorError) as error:
        return [failed("database", _without_address(error), UNOPENED)], None
    except psycopg.Error as error:  # its text names host and user
        return [away("database", f"PostgreSQL refused ({type(error).__name__})")], None


def _without_address(error: Exception) -> str:
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)


async def _sealed(settings: Settings, rooms: Rooms) -> tuple[list[Check], Sequence[InspectedPage]]:
    vault = Vault(settings.state.keys())
    opened, shut = await rooms.engine.read(lambda tx: opened_counts(tx, vault))
    pages = await inspected_pages(rooms.engine, vault)
    return [check_keys(opened=opened, shut=shut)], pages


async def _own_state(settings: Settings, rooms: Rooms, clock: Clock) -> Sequence[Check]:
    """Look under which keys the secrets lie, and how fresh the copies are."""
    vault = Vault(settings.state.keys())
    counts = await SqlResealing(rooms.engine, vault).counts()
    copies = copies_of(settings)
    standing = None
    if copies is not None:
        keeper = keeper_of(settings, rooms.engine, copies, clock, Chance.of_system())
        standing = await keeper.standing()
    hours = settings.state.backup_hours
    begun_ms = min(row["created_at_ms"] for row in await rooms.workspaces.all())
    return [
        check_rotation(counts, vault.names),
        *check_copies(standing, backup_hours=hours, begun_ms=begun_ms, now=clock.now()),
    ]


async def _facebook(
    graph: GraphClient, clock: Clock, pages: Sequence[InspectedPage], callback_url: str
) -> list[Check]:
    """Ask the Graph API about our app; only when it answers, about each Page."""
    troubles = [
        check_trouble(page.page_id, state=page.state, reason=page.reason, remedy=page.remedy)
        for page in pages
    ]
    try:
        reply = await graph.get(graph.app.token, "debug_token", {"input_token": graph.app.token})
    except TransientError as error:
        return [away("graph api", str(error)), *troubles]
    except ConnectorError as error:
        remedy = "Compare facebook.app_id and facebook.app_secret with the app's dashboard at Meta."
        return [failed("facebook app", str(error), remedy), *troubles]
    checks = [
        fine("graph api", f"answers as {graph.served_version or graph.app.version}"),
        fine("facebook app", "id and secret are right"),
        check_clock(reply.headers.get("date"), now=clock.now()),
        await _webhook(graph, callback_url),
    ]
    if not pages:
        remedy = "Run `connector connect facebook`."
        checks.append(Check(name="pages", state="warning", detail="none is connected", remedy=remedy))
    consent = FacebookConsent(graph, clock)
    for page in pages:
        if page.access is not None:
            checks += await check_page(consent, page.access, person_id=page.account_id, now=clock.now())
    return [*checks, *troubles]


async def _webhook(graph: GraphClient, callback_url: str) -> Check:
    try:
        return check_webhook(await AppSubscriptions(graph).found(), callback_url)
    except TransientError as error:
        return away("webhook", str(error))
    except ConnectorError as error:
        return failed("webhook", str(error), getattr(error, "remedy", "Run `connector subscribe`."))


async def _google(settings: Settings, rooms: Rooms, clock: Clock) -> Sequence[Check]:
    """Tell how the Google accounts stand, whether Google is reached, and what time it and PostgreSQL have."""
    checks: list[Check] = []
    theirs = await database_time(rooms.engine)
    if theirs is not None:
        checks.append(check_clock(format_datetime(theirs), now=clock.now(), whose="PostgreSQL"))
    for account, last in await google_accounts(rooms.engine):
        checks += check_account(account, last, provider="google")
    if not settings.google.client_id:
        return checks
    timeout = aiohttp.ClientTimeout(total=REACH_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.get(settings.google.risc_config_url, allow_redirects=False) as answer,
        ):
            date = answer.headers.get("Date")
            reached = fine("google", f"reachable (HTTP {answer.status})")
            return [*checks, reached, check_clock(date, now=clock.now(), whose="Google")]
    except (aiohttp.ClientError, OSError) as error:
        return [*checks, away("google", f"not reachable ({type(error).__name__})")]


async def _public(settings: Settings, clock: Clock) -> Sequence[Check]:
    """Look at our own address as Meta does: nothing is stored."""
    facebook = settings.facebook
    found = await look(
        settings.server.public_url,
        verify_token=facebook.verify_token.get_secret_value(),
        app_secret=facebook.app_secret.get_secret_value(),
    )
    return check_public(found, now=clock.now())


async def _crm(settings: Settings, clock: Clock) -> Sequence[Check]:
    """Ask the CRM's address for anything: any HTTP answer will do, no event is sent."""
    crm = settings.crm
    timeout = aiohttp.ClientTimeout(total=crm.timeout_seconds)
    try:
        async with (
            crm_session(allowed_networks=crm.allowed_networks) as session,
            session.options(crm.url, timeout=timeout, allow_redirects=False) as answer,
        ):
            reached = fine("crm", f"reachable (HTTP {answer.status} to OPTIONS)")
            date = answer.headers.get("Date")
            # a backend need not tell its time; where it does, signatures are judged by it
            return [reached, *([check_clock(date, now=clock.now(), whose="the CRM")] if date else [])]
    except (aiohttp.ClientError, OSError) as error:
        cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
        if isinstance(cause, AddressNotAllowedError):
            return [failed("crm", "its address is private and not allowed", ALLOW_NETWORK)]
        return [away("crm", f"not reachable ({type(cause).__name__})")]


async def _mail(settings: Settings) -> list[Check]:
    """Connect to the mail server and sign in; nothing is sent. No server, no check."""
    hand = mailer(settings)
    if hand is None:
        return []
    match await hand.reach():
        case Taken():
            return [fine("mail", "the server takes mail from us")]
        case PutOff(reason=reason) | Refused(reason=reason):
            return [failed("mail", reason, MAIL_FAILING.remedy)]


def _disk(settings: Settings) -> list[Check]:
    """Look at the state's folder; PostgreSQL's disk is its own server's business."""
    url = settings.state.url.get_secret_value()
    if not url.startswith("sqlite:"):
        return []
    folder = Path(url.removeprefix("sqlite:///")).absolute().parent
    try:
        return [check_disk(shutil.disk_usage(folder).free)]
    except OSError as error:
        return [failed("disk", f"the state's folder: {error.strerror}", "Make the folder of state.url.")]
