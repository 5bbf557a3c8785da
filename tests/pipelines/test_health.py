"""Looking after connected accounts: what a look finds, what follows, and that nothing needs a restart."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.rooms import MAIN
from support.scene import Scene, opened_scene

from adapters.sandbox.faults import Fault
from adapters.sandbox.objects import Page, Person
from adapters.sandbox.world import Consent
from connector.domain.connection import ConnectionId
from connector.domain.pages import page_trouble_key
from connector.domain.probing import AGAIN_S, EARLIEST_S, HELD_S, LATEST_S
from state.engine import Engine

REDIRECT = "http://127.0.0.1/connect/facebook/callback"
DAY_S = 86_400


@pytest.fixture
async def scene(
    engine: Engine,
    clock: FakeClock,
    counters: SeenCounters,
    new_id: Callable[[], str],
    request: pytest.FixtureRequest,
) -> AsyncIterator[Scene]:
    """Pages that the admin has connected by the real flow; nothing is asked of Facebook after it."""
    async with opened_scene(engine, clock, counters, new_id, pages=getattr(request, "param", 2)) as opened:
        await connect(opened)
        yield opened


async def connect(
    scene: Scene, person: Person | None = None, pages: list[Page] | None = None
) -> ConnectionId:
    """Consent in the dialog as this person and connect these Pages, or all."""
    scene.world.next_consent = Consent(person=person or scene.admin)
    address = scene.connect.dialog_url(state="s", redirect_uri=REDIRECT, rerequest=True)
    async with aiohttp.ClientSession() as http, http.get(address, allow_redirects=False) as answer:
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
    offer = await scene.connect.offer(query["code"][0], redirect_uri=REDIRECT)
    chosen = {page.id for page in pages} if pages is not None else {page.page_id for page in offer.pages}
    done = await scene.connect.accept(MAIN, offer, [p.page_id for p in offer.pages if p.page_id in chosen])
    return done.connection_id


async def second_admin(scene: Scene) -> tuple[Person, ConnectionId]:
    """Let another admin of all Pages connect them too."""
    person = scene.world.add_person("Ben Admin")
    for page in scene.pages:
        person.tasks[page.id] = ("ADVERTISE", "MANAGE")
    return person, await connect(scene, person)


async def standing(scene: Scene) -> dict[str, Any]:
    """Return the first connection's row."""
    return dict((await scene.rooms.connections.all())[0])


async def alerts(scene: Scene) -> list[str]:
    return [row["key"] for row in await scene.rooms.alerts.open()]


async def checks(scene: Scene, name: str) -> dict[str, tuple[str, str | None]]:
    """Return Page id ('' for the account) → outcome and remedy of one check."""
    sql = "SELECT page_id, outcome, remedy FROM connection_checks WHERE name = :name"
    rows = await scene.rooms.rows(sql, name=name)
    return {row["page_id"]: (row["outcome"], row["remedy"]) for row in rows}


def page_tokens(scene: Scene, page: Page) -> list[str]:
    return [token.value for token in scene.world.tokens.values() if token.page_id == page.id]


async def test_every_account_is_looked_at_daily_without_any_traffic(scene: Scene, clock: FakeClock) -> None:
    assert await scene.look() == 0
    for day in range(1, 4):
        await clock.advance(DAY_S)
        assert await scene.look() == 1
        assert await scene.look() == 0
        row = await standing(scene)
        assert row["probed_at_ms"] == clock.now_ms()
        assert EARLIEST_S * 1000 <= row["probe_due_at_ms"] - clock.now_ms() <= LATEST_S * 1000
        assert (row["state"], day) == ("healthy", day)
    sql = "SELECT outcome, checked_at_ms FROM connection_checks"
    found = await scene.rooms.rows(sql)
    assert len(found) == 2 + 3 * len(scene.pages)
    assert {(row["outcome"], row["checked_at_ms"]) for row in found} == {("ok", clock.now_ms())}


async def test_a_token_that_died_is_found_within_a_day(scene: Scene, clock: FakeClock) -> None:
    scene.world.invalidate(scene.admin)
    await clock.advance(DAY_S)
    await scene.look()
    row = await standing(scene)
    assert (row["state"], row["cause"]) == ("reconnect", "password_changed")
    assert "password was changed" in row["reason"]
    assert await alerts(scene) == [f"connection.lost:{row['id']}"]  # one, however many Pages
    assert (await checks(scene, "token"))[""][0] == "failed"
    changed = [one for one in await scene.rooms.events() if one["type"] == "connection.changed"]
    assert [one["data"]["connection"]["state"] for one in changed] == ["reconnect"]
    await clock.advance(3 * DAY_S)
    assert await scene.look() == 0  # nobody asks until a person acts


async def test_a_single_false_answer_is_not_believed(scene: Scene) -> None:
    row = await standing(scene)
    user = next(one for one in scene.world.tokens.values() if one.kind == "USER" and one.long_lived)
    user.fault = "session_expired"
    scene.graph.faults.add("me", Fault.bare('{"id": "1", "name": "Ada"}'))
    await scene.clock.advance(AGAIN_S)
    await scene.health.probe_now(row["id"])
    assert (await standing(scene))["state"] == "healthy"
    await scene.health.probe_now(row["id"])
    assert (await standing(scene))["state"] == "reconnect"


async def test_an_outage_of_six_hours_changes_no_state(scene: Scene, clock: FakeClock) -> None:
    await clock.advance(DAY_S)
    before = await standing(scene)
    scene.graph.faults.rate("*", Fault.status(502), 1.0)
    looks = 0
    for _ in range(36):
        looks += await scene.look()
        await clock.advance(600)
    after = await standing(scene)
    assert looks > 3  # it is tried again, soon at first
    for name in ("state", "reason", "state_since_ms", "probed_at_ms"):
        assert after[name] == before[name]
    assert await alerts(scene) == []
    assert [one for one in await scene.rooms.events() if one["type"] == "connection.changed"] == []
    scene.graph.faults.clear()
    await clock.advance(5 * 3600)
    assert await scene.look() == 1
    assert (await standing(scene))["probed_at_ms"] >= clock.now_ms() - 1000


async def test_a_wrong_app_secret_is_no_accounts_fault(scene: Scene, clock: FakeClock) -> None:
    scene.world.app_secret = "0" * 32
    await clock.advance(DAY_S)
    await scene.look()
    assert (await standing(scene))["state"] == "healthy"
    assert await alerts(scene) == []


async def test_leads_access_that_was_taken_away_is_found_and_given_back(
    scene: Scene, clock: FakeClock
) -> None:
    bad, good = scene.pages
    scene.world.revoke_lead_access(bad)
    await clock.advance(DAY_S)
    await scene.look()
    row = await standing(scene)
    assert (row["state"], row["reason"], row["remedy"]) == (
        "degraded",
        bad.lead_access.reason,
        bad.lead_access.resolution,
    )
    found = await checks(scene, "leads_access")
    assert (found[bad.id][0], found[good.id][0]) == ("failed", "ok")
    assert await alerts(scene) == [page_trouble_key(MAIN, bad.id)]
    bad.lead_access.ok = True
    await clock.advance(DAY_S)
    await scene.look()
    assert (await standing(scene))["state"] == "healthy"
    assert await alerts(scene) == []


async def test_a_dropped_subscription_is_made_again_and_said(scene: Scene, clock: FakeClock) -> None:
    page = scene.pages[0]
    scene.world.drop_subscription(page)
    await clock.advance(DAY_S)
    await scene.look()
    assert "leadgen" in page.subscribed[scene.world.app_id]
    detail = await scene.rooms.value(
        "SELECT detail FROM connection_checks WHERE name = 'subscription' AND page_id = :page", page=page.id
    )
    assert "it was not" in str(detail)
    assert (await standing(scene))["state"] == "healthy"


async def test_a_scope_that_was_taken_back_is_named(scene: Scene, clock: FakeClock) -> None:
    scene.admin.granted.discard("ads_management")
    await clock.advance(DAY_S)
    await scene.look()
    row = await standing(scene)
    assert (row["state"], row["reason"]) == ("degraded", "Withheld: ads_management.")
    scene.admin.granted.discard("leads_retrieval")
    ids = await scene.submit(2)
    await clock.advance(DAY_S)
    await scene.look()
    row = await standing(scene)
    assert row["state"] == "reconnect"
    assert "leads_retrieval" in row["reason"]
    assert set((await scene.stages()).values()) == {"held"}
    await connect(scene)
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")
    assert await alerts(scene) == []


@pytest.mark.parametrize("subcode", [None, 463, 467])
async def test_a_page_token_that_dies_alone_is_replaced_from_the_persons_own(
    scene: Scene, subcode: int | None
) -> None:
    ids = await scene.submit(3)
    for token in page_tokens(scene, scene.pages[0]):
        scene.world.invalidate_token(token, subcode)
    await scene.read()
    assert set((await scene.stages()).values()) == {"held"}
    assert await alerts(scene) == []  # it is not known yet whom to tell what
    assert await scene.look() == 1
    assert await alerts(scene) == []
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")
    assert (await standing(scene))["state"] == "healthy"


async def test_a_page_that_cannot_be_mended_is_told_of_when_nobody_can_be_asked(scene: Scene) -> None:
    await scene.submit()
    for token in page_tokens(scene, scene.pages[0]):
        scene.world.invalidate_token(token, 467)
    await scene.read()
    scene.graph.faults.rate("*", Fault.status(502), 1.0)
    assert await scene.look() == 1
    assert await alerts(scene) == [page_trouble_key(MAIN, scene.pages[0].id)]
    assert (await standing(scene))["state"] == "healthy"
    scene.graph.faults.clear()
    await scene.clock.advance(AGAIN_S)
    assert await scene.health.probe_now((await standing(scene))["id"])
    assert await alerts(scene) == []


async def test_a_role_that_was_lost_needs_another_admin(scene: Scene) -> None:
    page = scene.pages[0]
    ids = await scene.submit(2)
    del scene.admin.tasks[page.id]
    await scene.read()
    assert set((await scene.stages()).values()) == {"held"}
    assert await alerts(scene) == [page_trouble_key(MAIN, page.id)]
    await scene.look()
    row = await standing(scene)
    assert row["state"] == "degraded"
    assert (await checks(scene, "page_task"))[page.id][0] == "failed"
    other, _ = await second_admin(scene)
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")
    assert await alerts(scene) == []
    reader = await scene.rooms.value(
        "SELECT c.account_id FROM pages p JOIN connections c ON c.id = p.connection_id WHERE p.page_id = :page",
        page=page.id,
    )
    assert reader == other.id


async def test_the_standby_takes_over_and_the_next_lead_is_read_with_it(scene: Scene) -> None:
    other, standby = await second_admin(scene)
    ids = await scene.submit(3)
    scene.world.invalidate(scene.admin)
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")
    first, second = await scene.rooms.connections.all()
    states = {row["id"]: row["state"] for row in (first, second)}
    assert states.pop(standby) == "healthy"
    (lost,) = states
    assert states == {lost: "reconnect"}
    (alert,) = await scene.rooms.alerts.open()
    assert (alert["key"], alert["severity"]) == (f"connection.lost:{lost}", "warning")
    assert "2 of its 2 Pages go on with another admin's account" in alert["title"]
    token = scene.graph.seen[-1]
    assert token.status == 200
    assert {row["connection_id"] for row in await scene.rooms.connections.all_pages()} == {standby}
    assert other.authorised


async def test_a_page_whose_admin_lost_the_role_goes_on_with_the_standby_and_says_so(scene: Scene) -> None:
    _, standby = await second_admin(scene)
    page = scene.pages[0]
    del scene.admin.tasks[page.id]
    ids = await scene.submit(2)
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")
    assert await alerts(scene) == [f"connection.standby:{MAIN}:{page.id}"]
    readers = {row["page_id"]: row["connection_id"] for row in await scene.rooms.connections.all_pages()}
    assert readers[page.id] == standby
    assert readers[scene.pages[1].id] != standby
    scene.admin.tasks[page.id] = ("ADVERTISE",)
    await connect(scene)
    assert await alerts(scene) == []  # there is one to spare again


async def test_the_look_takes_over_too(scene: Scene, clock: FakeClock) -> None:
    _, standby = await second_admin(scene)
    scene.world.invalidate(scene.admin, 458)
    scene.admin.authorised = False
    await clock.advance(DAY_S)
    assert await scene.look() == 2
    assert {row["connection_id"] for row in await scene.rooms.connections.all_pages()} == {standby}
    ids = await scene.submit(1)
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")


async def test_connecting_one_admin_again_leaves_the_other_in_place(scene: Scene) -> None:
    _, standby = await second_admin(scene)
    scene.world.invalidate(scene.admin)
    ids = await scene.submit(1)
    await scene.read()
    scene.world.tokens = {v: t for v, t in scene.world.tokens.items() if t.person_id != scene.admin.id}
    again = await connect(scene)
    assert again != standby
    assert await alerts(scene) == []
    readers = {row["connection_id"] for row in await scene.rooms.connections.all_pages()}
    assert readers == {standby}
    ids += await scene.submit(1)
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")
    scene.world.invalidate(scene.world.people[await account_of(scene, standby)])
    ids += await scene.submit(1)
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")  # and back: the first is the standby now


REFUSALS = ["requires_pages_manage_ads", "logged_out", "requires_permission", "leads_access_revoked_103"]


def refuse_leads(scene: Scene, refusal: str) -> None:
    """Let Facebook list forms but refuse every lead."""
    for route in ("lead", "leads", "ids", "batch"):
        scene.graph.faults.rate(route, Fault.error(refusal), 1.0)


@pytest.mark.parametrize("scene", [1], indirect=True)
@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_page_whose_leads_alone_are_refused_is_not_tried_without_end(
    scene: Scene, clock: FakeClock, refusal: str
) -> None:
    ids = await scene.submit(3)
    refuse_leads(scene, refusal)
    asked = len(scene.graph.seen)
    for _ in range(5):
        await scene.read()
        await scene.look()
    assert len(scene.graph.seen) - asked <= 12  # one read, one look
    assert await alerts(scene) == [page_trouble_key(MAIN, scene.pages[0].id)]
    told = [one["type"] for one in await scene.rooms.events()]
    assert told.count("alert.raised") == 1
    assert told.count("alert.resolved") == 0
    scene.graph.faults.clear()
    await clock.advance(HELD_S)
    await scene.look()
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")
    assert await alerts(scene) == []


@pytest.mark.parametrize("scene", [1], indirect=True)
async def test_a_listing_of_forms_does_not_outweigh_a_refused_lead_for_most_of_an_hour(
    scene: Scene, clock: FakeClock
) -> None:
    """The lead that the look would read is gone by then: nothing but the forms can be read."""
    await scene.submit(2)
    refuse_leads(scene, "logged_out")
    await scene.read()
    scene.graph.faults.clear()
    scene.world.leads.clear()
    await scene.look()
    assert set((await scene.stages()).values()) == {"held"}
    assert await alerts(scene) == [page_trouble_key(MAIN, scene.pages[0].id)]
    assert await scene.look() == 0
    await clock.advance(HELD_S)
    assert await scene.look() == 1
    assert set((await scene.stages()).values()) == {"fetch"}
    assert await alerts(scene) == []


async def test_who_asks_again_and_again_is_answered_by_one_look(scene: Scene, clock: FakeClock) -> None:
    row = await standing(scene)
    await clock.advance(AGAIN_S)
    asked = len(scene.graph.seen)
    answers = await asyncio.gather(*(scene.health.probe_now(row["id"]) for _ in range(5)))
    assert sorted(answers) == [False] * 4 + [True]
    assert not await scene.health.probe_now(row["id"])
    assert len(scene.graph.seen) - asked <= 4 + 4 * len(scene.pages)


async def account_of(scene: Scene, connection_id: ConnectionId) -> str:
    return str(await scene.rooms.value("SELECT account_id FROM connections WHERE id = :id", id=connection_id))


async def test_twenty_five_held_leads_are_drained_in_order_after_consent(scene: Scene) -> None:
    scene.world.invalidate(scene.admin)
    ids = [lead for _ in range(25) for lead in await scene.submit(1)]
    await scene.read()
    assert set((await scene.stages()).values()) == {"held"}
    (page, _) = sorted(await scene.rooms.connections.all_pages(), key=lambda row: -row["waiting"])
    assert page["waiting"] == 25
    assert len(await alerts(scene)) == 1
    await connect(scene)
    await scene.read()
    await scene.make_contacts()
    await scene.send()
    told = [
        one["data"]["lead"]["lead_id"]
        for one in await scene.rooms.events()
        if one["type"].startswith("contact.")
    ]
    assert told == ids
    delivered = await scene.rooms.value("SELECT COUNT(*) FROM deliveries WHERE state = 'delivered'")
    assert delivered == len(await scene.rooms.events())
    assert await alerts(scene) == []


async def test_a_token_is_renewed_ahead_of_its_end(scene: Scene, clock: FakeClock) -> None:
    before = await standing(scene)
    scene.admin.data_access_days = 400
    await clock.advance(31 * DAY_S)
    await scene.look()
    after = await standing(scene)
    assert after["expires_at_ms"] - before["expires_at_ms"] > 30 * DAY_S * 1000
    assert after["id"] == before["id"]
    await clock.advance(20 * DAY_S)
    await scene.look()
    assert (await standing(scene))["state"] == "healthy"


async def test_an_end_that_nears_is_said_at_fourteen_seven_and_one_days(
    scene: Scene, clock: FakeClock
) -> None:
    """The data access of 90 days cannot be renewed without the person."""
    said: list[str] = []
    for token in scene.world.tokens.values():
        token.expires_at = 0
        token.data_access_expires_at = int(clock.now().timestamp()) + 20 * DAY_S
    for _ in range(21):
        await clock.advance(DAY_S)
        await scene.look()
        rows = await scene.rooms.rows("SELECT stage FROM alerts WHERE key LIKE 'connection.expiring:%'")
        said += [row["stage"] for row in rows if [row["stage"]] != said[-1:]]
    assert said == ["14", "7", "1"]
    assert await scene.rooms.value("SELECT COUNT(*) FROM alerts") == 1
    row = await standing(scene)
    assert row["state"] == "degraded"
    ends = clock.now() + timedelta(days=0)
    assert row["data_access_expires_at_ms"] <= ends.timestamp() * 1000
    scene.world.tokens.clear()
    await connect(scene)
    assert (await standing(scene))["state"] == "healthy"
    assert await alerts(scene) == []


async def test_what_a_consent_renewed_is_not_judged_by_an_old_look(scene: Scene) -> None:
    row = await standing(scene)
    await scene.clock.advance(AGAIN_S)
    work = await scene.rooms.probing.claim(row["id"])
    assert work is not None
    scene.world.invalidate(scene.admin)
    scene.world.tokens = {value: one for value, one in scene.world.tokens.items() if one.fault is None}
    await connect(scene)
    verdict = await scene.health._probes["facebook"](work)  # noqa: SLF001 - the look that began before the consent
    assert not await scene.rooms.probing.settle(work, verdict, chance=0.0)
    assert (await standing(scene))["state"] == "healthy"


async def test_a_frozen_account_is_held_and_comes_back_by_itself(scene: Scene, clock: FakeClock) -> None:
    ids = await scene.submit(2)
    scene.graph.faults.rate("permissions", Fault.error("blocked"), 1.0)
    row = await standing(scene)
    await clock.advance(AGAIN_S)
    await scene.health.probe_now(row["id"])
    assert (await standing(scene))["state"] == "suspended"
    assert set((await scene.stages()).values()) == {"held"}
    assert await alerts(scene) == [f"connection.lost:{row['id']}"]
    scene.graph.faults.clear()
    await clock.advance(2 * 3600)
    assert await scene.look() == 1
    assert (await standing(scene))["state"] == "healthy"
    assert await alerts(scene) == []
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")
