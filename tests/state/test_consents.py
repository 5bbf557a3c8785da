"""Consents under way: once, in the session that began them, within half an hour; nothing readable in the rows."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from fake_clock import FakeClock

from connector.domain.connection import ConnectionId
from connector.domain.consenting import CONSENT_LIFE, ConsentAttempt
from connector.domain.errors import NotPermittedError
from connector.domain.lead import WorkspaceId
from state.accounts.consents import SqlConsents
from state.engine import Engine, Row
from state.vault import Vault
from state.workspaces import MAIN, SqlWorkspaces

ATTEMPT = ConsentAttempt(
    id="attempt-1",
    provider="google",
    workspace_id=WorkspaceId(MAIN),
    session="a session's secret",
    person_id="per_1",
    connection_id=ConnectionId("con_1"),
    verifier="a code verifier",
    return_to="/connections",
)
STATE = "the state at the provider"


@pytest.fixture
async def consents(engine: Engine, clock: FakeClock) -> SqlConsents:
    await SqlWorkspaces(engine, clock).add(MAIN)
    return SqlConsents(engine, clock, Vault([bytes(32)]))


async def rows(engine: Engine) -> Sequence[Row]:
    return await engine.read(lambda tx: tx.rows("SELECT * FROM consent_attempts"))


async def test_what_was_begun_comes_back_once(consents: SqlConsents) -> None:
    await consents.begin(ATTEMPT, state=STATE)
    assert await consents.take("google", state=STATE, session=ATTEMPT.session) == ATTEMPT
    with pytest.raises(NotPermittedError, match="start connecting again"):
        await consents.take("google", state=STATE, session=ATTEMPT.session)


@pytest.mark.parametrize(
    ("provider", "state", "session"),
    [
        ("google", STATE, "another session"),
        ("google", "another state", ATTEMPT.session),
        ("facebook", STATE, ATTEMPT.session),
    ],
)
async def test_a_foreign_way_back_is_refused_and_uses_nothing_up(
    consents: SqlConsents, provider: str, state: str, session: str
) -> None:
    await consents.begin(ATTEMPT, state=STATE)
    with pytest.raises(NotPermittedError):
        await consents.take(provider, state=state, session=session)
    assert await consents.take("google", state=STATE, session=ATTEMPT.session)


async def test_an_attempt_ends_after_half_an_hour(consents: SqlConsents, clock: FakeClock) -> None:
    await consents.begin(ATTEMPT, state=STATE)
    await clock.advance(CONSENT_LIFE.total_seconds())
    with pytest.raises(NotPermittedError):
        await consents.take("google", state=STATE, session=ATTEMPT.session)


async def test_an_offer_waits_for_the_choice_of_the_same_session(
    consents: SqlConsents, clock: FakeClock
) -> None:
    await consents.begin(ATTEMPT, state=STATE)
    with pytest.raises(NotPermittedError):
        await consents.offered(ATTEMPT.id, session=ATTEMPT.session)
    attempt = await consents.take("google", state=STATE, session=ATTEMPT.session)
    await consents.keep_offer(attempt, "what the consent gave")
    for _ in range(2):  # a page that is loaded again asks again
        known, offer = await consents.offered(ATTEMPT.id, session=ATTEMPT.session)
        assert (known, offer) == (replace(ATTEMPT, verifier=None), "what the consent gave")
    with pytest.raises(NotPermittedError):
        await consents.offered(ATTEMPT.id, session="another session")
    await clock.advance(CONSENT_LIFE.total_seconds())
    with pytest.raises(NotPermittedError):
        await consents.offered(ATTEMPT.id, session=ATTEMPT.session)


async def test_finished_and_forgotten_attempts_leave_no_row(
    consents: SqlConsents, engine: Engine, clock: FakeClock
) -> None:
    await consents.begin(ATTEMPT, state=STATE)
    await consents.finish(ATTEMPT)
    assert await rows(engine) == []
    await consents.begin(ATTEMPT, state=STATE)
    await clock.advance(CONSENT_LIFE.total_seconds())
    await consents.begin(replace(ATTEMPT, id="attempt-2"), state="another")
    assert [row["id"] for row in await rows(engine)] == ["attempt-2"]


async def test_the_rows_tell_no_secret(consents: SqlConsents, engine: Engine) -> None:
    await consents.begin(ATTEMPT, state=STATE)
    await consents.keep_offer(ATTEMPT, "what the consent gave")
    (row,) = await rows(engine)
    for secret in (STATE, ATTEMPT.session, ATTEMPT.verifier, "what the consent gave"):
        assert secret is not None
        assert not any(secret in str(value) for value in row.values())
