"""Cards, proofs, looking now, disconnecting; an account that two workspaces share; nothing leaks in a whole life."""

import re
from pathlib import Path

from fake_clock import FakeClock
from support.dashboard_site import OTHER, DashboardSite, Visitor, opened_dashboard
from support.leaks import Leaks
from support.smtp import SmtpSandbox

CARDS = "/w/main/connections"


def facebook(dashboard: DashboardSite, workspace: str = "main") -> str:
    (found,) = dashboard.ids(
        f"SELECT id FROM connections WHERE provider = 'facebook' AND workspace_id = '{workspace}'"  # noqa: S608
    )
    return found


async def lose(dashboard: DashboardSite, *, leads: int = 1) -> None:
    """Let the password change, and a lead find that out."""
    world = dashboard.sandbox.world
    world.invalidate(next(iter(world.people.values())))
    await dashboard.leads_come(leads, wait=False)


async def test_a_dead_account_says_so_once_and_no_check_contradicts_it(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    await dashboard.connect_facebook(owner)
    before_ms = dashboard.clock.now_ms()
    await lose(dashboard)
    page = await owner.get(CARDS)
    card = page.text.partition("<article")[2].partition("</article>")[0]
    said = re.sub(r"<[^>]*>", " ", card)
    assert "Reconnect needed" in said
    assert re.search(r"Token\s+Failed", said)
    assert (
        len(re.findall(r"The password was changed \(Facebook code 190/460, HTTP 400", said)) == 2
    )  # card, check
    assert said.count("Connect the account again.") == 2
    assert "1 lead waits" in " ".join(said.split())
    assert "check" not in [one.rpartition("/")[2] for one in page.links(CARDS)]
    ((outcome, at_ms),) = dashboard.home.rows(
        "SELECT outcome, checked_at_ms FROM connection_checks WHERE name = 'token'"
    )
    assert outcome == "failed"
    assert before_ms <= at_ms <= dashboard.clock.now_ms()


async def test_a_look_finds_what_broke_but_not_twice_a_moment(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    await dashboard.connect_facebook(owner)
    connection, world = facebook(dashboard), dashboard.sandbox.world
    world.revoke_lead_access(next(iter(world.pages.values())))
    check = f"{CARDS}/{connection}/check"
    assert "It was looked at a moment ago." in (await owner.land(await owner.post(check))).said
    await dashboard.clock.advance(31)
    await dashboard.flow.settle()
    page = await owner.land(await owner.post(check))
    if "It was looked at a moment ago." in page.said:  # the daemon's own look came first
        await dashboard.clock.advance(31)
        await dashboard.flow.settle()
        page = await owner.land(await owner.post(check))
    assert "Looked at: what was found is below." in page.said
    assert "Leads access Failed" in page.said
    assert "https://business.facebook.com/settings" in page.text
    assert "It was looked at a moment ago." in (await owner.land(await owner.post(check))).said
    proof = await owner.get(f"{CARDS}/{connection}/proof")
    assert "Connected, with 1 thing to mend" in proof.said
    back = await owner.post(check, {"from": "proof"})
    assert back.location == f"{CARDS}/{connection}/proof"


async def test_connecting_with_something_lacking_ends_on_its_proofs(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    world = dashboard.sandbox.world
    page = next(iter(world.pages.values()))
    world.revoke_lead_access(page)
    shown = await dashboard.connect_facebook(owner)
    assert "Connected; what still lacks is named below." in shown.said
    assert "Connected, with 1 thing to mend" in shown.said
    assert page.name in shown.said
    assert (await owner.get(f"{CARDS}/{facebook(dashboard)}/proof")).said.count("Leads access Failed") == 1


async def test_a_card_tells_of_the_last_lead_and_who_disconnected(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    await dashboard.connect_facebook(owner)
    assert (await owner.get(CARDS)).said.count("no lead lately") == 3
    await dashboard.leads_come(1)
    page = await owner.get(CARDS)
    assert page.said.count("last lead just now") == 1
    address = f"{CARDS}/{facebook(dashboard)}/disconnect"
    forms = (await owner.get("/w/main/forms")).said
    assert ("Takes leads" in forms, "Page disconnected" in forms) == (True, False)
    preview = await owner.get(address)
    assert "1 contact and 1 lead stay, here and in the CRM." in preview.said
    assert "1 leads" not in preview.said
    first = await owner.land(await owner.post(address))
    assert "The Facebook account is disconnected." in first.said
    forms = (await owner.get("/w/main/forms")).said
    assert ("Takes leads" in forms, "Page disconnected" in forms) == (False, True)
    await dashboard.flow.settle()
    await dashboard.flow.pass_by(120.0, step_s=5.0, until=lambda: not revoked(dashboard))
    assert (await owner.get(address)).status == 404
    assert (await owner.post(address)).status == 404
    assert re.search(r"Facebook just now Olga|Facebook \d+ \w+ ago Olga", (await owner.get(CARDS)).said)


def revoked(dashboard: DashboardSite) -> bool:
    return dashboard.ids("SELECT state FROM connections WHERE provider = 'facebook'") != ["disconnected"]


async def test_what_is_shared_stays_for_the_other_and_the_preview_said_so(dashboard: DashboardSite) -> None:
    """Two workspaces on the same Pages and the same Google account; one leaves."""
    owner, other = await dashboard.visitor(), await dashboard.visitor("otto", other="owner")
    for visitor, workspace in ((owner, "main"), (other, "other")):
        await dashboard.connect_facebook(visitor, workspace)
        await dashboard.connect_google(visitor, workspace)
    google = dashboard.ids("SELECT id FROM connections WHERE provider = 'google' AND workspace_id = 'main'")[
        0
    ]
    preview = await owner.get(f"{CARDS}/{facebook(dashboard)}/disconnect")
    assert "Nothing: the grant at Facebook is shared" in preview.said
    assert re.search(
        r"Not touched other Uses the same Facebook account, so the grant stays; uses the Page", preview.said
    )
    assert "This app is taken off" not in preview.said
    assert "Nothing: the grant at Google is shared" in (await owner.get(f"{CARDS}/{google}/disconnect")).said
    for connection in (facebook(dashboard), google):
        await owner.post(f"{CARDS}/{connection}/disconnect")
    await dashboard.flow.pass_by(30.0, step_s=5.0)
    world = dashboard.sandbox.world
    assert next(iter(world.people.values())).authorised
    assert all(world.app_id in page.subscribed for page in world.pages.values())
    assert any(token.dead is None for token in dashboard.sandbox.google.world.refresh_tokens.values())
    (lead_id,) = await dashboard.leads_come(1)
    assert (await other.get(f"/w/{OTHER}/leads/{lead_id}")).said.count("The CRM took it") == 1
    assert (await owner.get(f"/w/main/leads/{lead_id}")).status == 404
    last = await other.get(f"/w/{OTHER}/connections/{facebook(dashboard, OTHER)}/disconnect")
    assert "The grant at Facebook is revoked." in last.said
    assert last.said.count("This app is taken off the Page") == len(world.pages)
    await other.post(f"/w/{OTHER}/connections/{facebook(dashboard, OTHER)}/disconnect")
    await dashboard.flow.pass_by(
        120.0, step_s=5.0, until=lambda: not next(iter(world.people.values())).authorised
    )
    assert not next(iter(world.people.values())).authorised
    assert all(world.app_id not in page.subscribed for page in world.pages.values())


async def everything(visitor: Visitor, dashboard: DashboardSite) -> None:
    """Look at every page that there is to look at."""
    pages = ["", "/connections", "/connect", "/leads", "/deliveries", "/alerts", "/quarantine", "/audit"]
    pages += ["/audit.csv", "/people", "/settings"]
    pages += [f"/leads/{one}" for one in dashboard.ids("SELECT lead_id FROM leads")]
    for one in dashboard.ids("SELECT id FROM connections WHERE state NOT LIKE 'disc%'"):
        pages += [f"/connections/{one}/disconnect", f"/connections/{one}/proof"]
    for path in pages:
        assert (await visitor.get(f"/w/main{path}")).status == 200, path


async def test_a_whole_life_leaks_nothing(state_url: str, clock: FakeClock, tmp_path: Path) -> None:
    """Connect, lose, mend, disconnect: no token and no secret in the database, a log line, a mail or a page."""
    (tmp_path / "logs").mkdir()
    leaks = Leaks(tmp_path / "logs")
    async with SmtpSandbox().running() as smtp:
        mail = {"smtp_url": smtp.url, "sender": "Leads <alerts@example.org>"}
        async with opened_dashboard(tmp_path, state_url, clock, leaks, mail=mail) as dashboard:
            owner = await dashboard.visitor()
            await dashboard.connect_facebook(owner)
            await dashboard.connect_google(owner)
            await dashboard.leads_come(2)
            await lose(dashboard)
            await everything(owner, dashboard)
            await dashboard.flow.pass_by(120.0, step_s=1.0, until=lambda: bool(smtp.mails))
            (way,) = re.findall(rf"{dashboard.url}(/connect/facebook/start\S+)", smtp.mails[0].part("plain"))
            assert "go" in (await owner.land(await owner.consent(way))).said
            await dashboard.flow.pass_by(120.0, step_s=1.0, until=lambda: len(smtp.mails) > 1)
            await everything(owner, dashboard)
            before = dashboard.home.dump()
            for connection in dashboard.ids("SELECT id FROM connections"):
                await owner.post(f"{CARDS}/{connection}/disconnect")
            await dashboard.flow.pass_by(60.0, step_s=5.0)
            await everything(owner, dashboard)
            after = dashboard.home.dump()
            letters = [one.part(kind) for one in smtp.mails for kind in ("plain", "html")]
            assert len(smtp.mails) > 1
            assert len(dashboard.shown) > 50
    token = next(iter(dashboard.sandbox.world.tokens))
    assert leaks.secrets_in(f'<a href="?t={token}">') == [token]  # it would be found
    logs = [path.read_text() for path in leaks.folder.glob("*.log")]
    for name, texts in {"database": [before, after], "mails": letters, "logs": logs}.items():
        assert leaks.secrets_in("\n".join(texts)) == [], name
    assert leaks.secrets_in("\n".join(dashboard.shown)) == []
    assert leaks.in_logs() == []


async def test_a_person_says_that_they_removed_the_app_by_hand(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    await dashboard.connect_facebook(owner)
    connection = facebook(dashboard)
    dashboard.home.execute("UPDATE connections SET state = 'disconnected', disconnected_at_ms = 1")
    dashboard.home.execute(
        "INSERT INTO undoings (id, connection_id, workspace_id, provider, kind, state, attempts, reason,"
        " created_at_ms)"
        " SELECT 'und_1', id, 'main', 'facebook', 'revoke_grant', 'given_up', 9, 'It is away.', 1 FROM connections"
    )
    address = f"{CARDS}/{connection}/undone"
    viewer = await dashboard.visitor("vera", main="viewer")
    assert (await viewer.post(address)).status == 403
    assert "by hand" not in (await viewer.get(CARDS)).said
    page = await owner.get(CARDS)
    assert "The provider could not be told: It is away." in page.said
    assert f'action="{address}"' in page.text
    assert "Noted: you removed the app" in (await owner.land(await owner.post(address))).said
    assert dashboard.ids("SELECT state FROM undoings") == ["done"]
    assert "by hand" not in (await owner.get(CARDS)).said
    assert "Nothing of this account is left" in (await owner.land(await owner.post(address))).said
