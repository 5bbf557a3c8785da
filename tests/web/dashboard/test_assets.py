"""The dashboard's own files: kept for ever by the browser, never stale, and only those that exist."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from connector.web.dashboard.assets import Assets, add_assets
from connector.web.server import addresses, public_app, serve


@pytest.fixture
def assets() -> Assets:
    return Assets.packaged()


@pytest.fixture
async def url(assets: Assets) -> AsyncIterator[str]:
    app = public_app()
    add_assets(app, assets)
    runner = await serve(app, "127.0.0.1:0", header_timeout_s=5, drain_s=0.1)
    yield addresses(runner)[0]
    await runner.cleanup()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_each_file_has_its_type_and_is_immutable(
    url: str, assets: Assets, http: aiohttp.ClientSession
) -> None:
    assert {"app.css", "app.js", "favicon.svg"} <= assets.by_name.keys()
    for name, asset in assets.by_name.items():
        answer = await http.get(url + assets.href(name))
        assert answer.status == 200
        assert await answer.read() == asset.body
        assert answer.headers["Content-Type"] == asset.type
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_the_browser_has_is_not_sent_again(
    url: str, assets: Assets, http: aiohttp.ClientSession
) -> None:
    etag = (await http.get(url + assets.href("app.css"))).headers["ETag"]
    again = await http.get(url + assets.href("app.css"), headers={"If-None-Match": f'W/"old", {etag}'})
    assert (again.status, await again.read()) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/static/0000000000000000/app.css",
        "/static/app.css",
        "/static/0000000000000000/../render.py",
        "/static/0000000000000000/%2e%2e%2frender.py",
        "/static/",
    ],
)
async def test_nothing_else_is_served(url: str, http: aiohttp.ClientSession, path: str) -> None:
    assert (await http.get(url + path)).status == 404


def test_the_address_changes_with_the_content(assets: Assets) -> None:
    assert len({asset.digest for asset in assets.by_name.values()}) == len(assets.by_name)
    with pytest.raises(KeyError):
        assets.href("absent.css")
