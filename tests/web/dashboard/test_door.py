"""Signing in and out through the pages, and one's own account."""

from ipaddress import IPv4Network

import pytest
from fake_clock import FakeClock
from support.door_site import THING, DoorSite, opened_site
from support.doors import ADA, MAIN, OPERATOR, PASSWORD, PUBLIC_URL, Doors

from connector.domain.throttling import ADDRESS, EMAIL
from connector.web.dashboard.sign_in import WRONG
from connector.web.dashboard.visitor import browser_label

SETTINGS = "/w/main/settings"
NEW = "another phrase of words"


def path_of(url: str) -> str:
    assert url.startswith(PUBLIC_URL)
    return url.removeprefix(PUBLIC_URL)


async def test_a_wrong_password_and_a_wrong_address_look_the_same(site: DoorSite) -> None:
    pages = [await site.sign_in(email, "wrong password") for email in (ADA, "bob@example.com")]
    for page in pages:
        assert page.status == 403
        assert WRONG in page.text
        assert not any("session" in name for name in page.cookies)
    assert pages[0].text.replace(ADA, "") == pages[1].text.replace("bob@example.com", "")


async def test_what_was_typed_comes_back_escaped_and_without_the_password(site: DoorSite) -> None:
    page = await site.sign_in('"><script>alert(1)</script>', "my secret password")
    assert "<script>alert" not in page.text
    assert "my secret password" not in page.text


async def test_guessing_ends_in_a_block_with_its_time(site: DoorSite, clock: FakeClock) -> None:
    for _ in range(EMAIL.free):
        assert (await site.sign_in(password="guess")).status == 403
    page = await site.sign_in()
    assert (page.status, page.headers["Retry-After"]) == (429, str(EMAIL.first_s))
    await clock.advance(EMAIL.first_s)
    assert (await site.sign_in()).status == 303


async def test_behind_a_proxy_each_visitor_counts_alone(doors: Doors, clock: FakeClock) -> None:
    async with opened_site(doors, clock, trusted=[IPv4Network("127.0.0.0/8")]) as site:
        csrf = (await site.get("/sign-in")).csrf

        async def attempt(email: str, forwarded: str) -> int:
            headers = {"Origin": site.url, "X-Forwarded-For": forwarded}
            fields = {"email": email, "password": PASSWORD}
            return (await site.post("/sign-in", fields, csrf=csrf, headers=headers)).status

        for number in range(ADDRESS.free):
            # what the visitor claims stands first and counts for nothing
            await attempt(f"p{number}@example.com", f"10.0.0.{number}, 198.51.100.7")
        assert await attempt(ADA, "198.51.100.7") == 429
        assert await attempt(ADA, "198.51.100.8") == 303


async def test_without_a_trusted_proxy_nobody_chooses_an_address(site: DoorSite) -> None:
    csrf = (await site.get("/sign-in")).csrf
    statuses = []
    for number in range(ADDRESS.free + 1):
        headers = {"Origin": site.url, "X-Forwarded-For": f"198.51.100.{number}"}
        fields = {"email": f"p{number}@example.com", "password": "x"}
        statuses.append((await site.post("/sign-in", fields, csrf=csrf, headers=headers)).status)
    assert statuses[-1] == 429


async def test_a_session_is_new_at_each_sign_in(site: DoorSite) -> None:
    planted = {"Cookie": "connector_session=planted-by-somebody-else-0000000"}
    assert (await site.get(THING, **planted)).status == 303
    first = (await site.sign_in()).cookies["connector_session"]
    await site.post("/sign-out", csrf=(await site.get(THING)).csrf)
    assert (await site.sign_in()).cookies["connector_session"] != first


async def test_signing_out(site: DoorSite) -> None:
    entered = await site.sign_in()
    stolen = {"Cookie": entered.cookies["connector_session"].partition(";")[0]}
    assert (await site.post("/sign-out")).status == 403
    assert (await site.get("/sign-out")).status in {404, 405}
    assert (await site.get(THING)).status == 200
    out = await site.post("/sign-out", csrf=(await site.get(THING)).csrf)
    assert (out.status, out.location) == (303, "/sign-in")
    assert (await site.get(THING)).status == 303
    assert (await site.get(THING, **stolen)).status == 303, "the session ended, not only the cookie"


async def test_a_link_shows_a_button_and_the_button_works_once(site: DoorSite) -> None:
    made = await site.doors.invite.link(ADA, actor=OPERATOR, leads_to=THING)
    path = path_of(made.url)
    token = path.rpartition("/")[2]
    pages = [await site.get(path) for _ in range(3)]  # a mail scanner, a preview, the person
    assert [page.status for page in pages] == [200, 200, 200]
    page = pages[-1]
    assert token not in page.headers.get("Referrer-Policy", "")
    assert page.text.count(token) == 1, "in the form, not in the theme's way back"
    assert (await site.get(THING)).status == 303, "opening it signed nobody in"
    assert (await site.post("/sign-in/link", {"token": token})).status == 403, "without the form's token"
    entered = await site.post("/sign-in/link", {"token": token}, csrf=page.csrf)
    assert (entered.status, entered.location) == (303, THING)
    assert (await site.get(THING)).status == 200
    again = await site.post("/sign-in/link", {"token": token}, csrf=(await site.get(THING)).csrf)
    assert again.status == 410
    assert (await site.get(path)).status == 410


async def test_an_old_link_has_ended(site: DoorSite, clock: FakeClock) -> None:
    made = await site.doors.invite.link(ADA, actor=OPERATOR)
    await clock.advance(15 * 60)
    assert (await site.get(path_of(made.url))).status == 410
    assert (await site.get("/sign-in/link/" + "x" * 3000)).status == 410


async def test_the_account_page_changes_the_password(site: DoorSite) -> None:
    await site.sign_in()
    page = await site.get(SETTINGS)
    assert page.status == 200
    assert ADA in page.text
    fields = {"current": PASSWORD, "password": NEW, "again": NEW}
    for wrong, status in (
        ({"again": "x"}, 422),
        ({"password": "short", "again": "short"}, 422),
        ({"current": "x"}, 403),
    ):
        refused = await site.post(f"{SETTINGS}/password", {**fields, **wrong}, csrf=page.csrf)
        assert refused.status == status
        assert NEW not in refused.text
    changed = await site.post(f"{SETTINGS}/password", fields, csrf=page.csrf)
    assert (changed.status, changed.location) == (303, SETTINGS)
    assert (await site.get(SETTINGS)).status == 200, "this browser has a fresh session"
    assert len(await site.doors.sessions.of((await site.doors.people.members(MAIN))[0].person_id)) == 1


async def test_other_browsers_are_signed_out_from_the_account_page(site: DoorSite) -> None:
    ada = (await site.doors.people.members(MAIN))[0].person_id
    elsewhere = await site.doors.sessions.open(ada, by="password", label="Safari on iPhone")
    await site.sign_in()
    page = await site.get(SETTINGS)
    assert "Safari on iPhone" in page.text
    assert elsewhere not in page.text
    assert (await site.post(f"{SETTINGS}/sessions", {"session": "others"}, csrf=page.csrf)).status == 303
    assert await site.doors.sessions.find(elsewhere) is None
    assert (await site.get(SETTINGS)).status == 200


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/140 Safari/537 Edg/140", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604", "Safari on iPhone"),
        ("curl/8", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_browser_has_a_name(agent: str, label: str) -> None:
    assert browser_label(agent) == label
