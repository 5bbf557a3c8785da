"""Google tokens, always fresh: one refresh of all who ask, stored before use, dead only when it is certain."""

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.engines import FailingEngine
from support.google_accounts import GoogleStand, opened_stand
from support.rooms import Rooms

from adapters.sandbox.faults import Fault
from adapters.sandbox.google.objects import Account
from adapters.sandbox.google.replies import google_fault
from adapters.sandbox.google.tokens import live_access
from adapters.sandbox.google.world import GoogleWorld
from connector.domain.alerts_catalogue import GOOGLE_CLIENT_REFUSED
from connector.domain.connection import ConnectionId
from connector.domain.errors import (
    AuthLostError,
    MisconfiguredError,
    RateLimitedError,
    SuspendedError,
    TransientError,
)
from connector.domain.signals import Enabled, Suspended
from connector.pipelines.refresh import PATIENCE_S
from state.accounts.google_tokens import LEASE_MS
from state.engine import Engine

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
LEASE_S = LEASE_MS / 1000


@pytest.fixture
def failing(engine: Engine) -> FailingEngine:
    return FailingEngine(engine)


@pytest.fixture
async def stand(
    failing: FailingEngine, clock: FakeClock, counters: SeenCounters, new_id: Callable[[], str]
) -> AsyncIterator[GoogleStand]:
    world = GoogleWorld.invented(random.Random(1), now=lambda: clock.now().timestamp())  # noqa: S311 - repeatable
    world.add_account("ada@example.com")
    rooms = Rooms.on(failing, clock, counters, new_id)
    async with opened_stand(rooms, world) as opened:
        yield opened
    await rooms.aclose()


@pytest.fixture
def ada(stand: GoogleStand) -> Account:
    return next(iter(stand.world.accounts.values()))


@pytest.fixture
async def connection_id(stand: GoogleStand) -> ConnectionId:
    return (await stand.connected()).connection_id


def works(stand: GoogleStand, token: str) -> bool:
    """Tell whether Google takes an access token now."""
    return live_access(stand.world, token) is not None


def newest(stand: GoogleStand) -> str:
    return list(stand.world.access_tokens)[-1]


# Ahead of expiry


async def test_the_loop_refreshes_ahead_of_the_end(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    first = await stand.refresh.access(connection_id)
    assert not await stand.refresh.step()
    assert await stand.refresh.idle_s() == 60
    await clock.advance(48 * MINUTE_S)
    assert not await stand.refresh.step()
    await clock.advance(2 * MINUTE_S)
    assert await stand.refresh.step()
    assert not await stand.refresh.step()
    assert stand.refreshes() == 1
    second = await stand.refresh.access(connection_id)
    assert second != first
    assert stand.refreshes() == 1
    assert stand.rooms.counters.seen["google token", "refreshed"] == 1


async def test_a_grant_is_used_even_when_nobody_asks_for_months(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    stand.world.access_life_s = 25 * DAY_S
    for _ in range(10):
        await clock.advance(25 * DAY_S)
        assert await stand.refresh.step()
    assert works(stand, await stand.refresh.access(connection_id))


async def test_a_token_that_lives_shorter_than_the_margin_is_handed_out_until_half_its_life(
    stand: GoogleStand, clock: FakeClock
) -> None:
    stand.world.access_life_s = 120
    connection_id = (await stand.connected()).connection_id
    assert await stand.refresh.access(connection_id) == await stand.refresh.access(connection_id)
    assert stand.refreshes() == 0
    await clock.advance(61)
    await stand.refresh.access(connection_id)
    assert stand.refreshes() == 1


async def test_nothing_is_asked_for_an_account_that_is_unknown(stand: GoogleStand) -> None:
    with pytest.raises(AuthLostError, match="not connected"):
        await stand.refresh.access(ConnectionId("con_none"))


# One flight


async def test_many_who_ask_at_once_ask_google_once(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    stand.world.rotates = True
    await clock.advance(2 * HOUR_S)
    tokens = await asyncio.gather(*(stand.refresh.access(connection_id) for _ in range(50)))
    assert (len(set(tokens)), stand.refreshes()) == (1, 1)
    assert works(stand, tokens[0])


async def test_eight_threads_ask_google_once(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    """As the threads of a synchronous SDK do: each blocks until the loop has a token for it."""
    stand.world.rotates = True
    await clock.advance(2 * HOUR_S)
    loop, gate = asyncio.get_running_loop(), threading.Barrier(8)

    def ask() -> str:
        gate.wait(10)
        return asyncio.run_coroutine_threadsafe(stand.refresh.access(connection_id), loop).result(10)

    with ThreadPoolExecutor(8) as threads:
        tokens = await asyncio.gather(*(loop.run_in_executor(threads, ask) for _ in range(8)))
    assert (len(set(tokens)), stand.refreshes()) == (1, 1)
    assert works(stand, tokens[0])


async def test_all_who_wait_share_a_failure(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    await clock.advance(2 * HOUR_S)
    stand.google.faults.add("token", Fault.status(502), times=99)
    outcomes = await asyncio.gather(
        *(stand.refresh.access(connection_id) for _ in range(8)), return_exceptions=True
    )
    assert {type(one) for one in outcomes} == {TransientError}
    assert stand.refreshes() == 3  # one try with its retries of seconds


async def test_two_processes_on_one_state_ask_google_once(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    stand.world.rotates = True
    await clock.advance(2 * HOUR_S)
    workers = [stand.refresh, *(stand.another() for _ in range(3))]
    tokens = await asyncio.gather(*(one.access(connection_id) for one in workers for _ in range(4)))
    assert (len(set(tokens)), stand.refreshes()) == (1, 1)


async def test_who_comes_for_the_lease_too_late_finds_the_work_done(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    """The row was read, then another worker refreshed, stored and went: the lease is free, the token is not old."""
    await clock.advance(2 * HOUR_S)
    seen = await stand.store.stored(connection_id)
    assert seen is not None
    token = await stand.another().prove(connection_id)
    assert await stand.store.claim(seen) is None
    assert await stand.refresh.access(connection_id) == token


async def test_one_who_fails_spares_the_others_the_try(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    await clock.advance(2 * HOUR_S)
    stand.google.faults.add("token", Fault.status(502), times=99)
    for worker in (stand.refresh, stand.another()):
        with pytest.raises(TransientError):
            await worker.access(connection_id)
    assert stand.refreshes() == 3
    with pytest.raises(RateLimitedError) as pause:
        await stand.refresh.access(connection_id)
    assert 0 < pause.value.retry_after_s <= 30
    stand.google.faults.clear()
    await clock.advance(31)
    assert works(stand, await stand.refresh.access(connection_id))


# Leases


async def test_a_dead_holder_is_replaced_after_its_lease(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    await clock.advance(2 * HOUR_S)
    seen = await stand.store.stored(connection_id)
    assert seen is not None
    assert await stand.store.claim(seen) is not None  # and dies
    assert await stand.store.due(limit=9) == []
    assert await stand.store.next_due_ms() == clock.now_ms() + LEASE_MS
    await clock.advance(LEASE_S - 1)
    assert await stand.store.claim(seen) is None
    await clock.advance(1)
    assert await stand.store.due(limit=9) == [connection_id]
    assert await stand.store.claim(seen) is not None  # and dies, too
    await clock.advance(LEASE_S)
    assert works(stand, await stand.refresh.access(connection_id))


async def test_a_holder_that_was_replaced_can_store_and_say_nothing(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    await clock.advance(2 * HOUR_S)
    seen = await stand.store.stored(connection_id)
    assert seen is not None
    held = await stand.store.claim(seen)
    assert held is not None
    assert held.refresh_token is not None
    late = await stand.consent.refresh(held.refresh_token)
    await clock.advance(LEASE_S)
    token = await stand.refresh.access(connection_id)
    before = await stand.row(connection_id)
    assert not await stand.store.store(held, late)
    assert not await stand.store.fail(held, AuthLostError("dead"), due_at_ms=0)
    assert await stand.row(connection_id) == before
    assert await stand.refresh.access(connection_id) == token


async def test_a_consent_fences_the_refresh_under_way_and_its_token_is_what_all_get(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    await clock.advance(2 * HOUR_S)
    gate = stand.hold_refreshes()
    asking = asyncio.create_task(stand.refresh.access(connection_id))
    await gate.reached.wait()
    await stand.connected(mends=connection_id)
    consented = newest(stand)
    gate.open.set()
    assert await asking == consented
    assert stand.rooms.counters.seen["google token", "fenced"] == 1
    assert (await stand.row(connection_id))["state"] == "healthy"
    assert works(stand, await stand.refresh.prove(connection_id))


async def test_a_refusal_of_the_old_token_says_nothing_once_somebody_consented_again(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock, ada: Account
) -> None:
    await clock.advance(2 * HOUR_S)
    stand.world.revoke(ada, stand.world.client.project)
    gate = stand.hold_refreshes()
    asking = asyncio.create_task(stand.refresh.access(connection_id))
    await gate.reached.wait()
    await stand.connected(mends=connection_id)
    consented = newest(stand)
    gate.open.set()
    assert await asking == consented
    assert (await stand.row(connection_id))["state"] == "healthy"
    assert await stand.alerts() == set()


async def test_a_lease_that_is_never_given_back_does_not_hold_the_caller_for_ever(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    await clock.advance(2 * HOUR_S)
    seen = await stand.store.stored(connection_id)
    assert seen is not None
    assert await stand.store.claim(seen) is not None
    await stand.rooms.engine.write(
        lambda tx: tx.execute("UPDATE connections SET refresh_lease_until_ms = refresh_lease_until_ms * 2")
    )
    asking = asyncio.create_task(stand.refresh.access(connection_id))
    while not asking.done():
        await clock.advance(PATIENCE_S / 3)
    with pytest.raises(TransientError, match="lease"):
        await asking


# Rotation


async def test_a_rotated_token_is_stored_before_the_access_token_is_used(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    stand.world.rotates = True
    tokens = []
    for _ in range(3):
        await clock.advance(2 * HOUR_S)
        tokens.append(
            await stand.another().access(connection_id)
        )  # a fresh process knows only what is stored
    assert len(set(tokens)) == 3
    prints = {await stand.rooms.value("SELECT token_print_hash FROM connections")}
    assert len(prints) == 1


async def test_a_caller_that_goes_away_does_not_lose_a_rotated_token(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    stand.world.rotates = True
    await clock.advance(2 * HOUR_S)
    gate = stand.hold_refreshes()
    asking = asyncio.create_task(stand.refresh.access(connection_id))
    await gate.reached.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    gate.open.set()
    await stand.refresh.aclose()
    assert (await stand.row(connection_id))["refresh_claim_id"] is None  # it ended, and stored what came
    assert works(stand, await stand.another().access(connection_id))
    assert stand.refreshes() == 1


async def test_closing_does_not_wait_for_another_workers_lease(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    await clock.advance(2 * HOUR_S)
    seen = await stand.store.stored(connection_id)
    assert seen is not None
    assert await stand.store.claim(seen) is not None
    asking = asyncio.create_task(stand.refresh.access(connection_id))
    await asyncio.sleep(0.05)
    await stand.refresh.aclose()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_rotated_token_outlives_a_state_that_is_away_for_a_moment(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock, failing: FailingEngine
) -> None:
    stand.world.rotates = True
    await clock.advance(2 * HOUR_S)
    failing.fates.extend([True, False, False, False])  # the claim works, then the disk is full
    assert works(stand, await stand.refresh.access(connection_id))
    failing.fates.clear()
    assert works(stand, await stand.another().prove(connection_id))


# Death


async def test_a_dead_grant_is_made_certain_and_told_and_work_stops(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock, ada: Account
) -> None:
    stand.world.revoke(ada, stand.world.client.project)
    await clock.advance(2 * HOUR_S)
    assert not await stand.refresh.step()
    assert stand.refreshes() == 2
    row = await stand.row(connection_id)
    assert (row["state"], row["cause"]) == ("reconnect", "revoked")
    assert await stand.alerts() == {f"connection.lost:{connection_id}"}
    assert (await stand.checks(connection_id))["token"] == "failed"
    assert stand.rooms.counters.seen["google token", "dead"] == 1
    with pytest.raises(AuthLostError, match="connected again"):
        await stand.refresh.access(connection_id)
    await clock.advance(DAY_S)
    assert not await stand.refresh.step()
    assert await stand.refresh.idle_s() == 60
    assert stand.refreshes() == 2  # nobody asks for a dead one
    await stand.connected(mends=connection_id)
    assert works(stand, await stand.refresh.access(connection_id))
    assert await stand.alerts() == set()


async def test_one_refusal_alone_ends_nothing(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    await clock.advance(2 * HOUR_S)
    stand.google.faults.add("token", google_fault("invalid_grant"))
    assert works(stand, await stand.refresh.access(connection_id))
    assert (await stand.row(connection_id))["state"] == "healthy"


@pytest.mark.parametrize("fault", ["status", "html", "drop", "captive portal", "500 invalid_grant"])
async def test_six_hours_of_outage_change_no_state(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock, fault: str
) -> None:
    stand.google.faults.rate(
        "*",
        {
            "status": Fault.status(503, ""),
            "html": Fault.status(502),
            "drop": Fault.drop_connection(),
            "captive portal": Fault.status(200, "<html>Please sign in</html>"),
            "500 invalid_grant": Fault.status(500, '{"error": "invalid_grant"}', "application/json"),
        }[fault],
        1.0,
    )
    before = await stand.row(connection_id)
    for _ in range(6 * 12):
        await clock.advance(5 * MINUTE_S)
        await stand.refresh.step()
        await stand.health.step()
    row = await stand.row(connection_id)
    assert (row["state"], row["state_since_ms"]) == ("healthy", before["state_since_ms"])
    assert await stand.alerts() == set()
    assert 20 <= stand.refreshes() <= 60  # the ladder, not every five minutes
    stand.google.faults.clear()
    await clock.advance(31 * MINUTE_S)
    assert await stand.refresh.step()
    assert works(stand, await stand.refresh.access(connection_id))


async def test_an_old_token_does_as_long_as_it_lives_when_no_new_one_can_be_had(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    first = await stand.refresh.access(connection_id)
    stand.google.faults.rate("token", Fault.status(502), 1.0)
    await clock.advance(57 * MINUTE_S)
    assert await stand.refresh.access(connection_id) == first
    await clock.advance(2 * MINUTE_S)
    with pytest.raises(TransientError):
        await stand.refresh.access(connection_id)


@pytest.mark.parametrize("name", ["invalid_client", "deleted_client"])
async def test_our_own_client_refused_is_one_alert_and_no_accounts_fault(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock, name: str
) -> None:
    other = (await stand.connected(workspace="other")).connection_id
    stand.google.faults.rate("token", google_fault(name), 1.0)
    for _ in range(6 * 12):
        await clock.advance(5 * MINUTE_S)
        await stand.refresh.step()
    assert await stand.alerts() == {GOOGLE_CLIENT_REFUSED.key()}
    states = {(await stand.row(one))["state"] for one in (connection_id, other)}
    assert states == {"healthy"}
    assert stand.refreshes() <= 2 * 2 * 6  # two accounts, both ways to name our client, hourly
    with pytest.raises(MisconfiguredError):
        await stand.refresh.access(connection_id)
    stand.google.faults.clear()
    restarted = stand.another()  # with settings that were mended
    assert await restarted.step()
    assert works(stand, await restarted.access(other))
    assert await stand.alerts() == set()


async def test_an_account_that_works_does_not_end_the_alert_that_another_one_raised(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    other = (await stand.connected(stand.world.add_account("bob@example.org"))).connection_id
    stand.google.faults.add("token", google_fault("admin_policy_enforced"))
    with pytest.raises(MisconfiguredError):
        await stand.refresh.prove(connection_id)
    await stand.refresh.prove(other)
    assert await stand.alerts() == {GOOGLE_CLIENT_REFUSED.key()}
    await stand.refresh.prove(connection_id)
    assert await stand.alerts() == set()


async def test_a_key_that_is_missing_is_no_accounts_fault(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    sealed = await stand.rooms.value("SELECT sealed_token FROM connections")
    await stand.rooms.engine.write(
        lambda tx: tx.execute("UPDATE connections SET sealed_token = 'v1.other.AAAA', sealed_access = NULL")
    )
    with pytest.raises(TransientError, match="put that key back"):
        await stand.refresh.access(connection_id)
    assert (await stand.row(connection_id))["state"] == "healthy"
    await stand.rooms.engine.write(
        lambda tx: tx.execute("UPDATE connections SET sealed_token = :sealed", {"sealed": sealed})
    )
    assert works(stand, await stand.another().prove(connection_id))


async def test_the_death_of_testing_mode_is_named_and_made_certain_the_second_time(
    stand: GoogleStand, clock: FakeClock
) -> None:
    stand.world.testing = True
    connection_id = (await stand.connected()).connection_id
    reasons = []
    for _ in range(2):
        for _ in range(8 * 24):
            await clock.advance(HOUR_S)
            if await stand.store.due(limit=1):
                await stand.refresh.step()
        row = await stand.row(connection_id)
        assert (row["state"], row["cause"]) == ("reconnect", "testing_mode")
        assert "Publish the app" in str(row["remedy"])
        reasons.append(str(row["reason"]))
        await stand.connected(mends=connection_id)
    assert "7 days" in reasons[0]
    assert "once more" not in reasons[0]
    assert "once more" in reasons[1]


# Frozen accounts


async def test_a_disabled_account_rests_until_it_is_enabled(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock, ada: Account
) -> None:
    stand.world.disable(ada)
    await clock.advance(2 * HOUR_S)
    with pytest.raises(SuspendedError):
        await stand.refresh.access(connection_id)
    assert (await stand.row(connection_id))["state"] == "suspended"
    asked = stand.refreshes()
    for _ in range(12):
        await clock.advance(5 * MINUTE_S)
        await stand.refresh.step()
        await stand.health.step()
    assert stand.refreshes() - asked <= 2  # the loop and the look, hourly
    stand.world.enable(ada)
    await clock.advance(2 * HOUR_S)
    assert await stand.health.step()
    assert (await stand.row(connection_id))["state"] == "healthy"
    assert await stand.alerts() == set()
    assert works(stand, await stand.refresh.access(connection_id))


async def test_what_google_told_of_a_frozen_account_holds_work_though_its_token_lives(
    stand: GoogleStand, connection_id: ConnectionId
) -> None:
    await stand.rooms.probing.hear(connection_id, Suspended(reason="Google disabled the account."))
    with pytest.raises(SuspendedError):
        await stand.refresh.access(connection_id)
    await stand.rooms.probing.hear(connection_id, Enabled())
    assert works(stand, await stand.refresh.access(connection_id))
    assert (await stand.row(connection_id))["state"] == "healthy"


async def test_a_connection_without_a_token_is_not_polled_and_one_look_calls_it_dead(
    stand: GoogleStand, clock: FakeClock, connection_id: ConnectionId
) -> None:
    await stand.rooms.engine.write(
        lambda tx: tx.execute(
            "UPDATE connections SET sealed_token = NULL, refresh_due_at_ms = :now_ms",
            {"now_ms": clock.now_ms()},
        )
    )
    assert await stand.store.due(limit=9) == []
    assert await stand.refresh.idle_s() == 60
    await clock.advance(DAY_S)
    assert (await stand.look(connection_id))["state"] == "reconnect"
    assert await stand.alerts() == {f"connection.lost:{connection_id}"}
