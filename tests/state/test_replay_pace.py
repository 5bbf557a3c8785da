"""A bulk replay has a pace and a line of its own: what is new never waits for it."""

from fake_clock import FakeClock
from support.rooms import PAGE, Rooms, raw

from connector.domain.delivery import Delivered, Retry
from connector.domain.work import AttemptRecord, DeliveryWork

EVERYTHING = {"state": "delivered"}


async def contacts(rooms: Rooms, *lead_ids: str) -> None:
    await rooms.fetch({one: raw(one, email=f"p{one}@example.com") for one in lead_ids})
    await rooms.resolve()


async def sent(rooms: Rooms, limit: int = 50) -> list[DeliveryWork]:
    """Claim and accept what is due."""
    works = list(await rooms.deliveries.claim(limit=limit))
    for work in works:
        tried = AttemptRecord(at_ms=rooms.clock.now_ms(), duration_ms=1, status=200, reason=None)
        assert await rooms.deliveries.settle(work, Delivered(), tried)
    return works


async def replay(rooms: Rooms, per_second: float = 2.0) -> int:
    return await rooms.records.replay_deliveries(EVERYTHING, limit=None, dry_run=False, per_second=per_second)


async def delivered(rooms: Rooms, count: int) -> None:
    await rooms.connect(PAGE)
    await contacts(rooms, *(str(n) for n in range(count)))
    assert len(await sent(rooms)) == count


async def test_a_bulk_replay_keeps_its_pace(rooms: Rooms, clock: FakeClock) -> None:
    await delivered(rooms, 6)
    assert await replay(rooms) == 6
    seen = []
    for _ in range(4):
        seen.append(len(await sent(rooms)))
        await clock.advance(1.0)
    assert seen == [1, 2, 2, 1]
    assert await rooms.deliveries.next_due_ms() is None


async def test_two_replays_share_the_pace_and_a_single_one_goes_at_once(
    rooms: Rooms, clock: FakeClock
) -> None:
    await delivered(rooms, 5)
    for limit in (2, 2, 1):
        await rooms.records.replay_deliveries(EVERYTHING, limit=limit, dry_run=False, per_second=1.0)
    rows = await rooms.rows("SELECT due_at_ms FROM deliveries WHERE due_at_ms IS NOT NULL ORDER BY due_at_ms")
    assert [row["due_at_ms"] - clock.now_ms() for row in rows] == [0, 0, 1000, 2000, 3000]


async def test_new_events_go_before_replays_that_are_due(rooms: Rooms, clock: FakeClock) -> None:
    await delivered(rooms, 8)
    await replay(rooms)
    await clock.advance(60.0)  # a CRM that is slower than the pace: all are due
    await contacts(rooms, "new", "newer")
    works = await sent(rooms, limit=3)
    assert [work.is_replay for work in works] == [True, False, False]  # as they are numbered
    assert {work.contact_id for work in works if not work.is_replay} != set()


async def test_a_waiting_replay_holds_no_new_revision_back(rooms: Rooms) -> None:
    await delivered(rooms, 2)
    await replay(rooms, per_second=0.1)
    await sent(rooms)  # the first replay is out, the second waits ten seconds
    await rooms.fetch({"9": raw("9", email="p1@example.com", city="Pune")})
    await rooms.resolve()
    (work,) = await sent(rooms)
    assert (work.is_replay, work.sequence) == (False, 3)


async def test_the_end_of_an_outage_does_not_hurry_replays_that_never_tried(
    rooms: Rooms, clock: FakeClock
) -> None:
    await delivered(rooms, 3)
    await replay(rooms, per_second=0.1)
    (tried,) = await rooms.deliveries.claim(limit=9)
    attempt = AttemptRecord(at_ms=clock.now_ms(), duration_ms=1, status=503, reason="away")
    later = Retry(due_at_ms=clock.now_ms() + 900_000, reason="away")
    assert await rooms.deliveries.settle(tried, later, attempt)
    assert await rooms.deliveries.recovered(was_out=True) == 1
    assert [work.event_id for work in await rooms.deliveries.claim(limit=9)] == [tried.event_id]


async def test_replayed_leads_keep_a_pace_and_new_ones_pass_them(rooms: Rooms, clock: FakeClock) -> None:
    await delivered(rooms, 4)
    given = {"workspace_id": "main"}
    assert (
        await rooms.records.replay_leads(given, limit=None, reread=False, dry_run=False, per_second=2.0) == 4
    )
    assert len(await rooms.resolver.claim(limit=9)) == 1
    await clock.advance(1.0)
    assert len(await rooms.resolver.claim(limit=9)) == 2


async def waiting_s(rooms: Rooms, stage: str) -> float:
    """Return how long the oldest of a stage waits."""
    _, since_ms = (await rooms.records.queues())[stage]
    assert since_ms is not None
    return (rooms.clock.now_ms() - since_ms) / 1000


async def test_what_waits_for_its_turn_of_a_replay_is_no_old_work(rooms: Rooms, clock: FakeClock) -> None:
    await delivered(rooms, 4)
    await clock.advance(30 * 86_400)
    await replay(rooms, per_second=0.01)
    await rooms.records.replay_leads(
        {"stage": "contact"}, limit=3, reread=True, dry_run=False, per_second=0.01
    )
    assert (await waiting_s(rooms, "deliver"), await waiting_s(rooms, "fetch")) == (0, 0)
    await clock.advance(400)  # nobody sends or reads: both lines are late with what was due first
    assert (await waiting_s(rooms, "deliver"), await waiting_s(rooms, "fetch")) == (400, 400)


async def test_what_facebook_made_wait_waits_since_it_was_received(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.connect(PAGE)
    await rooms.receive("1")
    await clock.advance(100)
    batch = await rooms.claim()
    await rooms.queue.postpone(
        batch, until_ms=clock.now_ms() + 3_600_000, reason="Facebook asked us to wait."
    )
    await clock.advance(200)
    assert await waiting_s(rooms, "fetch") == 300
