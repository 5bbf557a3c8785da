"""The operators' endpoints: alive, ready with reasons, and every promised metric."""

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from fake_clock import FakeClock

from connector.domain.errors import StateUnavailableError
from connector.runtime.counters import MetricCounters
from connector.runtime.metrics import Metrics
from connector.web.health import ops_app
from connector.web.server import addresses, serve
from state.engine import Engine

PROMISED = {
    "webhook_requests_total": {"result"},
    "notices_total": {"result"},
    "leads_total": {"result"},
    "lead_seconds": set(),
    "queue_depth": {"stage"},
    "queue_oldest_seconds": {"stage"},
    "deliveries_total": {"outcome"},
    "graph_requests_total": {"outcome"},
    "graph_budget_ratio": {"page"},
    "connections": {"provider", "state"},
    "token_refresh_total": {"provider", "outcome"},
    "reconcile_gap_leads": set(),
    "backup_last_success_timestamp_seconds": {"workspace"},
    "drill_last_success_timestamp_seconds": {"workspace"},
    "erasures_open": set(),
    "erasures_overdue": set(),
    "commit_seconds": set(),
    "commit_batch_size": set(),
}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def url(engine: Engine, metrics: Metrics) -> AsyncIterator[str]:
    async def state_works() -> str | None:
        try:
            await engine.write(lambda _: None)
        except StateUnavailableError as error:
            return str(error)
        return None

    runner = await serve(
        ops_app([state_works], metrics.scrape), "127.0.0.1:0", header_timeout_s=5.0, drain_s=0.2
    )
    yield addresses(runner)[0]
    await runner.cleanup()


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status, await answer.text()


async def test_ready_while_state_takes_writes_and_503_with_the_reason_when_not(
    url: str, engine: Engine
) -> None:
    assert json.loads((await get(f"{url}/readyz"))[1]) == {"status": "ok", "reasons": []}
    await engine.aclose()
    status, body = await get(f"{url}/readyz")
    assert status == 503
    assert json.loads(body) == {"status": "not ready", "reasons": ["the database is closed"]}
    assert (await get(f"{url}/livez"))[0] == 200
    assert (await get(f"{url}/metrics"))[0] == 200


async def test_metrics_have_their_promised_names(url: str, metrics: Metrics) -> None:
    counters = MetricCounters(metrics, FakeClock())
    counters.webhook("accepted")
    counters.notices("new", 3)
    counters.leads("fetched")
    counters.delivery("delivered")
    counters.lead_delivered(0.2)
    _, text = await get(f"{url}/metrics")
    for line in (
        'connector_webhook_requests_total{result="accepted"} 1.0',
        'connector_notices_total{result="new"} 3.0',
        'connector_leads_total{result="fetched"} 1.0',
        'connector_deliveries_total{outcome="delivered"} 1.0',
        "connector_lead_seconds_count 1.0",
    ):
        assert line in text.splitlines()
    kinds = ("counter", "gauge", "histogram")
    for name in PROMISED:
        assert any(f"# TYPE connector_{name} {kind}" in text for kind in kinds), name


async def test_metrics_carry_their_promised_labels(metrics: Metrics) -> None:
    found = {
        collector._name: set(collector._labelnames)  # noqa: SLF001 - the library has no public way
        for collector in vars(metrics).values()
        if hasattr(collector, "_labelnames")
    }
    for name, labels in PROMISED.items():
        assert found[f"connector_{name}".removesuffix("_total")] == labels


async def test_a_gauge_that_cannot_be_counted_costs_no_other_metric(url: str, metrics: Metrics) -> None:
    async def broken() -> None:
        raise StateUnavailableError("down")

    metrics.refreshers.append(broken)
    status, text = await get(f"{url}/metrics")
    assert status == 200
    assert "connector_commit_seconds" in text
