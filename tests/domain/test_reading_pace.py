"""Why a Page is read as often as it is: what people are told is what the reader does."""

from hypothesis import given
from hypothesis import strategies as st

from connector.domain.reading_pace import pace_of
from connector.domain.reconciling import DAY_MS, HOUR_MS, Budget, read_every_s

NOW = 2_000 * DAY_MS
budgets = st.builds(
    Budget,
    leads=st.integers(0, 5_000),
    used=st.none() | st.floats(0, 1.5),
    used_at_ms=st.integers(NOW - 2 * DAY_MS, NOW),
    spent=st.integers(0, 60_000),
    day_ms=st.integers(NOW - 2 * DAY_MS, NOW),
)


@given(budgets, st.integers(0, 50), st.integers(NOW - DAY_MS, NOW + DAY_MS))
def test_it_tells_what_is_done(budget: Budget, forms: int, paused_until_ms: int) -> None:
    pace = pace_of(budget, every_s=900.0, forms=forms, paused_until_ms=paused_until_ms, now_ms=NOW)
    assert pace.every_s == read_every_s(budget, every_s=900.0, forms=forms, now_ms=NOW)
    free_at_ms = max(budget.free_at_ms(NOW), paused_until_ms if pace.why == "asked_to_wait" else 0)
    if pace.waits_until_ms is None:
        assert free_at_ms <= NOW
        assert pace.why in {"as_set", "few_leads", "half_used"}
        assert (pace.why == "as_set") == (pace.every_s <= 900.0)
    else:
        assert pace.why in {"asked_to_wait", "almost_used", "share_spent"}
        assert pace.waits_until_ms >= NOW


def test_each_reason() -> None:
    def why(budget: Budget, *, forms: int = 4, paused: int = 0) -> str:
        return pace_of(budget, every_s=900.0, forms=forms, paused_until_ms=paused, now_ms=NOW).why

    rich = Budget(leads=100)
    assert why(rich) == "as_set"
    assert why(Budget()) == "few_leads"
    assert why(Budget(leads=100, used=0.6, used_at_ms=NOW)) == "half_used"
    assert why(Budget(leads=100, used=0.9, used_at_ms=NOW)) == "almost_used"
    assert why(Budget(leads=100, used=0.9, used_at_ms=NOW - DAY_MS)) == "as_set"  # told too long ago
    assert why(Budget(spent=48, day_ms=NOW - HOUR_MS)) == "share_spent"
    assert why(rich, paused=NOW + 1) == "asked_to_wait"
