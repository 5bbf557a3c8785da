"""The stand on which everything is measured: outside world, source of load, subjects on both engines."""

import asyncio
import base64
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from connector.bench.child import Child, child
from connector.bench.cluster import Cluster, find_programs
from connector.composition import Chance, opened_connect
from connector.config import load
from connector.domain.lead import WorkspaceId
from connector.runtime.clock import SystemClock

REDIRECT = "http://127.0.0.1:9/connect/facebook/callback"
Posts = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Stand:
    """What every measure uses. `engines` names those that can be measured here."""

    folder: Path
    outside: Child
    load: Child
    settings: dict[str, dict[str, str]]
    cluster: Cluster | None

    @property
    def engines(self) -> tuple[str, ...]:
        """Return the engines at hand."""
        return ("sqlite", "postgres") if self.cluster else ("sqlite",)

    async def posts(self, count: int, *, per_post: int = 1) -> Posts:
        """Have new leads submitted; return their signed notifications. Raises RuntimeError when there are none."""
        made: Posts = await self.outside.ask(do="leads", count=count, per_post=per_post)
        if not made:
            raise RuntimeError("nobody is subscribed: there is nothing to send")
        return made

    async def fire(self, url: str, posts: Posts, *, connections: int = 64, per_second: float = 0.0) -> Any:  # noqa: ANN401 - JSON
        """Send posts from the load process; raise RuntimeError when any was refused."""
        result = await self.load.ask(url=url, posts=posts, connections=connections, per_second=per_second)
        if result["refused"]:
            raise RuntimeError(f"{result['refused']} of {len(posts)} webhooks were refused")
        return result

    @asynccontextmanager
    async def config(self, engine: str) -> AsyncIterator[Path]:
        """Yield a settings file on an empty database of this engine, with the account connected."""
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=self.folder)))
            if engine == "postgres" and self.cluster is not None:
                url = stack.enter_context(self.cluster.database())
            else:
                url = f"sqlite:///{folder / 'state.db'}"
            path = folder / "connector.toml"
            path.write_text(self._toml(url), encoding="utf-8")
            await self._connect(path)
            yield path

    @asynccontextmanager
    async def subject(self, engine: str, *, running: bool) -> AsyncIterator[tuple[Child, str]]:
        """Yield a daemon on an empty database and its address; `running` starts its loops."""
        async with self.config(engine) as path, child("connector.bench.subject", str(path)) as subject:
            address = (await subject.read())["public"]
            if running:
                await subject.ask(do="start")
            yield subject, address

    def _toml(self, url: str) -> str:
        facebook, crm = self.settings["facebook"], self.settings["crm"]
        key = base64.b64encode(os.urandom(32)).decode()
        lines = [
            "[server]",
            'public_url = "http://127.0.0.1:9"',
            'listen = "127.0.0.1:0"',
            'ops_listen = "127.0.0.1:0"',
            "[state]",
            f'url = "{url}"',
            f'encryption_keys = ["{key}"]',
            "[facebook]",
            *(f'{name} = "{value}"' for name, value in facebook.items()),
            "[crm]",
            *(f'{name} = "{value}"' for name, value in crm.items()),
            'allowed_networks = ["127.0.0.0/8"]',
            "[log]",
            'level = "warning"',
        ]
        return "\n".join(lines)

    async def _connect(self, path: Path) -> None:
        await self.outside.ask(do="consent")
        settings = load(path, {})
        async with opened_connect(settings, SystemClock(), Chance(random=Random(1))) as (pipeline, _, _rooms):  # noqa: S311 - repeatable
            dialog = pipeline.dialog_url(state="bench", redirect_uri=REDIRECT)
            async with aiohttp.ClientSession() as http, http.get(dialog, allow_redirects=False) as answer:
                query = parse_qs(urlsplit(answer.headers["Location"]).query)
            offer = await pipeline.offer(query["code"][0], redirect_uri=REDIRECT)
            await pipeline.accept(WorkspaceId("main"), offer, [page.page_id for page in offer.pages])


@asynccontextmanager
async def opened_stand() -> AsyncIterator[Stand]:
    """Start the outside world, the load process and, where its programs are installed, PostgreSQL with fsync."""
    programs = find_programs()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="connector-bench-")))
        cluster = stack.enter_context(Cluster.started(programs, durable=True)) if programs else None
        async with child("connector.bench.outside") as outside, child("connector.bench.load") as load_process:
            settings = await outside.ask(do="settings")
            yield Stand(folder, outside, load_process, settings, cluster)


async def settled(seconds: float = 0.3) -> None:
    """Let the machine come to rest between two measurements."""
    await asyncio.sleep(seconds)
