"""Google as one server: consent page, tokens, revocation, userinfo, keys, security configuration, Drive."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Self

from aiohttp import web

from adapters.sandbox.faults import Fault, Faults
from adapters.sandbox.google.call import Call
from adapters.sandbox.google.consent_page import authorize
from adapters.sandbox.google.drive.api import ROOT, drive
from adapters.sandbox.google.drive.uploads import (
    UPLOAD_ROOT,
    bring,
    find_session,
    open_session,
    settle,
    span_of,
)
from adapters.sandbox.google.event_sender import SecurityEventSender
from adapters.sandbox.google.objects import Account, Client, Json, RefreshToken
from adapters.sandbox.google.reading import call_of, form_of
from adapters.sandbox.google.replies import Refusal, Reply, answer, drive_refusal
from adapters.sandbox.google.seen import GoogleSeen, see
from adapters.sandbox.google.sending import send
from adapters.sandbox.google.signing import SigningKey
from adapters.sandbox.google.tokens import issue_access, issue_refresh, revoke, token, userinfo
from adapters.sandbox.google.world import DRIVE_FILE, GoogleWorld
from adapters.sandbox.listening import LoopbackServer
from adapters.sandbox.watch import Watch

AUTH, TOKEN, REVOKE = "/o/oauth2/v2/auth", "/token", "/revoke"
USERINFO, CERTS = "/v1/userinfo", "/oauth2/v3/certs"
RISC_CONFIG, OPENID_CONFIG = "/.well-known/risc-configuration", "/.well-known/openid-configuration"
SCOPES = ("openid", "https://www.googleapis.com/auth/userinfo.email", DRIVE_FILE)

_ROUTES = {
    AUTH: "auth",
    TOKEN: "token",
    REVOKE: "revoke",
    USERINFO: "userinfo",
    CERTS: "certs",
    RISC_CONFIG: "risc_config",
    OPENID_CONFIG: "openid_config",
}


class GoogleSandbox:
    """The server over a world; `events` posts security events.

    Faults match `*`, a part of the path, or a route: `auth`, `token`, `revoke`, `userinfo`, `certs`,
    `risc_config`, `openid_config`, `drive`, `upload` (a session is opened), `session` (a PUT to one) and
    `download`; the part `drive` means all of Drive. Make them with `google_fault(name)` or Fault's constructors.
    """

    def __init__(
        self,
        world: GoogleWorld,
        *,
        latency_s: float = 0.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        keep_seen: int = 10_000,
    ) -> None:
        self.world = world
        self.latency_s = latency_s
        self.faults = Faults(world.rng)
        self.seen: deque[GoogleSeen] = deque(maxlen=keep_seen)
        self.keys = [SigningKey("sandbox-key-1")]
        self.events = SecurityEventSender(world, self.keys[0])
        self.app = web.Application(client_max_size=8 * 2**20)
        self.app.router.add_route("*", "/{path:.*}", self._handle)
        self._sleep = sleep
        self._server = LoopbackServer(self.app)
        self._stopping = asyncio.Event()
        self._watch = Watch()

    @property
    def url(self) -> str:
        """Scheme, host and port; `settings()` has the addresses that a daemon needs."""
        return self._server.url

    def settings(self) -> dict[str, str]:
        """Return the daemon's [google] section that points here."""
        return {
            "client_id": self.world.client.id,
            "client_secret": self.world.client.secret,
            "auth_url": f"{self.url}{AUTH}",
            "token_url": f"{self.url}{TOKEN}",
            "revoke_url": f"{self.url}{REVOKE}",
            "userinfo_url": f"{self.url}{USERINFO}",
            "drive_url": f"{self.url}/",
            "risc_config_url": f"{self.url}{RISC_CONFIG}",
        }

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Begin to listen."""
        await self._server.start(host, port)

    async def stop(self) -> None:
        """Stop; hanging requests are let go."""
        self._stopping.set()
        await self.events.aclose()
        await self._server.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    def rotate_keys(self) -> None:
        """Sign with a new key from now on; the old one stays published."""
        key = SigningKey(f"sandbox-key-{len(self.keys) + 1}")
        self.keys.append(key)
        self.events.key = key

    def connected(
        self, account: Account, *, client: Client | None = None, scopes: tuple[str, ...] = SCOPES
    ) -> RefreshToken:
        """Return a refresh token, as if the person had just consented to `scopes`."""
        client = client or self.world.client
        self.world.grants.setdefault((account.sub, client.project), set()).update(scopes)
        return issue_refresh(self.world, account, client, scopes)

    def access_token(
        self, account: Account, *, client: Client | None = None, scopes: tuple[str, ...] = SCOPES
    ) -> str:
        """Return an access token, as if one had just been asked for."""
        return issue_access(self.world, account, client or self.world.client, scopes).value

    async def wait_for(self, predicate: Callable[[], bool], timeout_s: float = 10.0) -> None:
        """Return once `predicate()` holds; it is looked at after each request. Raises TimeoutError."""
        await self._watch.wait_for(predicate, timeout_s)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        call = await call_of(request, form)
        route = _route(call)
        try:
            reply = await self._reply(call, route, request.content.iter_any())
        except ConnectionError:  # the caller has gone in the middle of its upload
            reply = None
        self.seen.append(see(request, route, form, reply.status if reply else 0))
        await self._watch.notify()
        if reply is None:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return await send(request, reply)

    async def _reply(self, call: Call, route: str, body: AsyncIterator[bytes]) -> Reply | None:
        """Return the answer; None for a request that gets none."""
        if self.latency_s:
            await self._sleep(self.latency_s)
        try:
            if route == "session":
                return await self._session(call, body)
            if route == "download":
                return await self._download(call)
            fault = await self._fault(call, route)
            return self._answer(call, route) if fault is None else await self._failed(fault)
        except Refusal as refusal:
            return refusal.reply

    async def _fault(self, call: Call, route: str, span: tuple[int, int] | None = None) -> Fault | None:
        """Return what goes wrong with the call, after any delay."""
        if not self.faults:
            return None
        fault = self.faults.take(route, tuple(call.path.split("/")), "", span=span)
        if fault is not None and fault.kind == "latency":
            await self._sleep(fault.seconds)
            return None
        return fault

    async def _session(self, call: Call, body: AsyncIterator[bytes]) -> Reply | None:
        session = find_session(self.world, call)
        fault = await self._fault(call, "session", span_of(session, call))
        if fault is None:
            await bring(session, call, body)
            return settle(self.world, session)
        if fault.at_byte is not None:
            await bring(session, call, body, until=fault.at_byte)
        return settle(self.world, session) if fault.kind == "partial" else await self._failed(fault)

    async def _download(self, call: Call) -> Reply | None:
        reply = drive(self.world, call)
        media = reply.media
        fault = await self._fault(
            call, "download", (media.start, media.start + media.count) if media else None
        )
        if fault is None:
            return reply
        if media is None or fault.at_byte is None or fault.kind != "drop":
            return await self._failed(fault)
        reply.cut_at = fault.at_byte - media.start
        return reply

    async def _failed(self, fault: Fault) -> Reply | None:
        if fault.kind == "drop":
            return None
        if fault.kind == "hang":
            await self._stopping.wait()
            return None
        return Reply(fault.http_status, fault.text, fault.content_type)

    def _answer(self, call: Call, route: str) -> Reply:
        match route:
            case "auth":
                return authorize(self.world, call)
            case "token":
                return token(self.world, self.keys[-1], call)
            case "revoke":
                return revoke(self.world, call)
            case "userinfo":
                return userinfo(self.world, call)
            case "certs":
                return answer({"keys": [key.jwk() for key in self.keys]})
            case "risc_config":
                return answer(self._risc_config())
            case "openid_config":
                return answer(self._openid_config())
            case "drive":
                return drive(self.world, call)
            case "upload":
                return open_session(self.world, call)
            case _:
                raise drive_refusal("notFound", "Not Found")

    def _risc_config(self) -> Json:
        return {
            "issuer": self.world.issuer,
            "jwks_uri": f"{self.url}{CERTS}",
            "delivery_methods_supported": ["https://schemas.openid.net/secevent/risc/delivery-method/push"],
        }

    def _openid_config(self) -> Json:
        return {
            "issuer": self.world.issuer,
            "authorization_endpoint": f"{self.url}{AUTH}",
            "token_endpoint": f"{self.url}{TOKEN}",
            "userinfo_endpoint": f"{self.url}{USERINFO}",
            "revocation_endpoint": f"{self.url}{REVOKE}",
            "jwks_uri": f"{self.url}{CERTS}",
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "email", "profile"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "code_challenge_methods_supported": ["plain", "S256"],
        }


def _route(call: Call) -> str:
    if call.path.startswith(UPLOAD_ROOT):
        return "session" if call.method == "PUT" else "upload"
    if call.path.startswith(ROOT):
        return "download" if call.query.get("alt") == "media" else "drive"
    return _ROUTES.get(call.path, "none")
