"""The pages in a real browser: both themes, a desk and a phone, with the strict policy on; pictures are kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from aiohttp import web
from conftest import required
from playwright.async_api import Browser, BrowserContext, Page
from support.browser import CHROMIUM, opened_browser, pictured
from support.dashboard_pages import EMPTY, HOSTILE_PAGES, RICH
from support.times import NOW

from connector.web.dashboard.assets import Assets, add_assets
from connector.web.dashboard.render import Renderer
from connector.web.server import addresses, public_app, serve

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
DESK, PHONE = 1280, 390
SAMPLES = {**RICH, **EMPTY, **HOSTILE_PAGES}
PICTURED = (*RICH, "overview-empty", "connections-empty", "leads-empty", "alerts-empty", "leads-no-match")
TABS = 2
PARTS = 2
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

LOW_CONTRAST = (Path(__file__).parents[2] / "support" / "low_contrast.js").read_text(encoding="utf-8")
"""A function: returns the texts whose contrast to what lies under them is under 4.5 (large ones 3; WCAG 2.2, AA)."""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass(kw_only=True)
class Gallery:
    """The samples behind a real server, and what was asked of it."""

    url: str
    browser: Browser
    shown: dict[str, str]
    posted: list[dict[str, str]] = field(default_factory=list)
    listening: list[asyncio.Event] = field(default_factory=list)

    def tell(self) -> None:
        """Send an event to every page that listens."""
        for one in self.listening:
            one.set()


@pytest.fixture(scope="module")
def _needed() -> None:
    required("Chromium", present=CHROMIUM.exists(), how="apt-get install chromium")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gallery(_needed: None) -> AsyncIterator[Gallery]:
    assets = Assets.packaged()
    renderer = Renderer(assets.href)
    app = public_app()
    add_assets(app, assets)
    async with opened_browser() as browser:
        here = Gallery(
            url="",
            browser=browser,
            shown={name: renderer.render(shell, view, now=NOW) for name, (shell, view) in SAMPLES.items()},
        )

        async def show(request: web.Request) -> web.Response:
            headers = {"Content-Security-Policy": POLICY}
            text = here.shown[request.match_info["name"]]
            return web.Response(text=text, content_type="text/html", headers=headers)

        async def live(request: web.Request) -> web.StreamResponse:
            stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await stream.prepare(request)
            here.listening.append(told := asyncio.Event())
            await told.wait()
            with suppress(ConnectionError):  # a page that was closed
                await stream.write(b"data: changed\n\n")
            return stream

        async def take(request: web.Request) -> web.Response:
            here.posted.append(
                {"path": request.path, **{k: str(v) for k, v in (await request.post()).items()}}
            )
            return web.Response(text="taken")

        app.router.add_get("/page/{name}", show)
        app.router.add_get("/live", live)
        app.router.add_post("/{tail:.*}", take)
        runner = await serve(app, "127.0.0.1:0", header_timeout_s=5, drain_s=0.1)
        here.url = addresses(runner)[0]
        yield here
        await runner.cleanup()


async def opened(gallery: Gallery, context: BrowserContext, name: str, faults: list[str]) -> Page:
    page = await context.new_page()
    page.on(
        "console", lambda said: faults.append(f"{page.url}: {said.text}") if said.type == "error" else None
    )
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    await page.goto(f"{gallery.url}/page/{name}")
    return page


async def looked_at(gallery: Gallery, page: Page, name: str) -> list[str]:
    """Return what is wrong with a page in each theme and width; they change while it is open."""
    faults = []
    await page.goto(f"{gallery.url}/page/{name}")
    for width, size in ((DESK, "desk"), (PHONE, "phone")):
        await page.set_viewport_size({"width": width, "height": 820})
        if (wide := await page.evaluate(OVERFLOW)) > 0:
            faults.append(f"{name}: scrolls sideways by {wide} px on a {size}")
        for scheme in THEMES:
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            faults += [f"{name}, {scheme}, {size}: {low}" for low in await page.evaluate(LOW_CONTRAST)]
            if name in PICTURED:
                await pictured(page, f"{name}-{scheme}-{size}", full_page=True)
    return faults


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("part", range(PARTS))
async def test_pages_look_well(gallery: Gallery, part: int) -> None:
    context = await gallery.browser.new_context()
    names = iter([*SAMPLES][part::PARTS])
    faults: list[str] = []

    async def look() -> None:
        page = await opened(gallery, context, "sign-in-empty", faults)
        for name in names:
            faults.extend(await looked_at(gallery, page, name))

    await asyncio.gather(*(look() for _ in range(TABS)))
    await context.close()
    assert faults == []


@pytest.mark.asyncio(loop_scope="module")
async def test_without_script_every_control_is_there(gallery: Gallery) -> None:
    context = await gallery.browser.new_context(java_script_enabled=False)
    page = await opened(gallery, context, "choose-pages", [])
    assert await page.locator("#page-choices input").count() == 260
    assert not await page.locator("#filter").is_visible()
    assert await page.get_by_role("button", name="Connect all 253").is_visible()
    await page.goto(f"{gallery.url}/page/leads")
    assert await page.get_by_role("button", name="Filter").is_visible()
    await context.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_the_drawer_of_a_phone_opens_without_script_and_by_keyboard(gallery: Gallery) -> None:
    context = await gallery.browser.new_context(
        java_script_enabled=False, viewport={"width": PHONE, "height": 820}
    )
    page = await opened(gallery, context, "overview", [])
    menu = page.get_by_role("navigation", name="Main")
    assert not await menu.is_visible()
    button = page.get_by_role("button", name="Menu")
    await button.focus()
    await page.keyboard.press("Enter")
    assert await menu.is_visible()
    await pictured(page, "drawer-light-phone")
    await page.keyboard.press("Escape")
    assert not await menu.is_visible()
    await context.close()


FOCUSED = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect(), ring = getComputedStyle(one);
  return {
    name: (one.getAttribute('aria-label') || one.textContent || one.value || '').trim(),
    tag: one.tagName, top: box.top + scrollY, ring: ring.outlineStyle !== 'none' && parseFloat(ring.outlineWidth) > 0,
  };
}"""


async def tabbed(page: Page, times: int) -> list[dict[str, Any]]:
    stops = []
    for _ in range(times):
        await page.keyboard.press("Tab")
        stops.append(await page.evaluate(FOCUSED))
    return stops


@pytest.mark.asyncio(loop_scope="module")
async def test_tab_goes_skip_link_navigation_content_with_a_visible_ring(gallery: Gallery) -> None:
    context = await gallery.browser.new_context(viewport={"width": DESK, "height": 900})
    page = await opened(gallery, context, "connections", [])
    stops = await tabbed(page, 34)
    names = [stop["name"] for stop in stops]
    assert names[0] == "Skip to the content"
    assert names.index("Overview") < names.index("Settings") < names.index("Sign out")
    assert names.index("Sign out") < names.index("Connect an account") < names.index("Reconnect Marta Lind")
    assert [stop for stop in stops if not stop["ring"]] == []
    await page.goto(f"{gallery.url}/page/connections")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert (await page.evaluate(FOCUSED))["name"] == "Connect an account"
    await context.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_260_pages_are_searched_and_chosen_by_keyboard(gallery: Gallery) -> None:
    context = await gallery.browser.new_context()
    faults: list[str] = []
    page = await opened(gallery, context, "choose-pages", faults)
    count = page.locator("[data-choose-count]")
    assert await count.inner_text() == "28 of 253 chosen"
    await page.locator("#filter").press_sequentially("OLD town lofts 01")
    assert await page.locator("#page-choices li:visible").count() == 3
    await page.get_by_label("Select all shown").check()
    assert await count.inner_text() == "31 of 253 chosen"
    await page.locator("#filter").fill("nowhere")
    assert await page.get_by_text("No Page has that in its name.").is_visible()
    assert faults == []
    gallery.posted.clear()
    async with page.expect_navigation():
        await page.get_by_role("button", name="Connect chosen Pages").click()
    assert gallery.posted[0]["csrf"] == "csrf-f00d"
    assert gallery.posted[0]["attempt"] == "at1"
    await context.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_an_act_that_asks_is_sent_only_after_yes(gallery: Gallery) -> None:
    context = await gallery.browser.new_context()
    page = await opened(gallery, context, "lead-trace", [])
    gallery.posted.clear()
    await page.get_by_role("button", name="Replay").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Cancel").click()
    await dialog.wait_for(state="detached")
    assert gallery.posted == []
    await page.get_by_role("button", name="Replay").click()
    await pictured(page, "dialog-light-desk")
    async with page.expect_navigation():
        await dialog.get_by_role("button", name="Replay").click()
    assert [sent["path"] for sent in gallery.posted] == ["/w/main/leads/44003/replay"]
    await context.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_an_event_replaces_what_lives_and_keeps_the_focus(gallery: Gallery) -> None:
    context = await gallery.browser.new_context()
    faults: list[str] = []
    kept = gallery.shown["overview"]
    page = await opened(gallery, context, "overview", faults)
    await page.get_by_role("link", name="Ines Duarte").focus()
    gallery.shown["overview"] = kept.replace(">131 in 7 days<", ">132 in 7 days<")
    gallery.tell()
    await page.get_by_text("132 in 7 days").wait_for()
    assert (await page.evaluate(FOCUSED))["name"] == "Ines Duarte"
    gallery.shown["overview"] = kept
    assert faults == []
    await context.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_change_of_health_is_said_to_screen_readers(gallery: Gallery) -> None:
    context = await gallery.browser.new_context()
    page = await opened(gallery, context, "connections", [])
    kept = gallery.shown["connections"]
    gallery.shown["connections"] = kept.replace("Marta Lind: Reconnect needed", "Marta Lind: Healthy")
    await page.evaluate("() => refresh()")
    assert await page.locator("#live-status").inner_text() == "Marta Lind: Healthy"
    gallery.shown["connections"] = kept
    await context.close()
