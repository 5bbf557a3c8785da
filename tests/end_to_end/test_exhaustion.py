"""The machine gives out under a running daemon: disk, descriptors, memory. It says so, and goes on by itself."""

import asyncio
import contextlib
import io
import json
import os
import resource
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from conftest import required
from support.daemon import Config, DaemonProcess, Home, MakeHome
from support.small_disk import (
    PACKAGES,
    SmallDisk,
    ext4_disk,
    memory_disk,
    new_image,
    repair,
    why_no_ext4_here,
    why_not_here,
)
from support.traffic import Received, assert_kept_promises, plain_forms, submit

from adapters.sandbox.world import Form
from connector.bench.cluster import Cluster

pytestmark = [pytest.mark.process, pytest.mark.timeout(60)]

MIB = 1024 * 1024
PAUSE_S = 0.05
"""Seconds between two looks of a caller who waits for another answer."""
ARRIVED_S = 30.0
"""Seconds from the end of the trouble until every lead is there, on a busy machine: half of the shortest lease."""
TRIES_MAX = 400


@dataclass(slots=True)
class Caller:
    """Sends leads one by one, and keeps what was answered 200."""

    home: Home
    config: Config
    http: aiohttp.ClientSession
    forms: list[Form]
    acknowledged: list[str] = field(default_factory=list)
    people: int = 0

    async def send(self, lead_id: str = "") -> tuple[int, str, str]:
        """Announce a lead, a new one unless it is named; return the status (0: none), Retry-After and the lead."""
        sandbox = self.home.sandbox
        if not lead_id:
            self.people += 1
            lead_id = submit(sandbox, self.forms[self.people % len(self.forms)], self.people).id
        body = sandbox.sender.bodies([sandbox.world.leads[lead_id]])[0]
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": sandbox.sender.sign(body)}
        try:
            async with self.http.post(self.config.webhook_url, data=body, headers=headers) as answer:
                status, retry_after = answer.status, answer.headers.get("Retry-After", "")
        except (aiohttp.ClientError, OSError):
            return 0, "", lead_id
        if status == 200:
            self.acknowledged.append(lead_id)
        return status, retry_after, lead_id

    async def send_until(self, wanted: int, lead_id: str = "") -> tuple[str, str]:
        """Send until the answer is `wanted`; return its Retry-After and the lead."""
        for _ in range(TRIES_MAX):
            status, retry_after, sent = await self.send(lead_id)
            if status == wanted:
                return retry_after, sent
            await asyncio.sleep(PAUSE_S)
        pytest.fail(f"never answered {wanted}")

    async def ready(self, *, wanted: bool) -> list[str]:
        """Ask until the daemon is ready, or is not; return the reasons."""
        for _ in range(TRIES_MAX):
            with contextlib.suppress(aiohttp.ClientError, OSError):
                async with self.http.get(f"{self.config.ops_url}/readyz") as answer:
                    reasons: list[str] = json.loads(await answer.text())["reasons"]
                if (answer.status == 200) == wanted:
                    return reasons
            await asyncio.sleep(PAUSE_S)
        pytest.fail(f"ready never became {wanted}")

    async def all_arrived(self, received: Received) -> None:
        """Wait for every lead that was answered 200: they arrive by themselves, long before a lease would end."""
        await self.home.sandbox.crm.wait_for(lambda: received.has(self.acknowledged), ARRIVED_S)
        assert_kept_promises(self.home.sandbox.crm, received)


@asynccontextmanager
async def calling(home: Home, config: Config) -> AsyncIterator[Caller]:
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as http:
        yield Caller(home, config, http, plain_forms(home.sandbox))


@contextlib.contextmanager
def limited(kind: int, most: int) -> Iterator[None]:
    """Lower this process's limit, for a child to inherit."""
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (soft, hard))


@pytest.fixture
def mounting(tmp_path: Path) -> None:
    reason = why_not_here(tmp_path)
    required("a disk of its own", present=reason is None, how=f"run as root with mount: {reason}")


@pytest.fixture
def breaking(tmp_path: Path, mounting: None) -> None:
    reason = why_no_ext4_here(tmp_path)
    required("a disk that breaks", present=reason is None, how=f"apt-get install {PACKAGES}: {reason}")


def whole(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def stopped(daemon: DaemonProcess) -> None:
    daemon.terminate()
    assert await daemon.exit_code() == 0, daemon.log.tail()


async def fed(caller: Caller, leads: int) -> None:
    for _ in range(leads):
        assert (await caller.send())[0] == 200


@pytest.mark.usefixtures("mounting")
async def test_a_full_disk(tmp_path: Path, make_home: MakeHome) -> None:
    with memory_disk(tmp_path / "disk", size_bytes=12 * MIB) as disk:
        async with make_home(f"sqlite:///{disk.folder / 'state.db'}") as home:
            received = Received(home.sandbox.crm)
            config = home.configure()
            async with calling(home, config) as caller:
                await home.connect(config)
                daemon = await home.start(config)
                await fed(caller, 5)
                await _full_and_free_again(caller, disk)
                await caller.all_arrived(received)
                await stopped(daemon)
            assert whole(disk.folder / "state.db")


async def _full_and_free_again(caller: Caller, disk: SmallDisk, said: str = "make room on its disk") -> None:
    disk.fill()
    retry_after, refused = await caller.send_until(503)
    assert retry_after == "30"
    (reason,) = await caller.ready(wanted=False)
    assert said in reason
    async with caller.http.get(f"{caller.config.ops_url}/livez") as answer:
        assert answer.status == 200
    disk.make_room()
    await caller.send_until(200, refused)
    assert await caller.ready(wanted=True) == []


@pytest.mark.postgres
@pytest.mark.usefixtures("mounting")
async def test_a_full_disk_of_the_database_server(make_home: MakeHome, postgres_cluster: Cluster) -> None:
    """The disk of its tables: with a full disk of its log the server itself ends, as one that is away."""
    with (
        memory_disk(postgres_cluster.folder / "small", size_bytes=40 * MIB) as disk,
        postgres_cluster.database_in(disk.folder) as url,
    ):
        async with make_home(url) as home:
            received = Received(home.sandbox.crm)
            config = home.configure()
            async with calling(home, config) as caller:
                await home.connect(config)
                daemon = await home.start(config)
                await fed(caller, 5)
                await _full_and_free_again(caller, disk, "PostgreSQL refused a write: DiskFull")
                await caller.all_arrived(received)
                await stopped(daemon)


@pytest.mark.usefixtures("breaking")
async def test_a_disk_that_becomes_read_only(tmp_path: Path, make_home: MakeHome) -> None:
    """The kernel does so when it finds an error; no remount mends that, so a person ends the daemon and repairs."""
    image = tmp_path / "image"
    new_image(image, size_bytes=24 * MIB)
    state = tmp_path / "disk" / "state.db"
    async with make_home(f"sqlite:///{state}") as home:
        received = Received(home.sandbox.crm)
        config = home.configure(server={"drain_seconds": 1})
        async with calling(home, config) as caller:
            with ext4_disk(image, tmp_path / "disk") as disk:
                await home.connect(config)
                daemon = await home.start(config)
                await fed(caller, 5)
                disk.break_down()
                retry_after, refused = await caller.send_until(503)
                assert retry_after == "30"
                (reason,) = await caller.ready(wanted=False)
                assert "The state takes no writes" in reason
                daemon.terminate()
                await daemon.exit_code()
            repair(image)
            with ext4_disk(image, tmp_path / "disk"):
                daemon = await home.start(config)
                await caller.send_until(200, refused)
                assert await caller.ready(wanted=True) == []
                await caller.all_arrived(received)
                await stopped(daemon)
                assert whole(state)


DESCRIPTORS = 160
DOOR = DESCRIPTORS // 2


async def idle(config: Config, count: int) -> list[asyncio.StreamWriter]:
    return [(await asyncio.open_connection("127.0.0.1", config.public_port))[1] for _ in range(count)]


async def test_callers_who_hold_every_connection(lite: Home) -> None:
    home, received = lite, Received(lite.sandbox.crm)
    config = home.configure(intake={"header_timeout_seconds": 60})
    await home.connect(config)
    async with calling(home, config) as caller:
        with limited(resource.RLIMIT_NOFILE, DESCRIPTORS):
            daemon = await home.spawn(config)
        await daemon.started()
        await fed(caller, 2)
        idlers = await idle(config, DOOR)
        _, refused = await caller.send_until(503)
        (reason,) = await caller.ready(wanted=False)
        assert f"{DOOR} connections are open" in reason
        for one in idlers:
            one.close()
        await caller.send_until(200, refused)
        assert await caller.ready(wanted=True) == []
        await caller.all_arrived(received)
        await stopped(daemon)


async def test_no_descriptor_is_left(lite: Home) -> None:
    """Though the door is bounded: something else took them all."""
    home, received = lite, Received(lite.sandbox.crm)
    config = home.configure(intake={"header_timeout_seconds": 60})
    await home.connect(config)
    async with calling(home, config) as caller:
        daemon = await home.start(config)
        await fed(caller, 2)
        pid = daemon.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        held = len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - names are enough
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (held + 2, before[1]))
        idlers = await idle(config, 8)
        await daemon.log.wait_for_event("connections.not_taken")
        spent_s = cpu_s(pid)
        await asyncio.sleep(1.0)  # what is measured is time of another process
        assert cpu_s(pid) - spent_s < 0.7
        for one in idlers:
            one.close()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        await caller.send_until(200)
        assert daemon.log.seen["connections.not_taken"] == 1
        assert not [one for one in daemon.log.lines if "out of system resource" in str(one)]
        await caller.all_arrived(received)
        await stopped(daemon)


def cpu_s(pid: int) -> float:
    """Return the seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


BIG_BYTES = 3 * MIB
BIG_CALLERS = 24
LEFT_BYTES = 24 * MIB
ANSWERS = {0, 200, 500, 503}
"""0: it was cut off, for the process ended."""


def big_body(home: Home) -> bytes:
    """Return a signed request's body that holds one lead of a Page that nobody knows, and much air."""
    value = {"leadgen_id": "999999999", "page_id": "888888888", "air": "x" * BIG_BYTES}
    entry = {"id": "888888888", "time": 1, "changes": [{"field": "leadgen", "value": value}]}
    return json.dumps({"object": "page", "entry": [entry]}).encode()


async def test_no_memory_is_left(lite: Home) -> None:
    home, received = lite, Received(lite.sandbox.crm)
    config = home.configure()
    await home.connect(config)
    async with calling(home, config) as caller:
        daemon = await home.start(config)
        await fed(caller, 2)
        pid = daemon.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_AS)
        resource.prlimit(pid, resource.RLIMIT_AS, (mapped_bytes(pid) + LEFT_BYTES, before[1]))
        body = big_body(home)
        headers = {"X-Hub-Signature-256": home.sandbox.sender.sign(body)}

        async def big() -> int:
            try:
                async with caller.http.post(
                    config.webhook_url, data=io.BytesIO(body), headers=headers
                ) as answer:
                    return answer.status
            except (aiohttp.ClientError, OSError):
                return 0

        answers = await asyncio.gather(
            *(big() for _ in range(BIG_CALLERS)), *(status(caller) for _ in range(20))
        )
        assert set(answers) <= ANSWERS
        assert {0, 500, 503} & set(answers)  # else there was memory enough, and nothing is shown
        if daemon.process.returncode is None:
            resource.prlimit(pid, resource.RLIMIT_AS, before)
        else:
            daemon = await home.start(config)  # as systemd does
        await caller.send_until(200)
        await caller.ready(wanted=True)
        await caller.all_arrived(received)
        await stopped(daemon)


async def status(caller: Caller) -> int:
    return (await caller.send())[0]


def mapped_bytes(pid: int) -> int:
    """Return the address space of a process, which RLIMIT_AS bounds."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
