"""Connecting an account: what the consent gave is proved, and what fails is named with the way to mend it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.rooms import MAIN
from support.scene import Scene, opened_scene

from adapters.sandbox.faults import Fault
from adapters.sandbox.world import Consent
from connector.domain.errors import ConnectorError
from connector.domain.lead import PageId
from connector.domain.offer import Offer, offer_from_json, offer_to_json
from state.accounts.pages import open_page_token
from state.engine import Engine

REDIRECT = "http://127.0.0.1/connect/facebook/callback"


@pytest.fixture
async def scene(
    engine: Engine,
    clock: FakeClock,
    counters: SeenCounters,
    new_id: Callable[[], str],
    request: pytest.FixtureRequest,
) -> AsyncIterator[Scene]:
    """Pages that nobody has connected yet."""
    async with opened_scene(engine, clock, counters, new_id, pages=getattr(request, "param", 2)) as opened:
        yield opened


async def offered(scene: Scene) -> Offer:
    """Consent as a person with a browser does, and look at what it gives."""
    address = scene.connect.dialog_url(state="s", redirect_uri=REDIRECT)
    async with aiohttp.ClientSession() as http, http.get(address, allow_redirects=False) as answer:
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["state"] == ["s"]
    return await scene.connect.offer(query["code"][0], redirect_uri=REDIRECT)


async def test_a_whole_consent_is_connected_and_reads_its_first_lead(scene: Scene) -> None:
    offer = await offered(scene)
    assert offer.withheld_scopes == ()
    assert {page.page_id for page in offer.pages} == {page.id for page in scene.pages}
    done = await scene.connect.accept(MAIN, offer, [page.page_id for page in offer.pages])
    assert [proof.problem for proof in done.proofs] == [None, None]
    assert all("leadgen" in page.subscribed[scene.world.app_id] for page in scene.pages)
    (connection,) = await scene.rooms.connections.all()
    assert (connection["id"], connection["pages"]) == (done.connection_id, 2)
    assert connection["expires_at_ms"] > scene.clock.now_ms() + 50 * 86_400_000
    (lead_id,) = await scene.submit()
    await scene.read()
    assert await scene.stages() == {lead_id: "resolve"}


async def test_only_the_chosen_pages_are_touched(scene: Scene) -> None:
    offer = await offered(scene)
    done = await scene.connect.accept(MAIN, offer, [offer.pages[1].page_id])
    assert [proof.page_id for proof in done.proofs] == [offer.pages[1].page_id]
    stored = [row["page_id"] for row in await scene.rooms.connections.all_pages()]
    assert stored == [offer.pages[1].page_id]
    subscribed = [page.id for page in scene.pages if page.subscribed]
    assert subscribed == stored


async def test_looking_at_an_offer_stores_nothing(scene: Scene) -> None:
    await offered(scene)
    assert await scene.rooms.connections.all() == []
    assert not any(page.subscribed for page in scene.pages)


async def test_withheld_scopes_are_named(scene: Scene) -> None:
    declined = frozenset({"leads_retrieval", "ads_management"})
    scene.admin.granted.clear()
    scene.world.next_consent = Consent(person=scene.admin, declined_scopes=declined)
    offer = await offered(scene)
    assert set(offer.withheld_scopes) == declined


async def test_a_missing_task_is_named_and_nothing_is_tried(scene: Scene) -> None:
    scene.admin.tasks[scene.pages[0].id] = ("ANALYZE",)
    offer = await offered(scene)
    done = await scene.connect.accept(MAIN, offer, [page.page_id for page in offer.pages])
    problems = {proof.page_id: proof for proof in done.proofs}
    bad, good = (problems[page.id] for page in scene.pages)  # type: ignore[index]  # a PageId is a str
    assert bad.problem is not None
    assert "manage ads or leads" in bad.problem
    assert bad.remedy is not None
    assert "ADVERTISE" in bad.remedy
    assert good.problem is None
    assert not scene.pages[0].subscribed


async def test_a_failed_subscription_is_named_and_the_page_kept(scene: Scene) -> None:
    offer = await offered(scene)
    page = scene.pages[0]
    scene.graph.faults.rate("subscribed_apps", Fault.error("requires_permission"), 1.0)
    done = await scene.connect.accept(MAIN, offer, [offer.pages[0].page_id])
    (proof,) = done.proofs
    assert proof.problem is not None
    assert proof.remedy
    assert [row["page_id"] for row in await scene.rooms.connections.all_pages()] == [page.id]


async def test_leads_access_that_is_missing_is_told_in_metas_words(scene: Scene) -> None:
    scene.world.revoke_lead_access(scene.pages[0])
    offer = await offered(scene)
    done = await scene.connect.accept(MAIN, offer, [page.page_id for page in offer.pages])
    problems = {proof.page_id: proof for proof in done.proofs}
    bad = problems[scene.pages[0].id]  # type: ignore[index]  # a PageId is a str
    assert bad.problem == scene.pages[0].lead_access.reason
    assert bad.remedy == scene.pages[0].lead_access.resolution


@pytest.mark.parametrize("scene", [60], indirect=True)
async def test_every_page_of_a_long_listing_is_offered(scene: Scene) -> None:
    scene.graph.switches.max_limit = 25
    scene.graph.switches.empty_pages = True
    offer = await offered(scene)
    assert len(offer.pages) == 60
    assert len({page.token for page in offer.pages}) == 60


async def test_a_second_consent_frees_what_waited(scene: Scene) -> None:
    offer = await offered(scene)
    first = await scene.connect.accept(MAIN, offer, [page.page_id for page in offer.pages])
    scene.world.invalidate(scene.admin)
    ids = await scene.submit(3)
    await scene.read()
    assert set((await scene.stages()).values()) == {"held"}
    scene.admin.authorised = True
    offer = await offered(scene)
    again = await scene.connect.accept(MAIN, offer, [page.page_id for page in offer.pages])
    assert again.connection_id == first.connection_id
    assert again.freed == 3
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")
    assert await scene.rooms.alerts.open() == []


async def test_leads_that_came_before_the_page_was_connected_are_not_lost(scene: Scene) -> None:
    ids = await scene.submit(2)
    assert await scene.stages() == {}
    offer = await offered(scene)
    done = await scene.connect.accept(MAIN, offer, [page.page_id for page in offer.pages])
    assert done.freed == 2
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")


async def test_a_page_is_stored_before_facebook_is_asked_to_send(scene: Scene) -> None:
    offer = await offered(scene)
    page = scene.pages[0]
    scene.graph.faults.rate("subscribed_apps", Fault.latency(1.0), 1.0)
    seen = scene.graph.wait_for(lambda: any(one.route == "subscribed_apps" for one in scene.graph.seen))
    accepting = asyncio.create_task(scene.connect.accept(MAIN, offer, [PageId(page.id)]))
    await seen
    (lead_id,) = await scene.submit()
    assert await scene.stages() == {lead_id: "fetch"}
    await accepting


async def test_what_is_found_is_written_dated_for_the_account_and_each_page(scene: Scene) -> None:
    offer = await offered(scene)
    done = await scene.connect.accept(
        MAIN, offer, [page.page_id for page in offer.pages], connected_by="per_1"
    )
    found = (await scene.rooms.connections.everything())["checks"]
    assert {(row["page_id"], row["name"]) for row in found} == {
        ("", "token"),
        ("", "permissions"),
        *((page.id, name) for page in scene.pages for name in ("page_task", "leads_access", "subscription")),
    }
    assert {(row["connection_id"], row["outcome"], row["checked_at_ms"]) for row in found} == {
        (done.connection_id, "ok", scene.clock.now_ms())
    }
    (connection,) = await scene.rooms.connections.all()
    assert (connection["state"], connection["connected_by"]) == ("healthy", "per_1")


async def test_only_what_we_put_on_a_page_is_ours_to_take_off(scene: Scene) -> None:
    ours, theirs = scene.pages
    theirs.subscribed[scene.world.app_id] = ["leadgen"]
    for _ in range(2):  # and a second consent forgets nothing
        offer = await offered(scene)
        await scene.connect.accept(MAIN, offer, [page.page_id for page in offer.pages])
        grants = (await scene.rooms.connections.everything())["grants"]
        assert {row["page_id"]: row["subscribed_by_us"] for row in grants} == {ours.id: 1, theirs.id: 0}


async def test_a_refusal_that_names_a_granted_scope_is_not_called_withheld(scene: Scene) -> None:
    offer = await offered(scene)
    scene.graph.faults.rate("forms", Fault.error("requires_pages_manage_ads"), 1.0)
    done = await scene.connect.accept(MAIN, offer, [offer.pages[0].page_id])
    (proof,) = done.proofs
    assert proof.problem is not None
    assert "which the person granted" in proof.problem
    assert "Withheld" not in proof.problem
    (connection,) = await scene.rooms.connections.all()
    assert connection["state"] == "degraded"


async def test_what_was_withheld_is_named_and_mended_in_place(scene: Scene) -> None:
    scene.admin.granted.clear()
    scene.world.next_consent = Consent(person=scene.admin, declined_scopes=frozenset({"leads_retrieval"}))
    offer = await offered(scene)
    assert offer.withheld_scopes == ("leads_retrieval",)
    first = await scene.connect.accept(MAIN, offer, [page.page_id for page in offer.pages])
    (connection,) = await scene.rooms.connections.all()
    assert connection["state"] == "reconnect"
    assert "leads_retrieval" in connection["remedy"]
    (lead_id,) = await scene.submit()
    await scene.read()
    assert await scene.stages() == {lead_id: "held"}
    scene.world.next_consent = Consent(person=scene.admin)
    scene.admin.declined.clear()
    offer = await offered(scene)
    again = await scene.connect.accept(MAIN, offer, [page.page_id for page in offer.pages])
    assert again.connection_id == first.connection_id
    assert [proof.problem for proof in again.proofs] == [None, None]
    await scene.read()
    assert await scene.stages() == {lead_id: "resolve"}
    assert await scene.rooms.alerts.open() == []


async def test_a_second_consent_renews_every_pages_token(scene: Scene) -> None:
    offer = await offered(scene)
    await scene.connect.accept(MAIN, offer, [page.page_id for page in offer.pages])
    before = await tokens(scene)
    scene.world.invalidate(scene.admin)
    scene.world.tokens = {value: one for value, one in scene.world.tokens.items() if one.fault is None}
    offer = await offered(scene)
    await scene.connect.accept(MAIN, offer, [offer.pages[0].page_id])  # the other one is covered already
    after = await tokens(scene)
    assert set(after) == set(before) == {page.id for page in scene.pages}
    assert not set(after.values()) & set(before.values())
    assert set(after.values()) <= set(scene.world.tokens)


async def tokens(scene: Scene) -> dict[str, str]:
    rows = await scene.rooms.rows("SELECT * FROM pages")
    return {row["page_id"]: open_page_token(scene.rooms.vault, row) for row in rows}


@pytest.mark.parametrize("scene", [260], indirect=True)
async def test_two_hundred_and_sixty_pages_are_offered_and_one_of_them_taken(scene: Scene) -> None:
    offer = offer_from_json(offer_to_json(await offered(scene)))
    assert len(offer.pages) == 260
    done = await scene.connect.accept(MAIN, offer, [offer.pages[259].page_id])
    assert [proof.problem for proof in done.proofs] == [None]
    (stored,) = await scene.rooms.connections.all_pages()
    assert stored["page_id"] == offer.pages[259].page_id


async def test_a_declined_dialog_gives_no_code(scene: Scene) -> None:
    scene.world.next_consent = Consent(person=scene.admin, decline=True)
    address = scene.connect.dialog_url(state="s", redirect_uri=REDIRECT)
    async with aiohttp.ClientSession() as http, http.get(address, allow_redirects=False) as answer:
        assert "error=access_denied" in answer.headers["Location"]
    with pytest.raises(ConnectorError) as caught:
        await scene.connect.offer("made-up-code", redirect_uri=REDIRECT)
    assert "made-up-code" not in repr(caught.value)
