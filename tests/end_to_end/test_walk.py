"""docs/operators.md, typed in: from an empty machine to a lead at the CRM, the next release and another machine."""

import json
import os
import re
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from conftest import required
from support.daemon import WEBHOOK, MakeHome
from support.proxies import HOST, Found, answering, program, self_signed
from support.service import connect_all_pages
from support.service_host import PACKAGES, ROOT, TOOL, ServiceHost, is_installed, why_not_here
from support.traffic import Received, plain_forms, submit
from support.walk import GONE, Operator, releases, wheels

from adapters.sandbox.running import Sandbox
from adapters.sandbox.world import Lead

pytestmark = [pytest.mark.systemd, pytest.mark.process, pytest.mark.timeout(600)]

ADDRESS = "1.1.1.1"
"""The machine's public address. Its network leads nowhere else, and `doctor` knows which addresses are public."""
SETTINGS = "/etc/connector/connector.toml"
SIGNING_SECRET = "/etc/connector/credentials/crm_signing_secret"
APP_SECRET = "/etc/connector/credentials/facebook_app_secret"
FOLDERS = ("/etc", "/opt", "/usr/local", "/var/lib", "/var/log", "/home", "/root", "/srv")
OTHERS_OWN = re.compile(
    r"/var/lib/(apt|dpkg|systemd)/|/var/log/(journal|apt)/|/var/log/nginx/(access|error)|/etc/(passwd|group|shadow|gshadow)-"
    r"|/etc/sub[ug]id-|/srv/|/usr/local/bin/editor"
)
"""What packages, systemd and this test write; and copies that were taken elsewhere."""


@dataclass(slots=True, kw_only=True)
class World:
    """Meta and the CRM, and the way to the machine by its public name."""

    sandbox: Sandbox
    received: Received
    http: aiohttp.ClientSession
    sent: int = 0

    async def lead(self) -> Lead:
        """Have somebody fill a form in, and Meta tell of it."""
        self.sent += 1
        lead = submit(self.sandbox, plain_forms(self.sandbox)[0], self.sent)
        (body,) = self.sandbox.sender.bodies([lead])
        headers = {"X-Hub-Signature-256": self.sandbox.sender.sign(body), "Content-Type": "application/json"}
        async with self.http.post(f"https://{HOST}{WEBHOOK}", data=body, headers=headers) as answer:
            assert answer.status == 200
        return lead

    async def arrived(self, lead: Lead) -> None:
        """Return once the CRM has the lead."""
        await self.sandbox.crm.wait_for(lambda: self.received.has([lead.id]), 60.0)


@pytest.fixture
def operator(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Operator]:
    """Lend an operator before a machine on which nothing of ours is."""
    if reason := why_not_here():
        pytest.skip(f"no contained machine with systemd: {reason}")
    required("systemd", present=is_installed(), how=f"apt-get install {' '.join(PACKAGES)}")
    for name, package in (("nginx", "nginx"), ("rsync", "rsync"), ("git", "git"), ("ip", "iproute2")):
        required(name, present=program(name) is not None, how=f"apt-get install {package}")
    folder = tmp_path_factory.mktemp("walk")
    try:
        packages = wheels(ROOT / "build/wheels", folder)
    except subprocess.CalledProcessError:
        required("the files of the lock", present=False, how="let pip reach a package index, once")
        raise
    shown = (
        f"{releases(folder)}:/media/repository",
        f"{packages}:/media/wheels",
        f"{TOOL.parent}:/media/support",
    )
    words = {
        "REPOSITORY": "file:///media/repository",
        "VERSION": "v2",
        "backup.example.com:connector/": "/srv/backup/",
        "safe.example.com:connector/": "/srv/safe/",
    }
    with ServiceHost(f"connector-walk-{os.getpid()}", folder).bare(*shown) as host, host.network():
        host.run("systemctl", "enable", "--now", "nginx")  # which installing its package does
        # all packages are there, and no server is reached: asking them takes a quarter of a minute each time
        host.run("bash", "-c", "rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*")
        yield Operator(host=host, words=words)


@pytest.fixture
async def world(operator: Operator, make_home: MakeHome, tmp_path: Path) -> AsyncIterator[World]:
    """Lend Meta and the CRM beside the machine, which gets its name, its address and a certificate for it."""
    certificate, key = self_signed(tmp_path)
    host = operator.host
    host.run("ip", "address", "add", f"{ADDRESS}/32", "dev", "lo")
    host.run("bash", "-c", f"echo {ADDRESS} {HOST} >>/etc/hosts; mkdir -p /etc/letsencrypt/live/{HOST}")
    for name, file in (("fullchain", certificate), ("privkey", key)):
        text = file.read_text(encoding="utf-8")
        host.write(f"/etc/letsencrypt/live/{HOST}/{name}.pem", text, group="root")
    host.run(
        "bash", "-c", f"cat /etc/letsencrypt/live/{HOST}/fullchain.pem >>/etc/ssl/certs/ca-certificates.crt"
    )

    def way() -> aiohttp.TCPConnector:
        trust = ssl.create_default_context(cafile=certificate.as_posix())
        return aiohttp.TCPConnector(ssl=trust, resolver=Found(ADDRESS))

    async with make_home() as home, aiohttp.ClientSession(connector=way()) as http:
        sandbox = home.sandbox
        sandbox.graph.way = way
        sandbox.world.app_subscription = None
        operator.fill_in({SETTINGS: settings(sandbox), APP_SECRET: sandbox.world.app_secret})
        yield World(sandbox=sandbox, received=Received(sandbox.crm), http=http)


def settings(sandbox: Sandbox) -> dict[str, object]:
    """Return what the document has filled in, and that Meta and the CRM are the sandbox."""
    theirs = sandbox.settings()
    return {
        "server.public_url": f"https://{HOST}",
        "facebook.app_id": theirs["facebook"]["app_id"],
        "facebook.graph_url": theirs["facebook"]["graph_url"],
        "facebook.dialog_url": theirs["facebook"]["dialog_url"],
        "crm.url": theirs["crm"]["url"],
        "crm.allowed_networks": ["127.0.0.0/8"],
    }


def files(host: ServiceHost) -> set[str]:
    """Return every file that an installation could leave."""
    found = host.run("find", *FOLDERS, "-xdev", "-not", "-type", "d").splitlines()
    return {path for path in found if not OTHERS_OWN.match(path)}


async def test_the_document_leads_there_and_back(operator: Operator, world: World) -> None:
    """One test: each step stands on those before it, and an installation takes half a minute."""
    host = operator.host
    before = files(host)

    for heading in ("The program", "Settings and secrets", "Start"):
        await operator.follow(heading)
    world.sandbox.crm.trust(host.run("cat", SIGNING_SECRET).strip())
    await proxied(operator)
    said = await operator.follow("At Meta, and the first admin", code=1)
    assert f"https://{HOST}/sign-in/link/" in said
    assert "none is connected" in said
    await connect_all_pages(host, "connector")
    await operator.type("connector doctor")
    await world.arrived(await world.lead())

    await operator.follow("Upgrade")
    assert "99.0.0" in await operator.type("/opt/connector/.venv/bin/pip list")
    assert host.run("find", "/opt/connector/.venv", "-name", Path(GONE).name) == ""
    await world.arrived(await world.lead())

    await operator.follow("Back up and restore the state")
    after_copy = await world.lead()
    await world.arrived(after_copy)
    await operator.follow("Remove", part=1)  # as if the machine were lost: nothing was taken back anywhere
    assert files(host) ^ before == set()

    await operator.follow("The program")
    operator.words["COPY"] = newest_copy(host)
    await operator.follow("Back up and restore the state", part=1)
    world.received = Received(world.sandbox.crm)
    await operator.follow("Start")
    await proxied(operator)
    await world.arrived(await world.lead())
    await world.arrived(after_copy)
    await operator.type("connector proof")
    findings = re.findall(
        r"^(?:warning|failed) +(\S+ \S+)", await operator.type("connector doctor || true"), re.MULTILINE
    )
    assert set(findings) <= {"alert state.restored"}  # which ends once every form was read

    (account,) = (json.loads(line) for line in host.run("connector", "connections", "--json").splitlines())
    operator.words["CONNECTION"] = account["id"]
    await operator.follow("Remove")
    pages = world.sandbox.world.pages.values()
    await world.sandbox.crm.wait_for(lambda: not any(page.subscribed for page in pages), 60.0)
    await operator.follow("Remove", part=1)
    assert files(host) ^ before == set()
    left = host.run(
        "bash", "-c", "getent passwd; getent group; systemctl list-unit-files; systemctl --failed"
    )
    assert "connector." not in left
    assert "connector:" not in left


async def proxied(operator: Operator) -> None:
    """Follow what the document says of nginx, and wait: a reload returns before the new port is open."""
    operator.shown_file("Reverse proxy", "nginx")
    await operator.follow("Reverse proxy")
    await answering(ADDRESS, 443)


def newest_copy(host: ServiceHost) -> str:
    """Return the name of the newest copy that was taken elsewhere."""
    return max(host.run("bash", "-c", "cd /srv/backup; ls *.db").split())
