"""The retry policy of seconds, around one call to a provider.

Minutes to days are rows with a due time and are none of this module's business: a pause too long to wait
out here is handed up at once.
"""

from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeVar

import structlog
from tenacity import AsyncRetrying, RetryCallState, stop_after_attempt, stop_before_delay

from connector.domain.errors import RateLimitedError, TransientError
from connector.ports import Clock

T = TypeVar("T")

ATTEMPTS = 3
BUDGET_S = 10.0
"""Seconds after which no further attempt begins."""
LONGEST_PAUSE_S = 5.0
"""Seconds of a provider's own pause that are waited out here."""
FIRST_BACKOFF_S = 0.25
UNKNOWN_ATTEMPTS = 2
"""An answer that no rule covers is tried once more, no oftener."""

log = structlog.get_logger(__name__)


class Retrying:
    """Repeats a call that failed for a moment: 3 attempts, 10 s, full jitter or the provider's pause.

    `handed_up` names kinds of TransientError that the caller mends by itself, such as asking for less.
    """

    def __init__(
        self, clock: Clock, random: Random, *, handed_up: tuple[type[TransientError], ...] = ()
    ) -> None:
        self._clock = clock
        self._random = random
        self._handed_up = handed_up

    async def __call__(self, call: Callable[[], Awaitable[T]]) -> T:
        """Return what `call` returns in the end. Raises its last error, unwrapped."""
        policy = AsyncRetrying(  # one for each call: the object keeps the state of its run
            retry=self._is_worth_it,
            stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(BUDGET_S),
            wait=self._pause_s,
            sleep=self._clock.sleep,
            before_sleep=_log_retry,
            reraise=True,
        )
        return await policy(call)

    def _is_worth_it(self, state: RetryCallState) -> bool:
        error = _error_of(state)
        if not isinstance(error, TransientError) or isinstance(error, self._handed_up):
            return False
        if isinstance(error, RateLimitedError):
            return error.retry_after_s <= LONGEST_PAUSE_S
        return not error.unknown or state.attempt_number < UNKNOWN_ATTEMPTS

    def _pause_s(self, state: RetryCallState) -> float:
        error = _error_of(state)
        if isinstance(error, RateLimitedError):
            return error.retry_after_s
        return self._random.uniform(0.0, FIRST_BACKOFF_S * 2.0 ** (state.attempt_number - 1))


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None


def _log_retry(state: RetryCallState) -> None:
    log.info(
        "provider_call.retried",
        attempt=state.attempt_number,
        pause_s=round(state.upcoming_sleep, 3),
        error=str(_error_of(state)),
    )
