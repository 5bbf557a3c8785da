"""Opening Google's adapters: the OAuth endpoints, Drive over its few threads, the keys of security events."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from adapters.google.backup_drive import GoogleBackupDrive
from adapters.google.client import GoogleHttp, google_session
from adapters.google.consent import GoogleClient, GoogleConsent
from adapters.google.drive import GoogleDrive
from adapters.google.drive_client import DriveClient
from adapters.google.errors import HANDED_UP
from adapters.google.published_keys import PublishedKeys, SecurityEvents
from adapters.retrying import Retrying
from adapters.sdk_threads import SdkThreads
from connector.composition.chance import Chance
from connector.config import Settings
from connector.ports import Clock

DRIVE_THREADS = 4
"""Threads that call Drive: what a stuck Drive may fill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleSide:
    """Everything that speaks to Google."""

    consent: GoogleConsent
    drive: GoogleDrive
    backups: GoogleBackupDrive
    events: SecurityEvents


@asynccontextmanager
async def opened_google(settings: Settings, clock: Clock, chance: Chance) -> AsyncIterator[GoogleSide]:
    """Open Google's adapters; nothing is asked yet. Needs `google.client_id` and `google.client_secret`."""
    google = settings.google
    client = GoogleClient(
        id=google.client_id,
        secret=google.client_secret.get_secret_value(),
        auth_url=google.auth_url,
        token_url=google.token_url,
        revoke_url=google.revoke_url,
        userinfo_url=google.userinfo_url,
    )
    retrying = Retrying(clock, chance.random, handed_up=HANDED_UP)
    async with AsyncExitStack() as stack:
        http = GoogleHttp(await stack.enter_async_context(google_session()))
        drive = DriveClient(google.drive_url, threads := SdkThreads("google", DRIVE_THREADS), retrying)
        stack.push_async_callback(drive.aclose)
        stack.push_async_callback(threads.aclose)  # first: what still runs uses the connections
        keys = PublishedKeys(http, retrying, clock, config_url=google.risc_config_url)
        yield GoogleSide(
            consent=GoogleConsent(client, http, retrying, clock),
            drive=GoogleDrive(drive),
            backups=GoogleBackupDrive(drive),
            events=SecurityEvents(keys, clock, client_ids=(client.id,)),
        )
