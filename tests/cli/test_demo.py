"""The demo and the sandbox as processes; the failing demo by a world that cannot be read."""

import hashlib
import hmac
import re
import signal
import tomllib
from asyncio import Queue
from asyncio.subprocess import Process
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web
from cli.conftest import Spawn, ended, start
from click.testing import CliRunner

from adapters.sandbox.faults import Fault
from adapters.sandbox.google.objects import DRIVE_FILE
from adapters.sandbox.listening import LoopbackServer
from adapters.sandbox.running import Sandbox
from connector.cli import main
from connector.demo.browser import Browser, LostWayError
from connector.demo.servers import point_at
from connector.demo.stage import Plan

LINK = re.compile(r"Dashboard: (http://127\.0\.0\.1:\d+/sign-in/link/[\w-]+)")


def counted(out: str) -> dict[str, str]:
    """Return the summary's rows."""
    rows = re.findall(r"^(\S.*?) {2,}(\S+(?: s)?)$", out, flags=re.MULTILINE)
    return {name.strip(): value for name, value in rows}


@pytest.mark.process
async def test_once_ends_by_itself_with_every_lead_in_the_crm(
    spawn: Spawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    result = await spawn("demo", "--once", "--leads", "60", "--calls", "40")
    assert result.code == 0, result
    summary = counted(result.out)
    assert summary["accounts connected"] == summary["accounts healthy"] == "2"
    assert summary["announced by Meta"] == summary["delivered"] == "70"
    assert summary["held while an account was lost"] == "10"
    assert int(summary["received"]) == 71
    assert int(summary["contacts"]) + int(summary["updated"]) == 70
    assert int(summary["updated"]) >= 6
    assert summary["test"] == summary["forged webhooks, refused"] == "1"
    assert summary["unknown notices, quarantined"] == "1"
    assert summary["attempts that the CRM put off"] == "8"
    assert summary["calls backed up"] == summary["calls that the drill restored"] == "40"
    assert int(summary["files of the backup in the Drive"]) == 7  # an XML file for each employee
    assert summary["parked"] == summary["violations of the contract"] == "0"
    assert len(re.findall(r"^ *\d+\.\d s  ", result.out, flags=re.MULTILINE)) <= 18
    assert LINK.search(result.out), result.out
    assert [*scratch.iterdir()] == []


async def read_until(process: Process, wanted: str) -> str:
    """Return what the process says up to the line with `wanted`."""
    assert process.stdout is not None
    said = ""
    while wanted not in said:
        line = (await process.stdout.readline()).decode()
        assert line, (said, await ended(process))
        said += line
    return said


@pytest.mark.process
async def test_a_person_gets_in_while_it_goes_on_and_mends_what_enter_lost() -> None:
    process = await start("demo", "--leads", "5", "--calls", "20")
    assert process.stdin is not None
    said = await read_until(process, "Ctrl-C")
    first, second = LINK.findall(said)
    assert first != second
    async with Browser(first) as browser:
        overview = await browser.press(await browser.open(second), "/sign-in/link")
        assert overview.document.title.startswith("Overview")
        process.stdin.write(b"\n")
        await read_until(process, "Facebook ended")
        connections = await browser.open("/w/main/connections")
        dialog = await browser.follow(connections, "/connect/facebook/start?connection=")
        assert dialog.document.title == "Sandbox Connector asks for access"
        done = await browser.press(dialog, "", button=("decision", "allow"))
        with pytest.raises(LostWayError, match="HTTP 410"):
            await browser.open(second)
    assert done.document.notice.strip().startswith("Connected, and proved to work.")
    process.send_signal(signal.SIGINT)
    result = await ended(process)
    assert result.code == 0, result
    assert int(counted(result.out)["delivered"]) >= 15
    assert "Traceback" not in result.err


def declining(sandbox: Sandbox) -> None:
    """Let the person decline at Facebook."""
    consent = sandbox.world.next_consent
    assert consent is not None
    sandbox.world.next_consent = replace(consent, decline=True)


def unticking(sandbox: Sandbox) -> None:
    """Let the person leave Google's box for Drive empty."""
    consent = sandbox.google.world.next_consent
    assert consent is not None
    sandbox.google.world.next_consent = replace(consent, unticked=frozenset({DRIVE_FILE}))


@pytest.mark.parametrize(
    ("prepare", "said", "healthy"),
    [
        (declining, "HTTP 403, Nothing was connected", 0),
        (unticking, "connecting google ended at", 1),
    ],
)
def test_a_consent_that_is_not_given_fails_the_demo(
    monkeypatch: pytest.MonkeyPatch, prepare: Callable[[Sandbox], None], said: str, healthy: int
) -> None:
    # the plan is patched because no option of the command can break the sandbox
    monkeypatch.setattr("connector.cli.demo.Plan", partial(Plan, prepare=prepare))
    result = CliRunner().invoke(main, ["demo", "--once", "--leads", "1"])
    assert result.exit_code == 1
    assert f"the browser did not get through: {said}" in result.stderr
    assert f"{healthy} of 2 accounts are healthy" in result.stderr


def unreadable(sandbox: Sandbox) -> None:
    """Let every read of one Page's leads fail."""
    page = next(iter(sandbox.world.pages))
    sandbox.graph.faults.add("lead", Fault.error("service_unavailable"), times=10**6, page=page)


def test_a_lead_that_cannot_arrive_fails_the_demo_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    # the plan is patched because no option of the command can break the sandbox
    monkeypatch.setattr("connector.cli.demo.Plan", partial(Plan, patience_s=2.0, prepare=unreadable))
    result = CliRunner().invoke(main, ["demo", "--once", "--leads", "30"])
    assert result.exit_code == 1
    assert "not everything had arrived after 2 s" in result.stderr
    assert re.search(r"lead \d+ is missing in the CRM: stage fetch, .*HTTP 503", result.stderr)


def full(sandbox: Sandbox) -> None:
    """Leave no room in the Drive."""
    for account in sandbox.google.world.accounts.values():
        account.limit_bytes = account.used_elsewhere_bytes


def test_a_backup_that_does_not_reach_the_drive_fails_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    # the plan is patched because no option of the command can break the sandbox
    monkeypatch.setattr("connector.cli.demo.Plan", partial(Plan, prepare=full))
    result = CliRunner().invoke(main, ["demo", "--once", "--leads", "1", "--calls", "10"])
    assert result.exit_code == 1
    assert "Failed: the backup waits: " in result.stderr
    assert "Failed: no backup was verified" in result.stderr


@pytest.mark.process
async def test_the_sandbox_alone_prints_settings_and_sends_signed_leads() -> None:
    posts: Queue[tuple[bytes, str]] = Queue()

    async def receive(request: web.Request) -> web.Response:
        posts.put_nowait((await request.read(), request.headers["X-Hub-Signature-256"]))
        return web.Response()

    app = web.Application()
    app.router.add_post("/webhooks/facebook", receive)
    async with LoopbackServer(app) as server:
        hook = f"{server.url}/webhooks/facebook"
        process = await start("sandbox", "--leads-per-minute", "6000", "--deliver-to", hook)
        body, signature = await posts.get()
        process.send_signal(signal.SIGINT)
        result = await ended(process)
    assert result.code == 0, result
    settings = tomllib.loads(result.out)
    secret = settings["facebook"]["app_secret"].encode()
    assert signature == f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"
    assert settings["crm"]["url"].startswith("http://127.0.0.1:")
    assert "HTTP 200" in result.out


def test_a_daemon_gets_the_providers_other_calls_too_and_a_bare_receiver_does_not() -> None:
    bare, whole = Sandbox(seed=1), Sandbox(seed=1)
    point_at(bare, "http://127.0.0.1:8080/hook")
    assert (bare.sender.url, bare.world.deauthorize_url) == ("http://127.0.0.1:8080/hook", "")
    point_at(whole, "http://127.0.0.1:8080/webhooks/facebook")
    assert whole.sender.url == "http://127.0.0.1:8080/webhooks/facebook"
    assert whole.world.deauthorize_url == "http://127.0.0.1:8080/webhooks/facebook/deauthorize"
    assert whole.world.deletion_url == "http://127.0.0.1:8080/webhooks/facebook/data-deletion"
    assert whole.google.events.url == "http://127.0.0.1:8080/webhooks/google/risc"


async def test_a_port_that_is_taken_is_said(spawn: Spawn) -> None:
    async with LoopbackServer(web.Application()) as server:
        result = await spawn("sandbox", "--port-crm", server.url.rpartition(":")[2])
    assert result.code == 69
    assert "cannot listen" in result.err
