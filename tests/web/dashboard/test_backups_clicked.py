"""Backups clicked through in a real browser before the whole daemon: made, run, held, followed live, restored."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from conftest import required
from fake_clock import FakeClock
from playwright.async_api import Page, expect
from support.backup_acts import connected, settled
from support.browser import CHROMIUM, opened_browser
from support.dashboard_site import MAIN, SESSION_COOKIE, DashboardSite, Visitor, opened_dashboard
from support.leaks import Leaks

from connector.domain.calls.taking import CallFilter
from connector.web.dashboard.live import CALM_S

PATIENCE_MS = 20_000
"""What a busy machine may take; a page takes a fraction of a second."""
CALLS = 30
TOLD_S = CALM_S + 1.0
"""A clock that stands holds back what the stream tells after its last word."""


@pytest.fixture
async def clicked(clock: FakeClock, tmp_path: Path) -> AsyncIterator[DashboardSite]:
    """Lend a daemon on SQLite: a browser sees no difference between the engines."""
    required("Chromium", present=CHROMIUM.exists(), how="apt-get install chromium")
    (logs := tmp_path / "logs").mkdir()
    async with opened_dashboard(tmp_path, f"sqlite:///{tmp_path / 'state.db'}", clock, Leaks(logs)) as opened:
        yield opened


@asynccontextmanager
async def opened_page(owner: Visitor, *, has_script: bool, faults: list[str]) -> AsyncIterator[Page]:
    """Open a browser that is signed in and collects what its pages complain of."""
    async with opened_browser() as browser:
        context = await browser.new_context(
            viewport={"width": 1280, "height": 900}, java_script_enabled=has_script
        )
        await context.add_cookies([{"name": SESSION_COOKIE, "value": owner.token, "url": owner.url}])
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        yield page


async def made(page: Page, owner: Visitor) -> None:
    """Make a weekly schedule; its next times are seen first."""
    await page.goto(f"{owner.url}/w/main/backups")
    await page.get_by_role("link", name="Make a schedule").click()
    await page.get_by_label("Name", exact=True).fill("Each Friday")
    await page.get_by_label("How often").select_option(label="Every week")
    await page.get_by_label("On", exact=True).select_option(label="Friday")
    await page.get_by_label("Time zone").fill("Asia/Kolkata")
    await page.get_by_role("button", name="Show them").click()
    times = page.locator(".coming li")
    await expect(times).to_have_count(5)
    assert all(one.strip().startswith("Fri ") for one in await times.all_inner_texts())
    await page.get_by_role("button", name="Make the schedule").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Each Friday")


async def test_made_run_held_followed_live_and_restored(clicked: DashboardSite) -> None:
    owner = await connected(clicked, calls=CALLS)
    (drive,) = clicked.sandbox.google.world.accounts.values()
    drive.limit_bytes = drive.used_elsewhere_bytes + 10
    faults: list[str] = []
    async with opened_page(owner, has_script=True, faults=faults) as page:
        await made(page, owner)
        await page.get_by_role("button", name="Back up now").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Run of")
        state = page.locator("[data-live=run-state]")
        await clicked.flow.pass_by(5.0, step_s=1.0, until=lambda: bool(holds(clicked)))
        await clicked.clock.advance(TOLD_S)
        await expect(state).to_contain_text("On hold")  # told by the stream: the page is not loaded again
        await expect(state).to_contain_text("Make room in that Drive")
        assert "needs" in await state.inner_text()
        drive.limit_bytes = None
        await clicked.clock.advance(3_700.0)
        await settled(clicked, "SELECT state FROM backup_runs")
        await clicked.clock.advance(TOLD_S)
        await expect(state).to_contain_text("checksum in the Drive is ours")
        await expect(page.get_by_role("link", name="Open in Drive")).to_have_count(2)
        await clicked.inside.daemon.rooms.calls.purge(MAIN, CallFilter())
        await page.get_by_role("button", name="Preview a restore").click()
        await expect(page.locator(".flash")).to_contain_text("The backup is fetched")
        await settled(clicked, "SELECT state FROM backup_restores")
        await clicked.clock.advance(TOLD_S)
        await page.get_by_role("button", name=f"Restore {CALLS} calls").click()
        await page.get_by_role("dialog").get_by_role("button", name="Restore", exact=True).click()
        await expect(page.locator(".flash")).to_contain_text("The restore has begun")
        await settled(clicked, "SELECT state FROM backup_restores")
        await clicked.clock.advance(TOLD_S)
        await expect(page.locator("[data-live=run-restore]")).to_contain_text("Added")
        assert len(clicked.ids("SELECT call_id FROM calls")) == CALLS
    assert faults == []


def holds(clicked: DashboardSite) -> list[str]:
    return clicked.ids("SELECT hold FROM backup_runs WHERE hold IS NOT NULL")


async def test_everything_is_there_without_script(clicked: DashboardSite) -> None:
    owner = await connected(clicked, calls=3)
    async with opened_page(owner, has_script=False, faults=[]) as page:
        await made(page, owner)
        await page.get_by_role("button", name="Back up now").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Run of")
        await settled(clicked, "SELECT state FROM backup_runs")
        await page.reload()
        await page.get_by_role("button", name="Preview a restore").click()
        await expect(page.locator(".flash")).to_contain_text("The backup is fetched")
        await settled(clicked, "SELECT state FROM backup_restores")
        await page.reload()
        await expect(page.locator(".restore-counts dd").nth(2)).to_have_text("3")
        await page.get_by_role("link", name="Each Friday", exact=True).click()
        await page.get_by_role("link", name="Edit").first.click()
        await page.get_by_role("radio", name="A new key Its sheet").check()
        await page.get_by_role("button", name="Save the schedule").click()
        await expect(page.locator(".key-sheet")).to_contain_text("AGE-SECRET-KEY-1")
        await page.get_by_role("link", name="I have printed it").click()
        await expect(page.get_by_text("age1")).to_be_visible()
