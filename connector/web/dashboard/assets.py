"""The dashboard's own files: the address carries the content's hash, so a browser may keep them for ever."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Self

from aiohttp import web

TYPES: Mapping[str, str] = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
"""By the name's ending. The folder holds nothing else."""

PREFIX = "/static"
HASH_CHARS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file. `digest` is the start of its SHA-256 in hexadecimal."""

    name: str
    digest: str
    type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Assets:
    """The files by name, read once."""

    by_name: Mapping[str, Asset]

    @classmethod
    @cache
    def packaged(cls) -> Self:
        """Return the files that are installed with us. A new kind of file needs its type above: KeyError."""
        folder = files("connector.web.dashboard") / "static"
        return cls({one.name: _asset(one.name, one.read_bytes()) for one in folder.iterdir()})

    def href(self, name: str) -> str:
        """Return the address of a file. Raises KeyError for a name that does not exist."""
        return f"{PREFIX}/{self.by_name[name].digest}/{name}"


def _asset(name: str, body: bytes) -> Asset:
    digest = hashlib.sha256(body).hexdigest()[:HASH_CHARS]
    return Asset(name=name, digest=digest, type=TYPES[name.rpartition(".")[2]], body=body)


def add_assets(app: web.Application, assets: Assets) -> None:
    """Serve the files under `/static`. A file's older address is 404: the page that named it is gone too."""

    async def send(request: web.Request) -> web.Response:
        asset = assets.by_name.get(request.match_info["name"])
        if asset is None or asset.digest != request.match_info["digest"]:
            raise web.HTTPNotFound
        etag = f'"{asset.digest}"'
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "ETag": etag,
            "X-Content-Type-Options": "nosniff",
        }
        if etag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        return web.Response(body=asset.body, headers={**headers, "Content-Type": asset.type})

    app.router.add_get(f"{PREFIX}/{{digest}}/{{name}}", send)
