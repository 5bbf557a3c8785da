import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from adapters.retrying import FIRST_BACKOFF_S, Retrying
from connector.domain.errors import (
    AuthLostError,
    GoneError,
    PermanentError,
    RateLimitedError,
    TransientError,
)


class Clock:
    def __init__(self) -> None:
        self.slept_s: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def now_ms(self) -> int:
        return 0

    def monotonic(self) -> float:
        return sum(self.slept_s)

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)

    async def wait(self, event: asyncio.Event, timeout_s: float) -> bool:
        await self.sleep(timeout_s)
        return event.is_set()


class Halve(TransientError):  # noqa: N818 - says what to do
    pass


class Provider:
    """Fails with the given errors in order, then answers."""

    def __init__(self, errors: Sequence[Exception]) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def retrying(clock: Clock) -> Retrying:
    return Retrying(clock, random.Random(3), handed_up=(Halve,))  # noqa: S311  # jitter


async def test_a_moment_s_failure_is_waited_out_with_full_jitter() -> None:
    clock, provider = Clock(), Provider([TransientError("a"), TransientError("b")])
    assert await retrying(clock)(provider) == "answer"
    assert provider.calls == 3
    assert 0 <= clock.slept_s[0] <= FIRST_BACKOFF_S
    assert 0 <= clock.slept_s[1] <= 2 * FIRST_BACKOFF_S


async def test_after_three_attempts_the_last_error_is_raised_as_it_is() -> None:
    last = TransientError("third")
    provider = Provider([TransientError("first"), TransientError("second"), last])
    with pytest.raises(TransientError) as caught:
        await retrying(Clock())(provider)
    assert caught.value is last
    assert provider.calls == 3


async def test_a_short_pause_is_waited_as_asked() -> None:
    clock, provider = Clock(), Provider([RateLimitedError("slow down", retry_after_s=2.5)])
    assert await retrying(clock)(provider) == "answer"
    assert clock.slept_s == [2.5]


@pytest.mark.parametrize(
    "error",
    [
        RateLimitedError("come back in an hour", retry_after_s=3600),
        AuthLostError("revoked"),
        PermanentError("no"),
        GoneError("gone"),
        Halve("ask for less"),
        RuntimeError("a bug"),
    ],
)
async def test_what_seconds_cannot_mend_is_handed_up_at_once(error: Exception) -> None:
    clock, provider = Clock(), Provider([error])
    with pytest.raises(type(error)):
        await retrying(clock)(provider)
    assert provider.calls == 1
    assert clock.slept_s == []


async def test_an_answer_that_no_rule_covers_is_tried_once_more_only() -> None:
    provider = Provider([TransientError("?", unknown=True) for _ in range(5)])
    with pytest.raises(TransientError):
        await retrying(Clock())(provider)
    assert provider.calls == 2


async def test_calls_at_the_same_time_do_not_count_each_others_attempts() -> None:
    policy = retrying(Clock())
    providers = [Provider([TransientError("a"), TransientError("b")]) for _ in range(20)]
    assert await asyncio.gather(*(policy(p) for p in providers)) == ["answer"] * 20
