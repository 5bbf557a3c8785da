"""Google's adapters over real sockets: against the sandbox, and against a server that answers what a test scripts."""

import asyncio
import base64
import hashlib
import json
import random
from collections import deque
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from adapters.google.backup_drive import CHUNK_BYTES, GoogleBackupDrive
from adapters.google.client import GoogleHttp, google_session
from adapters.google.consent import GoogleClient, GoogleConsent
from adapters.google.drive import GoogleDrive
from adapters.google.drive_client import DriveClient
from adapters.google.errors import HANDED_UP
from adapters.google.published_keys import PublishedKeys, SecurityEvents
from adapters.google.uploads import GRANULE
from adapters.retrying import Retrying
from adapters.sandbox.google.objects import Account
from adapters.sandbox.google.server import GoogleSandbox
from adapters.sandbox.google.signing import SigningKey
from adapters.sandbox.google.world import GoogleWorld
from adapters.sandbox.listening import LoopbackServer
from adapters.sdk_threads import SdkThreads

REDIRECT = "https://connector.example/connect/google/callback"
VERIFIER = "verifier-" + "v" * 40
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
SECRET = "GOCSPX-secret-5f1c"
CLIENT_ID = "4711.apps.googleusercontent.com"


class MovingClock:
    """Time that moves when someone sleeps."""

    def __init__(self) -> None:
        self.slept_s: list[float] = []
        self._now = datetime(2026, 11, 22, 10, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def now_ms(self) -> int:
        return int(self._now.timestamp() * 1000)

    def monotonic(self) -> float:
        return self._now.timestamp()

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.advance(seconds)
        await asyncio.sleep(0)

    async def wait(self, event: asyncio.Event, timeout_s: float) -> bool:
        await self.sleep(timeout_s)
        return event.is_set()


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    address: str
    form: dict[str, str]
    headers: dict[str, str]


@dataclass
class Script:
    """Answers in order; the last one again when they are used up."""

    answers: deque[tuple[int, bytes, dict[str, str]]] = field(default_factory=deque)
    seen: list[Asked] = field(default_factory=list)
    url: str = ""

    def then(self, body: object, status: int = 200, **headers: str) -> None:
        """Queue an answer: bytes and texts as they are, anything else as JSON."""
        raw = (
            body
            if isinstance(body, bytes)
            else (body if isinstance(body, str) else json.dumps(body)).encode()
        )
        self.answers.append((status, raw, {"Content-Type": "application/json", **headers}))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        form = {k: v for k, v in (await request.post()).items() if isinstance(v, str)}
        self.seen.append(Asked(request.method, str(request.rel_url), form, dict(request.headers)))
        status, raw, headers = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        return web.Response(status=status, body=raw, headers=headers)


@pytest.fixture(scope="session")
def signing_key() -> SigningKey:
    """Return a key that is made once for all tests: making one takes its time."""
    return SigningKey("sandbox-key-1")


@pytest.fixture(scope="session")
def other_key() -> SigningKey:
    return SigningKey("sandbox-key-1", owner="stranger")


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def retrying(clock: MovingClock) -> Retrying:
    return Retrying(clock, random.Random(7), handed_up=HANDED_UP)  # noqa: S311 - jitter


@pytest.fixture
def world(clock: MovingClock) -> GoogleWorld:
    made = GoogleWorld.invented(random.Random(7), now=lambda: clock.now().timestamp())  # noqa: S311 - repeatable
    made.add_account("ada.admin@example.com", "Ada Admin")
    return made


@pytest.fixture
def account(world: GoogleWorld) -> Account:
    return next(iter(world.accounts.values()))


@pytest.fixture
async def google(
    world: GoogleWorld, signing_key: SigningKey, other_key: SigningKey
) -> AsyncIterator[GoogleSandbox]:
    async with GoogleSandbox(world) as server:
        server.keys[0] = server.events.key = signing_key
        server.events.stranger = other_key
        yield server


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    script = Script()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", script.handle)
    async with LoopbackServer(app) as server:
        script.url = server.url
        yield script


@pytest.fixture
async def http() -> AsyncIterator[GoogleHttp]:
    async with google_session() as session:
        yield GoogleHttp(session, timeout_s=5.0)


@pytest.fixture
def consent(google: GoogleSandbox, http: GoogleHttp, retrying: Retrying, clock: MovingClock) -> GoogleConsent:
    """Return the adapter pointed at the sandbox."""
    given = google.settings()
    client = GoogleClient(
        id=given["client_id"],
        secret=given["client_secret"],
        auth_url=given["auth_url"],
        token_url=given["token_url"],
        revoke_url=given["revoke_url"],
        userinfo_url=given["userinfo_url"],
    )
    return GoogleConsent(client, http, retrying, clock)


@pytest.fixture
def scripted(script: Script, http: GoogleHttp, retrying: Retrying, clock: MovingClock) -> GoogleConsent:
    """Return the adapter pointed at the scripted server."""
    client = GoogleClient(
        id=CLIENT_ID,
        secret=SECRET,
        auth_url=f"{script.url}/authorize",
        token_url=f"{script.url}/token",
        revoke_url=f"{script.url}/revoke",
        userinfo_url=f"{script.url}/userinfo",
    )
    return GoogleConsent(client, http, retrying, clock)


@asynccontextmanager
async def opened_client(url: str, retrying: Retrying, timeout_s: float = 5.0) -> AsyncIterator[DriveClient]:
    """Open the connections to the Drive at `url`."""
    async with (
        aclosing(DriveClient(url, SdkThreads("google", limit=2), retrying, timeout_s=timeout_s)) as client,
        aclosing(client._threads),  # noqa: SLF001 - closed first, as the composition does
    ):
        yield client


@asynccontextmanager
async def opened_drive(url: str, retrying: Retrying, timeout_s: float = 5.0) -> AsyncIterator[GoogleDrive]:
    """Open the Drive adapter for the server at `url`."""
    async with opened_client(url, retrying, timeout_s) as client:
        yield GoogleDrive(client)


@asynccontextmanager
async def opened_backups(
    url: str, retrying: Retrying, timeout_s: float = 5.0, *, chunk_bytes: int = GRANULE
) -> AsyncIterator[GoogleBackupDrive]:
    """Open the adapter of backups for the server at `url`, with chunks and parts of `chunk_bytes`."""
    async with opened_client(url, retrying, timeout_s) as client:
        yield GoogleBackupDrive(client, chunk_bytes=chunk_bytes, part_bytes=min(chunk_bytes, CHUNK_BYTES))


@pytest.fixture
async def drive(google: GoogleSandbox, retrying: Retrying) -> AsyncIterator[GoogleDrive]:
    async with opened_drive(google.url, retrying) as opened:
        yield opened


@pytest.fixture
async def backups(google: GoogleSandbox, retrying: Retrying) -> AsyncIterator[GoogleBackupDrive]:
    async with opened_backups(google.url, retrying) as opened:
        yield opened


@pytest.fixture
def token(google: GoogleSandbox, account: Account) -> str:
    return google.access_token(account)


@pytest.fixture
async def folder(drive: GoogleDrive, token: str) -> str:
    """Return the id of our folder in the Drive."""
    return await drive.folder(token, "main")


@pytest.fixture
def events(google: GoogleSandbox, http: GoogleHttp, retrying: Retrying, clock: MovingClock) -> SecurityEvents:
    given = google.settings()
    keys = PublishedKeys(http, retrying, clock, config_url=given["risc_config_url"])
    return SecurityEvents(keys, clock, client_ids=(given["client_id"],))
