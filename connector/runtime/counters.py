"""The pipelines' counters, backed by the metrics."""

import contextlib
from email.utils import parsedate_to_datetime
from functools import lru_cache

from prometheus_client import Counter

from connector.ports import Clock
from connector.runtime.metrics import Metrics


class MetricCounters:
    """Implements `ports.Counters`. `budgets` has what each Page's last answer told of its budget, and when (ms)."""

    def __init__(self, metrics: Metrics, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock
        self._heard = ""
        self.budgets: dict[str, tuple[float, int]] = {}

    def webhook(self, result: str) -> None:
        _child(self._metrics.webhook_requests, result).inc()

    def notices(self, result: str, count: int) -> None:
        _child(self._metrics.notices, result).inc(count)

    def leads(self, result: str, count: int = 1) -> None:
        _child(self._metrics.leads, result).inc(count)

    def delivery(self, outcome: str) -> None:
        _child(self._metrics.deliveries, outcome).inc()

    def graph_request(self, outcome: str) -> None:
        _child(self._metrics.graph_requests, outcome).inc()

    def token_refresh(self, provider: str, outcome: str) -> None:
        self._metrics.token_refresh.labels(provider, outcome).inc()

    def graph_budget(self, page_id: str, ratio: float) -> None:
        self.budgets[page_id] = (ratio, self._clock.now_ms())

    def clock_heard(self, date: str) -> None:
        if date == self._heard:  # within the same second
            return
        self._heard = date
        with contextlib.suppress(ValueError):  # no date: it says nothing
            theirs = parsedate_to_datetime(date)
            self._metrics.clock_skew_seconds.set((self._clock.now() - theirs).total_seconds())

    def turned_away(self, why: str) -> None:
        self._metrics.turned_away.labels(why).inc()

    def clock_jumped(self, direction: str) -> None:
        self._metrics.clock_jumps.labels(direction).inc()

    def lead_delivered(self, seconds: float) -> None:
        self._metrics.lead_seconds.observe(max(seconds, 0.0))  # a wall clock may jump back


@lru_cache(maxsize=256)
def _child(counter: Counter, label: str) -> Counter:
    """Return the counter of one label value; the library's own look-up costs more than counting."""
    return counter.labels(label)
