"""Meta's side of webhooks: batches, its style of JSON, the signature over those bytes, and the retries."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

import aiohttp

from adapters.sandbox.objects import Lead
from adapters.sandbox.world import World

MAX_CHANGES = 1000
"""Updates that one POST holds at most."""
LADDER_S = (0.0, 60.0, 600.0, 3_600.0, 10_800.0, 28_800.0, 86_400.0)
"""Seconds before each repeat: at once, then ever more rarely, about 36 hours in all."""
_TIMEOUT_S = 10.0

Json = dict[str, object]


@dataclass(slots=True)
class Sent:
    """One notification and what every attempt was answered: a status, or None when no answer came."""

    body: bytes = field(repr=False)
    statuses: list[int | None] = field(default_factory=list)

    @property
    def acknowledged(self) -> bool:
        """Whether the receiver answered 200 in the end."""
        return bool(self.statuses) and self.statuses[-1] == 200  # noqa: PLR2004 - the only good answer


class WebhookSender:
    """Sends to `url`, or to the callback of the app's subscription. `ids_as_text` False sends integers.

    Of a share `lost` of the leads it tells nobody, by chance.
    """

    def __init__(
        self,
        world: World,
        url: str = "",
        *,
        ids_as_text: bool = True,
        ladder_s: Sequence[float] = LADDER_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.world = world
        self.url = url
        self.ids_as_text = ids_as_text
        self.ladder_s = ladder_s
        self.lost = 0.0  # the share of leads that nobody is ever told of
        self.sent: list[Sent] = []
        self._sleep = sleep
        self._http: aiohttp.ClientSession | None = None

    async def announce(self, leads: Iterable[Lead | str]) -> list[Sent]:
        """Notify about leads whose Page has our app subscribed to `leadgen`; the others pass in silence."""
        found = [self.world.leads[lead] if isinstance(lead, str) else lead for lead in leads]
        return [await self._deliver(body) for body in self.bodies(found)]

    def bodies(self, leads: Iterable[Lead]) -> list[bytes]:
        """Return the notifications' bytes: every Page one entry, at most 1000 changes in a POST."""
        heard = [lead for lead in leads if self._is_subscribed(lead.page_id) and not self._is_lost()]
        chunks = [heard[start : start + MAX_CHANGES] for start in range(0, len(heard), MAX_CHANGES)]
        return [self.encode(self._notification(chunk)) for chunk in chunks]

    def encode(self, payload: object) -> bytes:
        r"""Return JSON as Meta writes it: compact, non-ASCII as \uXXXX, slashes as \/."""
        return json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode()

    def sign(self, body: bytes) -> str:
        """Return the value of X-Hub-Signature-256."""
        return f"sha256={hmac.new(self.world.app_secret.encode(), body, hashlib.sha256).hexdigest()}"

    async def send_raw(self, body: bytes, signature: str | None = None) -> int:
        """Post bytes once and return the status. None signs rightly; an empty text sends no signature."""
        status, _ = await self._post(body, self.sign(body) if signature is None else signature)
        return status

    async def deauthorize(self, person_id: str) -> int:
        """Call the deauthorize callback for a person and return the status."""
        status, _ = await self._signed_request(self.world.deauthorize_url, {"user_id": person_id})
        return status

    async def request_deletion(self, person_id: str) -> tuple[int, bytes]:
        """Call the data deletion callback and return status and body."""
        payload: Json = {"user_id": person_id, "expires": int(self.world.now()) + 3_600}
        return await self._signed_request(self.world.deletion_url, payload)

    def signed_request(self, payload: Json) -> str:
        """Return `<signature>.<payload>`, both base64url without padding."""
        full = {"algorithm": "HMAC-SHA256", "issued_at": int(self.world.now()), **payload}
        encoded = base64.urlsafe_b64encode(json.dumps(full).encode()).rstrip(b"=")
        mac = hmac.new(self.world.app_secret.encode(), encoded, hashlib.sha256).digest()
        return f"{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}.{encoded.decode()}"

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    def _is_subscribed(self, page_id: str) -> bool:
        page = self.world.pages[page_id]
        return page.app_platform and "leadgen" in page.subscribed.get(self.world.app_id, ())

    def _is_lost(self) -> bool:
        return self.lost > 0 and self.world.rng.random() < self.lost

    def _notification(self, leads: Sequence[Lead]) -> Json:
        by_page: dict[str, list[Json]] = {}
        for lead in leads:
            by_page.setdefault(lead.page_id, []).append(self._change(lead))
        now = int(self.world.now())
        entries = [
            self._shuffled({"id": self._id(page), "time": now, "changes": by_page[page]}) for page in by_page
        ]
        return self._shuffled({"object": "page", "entry": entries})

    def _change(self, lead: Lead) -> Json:
        """Ad ids are there for leads of ads only; `adgroup_id` is the old name of the same ad."""
        value: Json = {
            "leadgen_id": self._id(lead.id),
            "page_id": self._id(lead.page_id),
            "form_id": self._id(lead.form_id),
            "created_time": lead.created_time,
        }
        if lead.ad_id and not lead.is_organic:
            value |= {"ad_id": self._id(lead.ad_id), "adgroup_id": self._id(lead.ad_id)}
        return self._shuffled({"field": "leadgen", "value": self._shuffled(value)})

    def _id(self, text: str) -> str | int:
        return text if self.ids_as_text else int(text)

    def _shuffled(self, members: Json) -> Json:
        items = list(members.items())
        self.world.rng.shuffle(items)
        return dict(items)

    async def _deliver(self, body: bytes) -> Sent:
        """Send until 200 or until the ladder ends; then the notification is dropped, as Meta does."""
        sent = Sent(body)
        self.sent.append(sent)
        waits = iter(self.ladder_s)
        while True:
            sent.statuses.append(await self._attempt(body))
            wait_s = None if sent.acknowledged else next(waits, None)
            if wait_s is None:
                return sent
            await self._sleep(wait_s)

    async def _attempt(self, body: bytes) -> int | None:
        try:
            status, _ = await self._post(body, self.sign(body))
        except (aiohttp.ClientError, TimeoutError):
            return None
        return status

    async def _post(self, body: bytes, signature: str) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json", "User-Agent": "Webhooks/1.0 (https://fb.me/webhooks)"}
        if signature:
            headers["X-Hub-Signature-256"] = signature
        async with self._session().post(self._target(), data=body, headers=headers) as answer:
            return answer.status, await answer.read()

    async def _signed_request(self, url: str, payload: Json) -> tuple[int, bytes]:
        form = {"signed_request": self.signed_request(payload)}
        async with self._session().post(url, data=form) as answer:
            return answer.status, await answer.read()

    def _target(self) -> str:
        """Return where to send. Raises RuntimeError when nobody ever said."""
        subscription = self.world.app_subscription
        if not self.url and subscription is None:
            raise RuntimeError("no url and no app subscription to send to")
        return self.url or (subscription.callback_url if subscription else "")

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S))
        return self._http
