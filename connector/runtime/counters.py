"""The pipelines' counters, backed by the metrics."""

from functools import lru_cache

from prometheus_client import Counter

from connector.runtime.metrics import Metrics


class MetricCounters:
    """Implements `ports.Counters`."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

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
        self._metrics.graph_budget_ratio.labels(page_id).set(ratio)

    def lead_delivered(self, seconds: float) -> None:
        self._metrics.lead_seconds.observe(max(seconds, 0.0))  # a wall clock may jump back


@lru_cache(maxsize=256)
def _child(counter: Counter, label: str) -> Counter:
    """Return the counter of one label value; the library's own look-up costs more than counting."""
    return counter.labels(label)
