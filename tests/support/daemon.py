"""The daemon as users run it: its own process, settings file, state; Facebook and the CRM are the sandbox."""

import asyncio
import base64
import contextlib
import json
import os
import secrets
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random, SystemRandom
from typing import Any, Self, TextIO, cast

import aiohttp
import psycopg
import structlog

from adapters.sandbox.objects import AppSubscription
from adapters.sandbox.running import Sandbox
from connector.cli.connect import code_of
from connector.composition import Chance, Daemon, opened_connect, opened_daemon
from connector.config import Settings, load
from connector.domain.lead import WorkspaceId
from connector.pipelines.connect import Connected
from connector.ports import Clock
from connector.runtime.clock import SystemClock
from connector.runtime.logs import configure_logs
from connector.runtime.supervisor import supervise
from support.leaks import Leaks
from support.log_book import LogBook
from support.rooms import MAIN

ROOT = Path(__file__).resolve().parents[2]
WEBHOOK = "/webhooks/facebook"
START_S = 30.0
"""Seconds that a start may take on a busy machine; it takes about one."""

ENDED_LEASES = (
    """UPDATE leads SET due_at_ms = 0
        WHERE id IN (SELECT id FROM leads WHERE claim_id IS NOT NULL FOR UPDATE SKIP LOCKED)""",
    """UPDATE deliveries SET due_at_ms = 0
        WHERE event_id IN (SELECT event_id FROM deliveries WHERE claim_id IS NOT NULL FOR UPDATE SKIP LOCKED)""",
)
"""Skips what is locked: a row that is being settled right now needs no new worker."""


WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
PORTS = SystemRandom().sample(range(10_240 + WORKER % 8, 32_768, 8), 2816)
"""Each is given once, and to one worker of all, from what Linux hands to nobody by itself: a port from above is some
other test's, now and then, while a daemon is started again on it."""


def free_port() -> int:
    """Return a port that is free now, and stays so while its daemon is away."""
    while True:
        port = PORTS.pop()
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A settings file and what a test needs of it."""

    path: Path
    public_port: int
    ops_port: int

    @property
    def webhook_url(self) -> str:
        return f"http://127.0.0.1:{self.public_port}{WEBHOOK}"

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.public_port}/api/v1"

    @property
    def ops_url(self) -> str:
        return f"http://127.0.0.1:{self.ops_port}"

    def settings(self) -> Settings:
        return load(self.path, {})


class DaemonProcess:
    """One start of the daemon. Everything that it prints goes to `log`."""

    def __init__(self, process: asyncio.subprocess.Process, log: LogBook) -> None:
        self.process = process
        self.log = log
        self._reading = asyncio.create_task(self._read())

    async def open_gate(self) -> None:
        """Let a process that was started with a gate begin."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"go\n")
        with contextlib.suppress(ConnectionError):
            await self.process.stdin.drain()

    async def started(self) -> Self:
        """Return once it listens."""
        await self.log.wait_for_event("daemon.started", timeout_s=START_S)
        return self

    async def exit_code(self, timeout_s: float = 30.0) -> int:
        """Return the exit code once it has ended and its log is complete."""
        async with asyncio.timeout(timeout_s):
            code = await self.process.wait()
            await self._reading
        return code

    async def kill(self) -> None:
        """`kill -9`, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.exit_code()

    def terminate(self) -> None:
        """SIGTERM, as a service manager stops it."""
        self.process.send_signal(signal.SIGTERM)

    def reload(self) -> None:
        """SIGHUP, as a service manager reloads it."""
        self.process.send_signal(signal.SIGHUP)

    async def _read(self) -> None:
        output = self.process.stdout
        assert output is not None
        async for line in output:
            self.log.feed(line.decode(errors="replace"))
        self.log.end()


@dataclass(slots=True, kw_only=True)
class Home:
    """One installation: a folder, a state, one sandbox; any number of daemons over them."""

    folder: Path
    state_url: str
    sandbox: Sandbox
    leaks: Leaks
    encryption_key: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode())
    processes: list[DaemonProcess] = field(default_factory=list)
    graph_urls: list[str] = field(default_factory=list)  # every address that the Graph sandbox was asked for

    def configure(
        self, name: str = "connector", *, fixed_ports: bool = True, **more: Mapping[str, Any]
    ) -> Config:
        """Write a settings file; `more` replaces keys by section. Webhooks go to the latest one."""
        public, ops = (free_port(), free_port()) if fixed_ports else (0, 0)
        sandbox = self.sandbox.settings()
        sections: dict[str, dict[str, Any]] = {
            "server": {
                "public_url": f"http://127.0.0.1:{public or 8080}",
                "listen": f"127.0.0.1:{public}",
                "ops_listen": f"127.0.0.1:{ops}",
            },
            "state": {"url": self.state_url, "encryption_keys": [self.encryption_key]},
            "backup": {
                "spool_dir": str(self.folder / "spool")
            },  # beside PostgreSQL it would be the machine's
            "facebook": {**sandbox["facebook"]},
            "crm": {**sandbox["crm"], "allowed_networks": ["127.0.0.0/8"]},
            "log": {"format": "json", "level": "debug"},
        }
        for section, keys in more.items():
            sections.setdefault(section, {}).update(keys)
        path = self.folder / f"{name}.toml"
        path.write_text(toml(sections), encoding="utf-8")
        self.leaks.secret(self.encryption_key)
        config = Config(path=path, public_port=public, ops_port=ops)
        self.sandbox.sender.url = config.webhook_url
        # as `connector subscribe` leaves it
        callback_url = f"{sections['server']['public_url']}{WEBHOOK}"
        self.sandbox.world.app_subscription = AppSubscription(callback_url=callback_url, fields=["leadgen"])
        return config

    async def connect(self, config: Config, clock: Clock | None = None) -> Connected:
        """Connect every Page to the workspace `main`, and see that each is proved."""
        connected = await self.consent(config, clock)
        assert [proof for proof in connected.proofs if proof.problem is not None] == []
        return connected

    async def consent(
        self,
        config: Config,
        clock: Clock | None = None,
        *,
        workspace_id: WorkspaceId = MAIN,
        page_ids: Collection[str] | None = None,
    ) -> Connected:
        """Consent in the sandbox's dialog and connect Pages (None: all), by the pipeline that every way uses."""
        chance = Chance(random=Random(1))  # noqa: S311 - repeatable
        redirect_uri = "http://127.0.0.1/connect/facebook/callback"
        async with opened_connect(config.settings(), clock or SystemClock(), chance) as (pipeline, _, rooms):
            await rooms.workspaces.add(workspace_id)
            address = pipeline.dialog_url(state="state", redirect_uri=redirect_uri)
            async with (
                aiohttp.ClientSession() as http,
                http.get(address, allow_redirects=False) as answer,
            ):
                code = code_of(answer.headers["Location"], state="state")
            offer = await pipeline.offer(code, redirect_uri=redirect_uri)
            chosen = [page.page_id for page in offer.pages if page_ids is None or page.page_id in page_ids]
            return await pipeline.accept(workspace_id, offer, chosen)

    async def spawn(
        self, config: Config, *, die_at: str = "", gated: bool = False, plainly: bool = True
    ) -> DaemonProcess:
        """Start `connector run`: as `python -m connector`, or through the launcher that can die."""
        command = [sys.executable]
        if plainly and not die_at and not gated:
            command += ["-m", "connector"]
        else:
            command += [str(ROOT / "tests" / "support" / "dying_daemon.py")]
            command += ["--die-at", die_at] if die_at else []
            command += ["--gate"] if gated else []
            command += ["--"]
        command += ["--config", str(config.path), "run"]
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE if gated else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self.folder,
            env={**_environment(), "PYTHONPATH": str(ROOT)},
            limit=2**22,
        )
        daemon = DaemonProcess(process, LogBook(self.leaks.new_log("process")))
        self.processes.append(daemon)
        return daemon

    async def start(self, config: Config, *, die_at: str = "") -> DaemonProcess:
        """Start `connector run` and return once it listens."""
        return await (await self.spawn(config, die_at=die_at)).started()

    def end_leases(self) -> int:
        """Make everything claimed due at once, as if the leases of a dead machine had run out.

        That takes up to two minutes of real time, which a test does not have. Only for a state in
        PostgreSQL: SQLite's daemon does it itself at its start.
        """
        return sum(self.execute(sql) for sql in ENDED_LEASES)

    def execute(self, sql: str) -> int:
        """Run a statement behind the product's back; return how many rows it touched."""
        if self.state_url.startswith("sqlite"):
            with contextlib.closing(sqlite3.connect(self.state_url.removeprefix("sqlite:///"))) as db, db:
                return db.execute(sql).rowcount
        with psycopg.connect(self.state_url, autocommit=True) as conn:
            return conn.execute(sql.encode()).rowcount

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, past the product."""
        if self.state_url.startswith("sqlite"):
            with contextlib.closing(sqlite3.connect(self.state_url.removeprefix("sqlite:///"))) as db:
                return list(db.execute(sql).fetchall())
        with psycopg.connect(self.state_url, autocommit=True) as conn:
            return conn.execute(sql.encode()).fetchall()

    def dump(self) -> str:
        """Return every value of every table, as text."""
        sqlite = self.state_url.startswith("sqlite")
        names = self.rows(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            if sqlite
            else "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        texts = [
            value.decode(errors="replace") if isinstance(value, bytes) else str(value)
            for (name,) in names
            for row in self.rows(f'SELECT * FROM "{name}"')  # noqa: S608 - names of our own tables
            for value in row
        ]
        return "\n".join(texts)

    async def aclose(self) -> None:
        """Leave no process behind, whatever a test did."""
        for daemon in self.processes:
            await daemon.kill()


MakeHome = Callable[..., contextlib.AbstractAsyncContextManager[Home]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """The whole daemon in the test's own process, with the test's clock."""

    daemon: Daemon
    log: LogBook


@contextlib.asynccontextmanager
async def running_inside(home: Home, config: Config, clock: Clock) -> AsyncIterator[Inside]:
    """Run the composition, the servers and all loops here, supervised as the command does it."""
    stopping = asyncio.Event()
    settings = config.settings()
    chance = Chance(random=Random(7))  # noqa: S311 - repeatable
    with logged(LogBook(home.leaks.new_log("inside"))) as log:
        async with opened_daemon(settings, clock, chance, stopping) as daemon:
            home.sandbox.sender.url = f"{daemon.public_url}{WEBHOOK}"
            running = asyncio.create_task(
                supervise(
                    daemon.loops, stopping, settings.server.drain_seconds, clock, structlog.get_logger()
                )
            )
            try:
                yield Inside(daemon=daemon, log=log)
            finally:
                stopping.set()
                await running


@contextlib.contextmanager
def logged(log: LogBook) -> Any:  # noqa: ANN401 - a context manager's generator
    """Send this process's logs to `log`, and put everything back afterwards."""
    import logging  # noqa: PLC0415 - only to put its handlers back

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    before = structlog.get_config()
    configure_logs(log_format="json", level="debug", stream=cast("TextIO", log), cached=False)
    try:
        yield log
    finally:
        structlog.configure(**before)
        root.handlers[:] = handlers
        root.setLevel(level)
        log.end()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")}


def toml(sections: Mapping[str, Mapping[str, Any]]) -> str:
    """Write settings; a TOML string is a JSON string for what we write."""
    lines: list[str] = []
    for section, keys in sections.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    return "\n".join(lines) + "\n"
