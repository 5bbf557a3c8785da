"""The Graph API and the login dialog, as one server. Addresses begin with any version: `/v26.0/…`."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from email.utils import formatdate
from typing import TYPE_CHECKING, Self

import aiohttp
from aiohttp import web

from adapters.sandbox.faults import Fault, Faults
from adapters.sandbox.graph.batch import run_batch, split_path
from adapters.sandbox.graph.call import Call, Graph, Switches
from adapters.sandbox.graph.dialog import answer_dialog
from adapters.sandbox.graph.respond import Reply, refuse, reply_of, respond
from adapters.sandbox.graph.routes import page_of, route_of
from adapters.sandbox.graph.seen import Seen, see
from adapters.sandbox.graph.subscriptions import need_app
from adapters.sandbox.graph.tokens import issue_user_token, page_token
from adapters.sandbox.graph_errors import GraphError
from adapters.sandbox.listening import LoopbackServer
from adapters.sandbox.objects import SCOPES, Page, Person
from adapters.sandbox.watch import Watch
from adapters.sandbox.world import World

if TYPE_CHECKING:
    from adapters.sandbox.webhook_sender import WebhookSender

NEWEST, OLDEST = 26, 20
_DEPRECATED_BELOW = 24
_WARNING = "This version of the Ads API is deprecated: move to a newer one."
_CHALLENGE_TIMEOUT_S = 5.0


class GraphSandbox:
    """The server over a world. `latency_s` is added to every answer; `sender` fires test leads' webhooks."""

    def __init__(
        self,
        world: World,
        *,
        latency_s: float = 0.0,
        switches: Switches | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        keep_seen: int = 10_000,
    ) -> None:
        self.world = world
        self.switches = switches or Switches()
        self.latency_s = latency_s
        self.faults = Faults(world.rng)
        self.seen: deque[Seen] = deque(maxlen=keep_seen)
        self.requests = 0
        self.app_usage: dict[str, int] | None = None  # what X-App-Usage reports
        self.sender: WebhookSender | None = None
        self.way: Callable[[], aiohttp.BaseConnector | None] = lambda: None  # to the app's addresses
        self.graph = Graph(world=world, switches=self.switches)
        self.app = web.Application(client_max_size=8 * 2**20)
        self.app.router.add_route("*", "/{path:.*}", self._handle)
        self._sleep = sleep
        self._server = LoopbackServer(self.app)
        self._stopping = asyncio.Event()
        self._hanging: set[int] = set()  # ids of the requests that get no answer
        self._watch = Watch()
        self._announcing: set[asyncio.Task[object]] = set()

    @property
    def url(self) -> str:
        """What `facebook.graph_url` and `facebook.dialog_url` are to be."""
        return self._server.url

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Begin to listen."""
        await self._server.start(host, port)

    async def stop(self) -> None:
        """Stop; hanging requests are let go."""
        self._stopping.set()
        for task in self._announcing:
            task.cancel()
        await asyncio.gather(*self._announcing, return_exceptions=True)
        await self._server.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    def log_in(self, person: Person, *, scopes: Iterable[str] = SCOPES) -> str:
        """Return a long-lived user token, as if the person had just consented to `scopes`."""
        person.authorised = True
        person.granted |= set(scopes)
        return issue_user_token(self.world, person, long_lived=True).value

    def page_token(self, user_token: str, page: Page) -> str:
        """Return the Page's token behind a user token, as `/me/accounts` would."""
        return page_token(self.world, self.world.tokens[user_token], page).value

    async def wait_for(self, predicate: Callable[[], bool], timeout_s: float = 10.0) -> None:
        """Return once `predicate()` holds; it is looked at after each request. Raises TimeoutError."""
        await self._watch.wait_for(predicate, timeout_s)

    async def settled(self) -> None:
        """Return once every webhook and callback that calls have set off is over."""
        await asyncio.gather(*self._announcing, return_exceptions=True)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        form = await _form(request)
        path = split_path(request.path)
        route = route_of(self.world, request.method, path)
        call = self._call(request, path, form)
        reply = await self._reply(request, call, route)
        self.requests += 1
        self.seen.append(see(request, route, form, reply.status if reply else 0))
        await self._watch.notify()
        if reply is None:
            return await self._silence(request)
        return self._send(request, reply)

    async def _reply(self, request: web.Request, call: Call, route: str) -> Reply | None:
        """Return the answer; None for a request that gets none."""
        if self.latency_s:
            await self._sleep(self.latency_s)
        fault = self.faults.take(route, call.path, page_of(self.world, call.path)) if self.faults else None
        if fault is not None and fault.kind == "latency":
            await self._sleep(fault.seconds)
            fault = None
        if fault is not None:
            return await self._fail(request, call, fault)
        try:
            return await self._answer(call, route)
        except GraphError as e:
            return refuse(self.graph, call, e)

    async def _answer(self, call: Call, route: str) -> Reply:
        if route == "batch":
            return run_batch(self.graph, self.faults, call)
        if route == "dialog":
            return answer_dialog(self.world, call)
        if (call.method, route) == ("POST", "subscriptions"):
            await self._challenge(call)
        reply = respond(self.graph, call, route)
        self._follow_up(call, route, reply)
        return reply

    def _follow_up(self, call: Call, route: str, reply: Reply) -> None:
        """Fire what the real API fires after its answer: a test lead's webhook, the deauthorize callback."""
        sender, status = self.sender, reply.status
        if sender is None or status != web.HTTPOk.status_code:
            return
        if (call.method, route) == ("POST", "test_leads"):
            self._spawn(sender.announce([self.world.leads[json.loads(reply.text)["id"]]]))
        if (call.method, route, len(call.path)) == (
            "DELETE",
            "permissions",
            2,
        ) and self.world.deauthorize_url:
            self._spawn(sender.deauthorize(self.world.tokens[call.token_value].person_id))

    async def _fail(self, request: web.Request, call: Call, fault: Fault) -> Reply | None:
        if fault.kind == "drop":
            return None
        if fault.kind == "hang":
            self._hanging.add(id(request))
            return None
        return reply_of(self.graph, call, fault)

    async def _silence(self, request: web.Request) -> web.StreamResponse:
        """Hang until the server stops, or close the connection at once."""
        if id(request) in self._hanging:
            await self._stopping.wait()
            self._hanging.discard(id(request))
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _challenge(self, call: Call) -> None:
        """Verify the callback as Meta does before it stores a subscription. Raises GraphError."""
        need_app(self.graph, call)
        challenge = str(self.world.rng.randrange(10**9, 2**31))
        query = {
            "hub.mode": "subscribe",
            "hub.challenge": challenge,
            "hub.verify_token": call.params.get("verify_token", ""),
        }
        timeout = aiohttp.ClientTimeout(total=_CHALLENGE_TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(connector=self.way(), timeout=timeout) as http,
                http.get(call.params.get("callback_url", ""), params=query) as echo,
            ):
                text = await echo.text()
        except (aiohttp.ClientError, TimeoutError, ValueError) as e:
            raise GraphError("callback_refused", reason=type(e).__name__) from e
        if echo.status != web.HTTPOk.status_code or text != challenge:
            raise GraphError("callback_refused", reason=f"HTTP {echo.status}")

    def _spawn(self, work: Coroutine[None, None, object]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._announcing.add(task)
        task.add_done_callback(self._is_over)

    def _is_over(self, task: asyncio.Task[object]) -> None:
        """Let go of a call to the app's own addresses: one that nobody answers is no fault of the sandbox."""
        self._announcing.discard(task)
        if not task.cancelled():
            task.exception()

    def _call(self, request: web.Request, path: tuple[str, ...], form: dict[str, str]) -> Call:
        params = {**request.query, **form}
        token = params.pop("access_token", "") or request.headers.get("Authorization", "").removeprefix(
            "Bearer "
        )
        version = request.path.removesuffix("/").removesuffix("/".join(path)).strip("/")
        base = f"{request.scheme}://{request.host}"
        return Call(request.method, path, params, token, f"{base}/{version}" if version else base)

    def _send(self, request: web.Request, reply: Reply) -> web.Response:
        headers = {"Content-Type": reply.content_type, **reply.headers, **_version_headers(request.path)}
        headers["Date"] = formatdate(self.world.now(), usegmt=True)  # the world's time, which a test may move
        if self.app_usage is not None:
            headers["X-App-Usage"] = json.dumps(self.app_usage)
        return web.Response(body=reply.text.encode(), status=reply.status, headers=headers)


async def _form(request: web.Request) -> dict[str, str]:
    if request.method not in {"POST", "DELETE"} or not request.can_read_body:
        return {}
    return {key: value for key, value in (await request.post()).items() if isinstance(value, str)}


def _version_headers(path: str) -> dict[str, str]:
    """Say which version answered: the oldest one, silently, for one that does not exist."""
    asked = path.split("/", 2)[1].removeprefix("v").partition(".")[0]
    known = asked.isdigit() and OLDEST <= int(asked) <= NEWEST
    served = int(asked) if known else OLDEST
    headers = {"facebook-api-version": f"v{served}.0"}
    if served < _DEPRECATED_BELOW:
        headers["x-ad-api-version-warning"] = _WARNING
    return headers
