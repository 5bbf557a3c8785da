"""Percentiles by nearest rank, against the objective of 95 of 100 within 10 s."""

from hypothesis import given
from hypothesis import strategies as st

from connector.domain.latency import OBJECTIVE_SHARE, latency_of

waits = st.lists(st.integers(-1000, 10**9), min_size=1, max_size=300)


@given(waits)
def test_so_many_are_no_slower(took_ms: list[int]) -> None:
    found = latency_of(took_ms)
    assert found is not None
    assert found.leads == len(took_ms)
    for share, seconds in ((0.5, found.p50_s), (0.95, found.p95_s)):
        assert sum(max(one, 0) / 1000 <= seconds for one in took_ms) >= share * len(took_ms) - 1e-9
        assert any(max(one, 0) / 1000 == seconds for one in took_ms)
    assert found.p50_s <= found.p95_s
    assert found.is_kept == (found.p95_s <= 10.0) == (found.within >= OBJECTIVE_SHARE)


def test_nothing_has_no_latency() -> None:
    assert latency_of([]) is None
