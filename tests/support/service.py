"""The connector as systemd runs it on a contained machine, with the sandbox beside it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from adapters.sandbox.objects import AppSubscription
from adapters.sandbox.watch import Watch
from adapters.sandbox.world import Form
from support.daemon import WEBHOOK, Home, toml
from support.log_book import LogBook
from support.service_host import ServiceHost
from support.traffic import submit

UNIT = "connector.service"
PUBLIC_PORT = 8080
CONNECTOR = "/opt/connector/.venv/bin/connector"
STATE = "/var/lib/connector/state.db"
CREDENTIALS = "/etc/connector/credentials"
DROP_IN = f"/etc/systemd/system/{UNIT}.d/test.conf"
REMOVAL = f"""
systemctl stop connector.socket {UNIT}
rm -rf /var/lib/connector /var/lib/private/connector {DROP_IN}
systemctl daemon-reload
systemctl reset-failed connector.socket {UNIT} || true
"""
ENDLESS = sys.maxsize
"""Leads of callers who go on until they are told."""
QUICK = "[Service]\nRestartSec=100ms\n"
"""A crash is followed by the next start at once: the pause is systemd's and shows nothing."""


@dataclass(slots=True, kw_only=True)
class Service:
    """One installation on the machine; its log is the unit's journal."""

    host: ServiceHost
    home: Home
    log: LogBook
    secrets: dict[str, str]

    async def systemctl(self, *arguments: str) -> str:
        """Run systemctl on the machine. Raises AssertionError with what it said when it failed."""
        return await asyncio.to_thread(self.host.run, "systemctl", *arguments)

    async def show(self, name: str) -> str:
        """Return a property of the unit."""
        return (await self.systemctl("show", "--value", "--property", name, UNIT)).strip()

    async def start(self) -> None:
        """Start both units; returns when the service said that it is ready."""
        await self.systemctl("start", "connector.socket", UNIT)

    async def connect(self) -> None:
        """Connect every Page from the command line, beside the service and with its secrets, as documented."""
        await connect_all_pages(self.host, "env", f"CREDENTIALS_DIRECTORY={CREDENTIALS}", CONNECTOR)

    def rows(self, sql: str) -> list[list[Any]]:
        """Return the rows of a query on the state, past the product."""
        read = "import json,sqlite3,sys;print(json.dumps(list(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]))))"
        rows: list[list[Any]] = json.loads(self.host.run("python3", "-c", read, STATE, sql))
        return rows

    async def started_again(self, starts: int) -> None:
        """Return once the daemon has started so many times since the machine's installation was made."""
        await self.log.wait_for(lambda: self.log.seen["daemon.started"] >= starts, 40.0)

    def signal(self, name: str) -> None:
        """Send a signal to the main process."""
        self.host.run("systemctl", "kill", "--kill-whom=main", f"--signal={name}", UNIT)

    async def drop_in(self, text: str) -> None:
        """Change the unit as an operator does."""
        self.host.run("mkdir", "-p", str(Path(DROP_IN).parent))
        self.host.write(DROP_IN, QUICK + text, mode="0644", group="root")
        await self.systemctl("daemon-reload")

    def credential(self, name: str, *lines: str) -> None:
        """Write a credential file; without lines there is none any more."""
        if lines:
            self.host.write(f"{CREDENTIALS}/{name}", "\n".join(lines) + "\n")
        else:
            self.host.run("rm", "-f", f"{CREDENTIALS}/{name}")

    def settings(self, **more: Mapping[str, Any]) -> None:
        """Write the settings file; `more` replaces keys by section. No secret is in it."""
        sandbox = self.home.sandbox.settings()
        facebook = {key: sandbox["facebook"][key] for key in ("app_id", "graph_url", "dialog_url")}
        sections: dict[str, dict[str, Any]] = {
            "server": {"public_url": f"http://127.0.0.1:{PUBLIC_PORT}"},
            "facebook": facebook,
            "crm": {"url": sandbox["crm"]["url"], "allowed_networks": ["127.0.0.0/8"]},
        }
        for section, keys in more.items():
            sections.setdefault(section, {}).update(keys)
        self.host.write("/etc/connector/connector.toml", toml(sections))

    def said(self) -> str:
        """Return what the unit's journal has so far."""
        self.log.flush()
        return self.log.path.read_text(encoding="utf-8")


async def connect_all_pages(host: ServiceHost, *connector: str) -> None:
    """Connect every Page by paste-back: `connector` starts the command on the machine."""
    process = await asyncio.create_subprocess_exec(
        *host.command(*connector, "connect", "facebook", "--all-pages"),
        env=host.environ,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    address = b""
    while not address.startswith(b"http"):
        address = await process.stdout.readline()
        assert address, "it ended without an address"
    async with (
        aiohttp.ClientSession() as http,
        http.get(address.decode().strip(), allow_redirects=False) as dialog,
    ):
        led_to = dialog.headers["Location"]
    said, _ = await process.communicate(f"{led_to}\n".encode())
    assert process.returncode == 0, said.decode()


@asynccontextmanager
async def installed(host: ServiceHost, home: Home) -> AsyncIterator[Service]:
    """Set the machine's installation up for this sandbox, with an empty state; everything is stopped at the end."""
    key = host.run("cat", f"{CREDENTIALS}/state_encryption_keys").strip()
    sandbox = home.sandbox
    sandbox.sender.url = f"http://127.0.0.1:{PUBLIC_PORT}{WEBHOOK}"
    sandbox.world.app_subscription = AppSubscription(callback_url=sandbox.sender.url, fields=["leadgen"])
    secrets = {
        "facebook_app_secret": sandbox.world.app_secret,
        "facebook_verify_token": sandbox.world.verify_token,
        "crm_signing_secret": sandbox.signing_secret,
    }
    journal = await asyncio.create_subprocess_exec(
        *host.command("journalctl", "--follow", "--lines=0", "--output=cat", f"--unit={UNIT}"),
        env=host.environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=2**22,
    )
    log = LogBook(home.leaks.new_log("service"))
    service = Service(host=host, home=home, log=log, secrets={**secrets, "state_encryption_keys": key})
    reading = asyncio.create_task(_read(journal, log))
    try:
        for name, value in secrets.items():
            service.credential(name, value)
        service.settings()
        await service.drop_in("")
        yield service
    finally:
        # beside this loop: a stop waits for answers of the sandbox, which are given here
        await asyncio.to_thread(host.run, "bash", "-c", REMOVAL)
        journal.kill()
        await reading
        log.end()


async def _read(journal: asyncio.subprocess.Process, log: LogBook) -> None:
    assert journal.stdout is not None
    async for line in journal.stdout:
        log.feed(line.decode(errors="replace"))
    await journal.wait()


@dataclass(slots=True, kw_only=True)
class Callers:
    """Send each of so many leads once, on a connection of its own, and note what became of each call.

    Without a number they go on until `enough`: how many calls fit beside a command on the machine is its speed's
    affair.
    """

    home: Home
    forms: Sequence[Form]
    leads: int = ENDLESS
    at_once: int = 8
    accepted: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    _sent: int = 0
    _watch: Watch = field(default_factory=Watch)

    async def run(self) -> None:
        """Return when every lead was sent."""
        connector = aiohttp.TCPConnector(force_close=True)
        timeout = aiohttp.ClientTimeout(total=30)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as http,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(self.at_once):
                group.create_task(self._send(http))

    async def _send(self, http: aiohttp.ClientSession) -> None:
        while self._sent < self.leads:
            self._sent += 1
            lead = submit(self.home.sandbox, self.forms[self._sent % len(self.forms)], self._sent)
            body = self.home.sandbox.sender.bodies([lead])[0]
            headers = {"X-Hub-Signature-256": self.home.sandbox.sender.sign(body)}
            try:
                async with http.post(self.home.sandbox.sender.url, data=body, headers=headers) as answer:
                    if answer.status == 200:
                        self.accepted.add(lead.id)
                    else:
                        self.refused.append(f"HTTP {answer.status}")
            except (aiohttp.ClientError, OSError) as error:
                self.refused.append(f"{type(error).__name__}: {error}")
            await self._watch.notify()

    async def until(self, accepted: int) -> None:
        """Return once so many were accepted. Raises AssertionError when that cannot be any more."""

        def over() -> bool:
            return len(self.accepted) >= accepted or len(self.accepted) + len(self.refused) >= self.leads

        await self._watch.wait_for(over, 60.0)
        assert len(self.accepted) >= accepted, f"{self.leads} calls were made, refused: {self.refused[:5]}"

    def enough(self) -> None:
        """Send no further lead; `run` returns when those under way are answered."""
        self.leads = self._sent
