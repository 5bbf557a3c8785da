"""A PostgreSQL that says nothing: whoever waits hears it in bounded time, and work goes on when it is back."""

import asyncio
import hmac
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, closing
from dataclasses import replace
from functools import partial

import aiohttp
import psycopg
import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.rooms import PAGE, Rooms
from support.silence import Network, stopped

from adapters.facebook.webhook import FacebookWebhook
from connector.bench.cluster import Cluster
from connector.composition.observing import PROBE_EVERY_S, StateProbe
from connector.domain.errors import StateUnavailableError
from connector.pipelines.courtesy import Courtesy
from connector.pipelines.intake import Intake, SignatureWatch
from connector.web.server import addresses, public_app, serve
from connector.web.webhooks import add_webhooks
from state.engine import Tx
from state.migrations import migrate_postgres
from state.postgres import PostgresEngine
from state.postgres_connection import Limits

pytestmark = pytest.mark.postgres

LIMITS = Limits(connect_s=2, away_s=0.2, answer_s=0.3, unit_s=1.5, hear_s=0.1, retry_s=0.05)
SOON_S = 15.0
"""Bounds that are no subject of a test: the machine may be busy."""
SECRET = "app-secret"


def add(tx: Tx, name: str) -> int:
    return tx.execute("INSERT INTO destinations (id) VALUES (:id)", {"id": name})


def names(tx: Tx) -> list[str]:
    return [row["id"] for row in tx.rows("SELECT id FROM destinations ORDER BY id")]


async def written(engine: PostgresEngine, name: str) -> None:
    """Write once the database takes it again: as every loop does, without an end but a test's."""
    async with asyncio.timeout(SOON_S):
        while True:
            try:
                await engine.write(partial(add, name=name))
            except StateUnavailableError:
                continue
            return


@pytest.fixture
async def impatient(postgres_url: str) -> AsyncIterator[PostgresEngine]:
    async with aclosing(PostgresEngine(postgres_url, connections=2, limits=LIMITS)) as engine:
        yield engine


@pytest.fixture
def network(postgres_cluster: Cluster) -> Iterator[Network]:
    with closing(Network(postgres_cluster)) as opened:
        yield opened


async def test_a_stopped_server_is_given_up_by_all_who_wait_and_used_again(
    impatient: PostgresEngine, postgres_cluster: Cluster
) -> None:
    await impatient.write(partial(add, name="before"))
    started = time.monotonic()
    with stopped(postgres_cluster):
        waits = [impatient.write(partial(add, name=f"{n}")) for n in range(6)]
        results = await asyncio.gather(*waits, impatient.read(names), return_exceptions=True)
    assert {type(result) for result in results} == {StateUnavailableError}
    assert {str(result) for result in results} == {
        "PostgreSQL does not answer a write",
        "PostgreSQL does not answer a read",
    }
    assert time.monotonic() - started < SOON_S
    await written(impatient, "after")
    assert await impatient.read(names) == ["after", "before"]


async def test_a_server_that_stops_in_the_middle_of_a_unit(
    impatient: PostgresEngine, postgres_cluster: Cluster
) -> None:
    loop, begun, goes_on = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()

    def slow(tx: Tx) -> None:
        add(tx, "half")
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(goes_on.wait(), loop).result()
        add(tx, "other half")

    writing = asyncio.create_task(impatient.write(slow))
    await begun.wait()
    with stopped(postgres_cluster):
        goes_on.set()
        with pytest.raises(StateUnavailableError, match="does not answer"):
            await writing
    await written(impatient, "after")
    assert await impatient.read(names) == ["after"]


async def test_webhooks_of_a_silent_server_are_answered_503(
    impatient: PostgresEngine,
    postgres_cluster: Cluster,
    clock: FakeClock,
    counters: SeenCounters,
    new_id: Callable[[], str],
) -> None:
    rooms = Rooms.on(impatient, clock, counters, new_id)
    await rooms.connect(PAGE)
    watch = SignatureWatch(rooms.alerts, clock, per_minute=100)
    intake = Intake(FacebookWebhook([SECRET], "verify"), rooms.inbox, watch, counters, Courtesy(clock))
    app = public_app()
    add_webhooks(app, intake, counters, body_timeout_s=SOON_S)
    runner = await serve(app, "127.0.0.1:0", header_timeout_s=SOON_S, drain_s=0.2)

    async def announce(lead_id: str) -> int:
        change = {"field": "leadgen", "value": {"leadgen_id": lead_id, "page_id": PAGE}}
        entry = {"id": PAGE, "time": 1, "changes": [change]}
        body = json.dumps({"object": "page", "entry": [entry]}).encode()
        headers = {"X-Hub-Signature-256": "sha256=" + hmac.new(SECRET.encode(), body, "sha256").hexdigest()}
        url = f"{addresses(runner)[0]}/webhooks/facebook"
        async with http.post(url, data=body, headers=headers) as answer:
            return answer.status

    async with aiohttp.ClientSession() as http:
        assert await announce("1") == 200
        with stopped(postgres_cluster):
            assert set(await asyncio.gather(announce("2"), announce("3"))) == {503}
        async with asyncio.timeout(SOON_S):
            while await announce("2") != 200:
                pass
    assert {row["lead_id"] for row in await rooms.rows("SELECT lead_id FROM leads")} == {"1", "2"}
    await runner.cleanup()
    await rooms.aclose()


async def test_readiness_says_that_the_server_is_silent(
    impatient: PostgresEngine, postgres_cluster: Cluster, clock: FakeClock
) -> None:
    probe = StateProbe(impatient, clock)
    assert await probe() is None
    await clock.advance(PROBE_EVERY_S)
    with stopped(postgres_cluster):
        assert await probe() == "The state takes no writes. PostgreSQL does not answer a write"
    await written(impatient, "after")
    await clock.advance(PROBE_EVERY_S)
    assert await probe() is None


async def test_a_connection_that_the_network_forgot_costs_no_unit_of_work(
    postgres_url: str, network: Network
) -> None:
    async with aclosing(PostgresEngine(network.url(postgres_url), connections=1, limits=LIMITS)) as engine:
        await engine.write(partial(add, name="before"))
        network.drop()
        await engine.write(partial(add, name="after"))
        assert await engine.read(names) == ["after", "before"]


async def test_a_restarted_server_costs_no_unit_that_begins_afterwards(
    impatient: PostgresEngine, postgres_url: str
) -> None:
    await asyncio.gather(*(impatient.write(partial(add, name=f"{n}")) for n in range(4)))
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await asyncio.gather(*(impatient.write(partial(add, name=f"more {n}")) for n in range(4)))


async def test_the_listening_connection_notices_silence_and_hears_again(
    postgres_url: str, network: Network
) -> None:
    heard = asyncio.Event()
    far = PostgresEngine(network.url(postgres_url), connections=1, listen=True, limits=LIMITS)
    async with aclosing(far), aclosing(PostgresEngine(postgres_url, connections=1, limits=LIMITS)) as near:
        far.on_wake(lambda _: heard.set())
        for _ in range(2):
            heard.clear()
            async with asyncio.timeout(SOON_S):
                while not heard.is_set():  # what is told while nobody listens is lost: polling is behind it
                    await near.write(lambda tx: tx.wake("fetch"))
                    await asyncio.wait({asyncio.ensure_future(heard.wait())}, timeout=0.05)
            network.drop()


async def test_a_lock_of_another_machine_is_not_waited_for_for_ever(postgres_url: str) -> None:
    limits = replace(LIMITS, lock_s=0.2)
    async with aclosing(PostgresEngine(postgres_url, connections=1, limits=limits)) as engine:
        await engine.write(partial(add, name="theirs"))
        with psycopg.connect(postgres_url) as other:
            other.execute("UPDATE destinations SET reason = 'theirs'")
            with pytest.raises(StateUnavailableError, match="refused a write: LockNotAvailable"):
                await engine.write(lambda tx: tx.execute("UPDATE destinations SET reason = 'ours'"))
            other.rollback()
        await engine.write(lambda tx: tx.execute("UPDATE destinations SET reason = 'ours'"))


async def test_a_statement_without_an_end_is_stopped_by_the_server(postgres_url: str) -> None:
    limits = replace(LIMITS, statement_s=0.2)
    async with aclosing(PostgresEngine(postgres_url, connections=1, limits=limits)) as engine:
        with pytest.raises(StateUnavailableError, match="refused a read: QueryCanceled"):
            await engine.read(lambda tx: tx.rows("SELECT pg_sleep(60)"))


async def test_while_the_server_is_away_nobody_waits_long(
    postgres_url: str, postgres_cluster: Cluster
) -> None:
    async with aclosing(PostgresEngine(postgres_url, connections=1, limits=LIMITS)) as engine:
        with stopped(postgres_cluster):
            with pytest.raises(StateUnavailableError):
                await engine.write(partial(add, name="first"))
            started = time.monotonic()
            with pytest.raises(StateUnavailableError):
                await engine.write(partial(add, name="second"))
            assert time.monotonic() - started < LIMITS.unit_s
        await written(engine, "after")


async def test_a_server_that_is_back_within_a_unit_s_time_costs_no_unit(
    postgres_url: str, postgres_cluster: Cluster
) -> None:
    limits = replace(LIMITS, unit_s=SOON_S, connect_s=int(SOON_S))
    async with aclosing(PostgresEngine(postgres_url, connections=2, limits=limits)) as engine:
        with stopped(postgres_cluster):
            writing = {asyncio.create_task(engine.write(partial(add, name=f"{n}"))) for n in range(3)}
            # past the time of a statement, and of a server that is away
            done, _ = await asyncio.wait(writing, timeout=LIMITS.unit_s)
            assert not done
        await asyncio.gather(*writing)
        assert await engine.read(names) == ["0", "1", "2"]


async def test_time_spent_waiting_for_a_thread_says_nothing_of_the_server(
    postgres_url: str, postgres_cluster: Cluster
) -> None:
    begun, goes_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(_: Tx) -> None:
        loop.call_soon_threadsafe(begun.set)
        goes_on.wait()

    async with aclosing(PostgresEngine(postgres_url, connections=1, limits=LIMITS)) as engine:
        keeping = asyncio.create_task(engine.write(slow))
        await begun.wait()
        queued = asyncio.create_task(engine.write(partial(add, name="queued")))
        await asyncio.wait({queued}, timeout=LIMITS.unit_s)
        goes_on.set()
        with pytest.raises(StateUnavailableError):
            await queued
        await asyncio.gather(keeping, return_exceptions=True)
        with stopped(postgres_cluster):
            started = time.monotonic()
            with pytest.raises(StateUnavailableError):
                await engine.write(partial(add, name="after"))
            assert time.monotonic() - started >= LIMITS.unit_s  # not as for a server known to be away


async def test_a_standby_refuses_and_its_connections_are_not_kept(impatient: PostgresEngine) -> None:
    backends = set()

    def turn_standby(tx: Tx) -> None:
        backends.add((tx.row("SELECT pg_backend_pid() AS pid") or {})["pid"])
        tx.execute("SET TRANSACTION READ ONLY")
        add(tx, "a")

    for _ in range(2):
        with pytest.raises(StateUnavailableError, match="ReadOnlySqlTransaction"):
            await impatient.write(turn_standby)
    assert len(backends) == 2


async def test_a_bug_is_not_taken_for_an_outage(impatient: PostgresEngine) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        await impatient.write(lambda tx: tx.execute("DELETE FROM nowhere"))


async def test_a_migration_of_another_machine_is_not_waited_for_for_ever(postgres_url: str) -> None:
    migrate_postgres(postgres_url)
    with psycopg.connect(postgres_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (0x636F6E6E,))
        with pytest.raises(StateUnavailableError, match="cannot be reached: NoAnswerError"):
            PostgresEngine(postgres_url, limits=replace(LIMITS, migration_s=0.3))
    await PostgresEngine(postgres_url, limits=LIMITS).aclose()
