"""A real headless Chromium, the distribution's own, that talks to this machine only."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@asynccontextmanager
async def opened_browser() -> AsyncIterator[Browser]:
    """Start the browser (half a second); it belongs to the event loop that starts it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


async def pictured(page: Page, name: str, *, full_page: bool = False) -> None:
    """Keep a picture of a page if CONNECTOR_SCREENSHOTS names a folder: painting takes as long as the tests."""
    if folder := os.environ.get("CONNECTOR_SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=full_page)
