"""A webhook comes in: prove it, take it apart, put it on disk. Only then it is answered."""

from collections import deque
from collections.abc import Mapping

import structlog
from structlog.typing import FilteringBoundLogger

from connector.domain.alerts_catalogue import BAD_SIGNATURES
from connector.domain.errors import BadSignatureError, StateUnavailableError
from connector.pipelines.courtesy import Courtesy
from connector.ports import Alerts, Clock, Counters, Inbox, WebhookDoor

WINDOW_S = 60.0
ALARM = BAD_SIGNATURES.alert()


class SignatureWatch:
    """Counts refused signatures; an alarm stands while a minute saw as many as the limit."""

    def __init__(self, alerts: Alerts, clock: Clock, *, per_minute: int) -> None:
        self._alerts = alerts
        self._clock = clock
        self._per_minute = per_minute
        self._refused: deque[float] = deque(maxlen=per_minute)
        self.is_alarmed: bool | None = None  # None: what stands from before this process is not known
        self._saying = False

    async def refused(self) -> None:
        """Note one; raise the alert when the last minute reached the limit."""
        now = self._clock.monotonic()
        self._refused.append(now)
        many = len(self._refused) == self._per_minute and now - self._refused[0] <= WINDOW_S
        if many and not self.is_alarmed:
            await self._say(alarmed=True)

    async def accepted(self) -> None:
        """End the episode when a good signature comes after a quiet minute, also one of before a restart."""
        quiet = not self._refused or self._clock.monotonic() - self._refused[-1] > WINDOW_S
        if self.is_alarmed is not False and quiet:
            await self._say(alarmed=False)

    async def _say(self, *, alarmed: bool) -> None:
        """Write it, once for all who come meanwhile. A webhook's answer does not hang on it: the next tries again."""
        if self._saying:
            return
        self._saying = True
        try:
            await (self._alerts.raise_once(ALARM) if alarmed else self._alerts.resolve(ALARM.key))
            self.is_alarmed = alarmed
        except StateUnavailableError:
            pass
        finally:
            self._saying = False


class Intake:
    """The door. `accept` returns only after the commit."""

    def __init__(
        self,
        door: WebhookDoor,
        inbox: Inbox,
        watch: SignatureWatch,
        counters: Counters,
        courtesy: Courtesy,
    ) -> None:
        self._door = door
        self._inbox = inbox
        self._watch = watch
        self._counters = counters
        self._courtesy = courtesy
        self._log: FilteringBoundLogger = structlog.get_logger().bind()  # bound once: this is the hot path

    def challenge(self, query: Mapping[str, str]) -> str:
        """Return the text that proves us to Meta. Raises BadSignatureError on a wrong verify token."""
        return self._door.challenge(query)

    async def accept(self, body: bytes, signature: str) -> None:
        """Store everything an authentic body says.

        Raises BadSignatureError (nothing believed) or StateUnavailableError (nothing stored: Meta sends it again).
        """
        self._log.debug("webhook.received", size_bytes=len(body))
        try:
            self._door.verify(body, signature)
        except BadSignatureError:
            self._counters.webhook("bad_signature")
            await self._watch.refused()
            raise
        notification = self._door.parse(body)
        with self._courtesy.serving():
            await self._inbox.record(notification)
        if self._watch.is_alarmed is not False:
            await self._watch.accepted()
        self._counters.webhook("accepted")
        self._log.debug(
            "webhook.accepted",
            notices=len(notification.notices),
            quarantined=len(notification.quarantined),
        )
