"""What waits to be read again: live leads before history, leases with a fence, two machines, a stop."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import pytest
from fake_clock import FakeClock
from support.rooms import MAIN, PAGE, Rooms

from connector.domain.errors import BadInputError
from connector.domain.lead import FormId, LeadId, PageId
from connector.domain.reconcile_work import (
    BackfillOrder,
    BackfillWork,
    FormWork,
    RoundDone,
    RoundWork,
    Subscribed,
    WatchWork,
)
from connector.domain.reconciling import FormListing, FoundLead, FoundPage, ListedForm, Postponed, Window
from state.engine import Params, Tx
from state.reconcile.claims import HISTORY_MAX, LEASE_MS
from state.reconcile.desk import SqlReadingDesk
from state.reconcile.reconciling import SqlReconciling

FAR_MS = 2**52
Job = TypeVar("Job", RoundWork, FormWork, BackfillWork)


@pytest.fixture
def work(rooms: Rooms) -> SqlReconciling:
    return SqlReconciling(rooms.engine, rooms.clock, rooms.vault, rooms.new_id)


def done(*forms: str, leads: int | None = 10) -> RoundDone:
    listed = tuple(ListedForm(id=FormId(one), name=None, status="ACTIVE", leads=leads) for one in forms)
    return RoundDone(
        subscribed=Subscribed(),
        listing=FormListing(forms=listed),
        due_at_ms=FAR_MS,
        list_due_at_ms=FAR_MS,
    )


def page(*lead_ids: str, after: str | None = None) -> FoundPage:
    return FoundPage(leads=tuple(FoundLead(id=LeadId(one)) for one in lead_ids), after=after)


async def listed(rooms: Rooms, work: SqlReconciling, *forms: str) -> None:
    """Connect the Page and end its first round."""
    await rooms.connect(PAGE)
    job = await work.claim()
    assert isinstance(job, RoundWork)
    assert job.is_first
    assert await work.round_done(job, done(*forms))


async def read_form(work: SqlReconciling) -> FormWork:
    job = await work.claim()
    assert isinstance(job, FormWork)
    return job


async def test_a_connected_page_has_a_round_then_its_forms_then_their_history(
    rooms: Rooms, work: SqlReconciling
) -> None:
    assert await work.claim() is None
    await listed(rooms, work, "300")
    job = await read_form(work)
    assert job.watermark_ms is None
    assert await work.form_read(job, watermark_ms=7, due_at_ms=FAR_MS, found=0, new=0)
    assert await rooms.value("SELECT watermark_ms FROM page_forms") is None  # its history is not here yet
    history = await work.claim()
    assert isinstance(history, BackfillWork)
    assert await work.backfilled(history, page("1"), watermark_ms=9) == 1
    assert await rooms.value("SELECT watermark_ms FROM page_forms") == 9
    assert await work.claim() is None


async def test_live_leads_are_claimed_before_history(
    rooms: Rooms, work: SqlReconciling, clock: FakeClock
) -> None:
    await listed(rooms, work, "300")
    await read_form(work)
    history = await work.claim()
    assert isinstance(history, BackfillWork)
    await work.backfilled(history, page("old1", "old2"), watermark_ms=None)
    await clock.advance(1)
    await rooms.receive("live")
    assert [lead.lead_id for lead in (await rooms.claim()).leads] == ["live"]
    assert sorted(lead.lead_id for lead in (await rooms.claim()).leads) == ["old1", "old2"]


async def test_history_waits_while_much_of_it_is_not_read_yet(rooms: Rooms, work: SqlReconciling) -> None:
    await listed(rooms, work, "300")
    await read_form(work)
    history = await work.claim()
    assert isinstance(history, BackfillWork)
    await work.backfilled(history, page(*(str(n) for n in range(HISTORY_MAX)), after="x"), watermark_ms=None)
    assert await work.claim() is None
    await rooms.engine.write(lambda tx: tx.execute("UPDATE leads SET due_at_ms = NULL"))
    following = await work.claim()
    assert isinstance(following, BackfillWork)
    assert following.after == "x"


async def test_a_reader_that_lost_its_lease_changes_nothing(
    rooms: Rooms, work: SqlReconciling, clock: FakeClock
) -> None:
    await listed(rooms, work, "300")
    lost = await read_form(work)
    history = await work.claim()
    assert isinstance(history, BackfillWork)
    await clock.advance(LEASE_MS / 1000)
    assert isinstance(await work.claim(), WatchWork)
    job = await read_form(work)
    assert isinstance(await work.claim(), BackfillWork)
    before = await rooms.rows("SELECT * FROM page_forms"), await rooms.rows("SELECT * FROM backfills")
    assert await work.store(lost, page("1")) is None
    assert not await work.form_read(lost, watermark_ms=5, due_at_ms=1, found=1, new=1)
    assert await work.backfilled(history, page("2"), watermark_ms=5) is None
    await work.postpone(lost, Postponed(due_at_ms=1, reason="late", reach="page"))
    await work.release(lost)
    await work.rewind(history)
    after = await rooms.rows("SELECT * FROM page_forms"), await rooms.rows("SELECT * FROM backfills")
    assert before == after
    assert await rooms.rows("SELECT * FROM leads") == []
    assert await rooms.value("SELECT paused_until_ms FROM pages") == 0
    assert await work.store(job, page("1")) == 1


async def test_two_machines_do_not_read_one_form(
    rooms: Rooms, work: SqlReconciling, new_id: Callable[[], str]
) -> None:
    other = SqlReconciling(rooms.engine, rooms.clock, rooms.vault, new_id)
    await listed(rooms, work, "300", "301")
    first, second = await read_form(work), await read_form(other)
    assert {first.form_id, second.form_id} == {"300", "301"}
    assert isinstance(await other.claim(), BackfillWork)


async def test_a_paused_page_is_not_asked_before_its_time(
    rooms: Rooms, work: SqlReconciling, clock: FakeClock
) -> None:
    await listed(rooms, work, "300")
    until_ms = clock.now_ms() + 420_000
    job = await read_form(work)
    await work.postpone(job, Postponed(due_at_ms=until_ms, reason="limit", reach="page"))
    assert await work.claim() is None
    assert await work.next_due_ms() == clock.now_ms() + 60_000  # the app's own subscription, not the Page's
    await clock.advance(419)
    while (other := await work.claim()) is not None:
        assert not isinstance(other, FormWork | BackfillWork)
    await clock.advance(1)
    assert isinstance(await work.claim(), FormWork)


async def test_a_stop_ends_imports_and_frees_the_form_s_watermark(rooms: Rooms, work: SqlReconciling) -> None:
    await listed(rooms, work, "300", "301")
    order = BackfillOrder(
        page_id=PageId(PAGE),
        form_id=FormId("300"),
        workspace_id=MAIN,
        window=Window(since_ms=0),
        requested_by="operator",
    )
    assert await work.stop(order) == 1
    (left,) = await work.progress()
    assert left.form_id == "301"
    forms = await rooms.rows("SELECT form_id, backfill_id FROM page_forms ORDER BY form_id")
    assert [row["backfill_id"] is None for row in forms] == [True, False]
    (asked,) = await work.ask(order)
    (found,) = await work.progress([asked])
    assert (found.state, found.requested_by, found.total) == ("waiting", "operator", 10)
    with pytest.raises(BadInputError):
        await work.ask(
            BackfillOrder(
                page_id=PageId("no"),
                form_id=None,
                workspace_id=None,
                window=Window(since_ms=0),
                requested_by="x",
            )
        )


async def test_what_an_import_costs_counts_each_lead_that_is_here_once(
    rooms: Rooms, work: SqlReconciling
) -> None:
    await listed(rooms, work, "300", "301")
    await rooms.receive("1", "2", "3", "4", "5", "6")
    stages = ("fetch", "resolve", "held", "parked", "test", "contact")
    for lead_id, stage in enumerate(stages, start=1):
        form_id = "301" if stage == "test" else "300"
        row = {"lead_id": str(lead_id), "stage": stage, "form_id": form_id, "due": 1 if lead_id < 3 else None}
        await rooms.engine.write(partial(put, row=row))
    window = Window(since_ms=0)
    order = BackfillOrder(page_id=PAGE, form_id=None, workspace_id=MAIN, window=window, requested_by="per_1")
    plans = {one.form_id: one for one in await work.plan(order)}
    assert {form_id: (one.known, one.calls) for form_id, one in plans.items()} == {
        "300": (5, 1 + 5),
        "301": (1, 1 + 9),
    }


def put(tx: Tx, *, row: Params) -> None:
    sql = "UPDATE leads SET stage = :stage, form_id = :form_id, due_at_ms = :due WHERE lead_id = :lead_id"
    tx.execute(sql, row)


async def test_forms_of_a_page_that_was_left_cannot_be_imported(rooms: Rooms, work: SqlReconciling) -> None:
    await listed(rooms, work, "300", "301")
    desk = SqlReadingDesk(rooms.engine, rooms.clock, rooms.new_id)
    assert [row["form_id"] for row in await desk.forms(MAIN, limit=1)] == ["300"]
    assert [row["form_id"] for row in await desk.forms(MAIN, limit=9)] == ["300", "301"]
    await rooms.engine.write(lambda tx: tx.execute("UPDATE pages SET state = 'disconnected'"))
    assert await desk.forms(MAIN, limit=9) == []


LEAVE = "UPDATE pages SET state = 'disconnected' WHERE workspace_id = 'main'"


@pytest.mark.parametrize("is_shared", [False, True])
async def test_history_goes_on_where_it_was_when_its_page_was_left(
    rooms: Rooms, work: SqlReconciling, clock: FakeClock, *, is_shared: bool
) -> None:
    await listed(rooms, work, "300")
    if is_shared:
        await rooms.connect(PAGE, workspace="other", person="9002")
    await rooms.engine.write(lambda tx: tx.execute("UPDATE page_forms SET due_at_ms = NULL"))
    history = await claimed(work, BackfillWork)
    await rooms.engine.write(lambda tx: tx.execute(LEAVE))
    assert await work.backfilled(history, page("1", "2", after="behind"), watermark_ms=9) is None
    assert await rooms.rows("SELECT lead_id FROM leads WHERE workspace_id = 'main'") == []
    await rooms.connect(PAGE)
    await clock.advance(LEASE_MS / 1000)
    again = await claimed(work, BackfillWork)
    assert (again.id, again.after) == (history.id, None)
    assert await work.backfilled(again, page("1", "2"), watermark_ms=9) == (4 if is_shared else 2)
    assert len(await rooms.rows("SELECT lead_id FROM leads WHERE workspace_id = 'main'")) == 2


async def test_a_round_of_a_page_that_was_left_tells_nothing(rooms: Rooms, work: SqlReconciling) -> None:
    await rooms.connect(PAGE)
    job = await claimed(work, RoundWork)
    await rooms.engine.write(lambda tx: tx.execute(LEAVE))
    lost = RoundDone(
        subscribed=Subscribed(trouble="not subscribed"), listing=None, due_at_ms=FAR_MS, list_due_at_ms=None
    )
    assert not await work.round_done(job, lost)
    assert await rooms.alerts.open() == [], "nobody would ever end it"


async def test_no_watermark_moves_for_a_workspace_that_left_its_page_to_another(
    rooms: Rooms, work: SqlReconciling
) -> None:
    await listed(rooms, work, "300")
    await rooms.connect(PAGE, workspace="other", person="9002")
    job = await claimed(work, FormWork)
    await rooms.engine.write(lambda tx: tx.execute(LEAVE))
    assert await work.store(job, page("1")) is None, "it would be stored for the other alone"
    assert await rooms.value("SELECT watermark_ms FROM page_forms WHERE workspace_id = 'main'") is None


async def claimed(work: SqlReconciling, kind: type[Job]) -> Job:
    """Take jobs until one is of this kind."""
    for _ in range(9):
        job = await work.claim()
        if isinstance(job, kind):
            return job
    raise AssertionError(f"no {kind.__name__} is due")
