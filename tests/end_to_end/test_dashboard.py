"""One admin in a real browser before the real daemon: signs in, connects, loses an account, mends it, disconnects."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from conftest import required
from fake_clock import FakeClock
from playwright.async_api import ConsoleMessage, Page, expect
from support.browser import CHROMIUM, opened_browser, pictured
from support.daemon import Home, Inside, MakeHome, running_inside
from support.smtp import SmtpSandbox
from support.time_flow import TimeFlow
from support.traffic import Received, plain_forms, submit

from connector.domain.audit import Actor
from connector.domain.lead import WorkspaceId
from connector.pipelines.invite import Invite

pytestmark = pytest.mark.timeout(180)

MAIN = WorkspaceId("main")
OWNER = "olga.owner@example.com"
PASSWORD = "four plain words here"
LEADS = 25
PATIENCE_MS = 30_000
"""What a busy machine may take; a page takes a fraction of a second."""


@pytest.fixture(autouse=True)
def _needed() -> None:
    required("Chromium", present=CHROMIUM.exists(), how="apt-get install chromium")


@asynccontextmanager
async def opened_page() -> AsyncIterator[Page]:
    """Open a browser that collects what its pages complain of."""
    async with opened_browser() as browser:
        context = await browser.new_context(viewport={"width": 1280, "height": 900})
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        yield page


async def sign_in_link(home: Home, inside: Inside, public_url: str) -> str:
    """Return a one-time address for the owner, as `connector admin link` prints it."""
    rooms, actor = inside.daemon.rooms, Actor(kind="cli", name="test")
    await rooms.people.put(OWNER, MAIN, "owner", actor=actor, name="Olga Owner")
    home.leaks.secret(OWNER, PASSWORD)
    made = await Invite(rooms.people, rooms.links, public_url=public_url).link(OWNER, actor=actor)
    return made.url


def _is_bad(said: ConsoleMessage, own: str) -> bool:
    """Tell whether one of our own pages complains; the sandbox's pages have no icon."""
    return said.type == "error" and said.location["url"].startswith(own)


async def photographed(page: Page, name: str) -> None:
    """Keep a picture of the whole page in both themes."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await pictured(page, f"e2e-{name}-{scheme}", full_page=True)
    await page.emulate_media(color_scheme="light")


async def signed_in(page: Page, link: str) -> None:
    """Use the link, set a password, sign out, and sign in with it."""
    await page.goto(link)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Overview")
    await photographed(page, "overview-new")
    await page.get_by_role("link", name="Settings").click()
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.locator("input[name=again]").fill(PASSWORD)
    await page.locator("form[action$='/settings/password'] button").click()
    await page.get_by_role("button", name="Sign out").click()
    await page.locator("input[name=email]").fill(OWNER)
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Overview")


async def connected_facebook(page: Page) -> None:
    """Leave one permission out at first; the page names it, and one button asks for it again."""
    await page.get_by_role("link", name="Connect an account").first.click()
    await photographed(page, "connect-start")
    await page.get_by_role("link", name="Continue to Facebook").click()
    await page.get_by_label("leads_retrieval").uncheck()
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_text("leads_retrieval")).to_be_visible()
    await expect(page.get_by_role("button", name="Connect chosen Pages")).to_be_disabled()
    await photographed(page, "scope-withheld")
    await page.get_by_role("link", name="Ask again, for these only").click()
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("button", name="Connect chosen Pages")).to_be_enabled()
    await photographed(page, "choose-pages")
    await page.get_by_role("button", name=re.compile("Connect all")).click()
    await expect(page.get_by_role("status").first).to_contain_text("Connected, and proved to work")


async def connected_google(page: Page) -> None:
    """Leave the box for Drive unticked at first."""
    await page.get_by_role("link", name="Connect an account").click()
    await page.get_by_role("link", name="Continue to Google").click()
    await page.locator("input[type=checkbox][name*='drive.file']").uncheck()
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_text("drive.file")).to_be_visible()
    await photographed(page, "box-unticked")
    await page.get_by_role("link", name="Ask again, for these only").click()
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("status").first).to_contain_text("Connected, and proved to work")


async def lost_and_told(
    page: Page, home: Home, flow: TimeFlow, smtp: SmtpSandbox, own: str
) -> tuple[set[str], str]:
    """Let Facebook end the account while leads come; return their ids and the way that the one mail names."""
    sandbox = home.sandbox
    forms = plain_forms(sandbox)
    sandbox.world.invalidate(next(iter(sandbox.world.people.values())), 460)
    leads = [submit(sandbox, forms[number % len(forms)], number) for number in range(LEADS)]
    for lead in leads:
        (sent,) = await sandbox.sender.announce([lead])
        assert sent.statuses == [200]
    await flow.pass_by(300.0, step_s=1.0, until=lambda: bool(smtp.mails))
    (told,) = smtp.mails
    assert f"{LEADS} leads" in told.part("plain")
    await page.goto(f"{own}/w/main/connections")
    card = page.locator("article.connection", has_text="Reconnect needed")
    await expect(card).to_contain_text(f"{LEADS} leads")
    await photographed(page, "connections-lost")
    (way,) = re.findall(rf"{own}/connect/facebook/start\S+", told.part("plain"))
    return {lead.id for lead in leads}, way


async def mended(page: Page, way: str) -> None:
    """Follow the mail's address: straight into consent and back, nothing to choose."""
    await page.goto(way)
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("status").first).to_contain_text(f"{LEADS} leads that waited go on")


async def looked_at(page: Page, own: str) -> None:
    """See the leads on the overview, in the list, and one of them whole."""
    await page.goto(f"{own}/w/main")
    await photographed(page, "overview")
    await page.goto(f"{own}/w/main/leads")
    await expect(page.locator("tbody tr")).to_have_count(LEADS)
    await photographed(page, "leads")
    await page.locator("tbody tr a").first.click()
    await expect(page.get_by_text("The CRM took it")).to_be_visible()
    await photographed(page, "lead")


async def disconnected(page: Page, own: str) -> None:
    """Look at what disconnecting does, and do it."""
    await page.goto(f"{own}/w/main/connections")
    card = page.locator("article.connection", has_text="Facebook")
    await card.get_by_role("link", name="Disconnect").click()
    await expect(page.get_by_text("The grant at Facebook is revoked.")).to_be_visible()
    await photographed(page, "disconnect")
    await page.get_by_role("button", name="Disconnect Facebook account").click()
    await expect(page.get_by_role("status").first).to_contain_text("is disconnected")


async def test_an_admin_connects_loses_mends_and_disconnects(
    state_url: str, make_home: MakeHome, clock: FakeClock
) -> None:
    async with (
        make_home(state_url, clock=clock) as home,
        SmtpSandbox().running() as smtp,
        opened_page() as page,
    ):
        mail = {"smtp_url": smtp.url, "sender": "Leads <alerts@example.org>"}
        sandbox = home.sandbox
        config = home.configure(mail=mail, google=sandbox.settings()["google"])
        sandbox.world.interactive = sandbox.google.world.interactive = True
        own, complaints = f"http://127.0.0.1:{config.public_port}", list[str]()
        page.on("console", lambda said: complaints.append(said.text) if _is_bad(said, own) else None)
        async with running_inside(home, config, clock) as inside:
            flow, received = TimeFlow(inside, clock), Received(sandbox.crm)
            await signed_in(page, await sign_in_link(home, inside, own))
            await connected_facebook(page)
            await connected_google(page)
            await expect(page.locator("article.connection", has_text="Healthy")).to_have_count(2)
            await photographed(page, "connections-healthy")

            wanted, way = await lost_and_told(page, home, flow, smtp, own)
            await mended(page, way)
            await flow.pass_by(600.0, step_s=1.0, until=lambda: received.has(wanted) and len(smtp.mails) > 1)
            assert received.look() == wanted
            assert [one.subject.startswith("Resolved: ") for one in smtp.mails] == [False, True]
            await looked_at(page, own)

            await disconnected(page, own)
            person = next(iter(sandbox.world.people.values()))
            await flow.pass_by(120.0, step_s=1.0, until=lambda: not person.authorised)
            assert all(sandbox.world.app_id not in one.subscribed for one in sandbox.world.pages.values())
            assert not complaints, complaints
            await page.close()  # it would go on asking for news
