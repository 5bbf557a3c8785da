"""The demo and the sandbox as processes; the failing demo by a world that cannot be read."""

import hashlib
import hmac
import re
import signal
import tomllib
from asyncio import Queue
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web
from cli.conftest import Spawn, ended, start
from click.testing import CliRunner

from adapters.sandbox.faults import Fault
from adapters.sandbox.listening import LoopbackServer
from adapters.sandbox.running import Sandbox
from connector.cli import main
from connector.demo.stage import Plan


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
    result = await spawn("demo", "--once", "--leads", "60")
    assert result.code == 0, result
    summary = counted(result.out)
    assert summary["announced by Meta"] == summary["delivered"] == "60"
    assert int(summary["received"]) == 61
    assert int(summary["contacts"]) + int(summary["updated"]) == 60
    assert int(summary["updated"]) >= 6
    assert summary["test"] == summary["forged webhooks, refused"] == "1"
    assert summary["unknown notices, quarantined"] == "1"
    assert summary["attempts that the CRM put off"] == "8"
    assert summary["parked"] == summary["violations of the contract"] == "0"
    assert len(re.findall(r"^ *\d+\.\d s  ", result.out, flags=re.MULTILINE)) <= 15
    assert [*scratch.iterdir()] == []


@pytest.mark.process
async def test_it_goes_on_until_an_interrupt_and_stops_cleanly() -> None:
    process = await start("demo", "--leads", "5")
    assert process.stdout is not None
    while b"Ctrl-C" not in (line := await process.stdout.readline()):
        assert line, await ended(process)
    process.send_signal(signal.SIGINT)
    result = await ended(process)
    assert result.code == 0, result
    assert counted(result.out)["delivered"] == "5"
    assert "Traceback" not in result.err


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


async def test_a_port_that_is_taken_is_said(spawn: Spawn) -> None:
    async with LoopbackServer(web.Application()) as server:
        result = await spawn("sandbox", "--port-crm", server.url.rpartition(":")[2])
    assert result.code == 69
    assert "cannot listen" in result.err
