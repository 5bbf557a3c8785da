"""Meta's side of webhooks over a month: late, twice, in any order, many at once, and given up after 36 hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import aiohttp
from fake_clock import FakeClock

from adapters.sandbox.objects import Lead
from adapters.sandbox.webhook_sender import LADDER_S, WebhookSender

HOUR_S = 3600.0
OK = 200


@dataclass(slots=True, kw_only=True)
class Letter:
    """One notification under way; `tries` were not answered 200."""

    body: bytes
    due_s: float
    tries: int = 0


class Post:
    """Carries notifications. `is_reachable` False: nothing gets through to us, as behind a dead proxy."""

    def __init__(self, sender: WebhookSender, clock: FakeClock, rng: Random) -> None:
        self.is_reachable = True
        self.acknowledged: list[bytes] = []
        self._sender = sender
        self._clock = clock
        self._rng = rng
        self._letters: list[Letter] = []

    def announce(self, leads: Sequence[Lead]) -> None:
        """Put the news of leads into the post: together or one by one, some never, some late, some twice."""
        rng, now_s = self._rng, self._clock.monotonic()
        heard = [lead for lead in leads if rng.random() > 0.15]
        bundles = [heard] if rng.random() < 0.5 else [[lead] for lead in heard]
        for bundle in bundles:
            for body in self._sender.bodies(bundle):
                late_s = rng.uniform(0, 30) * HOUR_S if rng.random() < 0.15 else 0.0
                self._letters += [Letter(body=body, due_s=now_s + late_s)] * rng.choice((1, 1, 1, 2, 3))

    def announce_surely(self, leads: Sequence[Lead]) -> None:
        """Put the news of leads into the post as on a good day."""
        now_s = self._clock.monotonic()
        self._letters += [Letter(body=body, due_s=now_s) for body in self._sender.bodies(leads)]

    def repeat_old(self, count: int) -> None:
        """Send some notifications again that were answered 200 long ago."""
        now_s = self._clock.monotonic()
        old = self._rng.sample(self.acknowledged, min(count, len(self.acknowledged)))
        self._letters += [Letter(body=body, due_s=now_s) for body in old]

    async def deliver(self) -> None:
        """Try everything that is due, in any order; what is refused comes again on Meta's ladder, to its end."""
        now_s = self._clock.monotonic()
        due = [letter for letter in self._letters if letter.due_s <= now_s]
        self._letters = [letter for letter in self._letters if letter.due_s > now_s]
        self._rng.shuffle(due)
        for letter in due:
            if await self._is_taken(letter.body):
                self.acknowledged.append(letter.body)
            elif letter.tries < len(LADDER_S):
                wait_s = LADDER_S[letter.tries]
                again = Letter(body=letter.body, due_s=now_s + wait_s, tries=letter.tries + 1)
                self._letters.append(again)

    async def _is_taken(self, body: bytes) -> bool:
        if not self.is_reachable:
            return False
        try:
            return await self._sender.send_raw(body) == OK
        except (aiohttp.ClientError, TimeoutError):
            return False
