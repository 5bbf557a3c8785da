"""What every act of the demo stands on: the sandbox, the running daemon, and what Meta has announced."""

import asyncio
import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
from pydantic import SecretStr

from adapters.sandbox.objects import Lead
from adapters.sandbox.running import Sandbox
from connector.composition import Chance, Daemon, opened_connect
from connector.config import Settings
from connector.config_models import Crm, Facebook, Server, State
from connector.demo.arrivals import Arrivals
from connector.demo.screen import Screen
from connector.domain.errors import NotPermittedError
from connector.domain.lead import WorkspaceId
from connector.pipelines.connect import Connected
from connector.ports import Clock
from state.workspaces import MAIN

DRAIN_S = 5.0
CALLBACK = "/connect/facebook/callback"


def _as_it_is(_: Sandbox) -> None:
    """Change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the demo goes. `prepare` may change the sandbox's world before anything happens."""

    leads: int = 200
    once: bool = False
    patience_s: float = 60.0  # within which every lead must have arrived
    every_s: float = 2.0  # between two leads once the burst is over
    prepare: Callable[[Sandbox], None] = _as_it_is


@dataclass(slots=True, kw_only=True)
class Stage:
    """Handed from act to act. `problems` are what went otherwise than it must."""

    plan: Plan
    sandbox: Sandbox
    daemon: Daemon
    http: aiohttp.ClientSession
    screen: Screen
    clock: Clock
    stopping: asyncio.Event
    arrivals: Arrivals
    announced: list[Lead] = field(default_factory=list)
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
    facebook, crm = given["facebook"], given["crm"]
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
        crm=Crm(
            url=crm["url"],
            signing_secret=SecretStr(crm["signing_secret"]),
            allowed_networks=(IPv4Network("127.0.0.0/8"),),
        ),
    )


async def connect_facebook(
    settings: Settings, clock: Clock, chance: Chance, http: aiohttp.ClientSession
) -> Connected:
    """Go through the whole consent flow as a person would, and take every Page that is offered."""
    redirect_uri = f"{settings.server.public_url}{CALLBACK}"
    state = secrets.token_urlsafe(32)
    async with opened_connect(settings, clock, chance) as (pipeline, _connections, _rooms):
        dialog = pipeline.dialog_url(state=state, redirect_uri=redirect_uri)
        async with http.get(dialog, allow_redirects=False) as answer:
            query = parse_qs(urlsplit(answer.headers["Location"]).query)
        if query.get("state") != [state] or "code" not in query:
            raise NotPermittedError("the dialog gave no code: consent was declined")
        offer = await pipeline.offer(query["code"][0], redirect_uri=redirect_uri)
        return await pipeline.accept(WorkspaceId(MAIN), offer, [page.page_id for page in offer.pages])
