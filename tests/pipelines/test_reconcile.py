"""Reading every form again: what no webhook brought comes in by the same door, whatever Facebook does meanwhile."""

import json
from collections.abc import Sequence

import pytest
from fake_clock import FakeClock
from support.reading_again import EVERY_S, ReadingAgain
from support.scene import Scene

from adapters.facebook.form_leads import FacebookForms
from adapters.sandbox.faults import Fault
from adapters.sandbox.objects import LeadAccess
from connector.domain.fetching import GONE_LADDER_S
from connector.domain.reconcile_work import FormWork, RoundWork
from connector.pipelines.proof import Proof, ProofOrder
from state.reconcile.claims import LEASE_MS
from state.reconcile.proving import SqlProving
from state.reconcile.rhythms import SqlRhythms

DAY_S = 86_400.0
HOUR_S = 3600.0


@pytest.fixture
def again(scene: Scene) -> ReadingAgain:
    return ReadingAgain.over(scene)


async def stages(again: ReadingAgain, lead_ids: Sequence[str]) -> list[str]:
    """Return where these leads are."""
    found = await again.scene.stages()
    return [found[lead_id] for lead_id in lead_ids]


async def settled(again: ReadingAgain) -> None:
    """Let the first round and its import of history end."""
    await again.drain()
    await again.let_pass(60)


async def test_a_lead_that_no_webhook_told_of_arrives_within_one_interval(again: ReadingAgain) -> None:
    again.submit(5, ago_s=DAY_S)  # a Page with some leads has the budget for each interval
    await settled(again)
    missed = again.submit(3)
    await again.let_pass(EVERY_S)
    rows = await again.scene.rooms.rows(
        "SELECT lead_id, received_via, stage FROM leads WHERE backfill_id IS NULL"
    )
    assert {row["lead_id"] for row in rows} == set(missed)
    assert {(row["received_via"], row["stage"]) for row in rows} == {("reconcile", "resolve")}
    assert await again.work.pulled() == 3


async def test_half_of_the_webhooks_dropped_for_a_day_and_all_arrive(again: ReadingAgain) -> None:
    scene, told, dropped = again.scene, set[str](), set[str]()
    began_ms = scene.clock.now_ms()
    again.submit(3, ago_s=DAY_S)
    await settled(again)
    before = await again.stored()
    for hour in range(24):
        ids = again.submit(4)
        await scene.rooms.receive(*ids[::2], page=scene.pages[0].id)
        told |= set(ids)
        dropped |= set(ids[1::2])
        await again.let_pass(HOUR_S if hour < 23 else EVERY_S, step_s=450.0)
    assert await again.stored() - before == told
    await scene.make_contacts()
    await scene.send()
    via = await scene.rooms.rows(
        "SELECT received_via, COUNT(*) AS n FROM leads WHERE backfill_id IS NULL GROUP BY received_via"
    )
    assert {row["received_via"]: row["n"] for row in via} == {"webhook": 48, "reconcile": 48}
    sent = [json.loads(one.body)["data"] for one in scene.crm.record.attempts]
    assert {one["lead"]["lead_id"] for one in sent} == set(scene.world.leads)
    proof = Proof(
        SqlProving(scene.rooms.engine, scene.clock, scene.rooms.vault),
        FacebookForms(scene.client),
        scene.means,
    )
    (form,) = await proof.prove(ProofOrder(since_ms=began_ms, until_ms=scene.clock.now_ms()))
    named = {one.lead_id: one.fate for day in form.days for one in day.differences}
    assert named == dict.fromkeys(dropped, "healed")
    assert sum(day.at_meta for day in form.days) == len(told)
    assert all(day.is_whole for day in form.days)


async def test_five_days_away_and_nothing_is_missing(again: ReadingAgain, clock: FakeClock) -> None:
    again.submit(3, ago_s=DAY_S)
    await settled(again)
    for _ in range(5):
        again.submit(7)
        await clock.advance(DAY_S)
    await again.drain()
    assert await again.stored() == set(again.scene.world.leads)


async def test_history_is_imported_when_a_page_is_connected_and_marked(again: ReadingAgain) -> None:
    old = again.submit(30, ago_s=30 * DAY_S)
    again.submit(1, ago_s=95 * DAY_S)  # Meta has dropped it
    await settled(again)
    rows = await again.scene.rooms.rows("SELECT lead_id, received_via, backfill_id FROM leads")
    assert {row["lead_id"] for row in rows} == set(old)
    assert {row["received_via"] for row in rows} == {"reconcile"}
    assert None not in {row["backfill_id"] for row in rows}
    (done,) = await again.work.progress([rows[0]["backfill_id"]])
    assert (done.state, done.found, done.new, done.requested_by) == ("done", 30, 30, "connect")
    assert await again.work.pulled() == 0  # history is no gap
    assert await again.scene.rooms.value("SELECT watermark_ms FROM page_forms") is not None


async def test_a_new_form_lives_without_a_click(again: ReadingAgain) -> None:
    again.submit(2, ago_s=DAY_S)
    await settled(again)
    form = again.scene.world.add_form(again.scene.pages[0], "Another")
    (lead_id,) = again.submit(form=form)
    await again.let_pass(EVERY_S)
    assert lead_id in await again.stored()


async def test_a_duplicate_of_a_form_is_told_with_old_and_new(again: ReadingAgain, clock: FakeClock) -> None:
    again.submit(2, ago_s=DAY_S)
    await settled(again)
    old = again.scene.forms[0]
    new = again.scene.world.add_form(again.scene.pages[0], "Copy of Contact us")
    await again.let_pass(EVERY_S)
    (alert,) = await again.scene.rooms.alerts.open()
    assert alert["key"] == f"form.succeeded:main:{old.id}:{new.id}"
    assert old.id in alert["title"]
    assert (
        await again.scene.rooms.value("SELECT successor_of FROM page_forms WHERE form_id = :id", id=new.id)
        == old.id
    )
    await clock.advance(7 * DAY_S)
    await again.drain()
    await again.let_pass(EVERY_S)
    assert await again.open_alerts() == []


async def test_a_page_s_subscription_that_vanishes_is_healed_and_its_gap_filled(scene: Scene) -> None:
    again = ReadingAgain.over(scene, every_s=6 * HOUR_S)  # no form would be read by itself for hours
    again.submit(3, ago_s=DAY_S)
    await settled(again)
    scene.world.drop_subscription(scene.pages[0])
    missed = again.submit(4)
    await again.let_pass(EVERY_S)
    assert scene.pages[0].subscribed[scene.world.app_id] == ["leadgen"]
    assert set(missed) <= await again.stored()
    (alert,) = await scene.rooms.alerts.open()
    assert alert["key"] == f"subscription.lost:main:{scene.pages[0].id}"
    assert "subscribed again" in alert["title"]
    await again.let_pass(EVERY_S)
    assert await again.open_alerts() == []
    (standing,) = await SqlRhythms(
        scene.rooms.engine, scene.clock, scene.rooms.vault, scene.rooms.new_id
    ).standings()
    assert standing.healed_at_ms is not None
    assert standing.last_pull_ms is not None


async def test_a_subscription_that_cannot_be_healed_is_an_alert_and_forms_are_read(
    again: ReadingAgain,
) -> None:
    scene = again.scene
    again.submit(3, ago_s=DAY_S)
    await settled(again)
    scene.world.drop_subscription(scene.pages[0])
    scene.admin.tasks[scene.pages[0].id] = ("ANALYZE",)
    missed = again.submit(2)
    await again.let_pass(EVERY_S)
    assert await again.open_alerts() == ["subscription.lost"]
    assert set(missed) <= await again.stored()


async def test_the_app_s_own_subscription_is_looked_at_and_an_alarm_when_it_stays_away(
    again: ReadingAgain,
) -> None:
    scene = again.scene
    await settled(again)
    scene.world.app_subscription = None
    await again.watch_app()
    assert await again.open_alerts() == []  # one look may meet a start
    await again.watch_app()
    assert await again.open_alerts() == ["webhook.unsubscribed"]
    assert scene.world.app_subscription is None  # nobody answers at that address here


async def test_a_page_with_one_lead_and_many_forms_is_never_throttled_by_us(scene: Scene) -> None:
    again = ReadingAgain.over(scene)
    for number in range(59):  # a quarter-hourly read of each would take 5856 calls a day, Meta gives 4800
        scene.world.add_form(scene.pages[0], f"Form {number}")
    scene.graph.switches.calls_per_lead = 4800
    again.submit(1, ago_s=DAY_S)
    await again.drain()
    await again.let_pass(DAY_S, step_s=EVERY_S)
    assert scene.calls("leads") > 60  # each is read now and then
    assert [one for one in scene.graph.seen if one.status == 400] == []
    assert 0 < scene.counters.budgets[scene.pages[0].id] < 0.25


@pytest.mark.parametrize("scene", [2], indirect=True)
@pytest.mark.parametrize("minutes", [7, 41])
async def test_a_throttled_page_waits_exactly_its_minutes_and_the_others_go_on(
    again: ReadingAgain, clock: FakeClock, minutes: int
) -> None:
    scene = again.scene
    for form in scene.forms:
        again.submit(3, form=form, ago_s=DAY_S)
    await settled(again)
    slow, quick = scene.pages
    scene.world.throttle(slow, minutes=minutes)
    await clock.advance(0)
    throttled_s = clock.monotonic()
    await scene.rooms.engine.write(lambda tx: tx.execute("UPDATE page_forms SET due_at_ms = 0"))
    await again.drain()
    asked = _asked_of(scene, scene.forms[0].id)
    (late,) = again.submit(form=scene.forms[0])
    (early,) = again.submit(form=scene.forms[1])
    await again.let_pass(minutes * 60 - (clock.monotonic() - throttled_s) - 1, step_s=60.0)
    assert _asked_of(scene, scene.forms[0].id) == asked
    await again.let_pass(1)
    assert _asked_of(scene, scene.forms[0].id) == asked + 1
    assert late in await again.stored()
    assert (early in await again.stored()) == (minutes * 60 > EVERY_S)
    assert quick.throttled_until == 0


def _asked_of(scene: Scene, form_id: str) -> int:
    return sum(one.route == "leads" and form_id in one.path for one in scene.graph.seen)


async def test_a_list_of_25_001_leads_is_read_to_its_end(again: ReadingAgain) -> None:
    scene = again.scene
    ids = again.submit(25_001, ago_s=DAY_S)
    job = await again.step()
    assert isinstance(job, RoundWork)
    scene.graph.switches.empty_pages = True
    await scene.rooms.engine.write(
        lambda tx: tx.execute("UPDATE page_forms SET floor_ms = 0, backfill_id = NULL")
    )
    await scene.rooms.engine.write(lambda tx: tx.execute("UPDATE backfills SET due_at_ms = NULL"))
    job = await again.step()
    assert isinstance(job, FormWork)
    assert await scene.rooms.value("SELECT COUNT(*) FROM leads") == len(ids)
    assert scene.calls("leads") == 2 * 51


async def test_a_filter_that_is_ignored_lets_nothing_old_in(again: ReadingAgain, clock: FakeClock) -> None:
    scene = again.scene
    again.submit(3, ago_s=DAY_S)
    await settled(again)
    await clock.advance(10 * DAY_S)
    await again.drain()
    scene.graph.switches.filter_ignored = True
    again.submit(2, ago_s=9 * DAY_S)  # appeared late, behind what is looked at again
    fresh = again.submit(2)
    before = await again.stored()
    await again.let_pass(EVERY_S)
    assert await again.stored() - before == set(fresh)


async def test_fewer_rows_are_asked_for_when_facebook_says_so(again: ReadingAgain) -> None:
    again.submit(3, ago_s=DAY_S)
    again.scene.graph.switches.max_limit = 60
    await settled(again)
    assert await again.stored() == set(again.scene.world.leads)


async def test_an_archived_form_is_read_rarely_but_at_once_when_it_has_more_leads(
    again: ReadingAgain,
) -> None:
    scene = again.scene
    again.submit(4, ago_s=DAY_S)
    scene.forms[0].status = "ARCHIVED"
    await settled(again)
    await again.let_pass(EVERY_S)
    asked = scene.calls("leads")
    await again.let_pass(2 * HOUR_S)
    assert scene.calls("leads") == asked
    (lead_id,) = again.submit()
    await again.let_pass(EVERY_S)
    assert lead_id in await again.stored()


async def test_a_reader_that_died_leaves_its_form_to_the_next(again: ReadingAgain, clock: FakeClock) -> None:
    again.submit(3, ago_s=DAY_S)
    await settled(again)
    await clock.advance(EVERY_S)
    missed = again.submit(2)
    jobs = []
    while job := await again.work.claim():
        jobs.append(job)
    assert any(isinstance(job, FormWork) for job in jobs)
    await clock.advance(LEASE_MS / 1000)
    await again.drain()
    assert set(missed) <= await again.stored()
    before = await again.scene.rooms.rows("SELECT * FROM page_forms")
    for job in jobs:
        await again.pipeline.handle(job)  # the lost ones come to their end later: nothing of them is written
    assert await again.scene.rooms.rows("SELECT * FROM page_forms") == before


async def test_an_outage_moves_no_watermark(again: ReadingAgain) -> None:
    scene = again.scene
    again.submit(3, ago_s=DAY_S)
    await settled(again)
    watermark = await scene.rooms.value("SELECT watermark_ms FROM page_forms")
    scene.graph.faults.rate("leads", Fault.status(502), 1.0)
    missed = again.submit(2)
    await again.let_pass(3 * HOUR_S)
    assert await scene.rooms.value("SELECT watermark_ms FROM page_forms") == watermark
    scene.graph.faults.clear()
    await again.let_pass(HOUR_S)
    assert set(missed) <= await again.stored()


async def test_a_dead_token_is_not_tried_again_and_its_gap_is_filled_after_consent(
    again: ReadingAgain,
) -> None:
    scene = again.scene
    again.submit(3, ago_s=DAY_S)
    await settled(again)
    scene.world.invalidate(scene.admin)
    missed = again.submit(2)
    await again.let_pass(EVERY_S)
    await scene.look()
    asked = again.calls("leads", "forms", "subscribed_apps")
    await again.let_pass(2 * DAY_S, step_s=HOUR_S)
    assert again.calls("leads", "forms", "subscribed_apps") == asked
    await scene.consent()
    await again.drain()
    assert set(missed) <= await again.stored()


async def test_a_lead_that_was_given_up_as_invisible_is_read_when_its_form_lists_it(
    again: ReadingAgain,
) -> None:
    again.submit(3, ago_s=DAY_S)
    await settled(again)
    page = again.scene.pages[0]
    lead_ids = again.submit(2)
    again.scene.world.revoke_lead_access(page, error="object_not_visible")
    await again.scene.rooms.receive(*lead_ids, page=page.id)
    await again.let_pass(sum(GONE_LADDER_S) + 4 * HOUR_S, step_s=HOUR_S / 2)
    assert await stages(again, lead_ids) == ["parked", "parked"]
    page.lead_access = LeadAccess()
    await again.let_pass(DAY_S, step_s=HOUR_S / 2)
    assert await stages(again, lead_ids) == ["resolve", "resolve"]


async def test_a_lead_that_is_listed_and_invisible_is_tried_no_more_often_for_it(
    again: ReadingAgain,
) -> None:
    again.submit(3, ago_s=DAY_S)
    await settled(again)
    lead_ids = again.submit(1)
    await again.scene.rooms.receive(*lead_ids, page=again.scene.pages[0].id)
    again.scene.graph.faults.rate("lead", Fault.error("object_not_visible"), 1.0)
    before = again.scene.calls("lead")
    await again.let_pass(2 * DAY_S, step_s=450.0)
    assert again.scene.calls("lead") - before <= 2 * (len(GONE_LADDER_S) + 1)


@pytest.mark.parametrize("code", [pytest.param(987654, id="in the end"), pytest.param(2500, id="at once")])
async def test_a_lead_that_was_refused_is_left_to_a_person_though_it_is_listed(
    again: ReadingAgain, code: int
) -> None:
    again.submit(3, ago_s=DAY_S)
    await settled(again)
    lead_ids = again.submit(1)
    refusal = f'{{"error": {{"message": "?", "code": {code}}}}}'
    again.scene.graph.faults.rate("lead", Fault.status(400, refusal, "application/json"), 1.0)
    await again.scene.rooms.receive(*lead_ids, page=again.scene.pages[0].id)
    await again.let_pass(6 * HOUR_S, step_s=HOUR_S / 4)
    again.scene.graph.faults.clear()
    await again.let_pass(HOUR_S)
    assert await stages(again, lead_ids) == ["parked"]
