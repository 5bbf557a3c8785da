"""Disconnecting: what the preview says is what happens, to nobody else, and the provider hears of it in the end."""

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.leaving import ADMIN, Leaving, opened_leaving
from support.rooms import MAIN
from support.scene import Scene, opened_scene

from adapters.sandbox.faults import Fault
from adapters.sandbox.google.objects import Account
from adapters.sandbox.graph.tokens import fault_of
from adapters.sandbox.objects import SCOPES, Person
from connector.domain.alerts_catalogue import LEADS_OVERDUE, LEADS_SILENT, SUBSCRIPTION_LOST
from connector.domain.connection import ConnectionId
from connector.domain.disconnecting import (
    ALARM_ATTEMPTS,
    DISCONNECTED_REASON,
    GIVE_UP_S,
    LADDER_S,
    PROVIDER_SETTINGS,
    GivenUp,
    Preview,
)
from connector.domain.errors import BadInputError
from state.accounts.disconnecting import disconnect
from state.accounts.undoings import Hands
from state.engine import Engine, Tx


@pytest.fixture
async def scene(
    engine: Engine,
    clock: FakeClock,
    counters: SeenCounters,
    new_id: Callable[[], str],
    request: pytest.FixtureRequest,
) -> AsyncIterator[Scene]:
    async with opened_scene(engine, clock, counters, new_id, pages=getattr(request, "param", 2)) as opened:
        yield opened


@pytest.fixture
async def leaving(scene: Scene) -> AsyncIterator[Leaving]:
    async with opened_leaving(scene) as opened:
        yield opened


async def open_alerts(leaving: Leaving) -> list[str]:
    return [row["key"] for row in await leaving.scene.rooms.alerts.open()]


async def tokens_kept(leaving: Leaving, connection_id: ConnectionId) -> int:
    """Return how many sealed tokens of a connection are anywhere in the state."""
    rooms = leaving.scene.rooms
    kept = 0
    for sql in (
        "SELECT sealed_token FROM connections WHERE id = :id",
        "SELECT sealed_access FROM connections WHERE id = :id",
        "SELECT sealed_token FROM pages WHERE connection_id = :id",
        "SELECT sealed_token FROM page_grants WHERE connection_id = :id",
        "SELECT sealed_token FROM undoings WHERE connection_id = :id",
    ):
        kept += sum(bool(value) for row in await rooms.rows(sql, id=connection_id) for value in row.values())
    return kept


async def test_disconnecting_undoes_what_connecting_did_and_keeps_the_rest(leaving: Leaving) -> None:
    scene = leaving.scene
    connection_id = await leaving.facebook_account()
    read = await scene.submit(2)
    await scene.read()
    await scene.make_contacts()
    waits = await scene.submit(3, page=1)
    preview = await leaving.disconnects.preview(connection_id)
    assert (preview.contacts, preview.leads, preview.queued, preview.parked) == (1, 5, 2, 3)
    assert {page.page_id for page in preview.pages if page.stops} == {page.id for page in scene.pages}
    assert [page.forms for page in preview.pages if page.queued] == [1]
    done = await leaving.disconnects.disconnect(connection_id, ADMIN)
    assert (done.undoings, done.parked) == (preview.undoings, preview.parked)
    assert await leaving.state(connection_id) == "disconnecting"
    assert await tokens_kept(leaving, connection_id) == len(done.undoings) == 3
    await leaving.work()
    assert await leaving.state(connection_id) == "disconnected"
    assert await tokens_kept(leaving, connection_id) == 0
    assert all(page.subscribed == {} for page in scene.pages)
    assert not scene.admin.authorised
    assert await scene.stages() == dict.fromkeys(read, "contact") | dict.fromkeys(waits, "parked")
    await scene.send()
    assert await scene.rooms.records.count_deliveries({"state": "delivered"}) >= preview.queued
    assert await scene.rooms.records.count_deliveries({"state": "waiting"}) == 0
    assert {row["reason"] for row in await scene.rooms.records.leads({"stage": "parked"}, limit=9)} == {
        DISCONNECTED_REASON
    }
    assert await open_alerts(leaving) == []


async def test_a_page_that_is_left_is_silent_for_nobody(leaving: Leaving) -> None:
    connection_id = await leaving.facebook_account()
    page_id = leaving.scene.pages[0].id
    silent = LEADS_SILENT.alert(MAIN, page_id, workspace_id=MAIN)
    overdue = LEADS_OVERDUE.alert(MAIN, page_id, workspace_id=MAIN, quiet="", usual="", ads="")
    unsubscribed = SUBSCRIPTION_LOST.alert(
        MAIN, page_id, workspace_id=MAIN, remedy="", stage="failed", said=""
    )
    for alert in (silent, overdue, unsubscribed):
        await leaving.scene.rooms.alerts.raise_once(alert)
    await leaving.disconnects.disconnect(connection_id, ADMIN)
    assert await open_alerts(leaving) == []


async def test_a_disconnected_page_takes_no_leads_and_gets_all_when_connected_again(leaving: Leaving) -> None:
    scene = leaving.scene
    connection_id = await leaving.facebook_account()
    parked = await scene.submit(2)
    await leaving.leave(connection_id)
    missed = await scene.submit(1)
    assert set(await scene.stages()) == set(parked)  # the other one is kept aside: nobody has the Page
    assert await leaving.facebook_account() == connection_id
    assert await leaving.state(connection_id) == "healthy"
    await scene.read()
    assert await scene.stages() == dict.fromkeys([*parked, *missed], "resolve")


async def test_what_was_parked_for_another_reason_stays_parked(leaving: Leaving) -> None:
    scene = leaving.scene
    connection_id = await leaving.facebook_account()
    (lead_id,) = await scene.submit(1)
    await scene.rooms.engine.write(
        lambda tx: tx.execute("UPDATE leads SET stage = 'parked', due_at_ms = NULL, reason = 'Unreadable.'")
    )
    await leaving.leave(connection_id)
    await leaving.facebook_account()
    assert await scene.stages() == {lead_id: "parked"}


async def test_what_is_put_back_in_line_by_hand_waits_for_the_page_and_says_why(leaving: Leaving) -> None:
    scene = leaving.scene
    connection_id = await leaving.facebook_account()
    (lead_id,) = await scene.submit(1)
    await leaving.leave(connection_id)
    await scene.rooms.records.replay_leads({"stage": "parked"}, limit=None, reread=False, dry_run=False)
    assert await scene.read() == 0
    (lead,) = await scene.rooms.records.leads({}, limit=9)
    assert (lead["stage"], lead["reason"]) == ("held", DISCONNECTED_REASON)
    await leaving.facebook_account()
    await scene.read()
    assert await scene.stages() == {lead_id: "resolve"}


async def test_twice_is_as_once_and_nothing_is_no_connection(leaving: Leaving) -> None:
    connection_id = await leaving.facebook_account()
    await leaving.leave(connection_id)
    again = await leaving.leave(connection_id)
    assert again.is_gone
    assert await leaving.scene.rooms.value("SELECT COUNT(*) FROM audit") == 1
    assert (leaving.revoked(), len(leaving.unsubscribed())) == (1, 2)
    with pytest.raises(BadInputError, match="no such connection"):
        await leaving.disconnects.preview(ConnectionId("con_none"))
    with pytest.raises(BadInputError, match="no such connection"):
        await leaving.disconnects.disconnect(ConnectionId("con_none"), ADMIN)


async def test_a_read_that_is_under_way_may_end_and_says_nothing_of_the_page_any_more(
    leaving: Leaving,
) -> None:
    scene = leaving.scene
    connection_id = await leaving.facebook_account()
    await scene.submit(1)
    batch = await scene.rooms.claim()
    preview = await leaving.disconnects.preview(connection_id)
    assert (preview.queued, preview.parked) == (1, 0)
    await leaving.leave(connection_id)
    await scene.rooms.queue.page_reads(batch)
    assert await scene.rooms.rows("SELECT * FROM pages WHERE state <> 'disconnected'") == []


async def test_the_log_of_deeds_says_who_disconnected(leaving: Leaving) -> None:
    connection_id = await leaving.facebook_account()
    await leaving.leave(connection_id)
    rows = await leaving.scene.rooms.rows("SELECT * FROM audit WHERE action = 'connection.disconnected'")
    assert [(row["actor"], row["subject"], row["workspace_id"]) for row in rows] == [
        ("tester", connection_id, MAIN)
    ]


# What is shared


async def test_a_page_and_an_account_that_another_workspace_uses_stay(leaving: Leaving) -> None:
    scene = leaving.scene
    first = await leaving.facebook_account(workspace=MAIN)
    second = await leaving.facebook_account(workspace="other")
    preview = await leaving.disconnects.preview(first)
    assert (preview.undoings, preview.revokes) == ((), False)
    assert {sharer.workspace_id for sharer in preview.account_shared_with} == {"other"}
    assert all(page.shared_with for page in preview.pages)
    await leaving.leave(first)
    assert await leaving.state(first) == "disconnected"
    (lead_id,) = await scene.submit(1)
    await scene.read()
    rows = await scene.rooms.rows("SELECT workspace_id, stage FROM leads WHERE lead_id = :id", id=lead_id)
    assert [(row["workspace_id"], row["stage"]) for row in rows] == [("other", "resolve")]
    await leaving.leave(second)  # the last one takes everything along, also what the first had subscribed
    assert sorted(leaving.unsubscribed()) == sorted(page.id for page in scene.pages)
    assert not scene.admin.authorised


async def test_a_google_grant_is_taken_back_with_its_last_connection(leaving: Leaving) -> None:
    account = leaving.google.world.add_account("ada@example.com")
    first = await leaving.google_account(account)
    second = await leaving.google_account(account, workspace="other")
    await leaving.leave(first)
    assert leaving.revoked() == 0
    await leaving.google_consent.refresh(leaving.user_tokens[second])  # lives
    assert (await leaving.disconnects.preview(second)).revokes
    await leaving.leave(second)
    assert leaving.revoked() == 1
    assert leaving.google.world.grants == {}
    assert await tokens_kept(leaving, second) == 0


async def test_of_two_that_leave_at_the_same_moment_the_later_takes_everything_back(leaving: Leaving) -> None:
    rooms = leaving.scene.rooms
    first = await leaving.facebook_account(workspace=MAIN)
    second = await leaving.facebook_account(workspace="other")
    hands = Hands(vault=rooms.vault, new_id=rooms.new_id, now=rooms.clock.now())
    has_left, may_end = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        disconnect(tx, connection_id=first, actor=ADMIN, hands=hands)
        has_left.set()
        may_end.wait(10)

    earlier = asyncio.create_task(rooms.engine.write(slow))
    await asyncio.to_thread(has_left.wait, 10)
    later = asyncio.create_task(leaving.disconnects.disconnect(second, ADMIN))
    await asyncio.wait({later}, timeout=0.3)  # it sees the first one still there, unless it waits for it
    may_end.set()
    await earlier
    assert (await later).revokes
    await leaving.work()
    assert (leaving.revoked(), len(leaving.unsubscribed())) == (1, 2)


async def test_another_admin_of_the_workspace_reads_on(leaving: Leaving) -> None:
    scene = leaving.scene
    other = scene.world.add_person("Bo Backup", scopes=SCOPES)
    for page in scene.pages:
        other.tasks[page.id] = ("ADVERTISE", "MANAGE")
    first = await leaving.facebook_account()
    spare = await leaving.facebook_account(other)
    (lead_id,) = await scene.submit(1)
    preview = await leaving.disconnects.preview(first)
    assert {page.standby for page in preview.pages} == {spare}
    assert (preview.parked, preview.undoings) == (0, (("revoke_grant", None),))
    await leaving.leave(first)
    await scene.read()
    assert await scene.stages() == {lead_id: "resolve"}
    assert leaving.unsubscribed() == []
    assert leaving.revoked() == 1  # the account is another one


async def test_a_page_that_was_subscribed_before_us_stays_subscribed(leaving: Leaving) -> None:
    scene = leaving.scene
    scene.pages[0].subscribed[scene.world.app_id] = ["leadgen", "feed"]
    connection_id = await leaving.facebook_account()
    await leaving.leave(connection_id)
    assert leaving.unsubscribed() == [scene.pages[1].id]
    assert scene.pages[0].subscribed[scene.world.app_id] == ["leadgen", "feed"]


@pytest.mark.parametrize("scene", [3], indirect=True)
@pytest.mark.parametrize("seed", range(10))
async def test_the_preview_is_what_then_happens(leaving: Leaving, seed: int) -> None:
    """Situations of chance: several workspaces, shared Pages and accounts, spare admins, others' subscriptions."""
    rng = random.Random(seed)  # noqa: S311 - repeatable
    scene = leaving.scene
    foreign = {page.id for page in scene.pages if rng.random() < 0.25}
    for page_id in foreign:
        scene.world.pages[page_id].subscribed[scene.world.app_id] = ["leadgen"]
    people = [scene.admin, scene.world.add_person("Bo Backup", scopes=SCOPES)]
    for page in scene.pages:
        people[1].tasks[page.id] = ("ADVERTISE", "MANAGE")
    accounts = [leaving.google.world.add_account(f"p{n}@example.com") for n in range(2)]
    connections = await connected_by_chance(leaving, rng, people, accounts)
    for number in range(len(scene.pages)):
        await scene.submit(rng.randrange(3), page=number)
    if rng.random() < 0.5:
        await scene.read()
        for number in range(len(scene.pages)):
            await scene.submit(rng.randrange(3), page=number)
    rng.shuffle(connections)
    for at, connection_id in enumerate(connections):
        await disconnected_as_told(leaving, connection_id, connections[at + 1 :])
    subscribed = {page.id for page in scene.pages if page.subscribed}
    assert subscribed == foreign  # nothing of ours is left, nothing of others' is gone
    assert leaving.google.world.grants == {}
    rows = await scene.rooms.rows("SELECT COUNT(*) AS left_over FROM undoings WHERE sealed_token IS NOT NULL")
    assert rows[0]["left_over"] == 0


async def connected_by_chance(
    leaving: Leaving, rng: random.Random, people: Sequence[Person], accounts: Sequence[Account]
) -> list[ConnectionId]:
    connections = []
    for workspace in [MAIN, "second", "third"][: rng.randint(1, 3)]:
        for person in people:
            pages = [page for page in leaving.scene.pages if rng.random() < 0.6]
            if pages:
                connections.append(await leaving.facebook_account(person, pages, workspace))
        chosen = [account for account in accounts if rng.random() < 0.5]
        connections += [await leaving.google_account(account, workspace) for account in chosen]
    return connections


async def disconnected_as_told(
    leaving: Leaving, connection_id: ConnectionId, stay: list[ConnectionId]
) -> None:
    """Disconnect one, and compare its preview with what the providers saw, our rows say, and the others feel."""
    scene = leaving.scene
    unsubscribed, revoked = len(leaving.unsubscribed()), leaving.revoked()
    parked = await parked_leads(scene)
    known = await scene.stages()
    told = await leaving.disconnects.preview(connection_id)
    done = await leaving.leave(connection_id)
    assert as_told(done) == as_told(told)
    wanted = [page_id for kind, page_id in told.undoings if kind == "unsubscribe_page"]
    assert leaving.unsubscribed()[unsubscribed:] == wanted
    assert leaving.revoked() - revoked == int(told.revokes)
    assert await parked_leads(scene) - parked == told.parked
    assert set(await scene.stages()) == set(known)  # none is lost
    assert await leaving.state(connection_id) == "disconnected"
    for other in stay:
        assert await leaving.state(other) == "healthy"
        token = leaving.user_tokens[other]
        if token in scene.world.tokens:
            assert fault_of(scene.world, scene.world.tokens[token]) is None
        else:
            assert leaving.google.world.refresh_tokens[token].dead is None
    readers = await scene.rooms.rows("SELECT page_id FROM pages WHERE state = 'ok'")
    assert all(scene.world.pages[row["page_id"]].subscribed for row in readers)


def as_told(preview: Preview) -> tuple[object, ...]:
    return preview.undoings, preview.pages, preview.account_shared_with


async def parked_leads(scene: Scene) -> int:
    return await scene.rooms.records.count_leads({"stage": "parked"})


# What the provider does not take at once


async def test_an_outage_is_waited_out_with_growing_pauses_and_told(leaving: Leaving) -> None:
    scene = leaving.scene
    connection_id = await leaving.facebook_account(pages=[scene.pages[0]])
    down = Fault.status(503)
    scene.graph.faults.rate("subscribed_apps", down, 1.0)
    await leaving.leave(connection_id)
    assert await leaving.state(connection_id) == "disconnecting"
    assert await open_alerts(leaving) == []
    for wait_s in LADDER_S[: ALARM_ATTEMPTS - 1]:
        await scene.clock.advance(wait_s + 1)
        await leaving.work()
    key = f"connection.revoke_failed:{connection_id}"
    assert await open_alerts(leaving) == [key]
    (alert,) = await scene.rooms.alerts.open()
    assert PROVIDER_SETTINGS["facebook"] in alert["remedy"]
    assert leaving.revoked() == 0  # it would end the token that the Page needs
    scene.graph.faults.clear()
    await scene.clock.advance(LADDER_S[-1] * 2)
    await leaving.work()
    assert (len(scene.pages[0].subscribed), leaving.revoked()) == (0, 1)
    assert await leaving.state(connection_id) == "disconnected"
    assert await open_alerts(leaving) == []


async def test_after_days_it_is_given_up_told_and_the_tokens_are_erased(leaving: Leaving) -> None:
    scene = leaving.scene
    connection_id = await leaving.facebook_account()
    scene.graph.faults.rate("*", Fault.status(503), 1.0)
    await leaving.leave(connection_id)
    for _ in range(40):
        await scene.clock.advance(LADDER_S[-1] * 1.3)
        await leaving.work()
    assert scene.clock.monotonic() > GIVE_UP_S
    assert await leaving.state(connection_id) == "disconnected"
    assert await tokens_kept(leaving, connection_id) == 0
    key = f"connection.revoke_failed:{connection_id}"
    assert await open_alerts(leaving) == [key]
    scene.graph.faults.clear()
    assert await leaving.facebook_account() == connection_id
    assert await open_alerts(leaving) == []


async def test_a_dead_token_has_nothing_left_to_take_back(leaving: Leaving) -> None:
    scene = leaving.scene
    connection_id = await leaving.facebook_account()
    account = leaving.google.world.add_account("ada@example.com")
    google_id = await leaving.google_account(account)
    scene.world.remove_app(scene.admin)
    leaving.google.world.revoke(account, leaving.google.world.client.project)
    await leaving.leave(connection_id)
    await leaving.leave(google_id)
    assert await leaving.state(connection_id) == await leaving.state(google_id) == "disconnected"
    assert await open_alerts(leaving) == []


async def test_connecting_again_meanwhile_calls_it_off(leaving: Leaving) -> None:
    scene = leaving.scene
    connection_id = await leaving.facebook_account()
    await leaving.disconnects.disconnect(connection_id, ADMIN)
    other = await leaving.facebook_account(workspace="other")
    await leaving.work()
    assert (leaving.unsubscribed(), leaving.revoked()) == ([], 0)
    assert await leaving.state(connection_id) == "disconnected"
    assert await tokens_kept(leaving, connection_id) == 0
    await leaving.leave(other)  # who made it be called off answers for it now
    assert sorted(leaving.unsubscribed()) == sorted(page.id for page in scene.pages)
    assert leaving.revoked() == 1


async def test_a_worker_that_lost_its_lease_changes_nothing(leaving: Leaving) -> None:
    scene = leaving.scene
    connection_id = await leaving.facebook_account(pages=[scene.pages[0]])
    await leaving.disconnects.disconnect(connection_id, ADMIN)
    undoings = leaving.undo._undoings  # noqa: SLF001 - the same rows, claimed by somebody slow
    slow = await undoings.claim()
    assert slow is not None
    assert not await leaving.undo.step()  # leased
    await scene.clock.advance(121)
    await leaving.work()
    assert await leaving.state(connection_id) == "disconnected"
    assert not await undoings.settle(slow, GivenUp(reason="too late"))
    assert await open_alerts(leaving) == []


async def given_up(leaving: Leaving, connection_id: ConnectionId) -> None:
    """Disconnect while the provider is away for longer than we try."""
    leaving.scene.graph.faults.rate("*", Fault.status(503), 1.0)
    await leaving.leave(connection_id)
    await leaving.scene.clock.advance(GIVE_UP_S + 1)
    await leaving.work()
    await leaving.scene.clock.advance(LADDER_S[-1] * 2)
    await leaving.work()
    leaving.scene.graph.faults.clear()


@pytest.mark.parametrize("scene", [1], indirect=True)
async def test_what_was_given_up_ends_with_a_persons_word(leaving: Leaving) -> None:
    connection_id = await leaving.facebook_account()
    await leaving.disconnects.disconnect(connection_id, ADMIN)
    assert not await leaving.disconnects.done_by_hand(connection_id, ADMIN)  # it is still tried
    await given_up(leaving, connection_id)
    assert await open_alerts(leaving) == [f"connection.revoke_failed:{connection_id}"]
    (alert,) = await leaving.scene.rooms.alerts.open()
    assert f"connector disconnect {connection_id} --done-by-hand" in alert["remedy"]
    assert await leaving.disconnects.done_by_hand(connection_id, ADMIN)
    assert not await leaving.disconnects.done_by_hand(connection_id, ADMIN)
    assert await open_alerts(leaving) == []
    rows = await leaving.scene.rooms.rows("SELECT * FROM audit WHERE action = 'connection.undone_by_hand'")
    assert [(row["actor"], row["subject"], row["workspace_id"]) for row in rows] == [
        ("tester", connection_id, MAIN)
    ]
    with pytest.raises(BadInputError, match="no such connection"):
        await leaving.disconnects.done_by_hand(ConnectionId("con_none"), ADMIN)


@pytest.mark.parametrize("dead", ["sealed_token = NULL", "state = 'reconnect'"])
async def test_a_dead_connection_of_the_account_elsewhere_does_not_keep_its_grant(
    leaving: Leaving, dead: str
) -> None:
    account = leaving.google.world.add_account("ada@example.com")
    first = await leaving.google_account(account)
    other = await leaving.google_account(account, workspace="other")
    await leaving.scene.rooms.engine.write(
        lambda tx: tx.execute(f"UPDATE connections SET {dead} WHERE id = :id", {"id": other})  # noqa: S608 - ours
    )
    preview = await leaving.disconnects.preview(first)
    assert (preview.revokes, preview.account_shared_with) == (True, ())
    assert as_told(await leaving.leave(first)) == as_told(preview)
    assert leaving.revoked() == 1  # and it is not called off for the dead one either
    assert leaving.google.world.grants == {}
