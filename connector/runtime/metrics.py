"""Every metric of the daemon, in a registry of its own."""

from collections.abc import Awaitable, Callable, Mapping

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST

Refresh = Callable[[], Awaitable[None]]

_LEAD_BUCKETS_S = (
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, 24 * 3600,
)  # fmt: skip
_COMMIT_BUCKETS_S = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
)  # fmt: skip
_BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Metrics:
    """The metrics as attributes; their names are part of the contract.

    `refreshers` are awaited before each scrape: they set the gauges that are counted from state.
    """

    def __init__(self) -> None:
        # else every counter brings a twin that nobody asked for
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library left this one untyped
        self.registry = CollectorRegistry()
        self.refreshers: list[Refresh] = []
        self._failing: set[Refresh] = set()
        self._counters()
        self._histograms()
        self._gauges()
        ProcessCollector(namespace="connector", registry=self.registry)

    def _counters(self) -> None:
        self.webhook_requests = self._counter("webhook_requests", "Webhook requests answered", "result")
        self.notices = self._counter("notices", "Lead notices by what became of them", "result")
        self.leads = self._counter("leads", "Leads by what became of them", "result")
        self.deliveries = self._counter("deliveries", "Delivery attempts by outcome", "outcome")
        self.graph_requests = self._counter("graph_requests", "Graph API requests by outcome", "outcome")
        self.token_refresh = self._counter("token_refresh", "Token refreshes", "provider", "outcome")

    def _histograms(self) -> None:
        self.lead_seconds = self._histogram(
            "lead_seconds", "Seconds from webhook accepted to CRM answered", _LEAD_BUCKETS_S
        )
        self.commit_seconds = self._histogram("commit_seconds", "Seconds of one commit", _COMMIT_BUCKETS_S)
        self.commit_batch_size = self._histogram(
            "commit_batch_size", "Units of work in one commit", _BATCH_BUCKETS
        )

    def _gauges(self) -> None:
        self.queue_depth = self._gauge("queue_depth", "Work waiting", "stage")
        self.queue_oldest_seconds = self._gauge("queue_oldest_seconds", "Age of the oldest work", "stage")
        self.graph_budget_ratio = self._gauge("graph_budget_ratio", "Share of the rate limit used", "page")
        self.connections = self._gauge("connections", "Connected accounts", "provider", "state")
        self.reconcile_gap_leads = self._gauge("reconcile_gap_leads", "Leads that no webhook told of")
        self.pages = self._gauge("pages", "Connected Pages by what their silence means", "hearing")
        self.leads_unaccounted = self._gauge(
            "leads_unaccounted",
            "Leads that are neither delivered, waiting, parked, tests, erased nor refused",
        )
        self.alerts_open = self._gauge("alerts_open", "Alerts that stand", "kind", "severity")
        self.loops_late = self._gauge("loops_late", "Loops of this process that do not turn")
        self.backup_last_success = self._gauge(
            "backup_last_success_timestamp_seconds", "Unix time of the last verified backup", "workspace"
        )
        self.backup_stale_at = self._gauge(
            "backup_stale_at_timestamp_seconds",
            "Unix time from which a schedule counts as stale, of several the earliest",
            "workspace",
        )
        self.drill_last_success = self._gauge(
            "drill_last_success_timestamp_seconds", "Unix time of the last good restore drill", "workspace"
        )
        self.drill_stale_at = self._gauge(
            "drill_stale_at_timestamp_seconds",
            "Unix time from which a schedule's drills count as stale, of several the earliest",
            "workspace",
        )
        self.clock_skew_seconds = self._gauge(
            "clock_skew_seconds", "How far our clock is ahead of Facebook's, as last heard"
        )
        self.turned_away = self._counter("turned_away", "Callers for whom there was no room", "why")
        for why in ("connections", "bodies"):
            self.turned_away.labels(why)
        self.clock_jumps = self._counter("clock_jumps", "How often our wall clock was found set", "direction")
        for direction in ("forward", "back"):  # from 0 on, so that the first one is an increase
            self.clock_jumps.labels(direction)
        self.state_copy_last_success = self._gauge(
            "state_copy_last_success_timestamp_seconds", "Unix time of the last copy of our own state"
        )
        self.state_drill_last_success = self._gauge(
            "state_drill_last_success_timestamp_seconds", "Unix time of the last good drill of our own state"
        )
        self.erasures_open = self._gauge("erasures_open", "Erasures not finished")
        self.erasures_overdue = self._gauge("erasures_overdue", "Erasures past their deadline")

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"connector_{name}_total", says, labels, registry=self.registry)

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(f"connector_{name}", says, labels, registry=self.registry)

    def _histogram(self, name: str, says: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"connector_{name}", says, registry=self.registry, buckets=buckets)

    async def scrape(self) -> bytes:
        """Refresh the counted gauges, then render. A refresh that fails costs only its own gauges."""
        log = structlog.get_logger()
        for refresh in self.refreshers:
            try:
                await refresh()
            except Exception as e:  # metrics must be readable when state is not
                if refresh not in self._failing:
                    log.warning("metrics.refresh_failed", error=str(e), exc_info=e)
                self._failing.add(refresh)
            else:
                if refresh in self._failing:
                    log.info("metrics.refresh_recovered")
                self._failing.discard(refresh)
        return self.render()

    def render(self) -> bytes:
        """Return everything in Prometheus' text format, as last set."""
        return generate_latest(self.registry)


def replace(gauge: Gauge, values: Mapping[tuple[str, ...], float]) -> None:
    """Set a labelled gauge to exactly these label values → number; labels not named disappear."""
    gauge.clear()
    for labels, value in values.items():
        gauge.labels(*labels).set(value)
