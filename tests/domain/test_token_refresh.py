"""When a token is refreshed, handed out and tried again; what a server's words about scopes are worth."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connector.domain.connection import AccessToken, ConnectionId
from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    MisconfiguredError,
    RateLimitedError,
    SuspendedError,
    TransientError,
)
from connector.domain.google_consent import DRIVE_FILE, SCOPES, missing
from connector.domain.lead import WorkspaceId
from connector.domain.token_refresh import (
    AHEAD_MS,
    HOURLY_S,
    LADDER_S,
    StoredTokens,
    last_resort,
    refresh_due_ms,
    retry_wait_s,
    usable,
)

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
ERRORS: list[ConnectorError] = [
    AuthLostError("dead"),
    MisconfiguredError("ours"),
    SuspendedError("frozen", remedy=""),
    TransientError("away"),
    RateLimitedError("slow", retry_after_s=7200.0),
]


def stored(left_s: float, *, failures: int = 0, due_ms: int | None = None) -> StoredTokens:
    return StoredTokens(
        connection_id=ConnectionId("con_1"),
        workspace_id=WorkspaceId("main"),
        state="healthy",
        version=1,
        failures=failures,
        has_token=True,
        refresh_token="refresh",
        access=AccessToken(value="access", expires_at=NOW + timedelta(seconds=left_s)),
        due_at_ms=due_ms,
    )


@given(st.integers(1, 400 * 86_400_000))
def test_a_token_is_replaced_before_its_end_and_not_at_once(life_ms: int) -> None:
    due_ms = refresh_due_ms(NOW_MS + life_ms, NOW_MS)
    assert NOW_MS <= due_ms < NOW_MS + life_ms
    assert due_ms - NOW_MS >= min(life_ms // 2, life_ms - AHEAD_MS)


@given(st.floats(-86_400, 0), st.integers(0, 9))
def test_a_token_that_is_over_is_never_handed_out(left_s: float, failures: int) -> None:
    over = stored(left_s, failures=failures, due_ms=NOW_MS + 60_000)
    assert usable(over, NOW) is None
    assert last_resort(over, NOW) is None


def test_a_short_lived_token_is_handed_out_until_it_is_due() -> None:
    assert usable(stored(60, due_ms=NOW_MS + 1), NOW) == "access"
    assert usable(stored(60, due_ms=NOW_MS), NOW) is None
    assert usable(stored(60, failures=1, due_ms=NOW_MS + 1), NOW) is None  # due later only because it failed
    assert usable(stored(301), NOW) == "access"


@given(st.sampled_from(ERRORS), st.integers(0, 1000), st.floats(0, 1, exclude_max=True))
def test_a_failed_refresh_waits_within_bounds(error: ConnectorError, failures: int, jitter: float) -> None:
    wait_s = retry_wait_s(error, failures=failures, jitter=jitter)
    assert LADDER_S[0] <= wait_s <= max(HOURLY_S, LADDER_S[-1] * 1.25, getattr(error, "retry_after_s", 0.0))
    if isinstance(error, MisconfiguredError | SuspendedError):
        assert wait_s == HOURLY_S


def test_a_server_that_names_other_scopes_than_were_asked_for_leaves_it_to_drive() -> None:
    assert missing(("dummy",)) == ()
    assert missing(SCOPES[:2]) == (DRIVE_FILE,)
