"""Every form of the dashboard: only from our own pages, only by who may, never a way to somewhere else."""

import re
from urllib.parse import quote

from support.dashboard_site import DashboardSite, Visitor

from connector.web.dashboard.cookies import form_token
from connector.web.dashboard.site import WRITES

OWNERS = {path for path in WRITES if path.startswith("/people")}
ELSEWHERE: tuple[dict[str, str], ...] = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {},
)
HALF = r'{"text": "\ud800", "tone": "good"}'
"""Half a character, which no page can hold."""
TARGETS = (
    "//evil.example",
    "https://evil.example/",
    "/\\evil.example",
    "/..//evil.example",
    "x",
    "/\nx",
    "\x00",
)


async def ids_of(dashboard: DashboardSite, owner: Visitor) -> dict[str, str]:
    """Fill a workspace and return what the addresses of forms are made of."""
    await dashboard.connect_facebook(owner)
    (lead_id,) = await dashboard.leads_come(1)
    peer = await dashboard.visitor("petra", main="owner")
    (event,) = dashboard.ids("SELECT event_id FROM deliveries")
    (connection,) = dashboard.ids("SELECT id FROM connections")
    form = dashboard.forms[0].id
    return {
        "connection": connection,
        "lead": lead_id,
        "event": event,
        "person": peer.person_id,
        "form": form,
    }


def filled(path: str, ids: dict[str, str]) -> str:
    known = re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], "none"), path)
    return f"/w/main{known}"


async def test_a_form_of_another_site_or_without_our_token_does_nothing(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    stale = await dashboard.visitor()
    ids = await ids_of(dashboard, owner)
    before = dashboard.home.rows("SELECT * FROM audit ORDER BY id")
    for path in WRITES:
        address = filled(path, ids)
        for headers in ELSEWHERE:
            assert (await owner.post(address, headers=headers)).status == 403, (path, headers)
        for forged in ("", "x", form_token(stale.token)):
            page = await owner.post(address, csrf=forged)
            assert (page.status, "Nothing was done" in page.said) == (403, True), (path, forged)
    assert dashboard.home.rows("SELECT * FROM audit ORDER BY id") == before


async def test_a_form_is_taken_only_from_who_may_send_it(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    ids = await ids_of(dashboard, owner)
    admin = await dashboard.visitor("anna", main="admin")
    viewer = await dashboard.visitor("vera", main="viewer")
    outsider = await dashboard.visitor("otto", other="owner")
    stranger = await dashboard.stranger()
    before = dashboard.home.rows("SELECT * FROM audit ORDER BY id")
    for path in WRITES:
        address = filled(path, ids)
        assert (await viewer.post(address)).status == 403, path
        assert (await outsider.post(address)).status == 404, path
        led = await stranger.post(address)
        assert (led.status, led.location) == (303, "/sign-in"), path
        if path in OWNERS:
            assert (await admin.post(address)).status == 403, path
    assert dashboard.home.rows("SELECT * FROM audit ORDER BY id") == before


async def test_what_is_no_form_is_refused(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    for headers in (
        {"Origin": owner.url, "Content-Type": "application/json"},
        {"Origin": owner.url, "Content-Type": "multipart/form-data; boundary=x"},
        {"Origin": owner.url, "Content-Type": "application/json", "X-CSRF-Token": form_token(owner.token)},
    ):
        answer = await owner.http.post(f"{owner.url}/w/main/connect/pages", headers=headers, data=b"{}")
        assert answer.status == 415


async def test_no_form_leads_to_another_site(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    for target in TARGETS:
        kept = await owner.post("/theme", {"theme": "dark", "return_to": target})
        assert (kept.status, kept.location) == (303, "/"), target


async def test_the_colours_stay_with_the_browser(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    kept = await owner.post("/theme", {"theme": "dark", "return_to": "/w/main/leads?state=held"})
    assert kept.location == "/w/main/leads?state=held"
    page = await owner.land(kept)
    assert 'data-theme="dark"' in page.text
    for nonsense in ("", "neon", "dark\x00"):
        page = await owner.land(await owner.post("/theme", {"theme": nonsense, "return_to": "/w/main"}))
        assert 'data-theme="dark"' not in page.text


async def test_what_was_said_last_is_only_a_text(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    for said in (
        "%",
        "[" * 4000,
        quote("{}"),
        quote(HALF),
        quote("[1]"),
        "1",
        quote('{"text": "<b>", "tone": 7}'),
    ):
        page = await owner.get("/w/main", Cookie=f"flash={said}")
        assert page.status == 200, said[:20]
        assert "<b>" not in page.text
