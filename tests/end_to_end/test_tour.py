"""The README's five minutes with real accounts, typed in: Meta and the CRM are the sandbox."""

import asyncio
import json
import re
import sys
from pathlib import Path

import pytest
from conftest import required
from support.daemon import ROOT, WEBHOOK, Config, DaemonProcess, Home, free_port
from support.editor import filled_in
from support.log_book import LogBook
from support.proxies import program
from support.traffic import plain_forms, submit
from support.walk import blocks

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

TOUR = "Five minutes with real accounts"
RUN = re.compile(r"^\S*connector run\b.*\n", re.MULTILINE)
FINDINGS = 1
AWAY = 69


async def typed(folder: Path, commands: str) -> tuple[int, str]:
    """Type commands into one shell that stops at the first that fails; return how it ended and what was printed."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-ec", commands),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_the_tour_with_real_accounts_leads_to_a_lead(lite: Home) -> None:
    required("curl", present=program("curl") is not None, how="apt-get install curl")
    folder, port = lite.folder, free_port()
    (folder / ".venv").symlink_to(sys.prefix)
    making, preparing, entering, reading = blocks(ROOT / "README.md", TOUR)
    assert (await typed(folder, making))[0] == 0
    fill_in(lite, port)
    lines = RUN.sub("", preparing)
    assert lines != preparing
    doctor = next(line for line in lines.splitlines(keepends=True) if "doctor" in line)
    assert (await typed(folder, lines.replace(doctor, "")))[0] == 0
    code, said = await typed(folder, doctor)  # nobody listens yet, and no Page is connected
    assert code in {FINDINGS, AWAY}, said
    assert "none is connected" in said
    daemon = await run(lite, RUN.findall(preparing)[0])
    code, said = await typed(folder, entering)
    assert (code, f"http://127.0.0.1:{port}/sign-in/link/" in said) == (0, True), said

    config = Config(path=folder / "connector.toml", public_port=port, ops_port=0)
    await lite.connect(config)
    lite.sandbox.sender.url = f"http://127.0.0.1:{port}{WEBHOOK}"
    lead = submit(lite.sandbox, plain_forms(lite.sandbox)[0], 1)
    await lite.sandbox.sender.announce([lead])
    await lite.sandbox.crm.wait_for(
        lambda: any(lead.id.encode() in one.body for one in lite.sandbox.crm.record.attempts)
    )
    reading = reading.replace("https://connect.example.com", f"http://127.0.0.1:{port}").replace(
        "LEAD_ID", lead.id
    )
    code, said = await typed(folder, reading)
    assert code == 0, said
    assert lead.id in said
    daemon.terminate()
    assert await daemon.exit_code() == 0


def fill_in(home: Home, port: int) -> None:
    """Fill in what the tour says, and where the sandbox is."""
    path, theirs = home.folder / "connector.toml", home.sandbox.settings()
    text = filled_in(
        path.read_text(encoding="utf-8"),
        {
            "server.public_url": f"http://127.0.0.1:{port}",
            "server.listen": f"127.0.0.1:{port}",
            "server.ops_listen": f"127.0.0.1:{free_port()}",
            "state.url": f"sqlite:///{home.folder / 'state.db'}",
            "facebook.app_id": theirs["facebook"]["app_id"],
            "facebook.app_secret": theirs["facebook"]["app_secret"],
            "facebook.graph_url": theirs["facebook"]["graph_url"],
            "facebook.dialog_url": theirs["facebook"]["dialog_url"],
            "crm.url": theirs["crm"]["url"],
            "crm.allowed_networks": ["127.0.0.0/8"],
        },
    )
    path.write_text(text, encoding="utf-8")
    found = re.search(r'^signing_secret = ("[^"]*")$', text, re.MULTILINE)
    assert found is not None
    home.sandbox.crm.trust(json.loads(found[1]))


async def run(home: Home, line: str) -> DaemonProcess:
    """Type `connector run` into a terminal of its own; return once it listens."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", f"exec {line}"),
        cwd=home.folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=2**22,
    )
    daemon = DaemonProcess(process, LogBook(home.leaks.new_log("tour")))
    home.processes.append(daemon)
    return await daemon.started()
