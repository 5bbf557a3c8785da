"""A CRM backend as the contract wishes it, with a dial for what it answers instead."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Self

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.sandbox.crm_record import CrmRecord, Event, Violation, parse_event
from adapters.sandbox.listening import LoopbackServer
from adapters.sandbox.watch import Watch

TOLERANCE_S = 300.0
"""Seconds that a timestamp may be off, as the library has it."""
PATH = "/connector"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmAnswer:
    """One programmed answer; `fate` other than `answer` gives none."""

    status: int = 200
    body: object = None  # JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    fate: Literal["answer", "hang", "drop"] = "answer"


@dataclass(slots=True)
class _Poison:
    answer: CrmAnswer
    event_type: str
    contact_id: str
    times: int | None


class CrmSandbox:
    """Receives events on `/connector`. `now` (unix s) replaces the wall clock when signatures are aged.

    `record` holds contacts, attempts and violations; `verify_signatures=False` and `keep_attempts=False`
    make it lean for benchmarks.
    """

    def __init__(
        self,
        signing_secrets: Sequence[str],
        *,
        verify_signatures: bool = True,
        keep_attempts: bool = True,
        now: Callable[[], float] | None = None,
    ) -> None:
        self.record = CrmRecord(keep_attempts=keep_attempts)
        self.down = False  # 503 for everything
        self.retry_after_s: int | None = None  # sent with 503
        self.answers: deque[CrmAnswer] = deque()  # queued, before anything else
        self.app = web.Application(client_max_size=8 * 2**20)
        self.app.router.add_post(PATH, self._receive)
        self.trust(*signing_secrets)
        self._verify = verify_signatures
        self._now = now
        self._poison: list[_Poison] = []
        self._server = LoopbackServer(self.app)
        self._stopping = asyncio.Event()
        self._watch = Watch()

    @property
    def url(self) -> str:
        """What `crm.url` is to be."""
        return f"{self._server.url}{PATH}"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Begin to listen."""
        await self._server.start(host, port)

    async def stop(self) -> None:
        """Stop; hanging requests are let go."""
        self._stopping.set()
        await self._server.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    async def wait_for(self, predicate: Callable[[], bool], timeout_s: float = 10.0) -> None:
        """Return once `predicate()` holds; it is looked at after each request. Raises TimeoutError."""
        await self._watch.wait_for(predicate, timeout_s)

    def trust(self, *signing_secrets: str) -> None:
        """Accept what is signed under any of these, and nothing else."""
        self._hooks = [Webhook(secret) for secret in signing_secrets]

    def answer_next(self, *answers: CrmAnswer) -> None:
        """Queue answers for the next requests, whatever they are."""
        self.answers.extend(answers)

    def fail(
        self, answer: CrmAnswer, *, event_type: str = "", contact_id: str = "", times: int | None = None
    ) -> None:
        """Answer so to events of a type or contact (both empty: all); `times` None: until `heal`."""
        self._poison.append(_Poison(answer, event_type, contact_id, times))

    def heal(self) -> None:
        """Be well again: up, no failures, no queued answers."""
        self.down = False
        self._poison.clear()
        self.answers.clear()

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {key.lower(): value for key, value in request.headers.items()}
        event = parse_event(body)
        answer = self._judge(headers, body, event)
        self.record.note(headers, body, event, answer.status if answer.fate == "answer" else 0)
        await self._watch.notify()
        if answer.fate != "answer":
            return await self._silence(request, hang=answer.fate == "hang")
        return web.json_response(answer.body, status=answer.status, headers=answer.headers)

    def _judge(self, headers: Mapping[str, str], body: bytes, event: Event | None) -> CrmAnswer:
        event_id = headers.get("webhook-id", "")
        problem = self._signature_problem(headers, body) if self._verify else ""
        if problem:
            self.record.violations.append(Violation("bad_signature", event_id, problem))
            return CrmAnswer(status=401, body={"error": "signature"})
        if event is None:
            self.record.violations.append(Violation("bad_body", event_id))
            return CrmAnswer(status=400, body={"error": "body"})
        planned = self._planned(event)
        if planned is not None and not _is_success(planned):
            return planned
        crm_id = self.record.accept(event_id, body, event)
        return planned or CrmAnswer(body={} if crm_id is None else {"id": crm_id})

    def _planned(self, event: Event) -> CrmAnswer | None:
        """Return the answer that the dial wants, in the order: queue, down, poison."""
        if self.answers:
            return self.answers.popleft()
        if self.down:
            wait = {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}
            return CrmAnswer(status=503, body={"error": "down"}, headers=wait)
        for poison in self._poison:
            if poison.event_type in {"", event.type} and poison.contact_id in {"", event.contact_id}:
                self._spend(poison)
                return poison.answer
        return None

    def _spend(self, poison: _Poison) -> None:
        if poison.times is not None:
            poison.times -= 1
            if poison.times <= 0:
                self._poison.remove(poison)

    def _signature_problem(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return why no signing secret verifies the request, or an empty text."""
        problem = "no signing secret"
        for hook in self._hooks:
            try:
                self._check(hook, headers, body)
            except (WebhookVerificationError, ValueError) as e:
                problem = str(e)
            else:
                return ""
        return problem

    def _check(self, hook: Webhook, headers: Mapping[str, str], body: bytes) -> None:
        if self._now is None:
            hook.verify(body, dict(headers), json_parse=False)
            return
        # the library knows only the wall clock: with another one we judge the age, and it signs
        sent_at = float(headers.get("webhook-timestamp", "nan"))
        if not abs(sent_at - self._now()) <= TOLERANCE_S:
            raise WebhookVerificationError("Message timestamp too old or too new")
        stamp = datetime.fromtimestamp(sent_at, tz=UTC)
        right = hook.sign(headers.get("webhook-id", ""), stamp, body.decode())
        if right not in headers.get("webhook-signature", "").split(" "):
            raise WebhookVerificationError("No matching signature found")

    async def _silence(self, request: web.Request, *, hang: bool) -> web.Response:
        if hang:
            await self._stopping.wait()
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


def _is_success(answer: CrmAnswer) -> bool:
    return answer.fate == "answer" and answer.status < 300  # noqa: PLR2004 - 2xx
