"""The Graph API over the vendor's SDK: the only module that imports it.

The SDK is used for its sessions and its wire format only. What it takes for success or failure is not
believed (a 502 page passes as success, a bare `true` raises): a hook keeps the answer, `reply.judge` decides.
`FacebookAdsApi.init` is never called: it sets a token and an exception hook for the whole process.
"""

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

import requests
import structlog
import urllib3
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookError
from facebook_business.session import FacebookSession
from requests.adapters import HTTPAdapter

from adapters.facebook.outcome import CallObserver, nobody, outcome_of
from adapters.facebook.reply import GraphReply, judge, judge_member
from adapters.retrying import Retrying
from adapters.sdk_threads import SdkThreads
from connector.domain.errors import ConnectorError, MisconfiguredError, PermanentError, TransientError

T = TypeVar("T")
Params = Mapping[str, str | int]

BATCH_MAX = 50
"""Members of one batch call. https://developers.facebook.com/docs/graph-api/batch-requests"""
LINES_MAX = 64
"""Tokens whose sessions one thread keeps ready."""

_PATH = re.compile(r"[0-9A-Za-z_-]+(?:/[0-9A-Za-z_-]+)*")
_SDK_SLIPS = (FacebookError, TypeError, AttributeError, KeyError, ValueError, RecursionError)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FacebookApp:
    """Our app at Facebook. `config_id` is set when it uses Login for Business."""

    id: str
    secret: str = field(repr=False)
    version: str = "v26.0"
    graph_url: str = "https://graph.facebook.com"
    dialog_url: str = "https://www.facebook.com"
    config_id: str | None = None

    @property
    def token(self) -> str:
        """The app's own access token."""
        return f"{self.id}|{self.secret}"


class GraphClient:
    """Asks the Graph API; every answer is a GraphReply, every failure a ConnectorError without any token.

    Timeouts are in seconds, for connecting and for each wait for bytes. Close with `aclose()` before the
    threads. `observe` hears of every single call. `served_version` and `is_version_deprecated` tell what the
    last answers said.

    While the app secret is changed at Facebook, `previous_secrets` bridge it: a call that is refused for its secret
    is made again under the others, and `app` has the one that Facebook took last.
    """

    def __init__(
        self,
        app: FacebookApp,
        threads: SdkThreads,
        retrying: Retrying,
        *,
        connect_timeout_s: float = 5.0,
        read_timeout_s: float = 10.0,
        observe: CallObserver = nobody,
        heard: Callable[[str], None] = nobody,
        previous_secrets: Sequence[str] = (),
    ) -> None:
        self.app = app
        self.change_secrets(app.secret, *previous_secrets)
        self.served_version: str | None = None
        self.is_version_deprecated = False
        self._threads = threads
        self._retrying = retrying
        self._observe = observe
        self._heard = heard  # hears the `Date` of every answer
        self._lines = _Lines(app, (connect_timeout_s, read_timeout_s))

    def change_secrets(self, secret: str, *previous: str) -> None:
        """Prove our calls by these app secrets from now on, the first one first."""
        self._apps = tuple(replace(self.app, secret=one) for one in (secret, *previous))
        self.app = self._apps[0]

    async def get(self, token: str | None, path: str, params: Params | None = None) -> GraphReply:
        """Read; repeated on failures of a moment. `token` None: the call carries its own credentials."""
        return await self._retrying(partial(self._call, token, "GET", path, params or {}))

    async def post(self, token: str, path: str, params: Params | None = None) -> GraphReply:
        """Write what may be written twice: it is repeated like a read."""
        return await self._retrying(partial(self._call, token, "POST", path, params or {}))

    async def delete(self, token: str, path: str, params: Params | None = None) -> GraphReply:
        """Remove what may be removed twice: it is repeated like a read."""
        return await self._retrying(partial(self._call, token, "DELETE", path, params or {}))

    async def batch(
        self, token: str, relative_urls: Sequence[str]
    ) -> Sequence[GraphReply | ConnectorError | None]:
        """Read up to 50 things in one call; every member is judged by itself, None: was not completed.

        Raises what the call as a whole failed with.
        """
        if len(relative_urls) > BATCH_MAX:
            raise ValueError(f"a batch takes at most {BATCH_MAX} members")
        members = [{"method": "GET", "relative_url": url} for url in relative_urls]
        params = {"batch": json.dumps(members, separators=(",", ":"))}
        verdicts = await self._retrying(partial(self._call_batch, token, params))
        if len(verdicts) != len(relative_urls):
            raise TransientError("Facebook answered a batch with another number of members.", unknown=True)
        return verdicts

    async def aclose(self) -> None:
        """Close the connections."""
        self._lines.close()

    async def _call(self, token: str | None, method: str, path: str, params: Params) -> GraphReply:
        if not _PATH.fullmatch(path):
            raise PermanentError("An id holds characters that no id of Facebook has.")
        parts = tuple(path.split("/"))
        answer = await self._proved(
            lambda app: self._threads.call(self._lines.exchange, app, token, method, parts, params),
            lambda answer: isinstance(answer, MisconfiguredError),
        )
        self._observe(outcome_of(answer))
        return self._received(answer)

    async def _call_batch(self, token: str, params: Params) -> Sequence[GraphReply | ConnectorError | None]:
        answer, verdicts = await self._proved(
            lambda app: self._threads.call(self._lines.exchange_batch, app, token, params),
            lambda both: any(isinstance(one, MisconfiguredError) for one in (both[0], *both[1])),
        )
        for one in verdicts or (answer,):  # the provider's limits count members, not batches
            self._observe(outcome_of(one))
        self._received(answer)
        return verdicts

    async def _proved(self, ask: Callable[[FacebookApp], Awaitable[T]], is_refused: Callable[[T], bool]) -> T:
        """Ask under the secret that Facebook took last, and where that is refused under the others."""
        app = self.app
        answer = await ask(app)
        for other in self._apps if is_refused(answer) else ():
            if other == app:
                continue
            again = await ask(other)
            if not is_refused(again):
                self.app = other
                return again
        return answer

    def _received(self, answer: GraphReply | ConnectorError) -> GraphReply:
        if isinstance(answer, ConnectorError):
            raise answer  # raised out here, so that no exception of the SDK hangs on it
        served = answer.headers.get("facebook-api-version")
        if served is not None and served != self.served_version:
            self.served_version = served
            if served != self.app.version:
                log.warning("graph.version_differed", asked=self.app.version, served=served[:16])
        if "x-ad-api-version-warning" in answer.headers and not self.is_version_deprecated:
            self.is_version_deprecated = True
            log.warning("graph.version_deprecated", asked=self.app.version)
        if (date := answer.headers.get("date")) is not None:
            self._heard(date)
        return answer


class _Line:
    """One token's session in one thread."""

    def __init__(self, app: FacebookApp, token: str | None, timeout_s: tuple[float, float]) -> None:
        session = FacebookSession(app.id, app.secret if token else None, token, timeout=timeout_s)
        session.GRAPH = app.graph_url
        self.web: requests.Session = session.requests
        self.web.params.pop("access_token", None)
        if token:
            self.web.headers["Authorization"] = f"Bearer {token}"
        self.web.trust_env = False  # else a netrc entry would replace the token; costs time on every call
        self.web.max_redirects = 0  # the Graph API does not redirect; a token follows nobody
        self.web.hooks["response"] = self._keep
        self._api = FacebookAdsApi(session, api_version=app.version)
        self._answer: requests.Response | None = None

    def ask(self, method: str, path: tuple[str, ...], params: Params) -> requests.Response | None:
        """Return the answer, whatever the SDK makes of it; None when it failed before there was one.

        Raises what requests and urllib3 raise, whose texts hold addresses.
        """
        self._answer = None
        with suppress(*_SDK_SLIPS):
            try:
                self._api.call(method, path, dict(params))
            except OSError:  # the base of what requests raises; some of it is a ValueError as well
                self._answer = None
                raise
        return self._answer

    def _keep(self, response: requests.Response, **_: object) -> None:
        response.encoding = "utf-8"  # else the SDK has the charset guessed, in milliseconds
        self._answer = response


class _Lines:
    """The sessions, one a token and thread: neither the SDK nor requests is made for sharing them.

    The tokens of a thread share its connections.
    """

    def __init__(self, app: FacebookApp, timeout_s: tuple[float, float]) -> None:
        self._timeout_s = timeout_s
        self._of_thread = threading.local()
        self._lock = threading.Lock()
        self._adapters: list[HTTPAdapter] = []
        # What the environment says about proxies and CA files is read once here, not on every call.
        self._surroundings = FacebookSession().requests.merge_environment_settings(
            app.graph_url, {}, None, None, None
        )

    def exchange(
        self, app: FacebookApp, token: str | None, method: str, path: tuple[str, ...], params: Params
    ) -> GraphReply | ConnectorError:
        """Make one call. Never raises; no answer carries a token, a secret or an address."""
        try:
            answer = self._line(app, token).ask(method, path, params)
        except (OSError, urllib3.exceptions.HTTPError) as error:
            return TransientError(f"Facebook could not be reached ({type(error).__name__}).")
        if answer is None:
            return TransientError("The Facebook SDK failed before there was an answer.", unknown=True)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return judge(answer.status_code, headers, answer.content)

    def exchange_batch(
        self, app: FacebookApp, token: str, params: Params
    ) -> tuple[GraphReply | ConnectorError, Sequence[GraphReply | ConnectorError | None]]:
        """Make one batch call and judge its members in this thread, off the loop."""
        answer = self.exchange(app, token, "POST", (), params)
        if isinstance(answer, ConnectorError):
            return answer, ()
        if not isinstance(answer.json, list):
            return TransientError("Facebook answered a batch with something else.", unknown=True), ()
        return answer, [judge_member(member, answer.headers) for member in answer.json]

    def close(self) -> None:
        """Close every thread's connections."""
        with self._lock:
            for adapter in self._adapters:
                adapter.close()

    def _line(self, app: FacebookApp, token: str | None) -> _Line:
        lines: OrderedDict[tuple[FacebookApp, str | None], _Line] | None = getattr(
            self._of_thread, "lines", None
        )
        if lines is None:
            lines = self._of_thread.lines = OrderedDict()
            self._of_thread.adapter = HTTPAdapter()
            with self._lock:
                self._adapters.append(self._of_thread.adapter)
        key = (app, token)
        line = lines.get(key)
        if line is None:
            line = lines[key] = self._opened(app, token)
            if len(lines) > LINES_MAX:
                lines.popitem(last=False)
        else:
            lines.move_to_end(key)
        return line

    def _opened(self, app: FacebookApp, token: str | None) -> _Line:
        line = _Line(app, token, self._timeout_s)
        line.web.verify = self._surroundings["verify"]
        line.web.proxies.update(self._surroundings["proxies"])
        line.web.mount("https://", self._of_thread.adapter)
        line.web.mount("http://", self._of_thread.adapter)
        return line
