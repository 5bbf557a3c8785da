from hypothesis import given
from hypothesis import strategies as st

from connector.domain.connection import Health
from connector.domain.probing import AWAY_LADDER_S, LATEST_S, next_probe_s

healths: st.SearchStrategy[Health] = st.sampled_from(
    ["healthy", "degraded", "reconnect", "suspended", "disconnecting", "disconnected"]
)


@given(healths, st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_look_comes_within_a_day_and_sooner_after_failures(
    health: Health, failures: int, chance: float
) -> None:
    wait_s = next_probe_s(health, failures=failures, chance=chance)
    if health in {"healthy", "degraded", "suspended"}:
        assert wait_s is not None
        assert 60 < wait_s <= LATEST_S
        assert not failures or wait_s <= 1.25 * AWAY_LADDER_S[-1]
    else:
        assert wait_s is None


def test_looks_are_spread_over_hours() -> None:
    waits = [next_probe_s("healthy", failures=0, chance=n / 100) or 0 for n in range(100)]
    assert max(waits) - min(waits) > 4 * 3600
