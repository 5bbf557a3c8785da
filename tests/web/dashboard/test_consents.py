"""Consent in the browser: there and back, what was withheld, what is not ours, mending with one click."""

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from support.dashboard_site import DashboardSite, Visitor

from adapters.sandbox.google.objects import GoogleConsent
from adapters.sandbox.objects import Consent

START = "/connect/facebook/start"


def flipped(way: str) -> str:
    """Return a way back with one letter of its state changed."""
    (state,) = parse_qs(urlsplit(way).query)["state"]
    return way.replace(state, ("A" if state[0] != "A" else "B") + state[1:])


def connections(dashboard: DashboardSite) -> list[str]:
    return dashboard.ids("SELECT id FROM connections WHERE sealed_token IS NOT NULL ORDER BY created_at_ms")


async def lost(dashboard: DashboardSite, owner: Visitor) -> str:
    """Connect, let the password change, and let that be found out; return the account's id."""
    await dashboard.connect_facebook(owner)
    world = dashboard.sandbox.world
    world.invalidate(next(iter(world.people.values())))
    await dashboard.leads_come(1, wait=False)
    (connection,) = connections(dashboard)
    assert dashboard.ids("SELECT state FROM connections") == ["reconnect"]
    return connection


async def test_a_way_back_works_once_and_in_its_own_browser(dashboard: DashboardSite) -> None:
    owner, peer = await dashboard.visitor(), await dashboard.visitor("petra", main="owner")
    same_person = await dashboard.browser_of(owner.person_id)
    way = await owner.way_back(f"{START}?workspace=main")
    code = parse_qs(urlsplit(way).query)["code"][0]
    for other in (peer, same_person):
        assert (await other.get(way)).status == 403
    assert (await owner.get(way.replace("/facebook/", "/google/"))).status == 403
    assert (await owner.get(flipped(way))).status == 403
    assert (await owner.get(f"/connect/facebook/callback?code={code}")).status == 400
    led = await (await dashboard.stranger()).get(way)
    assert (led.status, code in led.text, "Location" in led.headers) == (403, False, False)
    taken = await owner.get(way)
    assert (taken.status, code in taken.location) == (303, False)
    replayed = await owner.get(way)
    assert replayed.status == 403
    assert "start connecting again" in replayed.said
    attempt = taken.location.rpartition("=")[2]
    assert (await peer.get(taken.location)).status == 403
    assert (await peer.post("/w/main/connect/pages", {"attempt": attempt, "all": "yes"})).status == 403
    assert connections(dashboard) == []


async def test_a_code_that_was_used_is_refused_with_a_way_to_try_again(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    used = parse_qs(urlsplit(await owner.way_back(f"{START}?workspace=main")).query)["code"][0]
    first = await owner.way_back(f"{START}?workspace=main")
    code = parse_qs(urlsplit(first).query)["code"][0]
    await owner.get(first)
    way = await owner.way_back(f"{START}?workspace=main")
    fresh = parse_qs(urlsplit(way).query)["code"][0]
    page = await owner.land(await owner.get(way.replace(fresh, code)))
    assert page.status == 403
    assert "Nothing was connected" in page.said
    assert re.search(r"\(Facebook code 100.*\)\.", page.said)
    assert page.links("/connect/facebook/start") == [f"{START}?workspace=main&rerequest=1"]
    assert used not in page.text


async def test_a_code_is_in_no_address_that_stays_and_on_no_page(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    dashboard.sandbox.google.world.next_consent = unticked(dashboard)
    for start in (f"{START}?workspace=main", "/connect/google/start?workspace=main"):
        back = await owner.consent(start)
        assert (back.status, "code=" in back.location) == (303, False)
        assert "callback" not in (await owner.land(back)).text
    assert dashboard.home.leaks.secrets_in("\n".join(dashboard.shown)) == []


async def test_who_declines_is_told_and_may_try_again(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    world = dashboard.sandbox.world
    person = next(iter(world.people.values()))
    world.next_consent = Consent(person=person, decline=True)
    page = await owner.land(await owner.consent(f"{START}?workspace=main"))
    assert (page.status, "Nothing was connected" in page.said) == (403, True)
    (again,) = page.links("/connect/")
    world.next_consent = Consent(person=person)
    page = await owner.land(await owner.consent(again))
    assert "Choose Pages" in page.said


async def test_what_was_withheld_is_named_and_asked_for_again(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    world = dashboard.sandbox.world
    person = next(iter(world.people.values()))
    world.next_consent = Consent(person=person, declined_scopes=frozenset({"leads_retrieval"}))
    page = await owner.land(await owner.consent(f"{START}?workspace=main"))
    assert "Without it no lead can be read." in page.said
    (token,) = re.findall(r'name="attempt" value="([^"]+)"', page.text)
    forced = await owner.post("/w/main/connect/pages", {"attempt": token, "all": "yes"})
    assert (forced.status, "Allow what was withheld first." in forced.said) == (400, True)
    assert connections(dashboard) == []
    (again,) = page.links("/connect/")
    assert again == f"{START}?workspace=main&rerequest=1"
    world.next_consent = Consent(person=person)
    assert "auth_type=rerequest" in (await owner.get(again)).location
    page = await owner.land(await owner.consent(again))
    assert "Without it" not in page.said


async def test_a_scope_that_only_helps_degrades_and_the_proofs_say_so(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    world = dashboard.sandbox.world
    person = next(iter(world.people.values()))
    world.next_consent = Consent(person=person, declined_scopes=frozenset({"ads_management"}))
    page = await owner.land(await owner.consent(f"{START}?workspace=main"))
    (token,) = re.findall(r'name="attempt" value="([^"]+)"', page.text)
    taken = await owner.post("/w/main/connect/pages", {"attempt": token, "all": "yes"})
    page = await owner.land(taken)
    assert "ads_management" in page.said


async def test_260_pages_are_listed_and_only_the_chosen_ones_taken(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    world = dashboard.sandbox.world
    person = next(iter(world.people.values()))
    for number in range(256 - len(person.tasks)):
        world.add_page(f"Shop {number:03}", admins=[person])
    for number in range(4):
        world.add_page(f"Unread {number}", admins=[person], tasks=("CREATE_CONTENT",))
    page = await owner.land(await owner.consent(f"{START}?workspace=main"))
    assert "256 of 260 Pages can be chosen" in page.said
    assert page.text.count(" disabled") == 4
    (token,) = re.findall(r'name="attempt" value="([^"]+)"', page.text)
    boxes = re.findall(r'name="page" value="(\d+)"( disabled)?', page.text)
    lacking = next(one for one, disabled in boxes if disabled)
    chosen = [one for one, disabled in boxes if not disabled][:2]
    none = await owner.post("/w/main/connect/pages", {"attempt": token, "page": lacking})
    assert (none.status, "Choose at least one Page." in none.said) == (400, True)
    form = [("attempt", token), *(("page", one) for one in (*chosen, lacking, "999"))]
    page = await owner.land(await owner.post("/w/main/connect/pages", form))
    assert "Connected, and proved to work." in page.said
    assert sorted(dashboard.ids("SELECT page_id FROM pages")) == sorted(chosen)


async def test_a_mail_link_mends_without_a_choice_and_what_waits_goes_on(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    connection = await lost(dashboard, owner)
    card = await owner.get("/w/main/connections")
    way = f"{START}?connection={connection}"
    assert set(card.links("/connect/")) == {way}  # of the card and of the banner
    page = await owner.land(await owner.consent(way))
    assert "Connected, and proved to work. 1 lead that waited goes on." in page.said
    assert dashboard.ids("SELECT state FROM connections") == ["healthy"]
    again = await owner.land(await owner.consent(way))
    assert "Connected, and proved to work." in again.said
    assert "waited" not in again.said


async def test_another_person_on_a_mail_link_chooses_and_stands_by(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    await dashboard.connect_facebook(owner)
    (connection,) = connections(dashboard)
    world = dashboard.sandbox.world
    bob = world.add_person("Bob Second")
    first = next(iter(world.people.values()))
    bob.tasks.update(first.tasks)
    world.next_consent = Consent(person=bob)
    page = await owner.land(await owner.consent(f"{START}?connection={connection}"))
    assert "Choose Pages Signed in at Facebook as Bob Second" in page.said
    assert "Connected by Ada Admin already: this account would stand by." in page.said
    (token,) = re.findall(r'name="attempt" value="([^"]+)"', page.text)
    page = await owner.land(await owner.post("/w/main/connect/pages", {"attempt": token, "all": "yes"}))
    assert len(connections(dashboard)) == 2
    assert "Read through Ada Admin ; this account stands by" in page.said
    assert "Bob Second stands by" in page.said


async def test_a_page_taken_away_meanwhile_asks_for_a_choice(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    connection = await lost(dashboard, owner)
    person = next(iter(dashboard.sandbox.world.people.values()))
    gone, *kept = person.tasks
    del person.tasks[gone]
    page = await owner.land(await owner.consent(f"{START}?connection={connection}"))
    assert "Choose Pages" in page.said
    assert page.said.count("Connected by this account already.") == len(kept)


def unticked(dashboard: DashboardSite) -> GoogleConsent:
    """Return a person who leaves the box for Drive empty."""
    consent = dashboard.sandbox.google.world.next_consent
    assert consent is not None
    scope = "https://www.googleapis.com/auth/drive.file"
    return replace(consent, unticked=frozenset({scope}))


async def test_googles_box_left_unticked_is_named_and_asked_for_again(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    world = dashboard.sandbox.google.world
    ticked = world.next_consent
    world.next_consent = unticked(dashboard)
    page = await owner.land(await owner.consent("/connect/google/start?workspace=main"))
    assert "drive.file" in page.said
    assert "was not ticked: without it no backup can be written." in page.said
    (again,) = page.links("/connect/")
    assert (
        await owner.get("/w/main/connect/stopped?provider=google&why=box&scopes=%3Cscript%3E")
    ).status == 403
    world.next_consent = ticked
    page = await owner.land(await owner.consent(again))
    assert "Connected, and proved to work." in page.said


async def test_consents_begin_only_where_they_may(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    await dashboard.connect_facebook(owner)
    (connection,) = connections(dashboard)
    viewer = await dashboard.visitor("vera", main="viewer")
    outsider = await dashboard.visitor("otto", other="owner")
    both = await dashboard.visitor("bea", main="admin", other="admin")
    for query in ("", "?workspace=main", f"?connection={connection}"):
        assert (await viewer.get(START + query)).status == 403, query
    for query in ("?workspace=main", f"?connection={connection}"):
        assert (await outsider.get(START + query)).status == 404, query
    assert (await outsider.get(START)).status == 303
    assert (await both.get(START)).status == 400
    assert (await both.get(f"{START}?connection={connection}")).status == 303
    assert (await owner.get("/connect/myspace/start?workspace=main")).status == 404
    assert (await owner.get("/connect/myspace/callback?state=x&code=y")).status == 404
    assert (await owner.get(f"/connect/google/start?connection={connection}")).status == 404
    way = await both.way_back(f"{START}?workspace=main")
    await dashboard.visitor("bea", main="viewer", other="admin")
    assert (await both.get(way)).status == 403
