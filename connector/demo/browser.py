"""A browser as small as consent takes: it keeps cookies, follows redirects and sends forms back."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urljoin, urlsplit

import aiohttp

from connector.demo.documents import Document, Form, read_document

TIMEOUT_S = 20.0
REFUSED_FROM = 400


class LostWayError(Exception):
    """A page did not lead on: it refused, or lacks what was to be pressed. Names no address: links are secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where the browser is."""

    url: str
    document: Document


class Browser:
    """One person's browser before `home`. Raises LostWayError, and aiohttp's ClientError when nobody answers."""

    def __init__(self, home: str) -> None:
        self._home = home
        # unsafe: cookies of a host that is a number, as loopback's is
        self._http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._http.close()

    async def open(self, address: str) -> Page:
        """Go to an address, `home`'s own or anybody's, and where its redirects lead."""
        async with self._http.get(urljoin(self._home, address)) as answer:
            return await _page(answer)

    async def follow(self, page: Page, beginning: str) -> Page:
        """Follow the first link of a page whose address begins so."""
        link = next((one for one in page.document.links if one.startswith(beginning)), None)
        if link is None:
            raise LostWayError(f"the page {page.document.title!r} has no link to {beginning}")
        return await self.open(urljoin(page.url, link))

    async def press(self, page: Page, action: str, *, button: tuple[str, str] | None = None) -> Page:
        """Send the form with this action as it stands, by the button that is named."""
        form = _form(page.document, action)
        here = urlsplit(page.url)
        data = aiohttp.FormData([*form.fields, *([button] if button else [])])
        headers = {"Origin": f"{here.scheme}://{here.netloc}", "Sec-Fetch-Site": "same-origin"}
        target = urljoin(page.url, form.action)
        async with self._http.request(form.method, target, data=data, headers=headers) as answer:
            return await _page(answer)


def _form(document: Document, action: str) -> Form:
    for form in document.forms:
        if form.action == action:
            return form
    raise LostWayError(f"the page {document.title!r} has no form for {action or 'itself'}")


async def _page(answer: aiohttp.ClientResponse) -> Page:
    document = read_document(await answer.text())
    if answer.status >= REFUSED_FROM:
        raise LostWayError(f"HTTP {answer.status}, {document.title.strip() or 'no title'}")
    return Page(url=str(answer.url), document=document)
