"""A quiet Page over real HTTP and real state: paused campaigns raise nothing, webhooks that do not come do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import pytest
from support.reading_again import ANSWERS, EVERY_S, ReadingAgain
from support.scene import Scene

from adapters.facebook.ads import FacebookAds
from adapters.sandbox.objects import Ad
from connector.domain.audit import Actor
from connector.domain.connection import ConnectionId
from connector.domain.silence import Ads, AdsAccess
from connector.pipelines.silence import ASK_EVERY_MS, LOOK_EVERY_S, SilenceWatch
from state.accounts.disconnecting import SqlDisconnecting
from state.reconcile.rhythms import SqlRhythms

HOUR_S, DAY_S = 3600.0, 86_400.0
WEEKS = 3
EVERY_H = 4
"""The Page of these tests gets a lead every four hours: eight of them are 32 hours."""


STORED = """
    INSERT INTO leads (workspace_id, lead_id, page_id, received_via, received_at_ms, stage, attempts)
    VALUES ('main', :lead_id, :page_id, 'webhook', :at_ms, 'held', 0)"""


@dataclass(kw_only=True)
class Listening:
    """A Page with three weeks of history, the reconciler and the watch over it."""

    again: ReadingAgain
    rhythms: SqlRhythms
    watch: SilenceWatch
    ad: Ad

    @property
    def scene(self) -> Scene:
        return self.again.scene

    async def let_pass(self, seconds: float, *, step_s: float = HOUR_S) -> None:
        """Let time go by: forms are read, the watch looks."""
        passed = 0.0
        while passed < seconds:
            await self.again.let_pass(step_s, step_s=step_s)
            passed += step_s
            await self.watch.step()

    def submit(self, *, ago_s: float = 0.0) -> str:
        """Let one person fill in the form, by way of the ad; nobody is told."""
        world = self.scene.world
        return world.add_lead(
            self.scene.forms[0],
            answers={**ANSWERS, "email": f"p{len(world.leads)}@example.com"},
            created_time=world.now() - ago_s,
            ad_id=self.ad.id,
        )

    async def tell(self, *lead_ids: str) -> None:
        """Send the webhook."""
        await self.scene.rooms.receive(*lead_ids, page=self.scene.pages[0].id)
        await self.scene.read()

    async def hearing(self) -> str:
        """Return how the Page was judged last."""
        ((found, pages),) = (await self.rhythms.hearings()).items()
        assert pages == 1
        return found


@pytest.fixture
async def page(scene: Scene) -> Listening:
    again = ReadingAgain.over(scene, every_s=EVERY_S)
    rhythms = SqlRhythms(scene.rooms.engine, scene.clock, scene.rooms.vault, scene.rooms.new_id)
    watch = SilenceWatch(rhythms, FacebookAds(scene.client), scene.means, reconcile_ms=int(EVERY_S * 1000))
    listening = Listening(again=again, rhythms=rhythms, watch=watch, ad=scene.world.add_ad(scene.pages[0]))
    for hours in range(EVERY_H, WEEKS * 168, EVERY_H):
        listening.submit(ago_s=hours * HOUR_S)
    await again.drain()
    await listening.let_pass(2 * HOUR_S)
    assert await listening.hearing() == "flowing"
    return listening


async def test_a_paused_campaign_is_no_alarm_and_one_that_runs_is(page: Listening) -> None:
    page.ad.campaign_status = "PAUSED"
    await page.let_pass(2 * DAY_S)
    assert await page.hearing() == "no_ads"
    assert await page.again.open_alerts() == []
    await page.let_pass(7 * DAY_S, step_s=6 * HOUR_S)
    assert (await page.hearing(), await page.again.open_alerts()) == ("no_ads", [])
    page.ad.campaign_status = "ACTIVE"  # and still nobody answers
    await page.let_pass(ASK_EVERY_MS / 1000 + HOUR_S)
    assert await page.hearing() == "overdue"
    (alert,) = await page.scene.rooms.alerts.open()
    assert alert["key"] == f"leads.overdue:main:{page.scene.pages[0].id}"
    assert "Its ads run." in alert["title"]
    await page.tell(page.submit())
    await page.let_pass(LOOK_EVERY_S, step_s=LOOK_EVERY_S)
    assert (await page.hearing(), await page.again.open_alerts()) == ("flowing", [])


async def test_an_ad_set_that_has_ended_does_not_run_though_its_status_says_so(page: Listening) -> None:
    page.ad.end_time = int(page.scene.world.now())
    await page.let_pass(2 * DAY_S)
    assert (await page.hearing(), await page.again.open_alerts()) == ("no_ads", [])


async def test_a_new_campaign_counts_though_no_lead_has_named_it_yet(page: Listening) -> None:
    page.ad.status = "PAUSED"
    page.scene.world.add_ad(page.scene.world.add_page("Elsewhere"), account_id=page.ad.account_id)
    new = page.scene.world.add_ad(page.scene.pages[0], account_id=page.ad.account_id)
    new.status = "PAUSED"
    await page.let_pass(2 * DAY_S)
    assert await page.hearing() == "no_ads"
    new.status = "ACTIVE"
    await page.let_pass(ASK_EVERY_MS / 1000 + HOUR_S)
    assert await page.again.open_alerts() == ["leads.overdue"]


async def test_where_ads_cannot_be_seen_only_twice_the_silence_is_told(page: Listening) -> None:
    page.scene.admin.ad_account_role = False
    await page.let_pass(2 * DAY_S)
    assert (await page.hearing(), await page.again.open_alerts()) == ("unseen", [])
    await page.let_pass(DAY_S)
    (alert,) = await page.scene.rooms.alerts.open()
    assert "cannot be seen" in alert["title"]


async def test_webhooks_that_do_not_come_are_an_alarm_and_one_late_one_is_not(page: Listening) -> None:
    late = page.submit()
    await page.let_pass(2 * HOUR_S)  # found by reading
    assert (await page.hearing(), await page.again.open_alerts()) == ("flowing", [])
    await page.tell(late)
    await page.let_pass(12 * HOUR_S)
    assert (await page.hearing(), await page.again.open_alerts()) == ("flowing", [])
    for _ in range(3):
        page.submit()
        await page.let_pass(HOUR_S)
    assert (await page.hearing(), await page.again.open_alerts()) == ("unheard", ["leads.silent"])
    await page.tell(page.submit())
    await page.let_pass(LOOK_EVERY_S, step_s=LOOK_EVERY_S)
    assert (await page.hearing(), await page.again.open_alerts()) == ("flowing", [])


async def test_a_dropped_subscription_that_cannot_be_made_again_is_an_alarm(page: Listening) -> None:
    scene = page.scene
    scene.world.drop_subscription(scene.pages[0])
    scene.admin.tasks[scene.pages[0].id] = ("ANALYZE",)
    page.ad.campaign_status = "PAUSED"  # whatever the ads do
    for _ in range(4):
        page.submit()
        await page.let_pass(HOUR_S)
    assert await page.hearing() == "unheard"
    assert sorted(await page.again.open_alerts()) == ["leads.silent", "subscription.lost"]


async def test_each_lead_is_learnt_once_in_the_hour_of_its_submission(page: Listening) -> None:
    (standing,) = await page.rhythms.standings()
    hours = await page.rhythms.hours(standing)
    assert sum(hours.values()) == len(page.scene.world.leads)
    stamps = sorted(lead.created_time // 3600 for lead in page.scene.world.leads.values())
    assert sorted(hours) == stamps
    assert not await page.rhythms.learn()
    access = await page.rhythms.access(standing)
    assert access is not None
    assert access.ad_ids == (page.ad.id,)


async def test_no_lead_is_passed_before_it_is_settled_nor_waited_for_by_a_wrong_clock(scene: Scene) -> None:
    """Machines' clocks differ: a higher number may have an earlier time, and one that was ahead is set back."""
    clock, rhythms = (
        scene.clock,
        SqlRhythms(scene.rooms.engine, scene.clock, scene.rooms.vault, scene.rooms.new_id),
    )
    hour_ms, now_ms = 3_600_000, clock.now_ms()
    for number, at_ms in enumerate(
        (now_ms + 900 * hour_ms, now_ms - 2 * hour_ms, now_ms, now_ms - 3 * hour_ms)
    ):
        row = {"lead_id": f"{number}", "page_id": scene.pages[0].id, "at_ms": at_ms}
        await scene.rooms.execute(STORED, **row)
    (standing,) = await rhythms.standings()
    await rhythms.learn()
    assert sum((await rhythms.hours(standing)).values()) == 2
    (standing,) = await rhythms.standings()
    assert standing.last_ms == standing.last_push_ms == now_ms
    await clock.advance(HOUR_S)
    await rhythms.learn()
    assert sum((await rhythms.hours(standing)).values()) == 4


async def test_a_page_that_is_read_rarely_is_not_taken_for_blind(page: Listening) -> None:
    (standing,) = await page.rhythms.standings()
    assert standing.stalled_ms is None
    lock = "UPDATE page_forms SET due_at_ms = :due_at_ms, failures = :failures"
    rooms = page.scene.rooms
    now_ms = page.scene.clock.now_ms()
    await rooms.engine.write(lambda tx: tx.execute(lock, {"due_at_ms": now_ms - 7_200_000, "failures": 0}))
    (standing,) = await page.rhythms.standings()
    assert standing.stalled_ms is not None


class Meanwhile:
    """Facebook's ads, and something that happens while they are asked for."""

    def __init__(self, inner: FacebookAds, happens: Callable[[AdsAccess], Awaitable[object]]) -> None:
        self._inner = inner
        self._happens = happens

    async def running(self, access: AdsAccess, *, now_ms: int) -> Ads:
        await self._happens(access)
        return await self._inner.running(access, now_ms=now_ms)


def with_ads(page: Listening, happens: Callable[[AdsAccess], Awaitable[object]]) -> Listening:
    ads = Meanwhile(FacebookAds(page.scene.client), happens)
    watch = SilenceWatch(page.rhythms, ads, page.scene.means, reconcile_ms=int(EVERY_S * 1000))
    return replace(page, watch=watch)


async def test_a_page_that_is_left_while_it_is_judged_raises_nothing(page: Listening) -> None:
    scene = page.scene
    accounts = SqlDisconnecting(scene.rooms.engine, scene.clock, scene.rooms.vault, scene.rooms.new_id)
    (connection,) = await scene.rooms.rows("SELECT id FROM connections")

    async def leave(access: AdsAccess) -> None:
        assert access.page_id == scene.pages[0].id
        await accounts.disconnect(ConnectionId(connection["id"]), Actor(kind="cli", name="ada"))

    await with_ads(page, leave).let_pass(2 * DAY_S)
    assert await page.again.open_alerts() == []
    assert await page.rhythms.hearings() == {}


async def test_a_page_that_our_code_breaks_on_leaves_the_others_watched(page: Listening) -> None:
    scene, world = page.scene, page.scene.world
    scene.pages.append(world.add_page("Quiet too", admins=[scene.admin]))
    form, ad = world.add_form(scene.pages[1]), world.add_ad(scene.pages[1])
    for hours in range(EVERY_H, WEEKS * 168, EVERY_H):
        world.add_lead(form, created_time=world.now() - hours * HOUR_S, ad_id=ad.id)
    await scene.consent()
    await page.again.drain()
    first, second = sorted(one.id for one in scene.pages)

    async def break_first(access: AdsAccess) -> None:
        if access.page_id == first:
            raise RuntimeError("our own fault")

    await with_ads(page, break_first).let_pass(2 * DAY_S)
    keys = [row["key"] for row in await scene.rooms.alerts.open()]
    assert keys == [f"leads.overdue:main:{second}"]
