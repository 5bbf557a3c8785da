"""What stands before every page: sessions, forged forms, roles, headers, errors."""

import asyncio
import socket
from collections.abc import Callable
from urllib.parse import quote

import pytest
from fake_clock import FakeClock
from support.door_site import DIALOG, THING, DoorSite, opened_site
from support.doors import ADA, IDLE_S, MAIN, OPERATOR, OTHER, PASSWORD, PUBLIC_URL, Doors

from connector.web.dashboard.cookies import form_token
from connector.web.dashboard.headers import origin


async def test_a_stranger_is_led_to_the_door_and_back(site: DoorSite) -> None:
    page = await site.get(f"{THING}?state=held&page=1")
    assert page.status == 303
    back = page.location
    assert back == "/sign-in?return_to=%2Fw%2Fmain%2Fthing%3Fstate%3Dheld%26page%3D1"
    csrf = (await site.get(back)).csrf
    fields = {"email": ADA, "password": PASSWORD, "return_to": THING}
    entered = await site.post("/sign-in", fields, csrf=csrf)
    assert (entered.status, entered.location) == (303, THING)
    assert (await site.get(THING)).status == 200
    assert (await site.get("/sign-in?return_to=/w/main/x")).location == "/w/main/x"


async def test_a_script_is_told_and_not_led(site: DoorSite) -> None:
    assert (await site.get("/stream", **{"Sec-Fetch-Mode": "cors"})).status == 401


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "/..//evil.example", "/\tx", "x"]
)
async def test_no_redirect_leaves_the_site(site: DoorSite, target: str) -> None:
    entered = await site.sign_in(return_to=target)
    assert (entered.status, entered.location) == (303, "/")
    assert (await site.get(f"/sign-in?return_to={quote(target, safe='')}")).location == "/"


async def test_even_the_request_line_leads_nobody_away(site: DoorSite) -> None:
    port = int(site.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(
            wire, b"GET //evil.example/%2e%2e HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        head = (await loop.sock_recv(wire, 65536)).decode()
    assert "Location: /sign-in?return_to=%2F%2F" not in head
    assert "Location: //" not in head


async def test_a_form_needs_the_token_of_its_session(site: DoorSite) -> None:
    await site.sign_in()
    csrf = (await site.get(THING)).csrf
    assert (await site.post(THING, csrf=csrf)).text == "changed"
    for forged in (None, "", csrf[:-1], csrf + "x", form_token("another session"), "😀"):
        page = await site.post(THING, csrf=forged)
        assert page.status == 403
        assert "Nothing was done" in page.text
    header = {"Origin": site.url, "X-CSRF-Token": csrf}
    assert (await site.post(THING, headers=header)).text == "changed"


async def test_a_token_of_before_sign_in_changes_nothing_after(site: DoorSite) -> None:
    before = (await site.get("/sign-in")).csrf
    await site.sign_in()
    assert (await site.post(THING, csrf=before)).status == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
async def test_a_form_of_another_site_is_refused_even_with_the_token(
    site: DoorSite, headers: dict[str, str], status: int
) -> None:
    await site.sign_in()
    csrf = (await site.get(THING)).csrf
    assert (await site.post(THING, csrf=csrf, headers=headers)).status == status
    crossed = {"Origin": site.url, "Sec-Fetch-Site": "cross-site"}
    assert (await site.post(THING, csrf=csrf, headers=crossed)).status == 403


async def test_signing_somebody_in_from_another_site_is_refused(site: DoorSite) -> None:
    csrf = (await site.get("/sign-in")).csrf
    fields = {"email": ADA, "password": PASSWORD}
    evil = {"Origin": "https://evil.example"}
    assert (await site.post("/sign-in", fields, csrf=csrf, headers=evil)).status == 403
    assert (await site.post("/sign-in", fields)).status == 403
    assert await site.doors.actions() == ["person.added", "password.changed"]


@pytest.mark.parametrize(
    ("role", "read", "change"), [("owner", 200, 200), ("admin", 200, 200), ("viewer", 200, 403)]
)
async def test_a_page_asks_for_the_role(site: DoorSite, role: str, read: int, change: int) -> None:
    await site.doors.add("bob@example.com", role)  # type: ignore[arg-type] # one of them
    await site.doors.workspaces.add(OTHER)
    await site.sign_in("bob@example.com")
    page = await site.get(THING)
    assert page.status == read
    assert (await site.post(THING, csrf=page.csrf)).status == change
    assert (await site.get(f"/w/{OTHER}/thing")).status == 404
    assert (await site.post(f"/w/{OTHER}/thing", csrf=page.csrf)).status == 404


async def test_a_lost_role_is_lost_at_once(site: DoorSite) -> None:
    bob = await site.doors.add("bob@example.com", "admin")
    await site.sign_in("bob@example.com")
    csrf = (await site.get(THING)).csrf
    await site.doors.people.put("bob@example.com", MAIN, "viewer", actor=OPERATOR)
    assert (await site.post(THING, csrf=csrf)).status == 403
    await site.doors.people.remove(bob, None, actor=OPERATOR)
    assert (await site.get(THING)).status == 303


async def test_an_old_session_is_led_to_the_door(site: DoorSite, clock: FakeClock) -> None:
    await site.sign_in()
    csrf = (await site.get(THING)).csrf
    await clock.advance(IDLE_S)
    assert (await site.get(THING)).status == 303
    page = await site.post(THING, csrf=csrf)
    assert (page.status, page.location) == (303, "/sign-in")


async def test_every_page_says_what_a_browser_may_do(site: DoorSite) -> None:
    for path in ("/sign-in", THING, "/nowhere", "/away", "/broken/x"):
        headers = (await site.get(path)).headers
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["img-src"] == "'self' data:"
        assert policy["form-action"] == f"'self' {DIALOG}"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers
    await site.sign_in()
    assert "Content-Security-Policy" in (await site.get("/stream")).headers


async def test_over_https_cookies_and_headers_are_strict(doors: Doors, clock: FakeClock) -> None:
    async with opened_site(doors, clock, public_url=PUBLIC_URL) as site:
        page = await site.get("/sign-in")
        assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        (visit,) = page.cookies.values()
        assert visit.startswith("__Host-connector_visit=")
        token = visit.partition("=")[2].partition(";")[0]
        headers = {"Origin": PUBLIC_URL, "Cookie": f"__Host-connector_visit={token}"}
        fields = {"email": ADA, "password": PASSWORD}
        local = {**headers, "Origin": site.url}
        assert (await site.post("/sign-in", fields, csrf=page.csrf, headers=local)).status == 403
        entered = await site.post("/sign-in", fields, csrf=page.csrf, headers=headers)
        assert entered.status == 303
        session, known = (entered.cookies[f"__Host-connector_{name}"] for name in ("session", "known"))
        for cookie in (session, known, visit):
            assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"} <= set(cookie.split("; ")), cookie
            assert "Domain" not in cookie
        bare = {"Cookie": f"connector_session={session.partition('=')[2].partition(';')[0]}"}
        assert (await site.get(THING, **bare)).status == 303, "a cookie that a plain connection set is none"


async def test_a_bug_shows_a_plain_page_and_is_logged_without_its_address(
    site: DoorSite, written: Callable[[], str]
) -> None:
    page = await site.get("/broken/secret-link-token")
    assert page.status == 500
    for inside in ("Traceback", "RuntimeError", "EAAsecret", ADA):
        assert inside not in page.text
    assert "f00df00df00d" in page.text
    text = written()
    assert "dashboard.failed" in text
    assert "f00df00df00d" in text
    assert "secret-link-token" not in text


async def test_state_away_is_told_with_the_time_to_wait(site: DoorSite) -> None:
    page = await site.get("/away")
    assert (page.status, page.headers["Retry-After"]) == (503, "5")


async def test_machines_addresses_are_not_ours(site: DoorSite) -> None:
    hook = await site.post("/webhooks/facebook", headers={"Origin": "https://evil.example"})
    assert (hook.status, hook.text) == (200, "EVENT_RECEIVED")
    assert not hook.cookies
    assert "Content-Security-Policy" not in hook.headers
    for path in ("/webhooks/nothing", "/api/nothing"):
        page = await site.get(path)
        assert (page.status, page.text) == (404, "404: Not Found")
    assert "There is no such page" in (await site.get("/nowhere")).text


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("application/json", b"{}", 415),
        ("application/x-www-form-urlencoded", b"x=" + b"y" * 300_000, 413),
        ("application/x-www-form-urlencoded; charset=nonsense", b"csrf=x", 400),
        ("application/x-www-form-urlencoded", b"\xff=\xfe&csrf=%ff", 400),
        ("application/x-www-form-urlencoded", b"", 403),
    ],
)
async def test_a_form_is_small_and_a_form(
    site: DoorSite, content_type: str, body: bytes, status: int
) -> None:
    headers = {"Origin": site.url, "Content-Type": content_type}
    async with site.http.post(f"{site.url}/sign-in", data=body, headers=headers) as answer:
        assert answer.status == status


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://www.facebook.com/v26.0/dialog", "https://www.facebook.com"),
        ("https://Accounts.Google.com:443/o", "https://accounts.google.com"),
        ("http://127.0.0.1:8091", "http://127.0.0.1:8091"),
        ("http://[::1]:80/x", "http://[::1]"),
    ],
)
def test_an_origin(url: str, written: str) -> None:
    assert origin(url) == written
