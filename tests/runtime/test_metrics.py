import re
from datetime import timedelta
from email.utils import format_datetime

from fake_clock import FakeClock
from structlog.testing import capture_logs

from connector.runtime.counters import MetricCounters
from connector.runtime.metrics import Metrics, replace

CONTRACT = {
    "webhook_requests_total": "result", "notices_total": "result", "leads_total": "result",
    "lead_seconds": "",
    "queue_depth": "stage", "queue_oldest_seconds": "stage", "deliveries_total": "outcome",
    "graph_requests_total": "outcome", "graph_budget_ratio": "page", "connections": "provider,state",
    "token_refresh_total": "outcome,provider", "reconcile_gap_leads": "", "erasures_open": "",
    "backup_stale_at_timestamp_seconds": "workspace", "drill_stale_at_timestamp_seconds": "workspace",
    "backup_last_success_timestamp_seconds": "workspace", "drill_last_success_timestamp_seconds": "workspace",
    "erasures_overdue": "", "commit_seconds": "", "commit_batch_size": "",
}  # fmt: skip


def touched() -> Metrics:
    metrics = Metrics()
    for metric in vars(metrics).values():
        if labels := getattr(metric, "_labelnames", ()):
            metric.labels(*("x" for _ in labels))
    return metrics


def test_names_and_labels_are_the_contract_s() -> None:
    text = touched().render().decode()
    for name, labels in CONTRACT.items():
        shown = re.search(rf"^connector_{name}(?:_count)?(?:{{(.*?)}})? ", text, flags=re.MULTILINE)
        assert shown, name
        assert ",".join(sorted(re.findall(r"(\w+)=", shown[1] or ""))) == labels, name
    assert set(re.findall(r"^(?!#)(\w+?)_", text, flags=re.MULTILINE)) == {"connector"}
    assert "_created" not in text


def test_two_daemons_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.erasures_open.set(3)
    assert b"connector_erasures_open 0.0" in other.render()


def test_the_pipelines_counters_count() -> None:
    metrics = Metrics()
    counters = MetricCounters(metrics, FakeClock())
    counters.webhook("accepted")
    counters.notices("new", 3)
    counters.leads("contact")
    counters.delivery("delivered")
    counters.lead_delivered(0.2)
    counters.graph_request("auth_lost")
    counters.graph_budget("100", 0.5)
    text = metrics.render().decode()
    assert 'connector_webhook_requests_total{result="accepted"} 1.0' in text
    assert 'connector_notices_total{result="new"} 3.0' in text
    assert 'connector_leads_total{result="contact"} 1.0' in text
    assert 'connector_deliveries_total{outcome="delivered"} 1.0' in text
    assert 'connector_graph_requests_total{outcome="auth_lost"} 1.0' in text
    assert counters.budgets["100"][0] == 0.5  # served after a look at what other machines were told
    assert 'connector_lead_seconds_bucket{le="0.25"} 1.0' in text


async def test_counted_gauges_are_refreshed_and_a_failing_one_harms_no_other() -> None:
    metrics = Metrics()
    down = True

    async def broken() -> None:
        if down:
            raise OSError

    async def depths() -> None:
        replace(metrics.queue_depth, {("fetch",): 2, ("deliver",): 0})

    replace(metrics.queue_depth, {("gone",): 1})
    metrics.refreshers += [broken, depths]
    with capture_logs() as logged:
        text = (await metrics.scrape()).decode()
        await metrics.scrape()
        down = False
        await metrics.scrape()
    assert 'connector_queue_depth{stage="fetch"} 2.0' in text
    assert "gone" not in text
    assert [entry["event"] for entry in logged] == ["metrics.refresh_failed", "metrics.refresh_recovered"]


def test_the_clock_is_compared_with_what_is_heard() -> None:
    metrics, clock = Metrics(), FakeClock()
    counters = MetricCounters(metrics, clock)
    counters.clock_heard(format_datetime(clock.now() - timedelta(seconds=90)))
    assert b"connector_clock_skew_seconds 90.0" in metrics.render()
    counters.clock_heard("no date")
    assert b"connector_clock_skew_seconds 90.0" in metrics.render()
    counters.clock_heard(format_datetime(clock.now() + timedelta(seconds=5)))
    assert b"connector_clock_skew_seconds -5.0" in metrics.render()
