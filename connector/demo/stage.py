"""What every act of the demo stands on: the sandbox, the running daemon, and what Meta has announced."""

import asyncio
import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path

import aiohttp
from pydantic import SecretStr

from adapters.sandbox.objects import Lead
from adapters.sandbox.running import Sandbox
from connector.composition import Daemon
from connector.config import Settings
from connector.config_models import Crm, Facebook, Google, Server, State
from connector.demo.arrivals import Arrivals
from connector.demo.browser import Browser
from connector.demo.screen import Screen
from connector.pipelines.invite import Invite
from connector.ports import Clock

DRAIN_S = 5.0
WEBHOOK = "/webhooks/facebook"
CALLBACKS = {
    "deauthorize": "/webhooks/facebook/deauthorize",
    "deletion": "/webhooks/facebook/data-deletion",
    "risc": "/webhooks/google/risc",
}
"""Paths of the daemon's other public endpoints, as the sandbox calls them."""


def _as_it_is(_: Sandbox) -> None:
    """Change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the demo goes. `prepare` may change the sandbox's world before anything happens."""

    leads: int = 200
    calls: int = 2000  # of the call log that is backed up
    once: bool = False
    patience_s: float = 60.0  # within which every lead must have arrived
    every_s: float = 2.0  # between two leads once the burst is over
    prepare: Callable[[Sandbox], None] = _as_it_is


@dataclass(slots=True, kw_only=True)
class BackedUp:
    """What came of the backup."""

    run_id: str
    schedule_id: str
    files: int
    size_bytes: int
    proved: int = 0  # calls that a drill restored and found as they were
    is_verified: bool = False


@dataclass(slots=True, kw_only=True)
class Stage:
    """Handed from act to act. `problems` are what went otherwise than it must."""

    plan: Plan
    sandbox: Sandbox
    daemon: Daemon
    invite: Invite
    browser: Browser  # the owner's
    http: aiohttp.ClientSession  # anybody else's
    screen: Screen
    clock: Clock
    stopping: asyncio.Event
    arrivals: Arrivals
    api_token: str = ""  # the CRM's
    backup: BackedUp | None = None
    announced: list[Lead] = field(default_factory=list)
    held: int = 0  # leads that waited for an account and went on
    problems: list[str] = field(default_factory=list)

    def expect(self, what: str, *, found: object, wanted: object) -> None:
        """Note a problem unless `found` is what was wanted."""
        if found != wanted:
            self.problems.append(f"{what}: {found}, not {wanted}")

    async def announce(self, leads: list[Lead]) -> None:
        """Let Meta tell the daemon of these leads in one POST."""
        self.announced += leads
        for sent in await self.sandbox.sender.announce(leads):
            self.expect("a webhook was answered", found=sent.statuses[0], wanted=200)

    def missing(self) -> list[Lead]:
        """Return the leads that the CRM must get and has not."""
        self.arrivals.look()
        return [lead for lead in self.announced if lead.id not in self.arrivals.lead_ids]


def demo_settings(sandbox: Sandbox, folder: Path, public_url: str) -> Settings:
    """Return settings as an operator would write them, only with the sandbox's addresses."""
    given = sandbox.settings()
    facebook, google, crm = given["facebook"], given["google"], given["crm"]
    return Settings(
        server=Server(
            public_url=public_url, listen="127.0.0.1:0", ops_listen="127.0.0.1:0", drain_seconds=DRAIN_S
        ),
        state=State(
            url=SecretStr(f"sqlite:///{folder / 'state.db'}"),
            encryption_keys=(SecretStr(base64.b64encode(secrets.token_bytes(32)).decode()),),
        ),
        facebook=Facebook(
            app_id=facebook["app_id"],
            app_secret=SecretStr(facebook["app_secret"]),
            verify_token=SecretStr(facebook["verify_token"]),
            graph_url=facebook["graph_url"],
            dialog_url=facebook["dialog_url"],
        ),
        google=Google(
            client_id=google["client_id"],
            client_secret=SecretStr(google["client_secret"]),
            auth_url=google["auth_url"],
            token_url=google["token_url"],
            revoke_url=google["revoke_url"],
            userinfo_url=google["userinfo_url"],
            drive_url=google["drive_url"],
            risc_config_url=google["risc_config_url"],
        ),
        crm=Crm(
            url=crm["url"],
            signing_secret=SecretStr(crm["signing_secret"]),
            allowed_networks=(IPv4Network("127.0.0.0/8"),),
        ),
    )
