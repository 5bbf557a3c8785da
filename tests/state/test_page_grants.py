"""Several consents to one Page: one reads, the others stand by and take over in the moment of its death."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping

import psycopg
import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.engines import open_engine
from support.ids import numbered
from support.rooms import MAIN, PAGE, Rooms, notice, notification

from connector.domain.connection import ConnectionId, SavedConsent
from connector.domain.errors import LossCause
from connector.domain.lead import PageId
from connector.domain.probing import PageVerdict
from connector.domain.signals import TokenDied
from connector.domain.work import PageTrouble
from state.accounts.page_grants import take_over
from state.accounts.page_loss import LOCK
from state.engine import Tx
from state.postgres import translate

WAITS_FOR_A_LOCK = "SELECT COUNT(*) AS waiting FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
ROLE = PageTrouble(state="auth_lost", reason="No role.", remedy="Another admin.", cause="role_lost")


def dead(cause: LossCause) -> PageTrouble:
    return PageTrouble(state="auth_lost", reason="Dead.", remedy="Again.", cause=cause)


async def reader(rooms: Rooms, page: str = PAGE, workspace: str = MAIN) -> str:
    sql = "SELECT connection_id FROM pages WHERE page_id = :page AND workspace_id = :workspace"
    return str(await rooms.value(sql, page=page, workspace=workspace))


async def keys(rooms: Rooms) -> list[str]:
    return [row["key"] for row in await rooms.alerts.open()]


async def two_admins(rooms: Rooms, *pages: str) -> None:
    await rooms.connect(*(pages or (PAGE,)), connection_id="con_a", token="first")
    await rooms.connect(*(pages or (PAGE,)), person="9002", connection_id="con_b", token="second")


@pytest.mark.parametrize("cause", ["role_lost", "password_changed", "unknown", "expired", "scope"])
async def test_the_standby_takes_over_in_the_transaction_of_the_death(rooms: Rooms, cause: LossCause) -> None:
    await two_admins(rooms)
    await rooms.receive("1", "2", "3")
    batch = await rooms.claim(limit=2)
    assert batch.access.token == "first 100"
    assert await rooms.queue.hold(batch, dead(cause)) is None  # nothing waits
    again = await rooms.claim()
    assert again.access.token == "second 100"
    assert sorted((lead.lead_id, lead.attempts) for lead in again.leads) == [("1", 1), ("2", 1), ("3", 1)]
    assert await reader(rooms) == "con_b"
    account_wide = cause == "password_changed"
    lost, standby = "connection.lost:con_a", f"connection.standby:{MAIN}:{PAGE}"
    assert await keys(rooms) == [lost if account_wide else standby]
    states = {row["id"]: row["state"] for row in await rooms.connections.all()}
    assert states == {"con_a": "reconnect" if account_wide else "healthy", "con_b": "healthy"}


async def test_without_a_spare_the_leads_wait(rooms: Rooms) -> None:
    await two_admins(rooms)
    await rooms.receive("1")
    for _ in range(2):
        await rooms.queue.hold(await rooms.claim(), ROLE)
    assert await rooms.queue.claim(limit=9) is None
    (page,) = await rooms.connections.all_pages()
    assert (page["state"], page["waiting"]) == ("auth_lost", 1)
    assert set(await keys(rooms)) == {f"connection.standby:{MAIN}:{PAGE}", f"page.unreadable:{MAIN}:{PAGE}"}


async def test_a_spare_of_a_dead_account_or_of_another_workspace_is_none(rooms: Rooms) -> None:
    await two_admins(rooms)
    await rooms.connect(PAGE, workspace="second", person="9003", connection_id="con_c")
    await rooms.probing.hear(ConnectionId("con_b"), TokenDied(at=rooms.clock.now(), reason="Dead."))
    await rooms.receive("1")
    batch = await rooms.claim()
    batch = batch if batch.workspace_id == MAIN else await rooms.claim()
    assert await rooms.queue.hold(batch, ROLE) == 1
    assert await reader(rooms) == "con_a"
    assert await reader(rooms, workspace="second") == "con_c"


async def test_a_verdict_on_an_older_token_changes_nothing(rooms: Rooms) -> None:
    await rooms.connect(PAGE, connection_id="con_a", token="old")
    await rooms.receive("1")
    batch = await rooms.claim()
    await rooms.connect(PAGE, token="new")
    assert await rooms.queue.hold(batch, dead("password_changed")) is None
    assert (await rooms.connections.all())[0]["state"] == "healthy"
    assert (await rooms.claim()).access.token == "new 100"
    assert await keys(rooms) == []


async def test_an_unclear_death_is_asked_about_before_anybody_is_told(rooms: Rooms) -> None:
    await rooms.connect(PAGE, connection_id="con_a")
    await rooms.receive("1")
    assert await rooms.queue.hold(await rooms.claim(), dead("unknown")) == 1
    assert await keys(rooms) == []
    work = await rooms.probing.claim()
    assert work is not None
    assert work.connection_id == "con_a"


async def test_a_living_reader_stays_and_a_dead_one_is_replaced_by_consent(rooms: Rooms) -> None:
    await two_admins(rooms)
    await rooms.connect(PAGE, person="9002", token="third")
    assert await reader(rooms) == "con_a"
    await rooms.connect(PAGE, token="fourth")
    assert await reader(rooms) == "con_a"
    await rooms.probing.hear(ConnectionId("con_b"), TokenDied(at=rooms.clock.now(), reason="Dead."))
    await rooms.probing.hear(ConnectionId("con_a"), TokenDied(at=rooms.clock.now(), reason="Dead."))
    await rooms.receive("1")
    assert await rooms.queue.claim(limit=1) is None
    assert await rooms.connect(PAGE, person="9002", token="fifth") == 1
    assert await reader(rooms) == "con_b"
    assert (await rooms.claim()).access.token == "fifth 100"
    assert await keys(rooms) == ["connection.lost:con_a"]


async def test_take_over_is_for_whoever_reads_the_page(rooms: Rooms) -> None:
    await two_admins(rooms)

    def take(tx: Tx, connection_id: str) -> bool:
        return take_over(
            tx,
            workspace_id=MAIN,
            page_id=PAGE,
            connection_id=ConnectionId(connection_id),
            now=rooms.clock.now(),
            new_id=rooms.new_id,
        )

    tried = ("con_b", "con_a", "con_a")
    assert await rooms.engine.write(lambda tx: [take(tx, one) for one in tried]) == [False, True, False]
    assert await reader(rooms) == "con_b"


@pytest.fixture
async def machines(postgres_url: str, clock: FakeClock) -> AsyncIterator[list[Rooms]]:
    engines = [open_engine(postgres_url), open_engine(postgres_url)]
    opened = [Rooms.on(one, clock, SeenCounters(), numbered(n)) for n, one in enumerate(engines, start=1)]
    await opened[0].workspaces.add(MAIN)
    yield opened
    for machine in opened:
        await machine.aclose()
        await machine.engine.aclose()


@pytest.mark.postgres
async def test_of_two_consents_at_once_one_reads_and_one_stands_by(machines: list[Rooms]) -> None:
    pages = [str(n) for n in range(20)]
    await asyncio.gather(
        machines[0].connect(*pages, connection_id="con_a"),
        machines[1].connect(*reversed(pages), person="9002", connection_id="con_b"),
    )
    rows = await machines[0].connections.all()
    assert sum(row["pages"] for row in rows) == 20
    assert sum(row["standing_by"] for row in rows) == 20


@pytest.mark.postgres
async def test_the_first_webhook_of_a_page_is_never_stuck_in_quarantine(
    machines: list[Rooms], postgres_url: str
) -> None:
    """One that looked for the Page before it was stored is written after: what proves the Page adopts it."""
    one, other = machines
    digest = hashlib.sha256(notice("1", "555").payload).hexdigest()
    with psycopg.connect(postgres_url) as blocker:
        blocker.execute(
            "INSERT INTO quarantine (digest, reason, payload, seen, first_seen_ms, last_seen_ms)"
            " VALUES (%s, 'unknown_page', '', 1, 0, 0)",
            (digest,),
        )
        late = asyncio.create_task(one.inbox.record(notification("1", page="555")))
        while not await other.value(WAITS_FOR_A_LOCK):
            pass  # asking takes its time
        assert await other.connect("555", connection_id="con_a") == 0
        blocker.rollback()
    await late
    assert await other.value("SELECT COUNT(*) FROM leads") == 0
    saved = SavedConsent(id=ConnectionId("con_a"), token_version=1, freed=0)
    verdict = PageVerdict(page_id=PageId("555"), name="P", state="ok")
    assert await other.connections.proved(saved, [], [verdict], []) == 1
    assert await other.value("SELECT stage FROM leads") == "fetch"


@pytest.mark.postgres
@pytest.mark.parametrize("done", ["postpone", "page_reads", "hold"])
async def test_the_account_is_locked_before_its_page(
    machines: list[Rooms], postgres_url: str, done: str
) -> None:
    """As a consent does: two that lock in opposite orders end each other."""
    one, other = machines
    await one.connect(PAGE, connection_id="con_a")
    await one.receive("1")
    batch = await one.claim()
    trouble = PageTrouble(state="no_lead_access", reason="r", remedy="m", cause="password_changed")
    work: Mapping[str, Callable[[], Coroutine[object, object, object]]] = {
        "postpone": lambda: one.queue.postpone(batch, until_ms=0, reason="r", trouble=trouble),
        "page_reads": lambda: one.queue.page_reads(batch),
        "hold": lambda: one.queue.hold(batch, trouble),
    }
    with psycopg.connect(postgres_url) as blocker:
        blocker.execute("SELECT 1 FROM connections FOR NO KEY UPDATE")
        late = asyncio.create_task(work[done]())
        while not await other.value(WAITS_FOR_A_LOCK):
            pass  # asking takes its time
        blocker.execute("SELECT 1 FROM pages FOR UPDATE NOWAIT")
        blocker.rollback()
    await late


@pytest.mark.postgres
async def test_a_locked_account_lets_rows_refer_to_it(machines: list[Rooms], postgres_url: str) -> None:
    """Checks, grants and Pages name their account; whoever writes them need not wait for it."""
    await machines[0].connect(PAGE, connection_id="con_a")
    with psycopg.connect(postgres_url) as locking, psycopg.connect(postgres_url) as referring:
        locking.execute(translate(LOCK), {"connection_id": "con_a"})
        referring.execute("SET lock_timeout = '5s'")
        referring.execute(
            "INSERT INTO connection_checks (connection_id, page_id, name, outcome, checked_at_ms)"
            " VALUES ('con_a', '', 'token', 'ok', 0)"
        )
